import type { Tree } from './tree.ts';

/** Of nodes that are the first, or the only, link of their inode. */
export const itself = 2 ** 32 - 1;

/**
 * The first node of each node's inode.
 * @param without nodes that do not count
 */
export function firstLinks(tree: Tree, without: (node: number) => boolean = () => false): Uint32Array {
  const firsts = new Uint32Array(tree.size).fill(itself);
  for (let node = 0; node < tree.size; node++) {
    if (firsts[node] !== itself || tree.kind(node) === 'directory' || without(node)) continue;
    // Nodes come in order: those of the inode that are before this one do not count.
    for (const link of tree.links(node)) if (link > node && !without(link)) firsts[link] = node;
  }
  return firsts;
}
