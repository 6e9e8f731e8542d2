import type { FileTable } from '../../../content/rootfs/table.ts';
import type { Tree } from '../../../content/rootfs/tree.ts';
import { entryBytes, entryUnpackedBytes } from './cost.ts';
import type { StackLayer } from './layer-plan.ts';
import { forEachPair } from './pairs.ts';

/** What a layer of a stack still gives to the tree that is wanted. */
export interface LayerState {
  /** Of the layer as it is, compressed and not. */
  readonly bytes: number;
  readonly unpacked: number;
  /** Of `bytes` what nobody sees: the share of its files' bytes that are not seen. */
  readonly dead: number;
  /** Estimated bytes to write what is seen of it once more, compressed and not. */
  readonly rewrite: number;
  readonly rewriteUnpacked: number;
}

export interface Survey {
  readonly layers: readonly LayerState[];
  /** Of each node of the wanted tree: the layer of the stack that shows it as it is to be, `unseen` where none does. */
  readonly seenIn: Uint16Array;
  /** Marks (1) nodes of the wanted tree whose path the stack has, as whatever. */
  readonly isKnown: Uint8Array;
}

export const unseen = 0xffff;

/** Numbers of the wanted tree's files that a plan adds up. */
export interface Sizes {
  packed(node: number): number;
}

/**
 * One pass over the tree that a stack makes and the one that is wanted.
 * @param written marks (1) nodes of `to` that have to be written anyway: nothing of `stack` counts as seen there
 */
export function survey(
  stack: readonly StackLayer[],
  from: Tree,
  to: Tree,
  written: Uint8Array,
  sizes: Sizes,
): Survey {
  const seenIn = new Uint16Array(to.size).fill(unseen);
  const isKnown = new Uint8Array(to.size);
  const seen = new Float64Array(stack.length);
  const rewrite = new Float64Array(stack.length);
  const rewriteUnpacked = new Float64Array(stack.length);
  const add = (columns: Float64Array, layer: number, bytes: number): void => {
    columns[layer] = (columns[layer] ?? 0) + bytes;
  };
  forEachPair(from, to, (old, node) => {
    isKnown[node] = 1;
    if (written[node] === 1 || from.row(old) < 0) return;
    const layer = from.layer(old);
    seenIn[node] = layer;
    if (to.kind(node) === 'directory') return;
    add(rewrite, layer, entryBytes);
    add(rewriteUnpacked, layer, entryUnpackedBytes);
    if (to.kind(node) !== 'file' || to.firstLink(node) !== node) return;
    const content = from.content(old).layer;
    add(seen, content, to.bytes(node));
    add(rewrite, layer, sizes.packed(node));
    add(rewriteUnpacked, layer, to.bytes(node));
  });
  const layers = stack.map((layer, index): LayerState => {
    const files = fileBytes(layer.table);
    const share = files === 0 ? 1 : Math.min(1, (seen[index] ?? 0) / files);
    return {
      bytes: layer.bytes,
      unpacked: layer.table.unpackedBytes,
      dead: (1 - share) * layer.bytes,
      rewrite: rewrite[index] ?? 0,
      rewriteUnpacked: rewriteUnpacked[index] ?? 0,
    };
  });
  return { layers, seenIn, isKnown };
}

function fileBytes(table: FileTable): number {
  let bytes = 0;
  for (let row = 0; row < table.rows; row++) if (table.kind(row) === 'file') bytes += table.bytes(row);
  return bytes;
}

export function marksOf(nodes: Uint32Array, size: number): Uint8Array {
  const marks = new Uint8Array(size);
  for (const node of nodes) marks[node] = 1;
  return marks;
}
