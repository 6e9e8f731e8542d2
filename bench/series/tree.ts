/**
 * What layers merge into, by code of the bench's own: figures about re-layering must not rest on the merging that
 * re-layering does. For images that the bench's builders make, not for hostile ones.
 */
import { dirname } from 'node:path/posix';

/** An entry of a layer's tar. */
export interface Entry {
  /** Without a slash at either end. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file, bytes. */
  readonly size: number;
  /** Of links their target, of devices their numbers, of files the digest of the content: .pyc as `scan.ts` says. */
  readonly content: string;
  /** Extended attributes, in the order of their names. */
  readonly xattrs: string;
}

/** An inode: the entry that made it, and which one of which layer that was. Hard links are several paths to one. */
export interface Inode {
  readonly entry: Entry;
  readonly layer: number;
}

/** Inodes by path. */
export type Tree = ReadonlyMap<string, Inode>;

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** Merges layers, the lowest first. */
export function mergeEntries(layers: readonly (readonly Entry[])[]): Tree {
  const tree = new Map<string, Inode>();
  for (const [layer, entries] of layers.entries()) {
    // A whiteout counts for the layers below, wherever it stands.
    for (const { path } of entries) {
      const [folder, name] = [path.slice(0, -baseName(path).length), baseName(path)];
      if (name === opaque) removeBelow(tree, folder.slice(0, -1));
      else if (name.startsWith(whiteout)) remove(tree, folder + name.slice(whiteout.length));
    }
    for (const entry of entries) {
      if (!baseName(entry.path).startsWith(whiteout)) add(tree, entry, layer);
    }
  }
  return tree;
}

function add(tree: Map<string, Inode>, entry: Entry, layer: number): void {
  const { path, kind, content } = entry;
  const folder = tree.get(dirname(path));
  if (folder && folder.entry.kind !== 'directory')
    throw new Error(`layer ${layer}: ${path} is below a file or link`);
  if (kind !== 'directory') remove(tree, path);
  if (kind !== 'hardlink') {
    tree.set(path, { entry, layer });
    return;
  }
  const target = tree.get(content);
  if (!target) throw new Error(`layer ${layer}: ${path} is a link to ${content}, which is not there`);
  tree.set(path, target);
}

function remove(tree: Map<string, Inode>, path: string): void {
  if (tree.get(path)?.entry.kind === 'directory') removeBelow(tree, path);
  tree.delete(path);
}

function removeBelow(tree: Map<string, Inode>, folder: string): void {
  for (const path of [...tree.keys()]) {
    if (folder === '' || path.startsWith(`${folder}/`)) tree.delete(path);
  }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Paths of `tree` that a node with `previous` must be given, sorted: new, or other in type, mode, owner, attributes or content. */
export function changedPaths(previous: Tree, tree: Tree): string[] {
  const changed = [...tree].filter(([path, { entry }]) => {
    const before = previous.get(path)?.entry;
    return !before || identity(before) !== identity(entry);
  });
  return changed.map(([path]) => path).sort();
}

/** Paths that differ in anything, and those that only one tree has. */
export function differingPaths(a: Tree, b: Tree): string[] {
  return [...changedPaths(a, b), ...[...a.keys()].filter((path) => !b.has(path))];
}

/** The size of a directory's own entry means nothing, nor that of a link. */
const identity = ({ kind, mode, uid, gid, content, xattrs }: Entry): string =>
  [kind, mode & 0o7777, uid, gid, content, xattrs].join('\0');

/** Bytes of files that each layer brings, and of those the bytes that the tree still shows. */
export function liveBytes(
  layers: readonly (readonly Entry[])[],
  tree: Tree,
): { readonly brought: number; readonly live: number }[] {
  const live = layers.map(() => 0);
  for (const { entry, layer } of new Set(tree.values())) live[layer] = (live[layer] ?? 0) + entry.size;
  return layers.map((entries, at) => ({
    brought: entries.reduce((sum, entry) => sum + entry.size, 0),
    live: live[at] ?? 0,
  }));
}
