import type { Digest } from '../image/digest.ts';
import { BytePool, DistinctPool, GrowingColumn } from './column.ts';
import { emptyDigest } from './content-digest.ts';
import { mostPathBytes, whiteoutPrefix } from './path.ts';
import type { EntryKind, TimestampPyc } from './table.ts';
import { digestBytes, kindNumbers, pycFlag, sparseFlag, type TableColumns } from './table-columns.ts';

/** What one row says; its content is told afterwards. */
export interface Row {
  readonly kind: EntryKind;
  readonly isSparse: boolean;
  readonly path: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly bytes: number;
  readonly dataStart: number;
  readonly target: Buffer;
  readonly devmajor: number;
  readonly devminor: number;
  readonly xattrs: Buffer;
}

/** Names, targets and extended attributes of one layer may take so much memory. */
const mostStringBytes = 2 ** 30;
const mostUint32 = 2 ** 32 - 1;
const slash = 0x2f;
const inDirectory = Buffer.from('/.wh.');
const none = Buffer.alloc(0);

/** A table's rows while they become more. */
export class TableRows {
  readonly #kinds = new GrowingColumn(Uint8Array);
  readonly #modes = new GrowingColumn(Uint16Array);
  readonly #uids = new GrowingColumn(Uint32Array);
  readonly #gids = new GrowingColumn(Uint32Array);
  readonly #mtimes = new GrowingColumn(Float64Array);
  readonly #sizes = new GrowingColumn(Float64Array);
  readonly #dataStarts = new GrowingColumn(Float64Array);
  readonly #directories = new GrowingColumn(Uint32Array);
  readonly #names = new BytePool();
  readonly #directoryPaths = new DistinctPool();
  readonly #details = new GrowingColumn(Uint32Array);
  readonly #digests = new GrowingColumn(Uint8Array);
  readonly #targets = new BytePool();
  readonly #devices = new GrowingColumn(Uint32Array);
  readonly #xattrs = new GrowingColumn(Uint32Array);
  readonly #xattrSets = new DistinctPool();
  readonly #pycRows = new GrowingColumn(Uint32Array);
  readonly #pycDigests = new GrowingColumn(Uint8Array);
  readonly #pycMtimes = new GrowingColumn(Uint32Array);

  constructor() {
    this.#directoryPaths.add(none);
    this.#xattrSets.add(none);
    this.#digests.pushAll(emptyDigest);
  }

  get length(): number {
    return this.#kinds.length;
  }

  add(row: Row): void {
    const { kind, path } = row;
    const place = path.lastIndexOf(slash);
    this.#kinds.push(kindNumbers[kind] | (row.isSparse ? sparseFlag : 0));
    this.#modes.push(row.mode);
    this.#uids.push(row.uid);
    this.#gids.push(row.gid);
    this.#mtimes.push(row.mtime);
    this.#sizes.push(row.bytes);
    this.#dataStarts.push(row.dataStart);
    this.#directories.push(this.#directoryNumber(path.subarray(0, Math.max(0, place))));
    this.#names.add(path.subarray(place + 1));
    this.#details.push(this.#detail(row));
    this.#xattrs.push(row.xattrs.byteLength > 0 ? this.#xattrSets.add(row.xattrs) : 0);
  }

  /** Of the row that was added last, a file: without this its content is that of no bytes. */
  setContent(digest: Buffer, pyc: TimestampPyc | undefined): void {
    const row = this.length - 1;
    this.#details.set(row, this.#digests.length / digestBytes);
    this.#digests.pushAll(digest);
    if (!pyc) return;
    this.#kinds.set(row, this.#kinds.at(row) | pycFlag);
    this.#pycRows.push(row);
    this.#pycDigests.pushAll(pyc.maskedDigest);
    this.#pycMtimes.push(pyc.sourceMtime);
  }

  /** Whether there are more bytes of names, targets and extended attributes than one layer may have. */
  get areTooLong(): boolean {
    const { byteLength } = this.#names;
    const others = this.#directoryPaths.byteLength + this.#targets.byteLength + this.#xattrSets.byteLength;
    return byteLength + others > mostStringBytes;
  }

  /** All rows; it has none then. */
  take({ diffId, unpackedBytes }: { diffId: Digest; unpackedBytes: number }): TableColumns {
    return {
      diffId,
      rows: this.length,
      unpackedBytes,
      kinds: this.#kinds.take(),
      modes: this.#modes.take(),
      uids: this.#uids.take(),
      gids: this.#gids.take(),
      mtimes: this.#mtimes.take(),
      sizes: this.#sizes.take(),
      dataStarts: this.#dataStarts.take(),
      directories: this.#directories.take(),
      names: this.#names.take(),
      directoryPaths: this.#directoryPaths.take(),
      details: this.#details.take(),
      digests: this.#digests.take(),
      targets: this.#targets.take(),
      devices: this.#devices.take(),
      xattrs: this.#xattrs.take(),
      xattrSets: this.#xattrSets.take(),
      pycRows: this.#pycRows.take(),
      pycDigests: this.#pycDigests.take(),
      pycMtimes: this.#pycMtimes.take(),
    };
  }

  /** Most rows have the directory of the row before. */
  #directoryNumber(directory: Buffer): number {
    const { length } = this.#directories;
    if (length > 0) {
      const last = this.#directories.at(length - 1);
      if (this.#directoryPaths.holds(last, directory)) return last;
    }
    return this.#directoryPaths.add(directory);
  }

  #detail({ kind, target, devmajor, devminor }: Row): number {
    if (kind === 'symlink' || kind === 'hardlink') return this.#targets.add(target);
    if (kind !== 'character' && kind !== 'block') return 0;
    this.#devices.push(devmajor);
    this.#devices.push(devminor);
    return this.#devices.length / 2 - 1;
  }
}

/** Why a row cannot be: half a sentence. Its path is clean, and its extended attributes are in order. */
export function rowFault(row: Row): string | undefined {
  const { kind, path, target, uid, gid, devmajor, devminor } = row;
  const isDevice = kind === 'character' || kind === 'block';
  if (path.byteLength === 0 && kind !== 'directory' && kind !== 'opaque') return `is the root, and a ${kind}`;
  if (hasWhiteoutName(kind === 'whiteout' ? path.subarray(0, path.lastIndexOf(slash) + 1) : path)) {
    return 'is in a directory whose name is that of a whiteout';
  }
  if (!isUint32(uid) || !isUint32(gid)) return `belongs to ${uid}:${gid}, which are no numbers of an owner`;
  if (isDevice && !(isUint32(devmajor) && isUint32(devminor))) {
    return `is a device with the numbers ${devmajor}:${devminor}`;
  }
  if (kind === 'symlink') return symlinkFault(target);
  return kind === 'hardlink' ? hardlinkFault(target) : undefined;
}

function symlinkFault(target: Buffer): string | undefined {
  const { byteLength } = target;
  if (byteLength > 0 && byteLength <= mostPathBytes && !target.includes(0)) return undefined;
  return `is a symbolic link whose target, of ${byteLength} bytes, no file system takes`;
}

function hardlinkFault(target: Buffer): string | undefined {
  if (target.byteLength > 0 && !hasWhiteoutName(target)) return undefined;
  return `is a hard link to ${target.byteLength > 0 ? 'a whiteout' : 'the root'}`;
}

function isUint32(number: number): boolean {
  return number >= 0 && number <= mostUint32;
}

function hasWhiteoutName(path: Buffer): boolean {
  if (path.byteLength < whiteoutPrefix.byteLength) return false;
  return startsWith(path, whiteoutPrefix) || path.includes(inDirectory);
}

export function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  for (let at = 0; at < beginning.byteLength; at++) if (bytes[at] !== beginning[at]) return false;
  return true;
}
