import type { Digest } from '../../content/image/digest.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import type { Owners } from './owners.ts';

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

export type PlannedLayer =
  /** A layer of `base` or `baseline`, by its index there. */
  | { readonly kind: 'carried'; readonly from: 'base' | 'baseline'; readonly index: number }
  | {
      readonly kind: 'new';
      /** Nodes of the tree to write, ascending: with a node all directories above it, and all links of its inode. */
      readonly nodes: Uint32Array;
      /** Paths to white out, sorted. Never one that is above or below or one of the nodes' paths in this layer. */
      readonly whiteouts: readonly Buffer[];
      /** What is in it: `python torch, python nvidia-cublas-cu12 and 14 others`. */
      readonly title: string;
      /** Why it is new: `changed since the baseline`, `compacts 5 layers with 40 MB of dead bytes`. */
      readonly reason: string;
    };

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  /** Estimated bytes, compressed: what a node with the baseline downloads; what a fresh one does; of that, what nobody sees. */
  readonly cost: { readonly delta: number; readonly fresh: number; readonly dead: number };
  /** Baseline layers that were given up for good: from which index on; undefined where the plan only appends. */
  readonly compactedFrom: number | undefined;
}

/** Pure and deterministic. @throws PullBudgetError `too-many-layers` where the base alone has more than the limit */
export function planLayers(_input: PlanInput): LayerPlan {
  throw new Error('to be built');
}
