import type { PullBudgetError } from '../error.ts';
import { type JoinedXattrs, rowKey } from './joined-xattrs.ts';
import { directory, type Nodes, none } from './nodes.ts';
import type { FileTable } from './table.ts';
import { heldXattrs, joinedXattrs, xattrsAfterChown } from './xattr-set.ts';

/** Of extended attributes that are not those of one row: what Linux can list of a node. */
const mostXattrBytes = 2 ** 16;
/** Of attributes that are joined: work that few bytes can ask for. */
const mostJoinedBytes = 2 ** 22;

/** Headers and extended attributes of a layer's nodes where several entries of the layer say them. */
export class LayerHeaders {
  readonly #nodes: Nodes;
  readonly #tables: readonly FileTable[];
  readonly #table: FileTable;
  readonly #layer: number;
  readonly #joined: JoinedXattrs;
  readonly #odd: (what: string) => PullBudgetError;
  /** Of inodes with hard links: the row whose header counts. */
  #headers: Uint32Array | undefined;
  /** Of inodes with hard links, by the row that brought them. */
  readonly #inodeXattrs = new Map<number, Buffer>();
  #joinedBytes = 0;

  /** @param odd what to throw of the entry that comes at present */
  constructor(
    nodes: Nodes,
    tables: readonly FileTable[],
    layer: number,
    joined: JoinedXattrs,
    odd: (what: string) => PullBudgetError,
  ) {
    this.#nodes = nodes;
    this.#tables = tables;
    this.#table = tables[layer] as FileTable;
    this.#layer = layer;
    this.#joined = joined;
    this.#odd = odd;
  }

  /** Of a directory of this layer, or one that has its header from below. */
  xattrsOf(node: number): Buffer {
    const row = this.#nodes.headerRows.at(node);
    const layer = this.#nodes.headerLayers.at(node);
    if (row === none) return Buffer.alloc(0);
    const table = this.#tables[layer] as FileTable;
    return this.#joined.get(rowKey(layer, row)) ?? heldXattrs(table.xattrs(row), true);
  }

  /** A directory comes again; it had these attributes before. */
  again(row: number, before: Buffer): void {
    if (before.byteLength > 0)
      this.#joined.set(rowKey(this.#layer, row), this.#joinedWithOwn(row, before, true));
  }

  /**
   * A hard link's own header is applied to the inode that it shares.
   * @param source the row that brought the inode
   */
  link(row: number, source: number, isFile: boolean): void {
    this.#headers ??= new Uint32Array(this.#table.rows).fill(none);
    const header = this.#headers[source] === none ? source : (this.#headers[source] as number);
    const before = this.#inodeXattrs.get(source) ?? heldXattrs(this.#table.xattrs(header), isFile);
    const after = this.#joinedWithOwn(row, isFile ? xattrsAfterChown(before) : before, isFile);
    if (after.byteLength > 0 || before.byteLength > 0) this.#inodeXattrs.set(source, after);
    this.#headers[source] = row;
  }

  /** Gives nodes that the layer touched, stamped so, the headers that their inodes have in the end. */
  settle(stamp: number): void {
    const headers = this.#headers;
    if (headers === undefined) return;
    const { stamps, kinds, sources, headerRows } = this.#nodes;
    for (let node = 0; node < this.#nodes.count; node++) {
      if (stamps.at(node) !== stamp || kinds.at(node) <= directory) continue;
      const header = headers[sources.at(node)] as number;
      if (header !== none) headerRows.set(node, header);
    }
    for (const [source, xattrs] of this.#inodeXattrs) {
      this.#joined.set(rowKey(this.#layer, headers[source] as number), xattrs);
    }
  }

  #joinedWithOwn(row: number, before: Buffer, isFileOrDirectory: boolean): Buffer {
    const own = heldXattrs(this.#table.xattrs(row), isFileOrDirectory);
    if (before.byteLength === 0 || before.equals(own)) return own;
    const after = joinedXattrs(before, own);
    this.#joinedBytes += after.byteLength;
    if (after.byteLength > mostXattrBytes) throw this.#odd('has more extended attributes than Linux takes');
    if (this.#joinedBytes > mostJoinedBytes)
      throw this.#odd('comes after too many links with extended attributes of their own');
    return after;
  }
}
