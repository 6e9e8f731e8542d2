import type { Digest } from '../../../content/image/digest.ts';
import type { FileTable } from '../../../content/rootfs/table.ts';
import type { Tree } from '../../../content/rootfs/tree.ts';
import type { Owners } from '../owners.ts';

/** A layer that is there already. */
export interface StackLayer {
  readonly table: FileTable;
  readonly diffId: Digest;
  /** Compressed. */
  readonly bytes: number;
}

export interface Limits {
  /** With the base. */
  readonly maxLayers: number;
  /** Compressed, all three. Below `minLayerBytes` nodes pull a layer whole, SOCI index or not: few such layers. */
  readonly minLayerBytes: number;
  readonly targetLayerBytes: number;
  /** Exceeded by a single file that is larger, and where `maxLayers` leaves no other way. */
  readonly maxLayerBytes: number;
  /** Which rule counts for what a node downloads: chain prefix, or blob by blob. */
  readonly reuse: 'chain' | 'blobs';
  /** How much of the live bytes a fresh node may download as dead ones: 0.25 under the chain rule, 0.05 under the other. */
  readonly slack: number;
}

export interface PlanInput {
  /** The tree that the image is to have, with the mtimes that it is to have. */
  readonly tree: Tree;
  readonly owners: Owners;
  /** Layers that stay as they are, below everything. The first of `baseline` are the same, or nothing of it can be reused in place. */
  readonly base: readonly StackLayer[];
  /** What nodes hold: all layers of the previous image, its base too. */
  readonly baseline: readonly StackLayer[] | undefined;
  readonly limits: Limits;
  /** Estimate of a file's compressed bytes. */
  packed(node: number): number;
}

export interface CarriedLayer {
  /** A layer of `base` or `baseline`, by its index there. */
  readonly kind: 'carried';
  readonly from: 'base' | 'baseline';
  readonly index: number;
}

export interface NewLayer {
  readonly kind: 'new';
  /** Nodes of the tree to write, ascending: with a node or whiteout all directories above it, and all links of its inode. */
  readonly nodes: Uint32Array;
  /**
   * Paths to white out, sorted. Never one of the nodes' paths in this layer, nor one above them, nor one below a node
   * that is no directory.
   */
  readonly whiteouts: readonly Buffer[];
  /** What is in it: `python torch 2.9.1, python nvidia-cublas-cu12 12.9.1 and 14 others`. */
  readonly title: string;
  /** Compressed, by estimate. */
  readonly bytes: number;
  /** Why it is new: `changed since the baseline`, `compacts 5 layers with 40.0 MB of dead bytes`. */
  readonly reason: string;
}

export type PlannedLayer = CarriedLayer | NewLayer;

/** Why a path is in the layer that shows it. */
export const placements = [
  /** A carried layer shows it as it is to be. */
  'carried',
  /** Not in the baseline. */
  'added',
  /** In the baseline as something else: its owner is patched. */
  'changed',
  /** Unchanged, and written anew with the rest of its owner. */
  'moved',
  /** Unchanged, in a layer that was given up. */
  'compacted',
  /** Planned without a baseline that could be built on. */
  'first',
  /** A directory that is written since something in it is. */
  'parent',
] as const;
export type Placement = (typeof placements)[number];

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  /** Estimated bytes, compressed: what a node with the baseline downloads; what a fresh one does; of that, what nobody sees. */
  readonly cost: { readonly delta: number; readonly fresh: number; readonly dead: number };
  /** The lowest layer of the baseline that was given up; undefined where the plan only appends, and without a baseline. */
  readonly compactedFrom: number | undefined;
  /** Of each node of the tree: the index in `layers` of the one that shows it (`noLayer`: an implicit directory), and why there. */
  readonly shownBy: Uint16Array;
  readonly placement: Uint8Array;
}

/** In `shownBy`: no layer has an entry. */
export const noLayer = 0xffff;
