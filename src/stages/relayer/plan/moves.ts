import type { Tree } from '../../../content/rootfs/tree.ts';
import { entryBytes, isMovedWhole } from './cost.ts';
import type { PlanInput } from './layer-plan.ts';

/**
 * What is to be emitted, and with it the rest of each owner of which so much is emitted anyway that it is moved whole
 * (cost.ts) rather than patched.
 * @param emit ascending; the result is too
 */
export function withMoved(input: PlanInput, emit: Uint32Array, isEmitted: Uint8Array): Uint32Array {
  const { tree, owners } = input;
  const count = owners.owners.length;
  const [fresh, rest, restUnpacked] = [
    new Float64Array(count),
    new Float64Array(count),
    new Float64Array(count),
  ];
  forEachInode(tree, (node) => {
    const owner = owners.of[node] ?? 0;
    const content = tree.kind(node) === 'file';
    const bytes = entryBytes + (content ? input.packed(node) : 0);
    if (isEmitted[node] === 1) {
      fresh[owner] = (fresh[owner] ?? 0) + bytes;
    } else {
      rest[owner] = (rest[owner] ?? 0) + bytes;
      if (content) restUnpacked[owner] = (restUnpacked[owner] ?? 0) + tree.bytes(node);
    }
  });
  const isMoved = owners.owners.map((_, at) =>
    isMovedWhole(fresh[at] ?? 0, rest[at] ?? 0, restUnpacked[at] ?? 0),
  );
  if (!isMoved.includes(true)) return emit;
  const moved: number[] = [];
  forEachInode(tree, (node) => {
    if (isEmitted[node] === 1 || !isMoved[owners.of[node] ?? 0]) return;
    for (const link of tree.links(node)) moved.push(link);
  });
  const all = new Uint32Array(emit.length + moved.length);
  all.set(emit);
  all.set(moved, emit.length);
  return all.sort();
}

/** First links of all that is no directory. */
function forEachInode(tree: Tree, visit: (node: number) => void): void {
  for (let node = 0; node < tree.size; node++) {
    if (tree.kind(node) !== 'directory' && tree.firstLink(node) === node) visit(node);
  }
}
