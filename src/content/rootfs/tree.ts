import { pycTime, rememberedSources } from './python-source.ts';
import type { FileTable } from './table.ts';

/** What a path of a tree is. */
export type NodeKind = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo';

/**
 * A container's root file system: what layers merge into. A node is a path, 0 is the root; several nodes are one inode
 * where they are hard links of each other. Nodes are numbered as one comes to them going down, what is in a directory
 * sorted by the names' bytes: a parent comes before its children, and all that is below a directory follows it at once.
 * Columns, not objects: a million nodes and their tables in 300 MiB.
 */
export interface Tree {
  /** Number of nodes. */
  readonly size: number;
  /** The tables that were merged, lowest layer first. */
  readonly tables: readonly FileTable[];
  parent(node: number): number;
  name(node: number): Buffer;
  /** As FileTable has paths. */
  path(node: number): Buffer;
  find(path: Buffer): number | undefined;
  children(node: number): Iterable<number>;
  kind(node: number): NodeKind;
  mode(node: number): number;
  uid(node: number): number;
  gid(node: number): number;
  /** Seconds since 1970; undefined where no layer says it: of implicit directories. */
  mtime(node: number): number | undefined;
  bytes(node: number): number;
  /** Of files: SHA-256 of the content; of a .pyc with `pycMtime` that of the content with bytes 8 to 11 zeroed. */
  digest(node: number): Buffer;
  /** What bytes 8 to 11 of a .pyc are, where they are the mtime of its source in this tree; else undefined, and the whole content counts. */
  pycMtime(node: number): number | undefined;
  target(node: number): Buffer;
  devmajor(node: number): number;
  devminor(node: number): number;
  xattrs(node: number): Buffer;
  isSparse(node: number): boolean;
  /** The first node of this node's inode: itself where it is the only one. */
  firstLink(node: number): number;
  /** All nodes of this node's inode, in order, itself among them: work for each of them, so ask once for an inode. */
  links(node: number): readonly number[];
  /** Index in `tables` of the layer that shows this node, and its row there: -1 for an implicit directory. */
  layer(node: number): number;
  row(node: number): number;
  /** Where the content of a file is: layer and row of the entry that brought it, of hard links their target's. */
  content(node: number): { readonly layer: number; readonly row: number };
}

/** A tree that differs from another in times only: see `withTimes`. */
export interface Times {
  /** Of each node; NaN: what the tree has. */
  readonly mtime: Float64Array;
}

/** The same tree with other mtimes, and a .pyc's `pycMtime` following its source's. */
export function withTimes(tree: Tree, { mtime }: Times): Tree {
  const timeOf = (node: number): number | undefined => {
    const time = mtime[node];
    return time === undefined || Number.isNaN(time) ? tree.mtime(node) : time;
  };
  const sourceFor = rememberedSources(tree);
  return {
    ...tree,
    mtime: timeOf,
    pycMtime(node) {
      if (tree.pycMtime(node) === undefined) return undefined;
      const source = sourceFor(node);
      return source === undefined ? undefined : pycTime(timeOf(source));
    },
  };
}
