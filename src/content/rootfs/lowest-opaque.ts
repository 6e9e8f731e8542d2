import { marks, type Nodes } from './nodes.ts';

/**
 * The lowest layer is no overlay's: there containerd takes an opaque marker for leave to remove what it has not
 * unpacked as an entry, and directories that have none go with all that is in them.
 */
export function hasImplicitBelowOpaque(nodes: Nodes): boolean {
  const covered = new Uint8Array(nodes.count);
  for (let node = 1; node < nodes.count; node++) {
    const parent = nodes.parents.at(node);
    if (covered[parent] === 0 && !nodes.has(parent, marks.opaque)) continue;
    if (nodes.has(node, marks.implicit)) return true;
    covered[node] = 1;
  }
  return false;
}
