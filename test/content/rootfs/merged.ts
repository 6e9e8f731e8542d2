import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { Tree } from '../../../src/content/rootfs/tree.ts';
import { type Row, tableOfRows } from './rows.ts';

/** Merges layers of rows, the lowest first. */
export function merged(...layers: readonly (readonly Row[])[]): Tree {
  return mergeLayers(layers.map(tableOfRows), (layer) => `layer ${layer}`);
}

export function nodeAt(tree: Tree, path: string): number {
  const node = tree.find(Buffer.from(path));
  if (node === undefined) throw new Error(`the tree has no ${path}`);
  return node;
}

/** Every path but the root's, in the tree's order. */
export function paths(tree: Tree): string[] {
  return Array.from({ length: tree.size }, (_, node) => tree.path(node).toString()).slice(1);
}

// Rows

export const dir = (path: string, more: Partial<Row> = {}): Row => ({ path, kind: 'directory', ...more });
export const file = (path: string, content: string | Buffer = '', more: Partial<Row> = {}): Row => ({
  path,
  kind: 'file',
  content,
  ...more,
});
export const symlink = (path: string, target: string): Row => ({ path, kind: 'symlink', target });
export const link = (path: string, target: string, more: Partial<Row> = {}): Row => ({
  path,
  kind: 'hardlink',
  target,
  ...more,
});
export const whiteout = (path: string): Row => ({ path, kind: 'whiteout' });
export const opaque = (path: string): Row => ({ path, kind: 'opaque' });
