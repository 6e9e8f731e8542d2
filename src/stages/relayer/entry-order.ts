import type { Tree } from '../../content/rootfs/tree.ts';
import type { NewLayer } from './plan.ts';

/** A node of the tree, or a whiteout; `path` is what its entry is called. */
export interface PlannedEntry {
  readonly path: Buffer;
  readonly node: number | undefined;
}

const slash = 0x2f;
const whiteoutPrefix = Buffer.from('.wh.');

/** What of a new layer its tar is made from. */
export type Entries = Pick<NewLayer, 'nodes' | 'whiteouts'>;

/**
 * What a new layer has, in the order of its paths: a directory's content comes right behind it, sorted by the bytes of
 * names, whiteouts among them.
 */
export function* inPathOrder(tree: Tree, { nodes, whiteouts }: Entries): Generator<PlannedEntry> {
  const names = whiteouts.map(whiteoutName).sort(comparePaths);
  let waiting = 0;
  let last: Buffer | undefined;
  for (const node of nodes) {
    const path = tree.path(node);
    // Trees number their nodes so.
    if (last !== undefined && comparePaths(last, path) >= 0) throw new Error(`${path} comes after ${last}`);
    last = path;
    for (
      let name = names[waiting];
      name !== undefined && comparePaths(name, path) < 0;
      name = names[++waiting]
    ) {
      yield { path: name, node: undefined };
    }
    yield { path, node };
  }
  for (const path of names.slice(waiting)) yield { path, node: undefined };
}

/** By their parts: a slash comes before every other byte. */
function comparePaths(a: Buffer, b: Buffer): number {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at < length; at++) {
    const [one, other] = [a[at] as number, b[at] as number];
    if (one === other) continue;
    if (one === slash) return -1;
    return other === slash ? 1 : one - other;
  }
  return a.byteLength - b.byteLength;
}

function whiteoutName(path: Buffer): Buffer {
  const name = path.lastIndexOf(slash) + 1;
  return Buffer.concat([path.subarray(0, name), whiteoutPrefix, path.subarray(name)]);
}
