import { type ByteStrings, byteString } from './column.ts';
import { type JoinedXattrs, rowKey } from './joined-xattrs.ts';
import { directory, file, hashName, marks, type Nodes, nodeKinds, none, nothing } from './nodes.ts';
import { isCompiled, pycTime, rememberedSources } from './python-source.ts';
import type { FileTable } from './table.ts';
import type { NodeKind, Tree } from './tree.ts';
import { heldXattrs } from './xattr-set.ts';

const noBytes = Buffer.alloc(0);
const implicitMode = 0o755;
const symlinkMode = 0o777;
/** What Go can set: nanoseconds in 63 bits. containerd makes 1970 of all others. */
const latest = 2 ** 63 / 1e9;

type Numbers = Uint8Array | Uint16Array | Uint32Array;

/** Columns by node; nodes are numbered as one comes to them going down, so that what is below one follows it. */
interface Columns {
  readonly count: number;
  readonly parents: Uint32Array;
  /** The first node that is not below. */
  readonly ends: Uint32Array;
  readonly nameNumbers: Uint32Array;
  readonly names: ByteStrings;
  readonly kinds: Uint8Array;
  readonly layers: Uint16Array;
  readonly rows: Uint32Array;
  readonly sources: Uint32Array;
  readonly headerLayers: Uint16Array;
  readonly headerRows: Uint32Array;
  /** The next node of the same inode, after the last the first. */
  readonly links: Uint32Array;
  /** The first node of the same inode. */
  readonly firsts: Uint32Array;
}

/** What the nodes have become, as a tree of its own; they are empty afterwards. */
export function mergedTree(nodes: Nodes, tables: readonly FileTable[], joined: JoinedXattrs): Tree {
  return treeOf(columnsOf(nodes, tables), tables, joined);
}

/** Column by column, so that there is not much twice. */
function columnsOf(nodes: Nodes, tables: readonly FileTable[]): Columns {
  nodes.close();
  const names = nodes.names.take();
  const order = goDown(nodes, names);
  nodes.forgetChildren();
  const count = order.length;
  const taken = <Type extends Numbers>(column: { take(): Type }, made: Type): Type => {
    const values = column.take();
    for (let node = 0; node < count; node++) made[node] = values[order[node] as number] as number;
    return made;
  };
  const marked = taken(nodes.marks, new Uint8Array(count));
  const columns = {
    kinds: taken(nodes.kinds, new Uint8Array(count)),
    layers: taken(nodes.layers, new Uint16Array(count)),
    rows: taken(nodes.rows, new Uint32Array(count)),
    sources: taken(nodes.sources, new Uint32Array(count)),
    headerLayers: taken(nodes.headerLayers, new Uint16Array(count)),
    headerRows: taken(nodes.headerRows, new Uint32Array(count)),
  };
  const places = new Uint32Array(nodes.count);
  for (let node = 0; node < count; node++) places[order[node] as number] = node;
  const parents = taken(nodes.parents, new Uint32Array(count));
  for (let node = 0; node < count; node++) parents[node] = places[parents[node] as number] as number;
  const linked = linksOf(marked, columns, tables);
  return { ...columns, ...linked, count, parents, ends: endsOf(parents), nameNumbers: order, names };
}

/** What is there, a directory before what is in it, and that by the bytes of its names. */
function goDown(nodes: Nodes, names: ByteStrings): Uint32Array {
  let count = 0;
  for (let node = 0; node < nodes.count; node++) if (nodes.kinds.at(node) !== nothing) count++;
  const order = new Uint32Array(count);
  const left = [0];
  let at = 0;
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    order[at++] = node;
    if (nodes.kinds.at(node) !== directory) continue;
    const children: number[] = [];
    for (const child of nodes.children(node)) if (nodes.kinds.at(child) !== nothing) children.push(child);
    // The last first, as they come off again; archives are mostly sorted.
    if (!isDescending(children, names)) children.sort((a, b) => compareNames(names, b, a));
    for (const child of children) left.push(child);
  }
  return order;
}

function isDescending(children: readonly number[], names: ByteStrings): boolean {
  for (let at = 1; at < children.length; at++) {
    if (compareNames(names, children[at - 1] as number, children[at] as number) < 0) return false;
  }
  return true;
}

function compareNames({ bytes, ends }: ByteStrings, a: number, b: number): number {
  const aEnd = ends[a] as number;
  const bEnd = ends[b] as number;
  let aAt = a === 0 ? 0 : (ends[a - 1] as number);
  let bAt = b === 0 ? 0 : (ends[b - 1] as number);
  for (; aAt < aEnd && bAt < bEnd; aAt++, bAt++) {
    const difference = (bytes[aAt] as number) - (bytes[bAt] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - aAt - (bEnd - bAt);
}

function endsOf(parents: Uint32Array): Uint32Array {
  const ends = new Uint32Array(parents.length);
  for (let node = parents.length - 1; node >= 0; node--) {
    if (ends[node] === 0) ends[node] = node + 1;
    const parent = parents[node] as number;
    ends[parent] = Math.max(ends[parent] as number, ends[node] as number);
  }
  return ends;
}

/** Nodes that may be one inode are marked; they are where layer and source are the same. */
function linksOf(
  marked: Uint8Array,
  { layers, sources }: Pick<Columns, 'layers' | 'sources'>,
  tables: readonly FileTable[],
): Pick<Columns, 'links' | 'firsts'> {
  const links = new Uint32Array(marked.length);
  const firsts = new Uint32Array(marked.length);
  const linked: number[][] = tables.map(() => []);
  for (let node = 0; node < marked.length; node++) {
    links[node] = node;
    firsts[node] = node;
    if (((marked[node] as number) & marks.linked) !== 0) linked[layers[node] as number]?.push(node);
  }
  for (const [layer, nodes] of linked.entries()) {
    if (nodes.length === 0) continue;
    const last = new Uint32Array(tables[layer]?.rows ?? 0).fill(none);
    for (const node of nodes) {
      const source = sources[node] as number;
      const before = last[source] as number;
      if (before !== none) {
        links[node] = links[before] as number;
        links[before] = node;
        firsts[node] = firsts[before] as number;
      }
      last[source] = node;
    }
  }
  return { links, firsts };
}

function treeOf(columns: Columns, tables: readonly FileTable[], joined: JoinedXattrs): Tree {
  const { count, parents, ends, names, nameNumbers, links } = columns;
  const find = finderOf(columns);
  const code = (node: number): number => columns.kinds[node] as number;
  const layerOf = (node: number): number => columns.layers[node] as number;
  const broughtBy = (node: number): number => columns.sources[node] as number;
  const headerOf = (node: number): number => columns.headerRows[node] as number;
  const table = (layer: number): FileTable => tables[layer] as FileTable;
  const headerTable = (node: number): FileTable => table(columns.headerLayers[node] as number);
  const name = (node: number): Buffer => byteString(names, nameNumbers[node] as number);

  const timestamp = (node: number) => {
    if (code(node) !== file || links[node] !== node || !isCompiled(name(node))) return undefined;
    const pyc = table(layerOf(node)).pyc(broughtBy(node));
    const source = pyc && sourceFor(node);
    if (source === undefined) return undefined;
    return pyc?.sourceMtime === pycTime(tree.mtime(source)) ? pyc : undefined;
  };

  const tree: Tree = {
    size: count,
    tables,
    parent: (node) => parents[node] as number,
    name,
    path: (node) => pathOf(columns, node),
    find(path) {
      let node: number | undefined = 0;
      for (let from = 0; from < path.byteLength && node !== undefined; ) {
        const slash = path.indexOf(0x2f, from);
        const end = slash < 0 ? path.byteLength : slash;
        node = find(node, path.subarray(from, end));
        from = end + 1;
      }
      return node;
    },
    *children(node) {
      for (let child = node + 1; child < (ends[node] as number); child = ends[child] as number) yield child;
    },
    kind: (node) => nodeKinds[code(node)] as NodeKind,
    mode(node) {
      if (nodeKinds[code(node)] === 'symlink') return symlinkMode;
      const row = headerOf(node);
      return row === none ? implicitMode : headerTable(node).mode(row);
    },
    uid: (node) => (headerOf(node) === none ? 0 : headerTable(node).uid(headerOf(node))),
    gid(node) {
      const row = headerOf(node);
      if (row !== none) return headerTable(node).gid(row);
      return node === 0 ? 0 : broughtBy(node);
    },
    mtime(node) {
      if (columns.rows[node] === none) return undefined;
      const mtime = headerTable(node).mtime(headerOf(node));
      return mtime >= 0 && mtime < latest ? mtime : 0;
    },
    bytes: (node) => (code(node) === file ? table(layerOf(node)).bytes(broughtBy(node)) : 0),
    digest(node) {
      if (code(node) !== file) return noBytes;
      return timestamp(node)?.maskedDigest ?? table(layerOf(node)).digest(broughtBy(node));
    },
    pycMtime: (node) => timestamp(node)?.sourceMtime,
    target(node) {
      const isLink = nodeKinds[code(node)] === 'symlink';
      return isLink ? table(layerOf(node)).target(broughtBy(node)) : noBytes;
    },
    devmajor: (node) => (code(node) === directory ? 0 : table(layerOf(node)).devmajor(broughtBy(node))),
    devminor: (node) => (code(node) === directory ? 0 : table(layerOf(node)).devminor(broughtBy(node))),
    xattrs(node) {
      const row = headerOf(node);
      if (row === none) return noBytes;
      const known =
        joined.size > 0 ? joined.get(rowKey(columns.headerLayers[node] as number, row)) : undefined;
      return known ?? heldXattrs(headerTable(node).xattrs(row), code(node) <= file);
    },
    isSparse: (node) => code(node) === file && table(layerOf(node)).isSparse(broughtBy(node)),
    firstLink: (node) => columns.firsts[node] as number,
    links(node) {
      const first = columns.firsts[node] as number;
      const all = [first];
      for (let at = links[first] as number; at !== first; at = links[at] as number) all.push(at);
      return all;
    },
    layer: layerOf,
    row: (node) => (columns.rows[node] === none ? -1 : (columns.rows[node] as number)),
    content: (node) => ({
      layer: layerOf(node),
      row: code(node) === directory ? tree.row(node) : broughtBy(node),
    }),
  };
  const sourceFor = rememberedSources(tree);
  return tree;
}

/** The node of a name in a directory. */
function finderOf({ count, parents, names, nameNumbers }: Columns) {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(count * 1.5 + 1)));
  const mask = slots.length - 1;
  const nameOf = (node: number): Buffer => byteString(names, nameNumbers[node] as number);
  for (let node = 1; node < count; node++) {
    let slot = hashName(seed, parents[node] as number, nameOf(node)) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = node;
  }
  return (parent: number, name: Buffer): number | undefined => {
    for (let slot = hashName(seed, parent, name) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const node = slots[slot] as number;
      if (parents[node] === parent && nameOf(node).equals(name)) return node;
    }
    return undefined;
  };
}

function pathOf({ parents, names, nameNumbers }: Columns, node: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = node; at !== 0; at = parents[at] as number) {
    parts.push(byteString(names, nameNumbers[at] as number), slash);
  }
  parts.pop();
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts.reverse());
}

const slash = Buffer.of(0x2f);
