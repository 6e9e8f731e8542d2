import type { Tree } from '../../../content/rootfs/tree.ts';
import type { Bin } from './bins.ts';
import { entryBytes, layerBytes } from './cost.ts';

/** What a new layer writes, before anybody gives it a name. */
export interface Written {
  /** Ascending. */
  readonly nodes: Uint32Array;
  readonly whiteouts: readonly Buffer[];
  /** Estimate, compressed. */
  readonly bytes: number;
  /** Marks, of `nodes`, those that are written for their own sake: not as a directory above others. */
  readonly isOwn: (node: number) => boolean;
}

/** Paths that a kept tree has and the wanted one does not, and the nodes of the wanted tree's directories they are in. */
export interface Removals {
  readonly whiteouts: readonly Buffer[];
  readonly directories: ReadonlySet<number>;
}

/** @param remove nodes of `from`, topmost of what is to go */
export function removalsOf(from: Tree, to: Tree, remove: Uint32Array): Removals {
  const directories = new Set<number>();
  const seen = new Set<number>();
  const whiteouts: Buffer[] = [];
  for (const node of remove) {
    whiteouts.push(Buffer.from(from.path(node)));
    const parent = from.parent(node);
    if (seen.has(parent)) continue;
    seen.add(parent);
    const directory = to.find(from.path(parent));
    if (directory !== undefined && to.kind(directory) === 'directory') directories.add(directory);
  }
  return { whiteouts: whiteouts.sort(Buffer.compare), directories };
}

/** Each bin as a layer, complete with links and directories; whiteouts are the first one's. */
export function writeBins(tree: Tree, bins: readonly Bin[], removals: Removals): Written[] {
  const none: Removals = { whiteouts: [], directories: new Set() };
  const empty: Bin = { parcels: [], bytes: 0, ranks: [0, 0] };
  const all = bins.length === 0 && removals.whiteouts.length > 0 ? [empty] : bins;
  return all.map((bin, index) => writeBin(tree, bin, index === 0 ? removals : none));
}

const asDirectory = 1;
const forItself = 2;

function writeBin(tree: Tree, bin: Bin, { whiteouts, directories }: Removals): Written {
  const marks = new Uint8Array(tree.size);
  const climb = (node: number): void => {
    for (let at = node; marks[at] === 0; at = tree.parent(at)) {
      marks[at] = asDirectory;
      if (at === 0) return;
    }
  };
  let own = 0;
  for (const parcel of bin.parcels) {
    for (const unit of parcel.units) {
      for (const link of tree.kind(unit) === 'directory' ? [unit] : tree.links(unit)) {
        climb(link);
        marks[link] = forItself;
        own++;
      }
    }
  }
  for (const directory of directories) climb(directory);
  const nodes = marked(marks);
  const bytes = bin.bytes + layerBytes + entryBytes * (nodes.length - own + whiteouts.length);
  return { nodes, whiteouts, bytes, isOwn: (node) => marks[node] === forItself };
}

function marked(marks: Uint8Array): Uint32Array {
  let count = 0;
  for (const mark of marks) if (mark !== 0) count++;
  const nodes = new Uint32Array(count);
  let at = 0;
  for (let node = 0; node < marks.length; node++) if (marks[node] !== 0) nodes[at++] = node;
  return nodes;
}
