import { inputError, type PullBudgetError } from '../error.ts';
import type { Digest } from '../image/digest.ts';
import type { TarEntry } from '../tar/entry.ts';
import type { PaxRecord } from '../tar/pax.ts';
import type { TarSubscriber } from '../tar/scanner.ts';
import { ContentDigester } from './content-digest.ts';
import { cleanPath, shownPath, whiteoutPrefix } from './path.ts';
import { isCompiled } from './python-source.ts';
import type { EntryKind } from './table.ts';
import type { TableColumns } from './table-columns.ts';
import { type Row, rowFault, startsWith, TableRows } from './table-rows.ts';
import { xattrRecords } from './xattrs.ts';

export { type TableColumns, tableOf } from './table-columns.ts';

const opaqueMarker = Buffer.from('.wh..wh..opq');
const none = Buffer.alloc(0);
const slash = 0x2f;
/** PAX records of which a table has something. */
const fields = /^(path|linkpath|size|uid|gid|mtime)$/;

/**
 * Builds a layer's table while the layer is read; file contents are hashed on the way.
 * @throws (from `entry`) PullBudgetError `odd-layer` where runtimes do not agree on what an entry is
 */
export class TableBuilder implements TarSubscriber {
  readonly #where: string;
  readonly #rows = new TableRows();
  readonly #content = new ContentDigester();
  #isHashing = false;

  /** @param where for messages: `layer sha256:…` */
  constructor(where: string) {
    this.#where = where;
  }

  entry(entry: TarEntry): void {
    const path = cleanPath(entry.name);
    const row = typeof path === 'string' ? path : rowOf(entry, path);
    const fault = typeof row === 'string' ? row : rowFault(row);
    if (typeof row === 'string' || fault !== undefined) throw this.#odd(entry, fault as string);
    this.#rows.add(row);
    if (this.#rows.areTooLong) {
      throw this.#odd(entry, 'comes after more than 1 GiB of names, link targets and extended attributes');
    }
    this.#isHashing = row.kind === 'file' && entry.dataBytes > 0;
    if (this.#isHashing) this.#content.begin(entry.dataBytes, !row.isSparse && isCompiled(row.path));
  }

  data(part: Buffer): void {
    const found = this.#isHashing ? this.#content.push(part) : undefined;
    if (!found) return;
    this.#isHashing = false;
    this.#rows.setContent(found.digest, found.pyc);
  }

  /** Once the layer was read. The builder is empty afterwards. */
  columns(layer: { diffId: Digest; unpackedBytes: number }): TableColumns {
    return this.#rows.take(layer);
  }

  #odd(entry: TarEntry, what: string): PullBudgetError {
    return inputError('odd-layer', `${this.#where} cannot be re-layered: ${shownPath(entry.name)} ${what}`, {
      hint: 'Nodes refuse such an entry, or do not agree on what it is. Build the layer again without it.',
    });
  }
}

/** What an entry says; half a sentence where runtimes do not agree on it, or refuse it. */
function rowOf(entry: TarEntry, path: Buffer): Row | string {
  const place = path.lastIndexOf(slash) + 1;
  const name = path.subarray(place);
  // Go reads such headers and applies none; containerd makes the directory that their name has.
  if (entry.globals.length > 0) return 'comes after a global PAX header, which nodes take for an entry';
  const fault = paxFault(entry.pax);
  if (fault !== undefined) return fault;
  return startsWith(name, whiteoutPrefix) ? whiteoutRow(entry, path, place) : nodeRow(entry, path);
}

/**
 * By its name alone, whatever its type, as containerd has it. Other names of aufs (`.wh..wh.plnk`) are to it whiteouts
 * of names that begin with `.wh.`, which no layer can have.
 * https://github.com/containerd/containerd/blob/v2.1.0/pkg/archive/tar_opts_linux.go
 */
function whiteoutRow(entry: TarEntry, path: Buffer, place: number): Row | string {
  const name = path.subarray(place);
  if (name.equals(opaqueMarker)) {
    return plainRow(entry, 'opaque', path.subarray(0, Math.max(0, place - 1)), 0);
  }
  const removed = name.subarray(whiteoutPrefix.byteLength);
  if (removed.byteLength <= 2 && removed.every((byte) => byte === 0x2e)) {
    return 'is a whiteout of nothing that can be in a directory';
  }
  return plainRow(entry, 'whiteout', Buffer.concat([path.subarray(0, place), removed]), 0);
}

function nodeRow(entry: TarEntry, path: Buffer): Row | string {
  const { kind, header } = entry;
  // containerd: "unhandled tar header type".
  if (kind === 'other' || header.type === '7' || header.type === 'S') {
    return `is of the type ${JSON.stringify(header.type)}, which nodes do not unpack`;
  }
  if (entry.pax.length === 0 && kind !== 'hardlink' && kind !== 'symlink') {
    return plainRow(entry, kind, path, entry.dataBytes);
  }
  const sparse = isSparse(entry);
  if (sparse === undefined) return 'is a sparse file of a form other than 1.0';
  const xattrs = xattrRecords(entry.pax);
  if (typeof xattrs === 'string') return xattrs;
  const target = kind === 'hardlink' ? cleanPath(entry.linkname) : entry.linkname;
  if (typeof target === 'string') return `is a hard link to something that ${target}`;
  const row = plainRow(entry, kind, path, sparse ? (entry.sparseSize as number) : entry.dataBytes);
  return {
    ...row,
    isSparse: sparse,
    xattrs,
    target: kind === 'hardlink' || kind === 'symlink' ? target : none,
  };
}

function plainRow(entry: TarEntry, kind: EntryKind, path: Buffer, bytes: number): Row {
  const isDevice = kind === 'character' || kind === 'block';
  return {
    kind,
    isSparse: false,
    path,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    // Of -0 zero: they are the same time and not the same bytes.
    mtime: entry.mtime + 0,
    bytes,
    dataStart: entry.dataStart,
    target: none,
    devmajor: isDevice ? entry.devmajor : 0,
    devminor: isDevice ? entry.devminor : 0,
    xattrs: none,
  };
}

/**
 * Only of form 1.0 is all that makes the content among the data, by which contents are compared; older ones have their
 * map in the headers. Undefined for those. https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 */
function isSparse({ pax, kind, sparseSize }: TarEntry): boolean | undefined {
  const records = new Map<string, string>();
  for (const { key, value } of pax) {
    const text = key.toString('latin1');
    if (text.startsWith('GNU.sparse.')) records.set(text, value.toString('latin1'));
  }
  if (records.size === 0) return false;
  const isFirst = records.get('GNU.sparse.major') === '1' && records.get('GNU.sparse.minor') === '0';
  return isFirst && kind === 'file' && sparseSize !== undefined ? true : undefined;
}

/** Of two records for one field Go takes the last also where it is empty, and then the header's own; others the first. */
function paxFault(records: readonly PaxRecord[]): string | undefined {
  if (records.every(({ value }) => value.byteLength > 0)) return undefined;
  const said = new Set<string>();
  for (const { key, value } of records) {
    const text = key.toString('latin1');
    if (!fields.test(text)) continue;
    if (value.byteLength > 0) said.add(text);
    else if (said.has(text))
      return `has a PAX header that says ${JSON.stringify(text)} and then nothing of it`;
  }
  return undefined;
}
