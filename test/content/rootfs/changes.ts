import type { Changes } from '../../../src/content/rootfs/differences.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import type { NodeKind, Tree } from '../../../src/content/rootfs/tree.ts';
import { type Row, tableOfRows } from './rows.ts';

/** The changes as a layer's table: whiteouts, and what is new with the directories that it is in. */
export function tableOfChanges(from: Tree, to: Tree, { emit, remove }: Changes): FileTable {
  const nodes = new Set<number>(emit);
  for (const node of emit) addParents(nodes, to, node);
  for (const node of remove) {
    const parent = to.find(from.path(from.parent(node)));
    if (parent === undefined) throw new Error('a whiteout in a directory that is gone');
    if (parent !== 0) nodes.add(parent);
    addParents(nodes, to, parent);
  }
  nodes.delete(0);
  const emitted = [...nodes].sort((a, b) => a - b);
  const rows: Row[] = [
    ...emitted.map((node) => rowOf(to, node)),
    // After its directory's own entry: before it, that would get what the lower one has.
    ...[...remove].map((node): Row => ({ path: from.path(node), kind: 'whiteout' })),
  ];
  const base = tableOfRows(rows);
  const sourceOf = (row: number): number => emitted[row] ?? Number.NaN;
  const isNode = (row: number): boolean => row < emitted.length;
  // What rows cannot tell is taken from the tree.
  return {
    ...base,
    bytes: (row) => (isNode(row) ? to.bytes(sourceOf(row)) : 0),
    digest: (row) => (isNode(row) ? wholeDigest(to, sourceOf(row)) : base.digest(row)),
    xattrs: (row) => (isNode(row) ? to.xattrs(sourceOf(row)) : base.xattrs(row)),
    pyc(row) {
      if (!isNode(row)) return undefined;
      const { layer, row: source } = to.content(sourceOf(row));
      return source < 0 || to.kind(sourceOf(row)) !== 'file' ? undefined : to.tables[layer]?.pyc(source);
    },
  };
}

function addParents(nodes: Set<number>, to: Tree, node: number): void {
  for (let at = to.parent(node); at !== 0; at = to.parent(at)) nodes.add(at);
}

function wholeDigest(tree: Tree, node: number): Buffer {
  if (tree.kind(node) !== 'file') return Buffer.alloc(32);
  const { layer, row } = tree.content(node);
  return tree.tables[layer]?.digest(row) ?? Buffer.alloc(32);
}

function rowOf(tree: Tree, node: number): Row {
  const kind: NodeKind = tree.kind(node);
  const links = kind === 'directory' ? [node] : tree.links(node);
  const header = {
    path: tree.path(node),
    mode: tree.mode(node),
    uid: tree.uid(node),
    gid: tree.gid(node),
    mtime: tree.mtime(node) ?? 1,
  };
  const first = links[0] ?? node;
  if (first !== node) return { ...header, kind: 'hardlink', target: tree.path(first) };
  const device = { devmajor: tree.devmajor(node), devminor: tree.devminor(node) };
  return { ...header, kind, target: tree.target(node), ...device };
}
