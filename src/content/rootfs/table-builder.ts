import { inputError, type PullBudgetError } from '../error.ts';
import type { Digest } from '../image/digest.ts';
import type { TarEntry } from '../tar/entry.ts';
import type { TarSubscriber } from '../tar/scanner.ts';
import { BytePool, type ByteStrings, byteString, DistinctPool, GrowingColumn } from './column.ts';
import { type ContentDigest, ContentDigester, emptyContent } from './content-digest.ts';
import { cleanPath, mostPathBytes, shownPath } from './path.ts';
import { type EntryKind, entryKinds, type FileTable } from './table.ts';
import { xattrRecords } from './xattrs.ts';

/** Bytes of a digest. */
export const digestBytes = 32;
/** Set in `kinds` beside the kind's number. */
export const sparseFlag = 0x10;
export const pycFlag = 0x20;
export const kindMask = 0x0f;

/** A table as plain data that can be passed between threads: what has no comment is of each row. */
export interface TableColumns {
  readonly diffId: Digest;
  readonly rows: number;
  readonly unpackedBytes: number;
  /** Number in `entryKinds`, with flags. */
  readonly kinds: Uint8Array;
  readonly modes: Uint16Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  readonly mtimes: Float64Array;
  readonly sizes: Float64Array;
  readonly dataStarts: Float64Array;
  /** Number in `directoryPaths`. */
  readonly directories: Uint32Array;
  readonly names: ByteStrings;
  /** Distinct ones; the first is empty. */
  readonly directoryPaths: ByteStrings;
  /** Of files a number in `digests`, of links in `targets`, of devices in `devices`; else 0. */
  readonly details: Uint32Array;
  /** 32 bytes each; the first is that of no bytes. */
  readonly digests: Uint8Array;
  readonly targets: ByteStrings;
  /** Major and minor numbers by turns. */
  readonly devices: Uint32Array;
  /** Number in `xattrSets`. */
  readonly xattrs: Uint32Array;
  /** Distinct ones; the first is empty. */
  readonly xattrSets: ByteStrings;
  /** Of timestamp .pyc alone: their rows, ascending, 32 bytes each, and the time. */
  readonly pycRows: Uint32Array;
  readonly pycDigests: Uint8Array;
  readonly pycMtimes: Uint32Array;
}

/** Names, targets and extended attributes of one layer may take so much memory. */
const mostStringBytes = 2 ** 30;
const mostId = 2 ** 32 - 1;

const kindNumbers = Object.fromEntries(entryKinds.map((kind, at) => [kind, at])) as Record<EntryKind, number>;
const whiteoutPrefix = Buffer.from('.wh.');
const opaqueMarker = Buffer.from('.wh..wh..opq');
const inWhiteout = Buffer.from('/.wh.');
const pycSuffix = Buffer.from('.pyc');
const none = Buffer.alloc(0);

/**
 * Builds a layer's table while the layer is read; file contents are hashed on the way.
 * @throws (from `entry`) PullBudgetError `odd-layer` where runtimes do not agree on what an entry is
 */
export class TableBuilder implements TarSubscriber {
  readonly #where: string;
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
  readonly #content = new ContentDigester();
  #hashing = false;

  constructor(where: string) {
    this.#where = where;
    this.#directoryPaths.add(none);
    this.#xattrSets.add(none);
    this.#digests.pushAll(emptyContent.digest);
  }

  entry(entry: TarEntry): void {
    const path = this.#cleaned(entry, entry.name);
    const slash = path.lastIndexOf(0x2f);
    const name = path.subarray(slash + 1);
    const directory = path.subarray(0, Math.max(0, slash));
    if (startsWith(name, whiteoutPrefix)) this.#addWhiteout(entry, directory, name);
    else this.#addNode(entry, directory, name);
    if (this.#stringBytes() > mostStringBytes) {
      throw this.#odd(entry, 'comes after more than 1 GiB of names, link targets and extended attributes');
    }
  }

  data(part: Buffer): void {
    if (!this.#hashing) return;
    const found = this.#content.push(part);
    if (found) this.#endContent(found);
  }

  /** Once the layer was read. The builder is empty afterwards. */
  columns({ diffId, unpackedBytes }: { diffId: Digest; unpackedBytes: number }): TableColumns {
    return {
      diffId,
      rows: this.#kinds.length,
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

  /**
   * By its name alone, whatever its type, as containerd has it. Other names of aufs (`.wh..wh.plnk`) are to it
   * whiteouts of names that begin with `.wh.`, which no layer can have.
   * https://github.com/containerd/containerd/blob/v2.1.0/pkg/archive/tar_opts_linux.go
   */
  #addWhiteout(entry: TarEntry, directory: Buffer, name: Buffer): void {
    this.#hashing = false;
    if (name.equals(opaqueMarker)) {
      const slash = directory.lastIndexOf(0x2f);
      const parent = directory.subarray(0, Math.max(0, slash));
      this.#addRow(entry, 'opaque', parent, directory.subarray(slash + 1));
      return;
    }
    const removed = name.subarray(whiteoutPrefix.byteLength);
    if (removed.byteLength <= 2 && removed.every((byte) => byte === 0x2e)) {
      throw this.#odd(entry, 'is a whiteout of nothing that can be in a directory');
    }
    this.#addRow(entry, 'whiteout', directory, removed);
  }

  #addNode(entry: TarEntry, directory: Buffer, name: Buffer): void {
    const fault = faultOf(entry, name);
    if (fault !== undefined) throw this.#odd(entry, fault);
    const kind = entry.kind as Exclude<TarEntry['kind'], 'other'>;
    const flags = entry.sparseSize === undefined ? 0 : sparseFlag;
    const row = this.#addRow(entry, kind, directory, name, flags);
    if (kind === 'symlink') this.#details.set(row, this.#targets.add(this.#symlinkTarget(entry)));
    else if (kind === 'hardlink') this.#details.set(row, this.#targets.add(this.#hardlinkTarget(entry)));
    else if (kind === 'character' || kind === 'block') {
      this.#details.set(row, this.#devices.length / 2);
      this.#devices.push(entry.devmajor);
      this.#devices.push(entry.devminor);
    }
    this.#hashing = kind === 'file' && entry.dataBytes > 0;
    if (this.#hashing) this.#content.begin(entry.dataBytes, flags === 0 && endsWith(name, pycSuffix));
  }

  /** @returns its number */
  #addRow(entry: TarEntry, kind: EntryKind, directory: Buffer, name: Buffer, flags = 0): number {
    const marksOnly = kind === 'whiteout' || kind === 'opaque';
    this.#kinds.push(kindNumbers[kind] | flags);
    this.#modes.push(entry.mode & 0o7777);
    this.#uids.push(entry.uid);
    this.#gids.push(entry.gid);
    // Of -0 zero: they are the same time and not the same bytes.
    this.#mtimes.push(entry.mtime + 0);
    this.#sizes.push(marksOnly ? 0 : entry.dataBytes);
    this.#dataStarts.push(entry.dataStart);
    this.#directories.push(this.#directoryNumber(entry, directory));
    this.#details.push(0);
    this.#xattrs.push(entry.pax.length > 0 && !marksOnly ? this.#xattrsNumber(entry) : 0);
    return this.#names.add(name);
  }

  /** Most rows have that of the row before. */
  #directoryNumber(entry: TarEntry, directory: Buffer): number {
    const last = this.#directories.length - 1;
    const known = this.#directoryPaths.count;
    if (last >= 0) {
      const number = this.#directories.at(last);
      if (this.#directoryPaths.holds(number, directory)) return number;
    }
    const number = this.#directoryPaths.add(directory);
    if (number === known && hasWhiteoutName(directory)) {
      throw this.#odd(entry, 'is in a directory whose name is that of a whiteout');
    }
    return number;
  }

  #xattrsNumber(entry: TarEntry): number {
    const records = xattrRecords(entry.pax);
    if (typeof records === 'string') throw this.#odd(entry, records);
    return this.#xattrSets.add(records);
  }

  #symlinkTarget(entry: TarEntry): Buffer {
    const { linkname } = entry;
    if (linkname.byteLength === 0 || linkname.byteLength > mostPathBytes || linkname.includes(0)) {
      throw this.#odd(entry, 'is a symbolic link with a target that no file system takes');
    }
    return linkname;
  }

  #hardlinkTarget(entry: TarEntry): Buffer {
    const target = cleanPath(entry.linkname);
    if (typeof target === 'string') throw this.#odd(entry, `is a hard link to a file that ${target}`);
    if (target.byteLength === 0 || hasWhiteoutName(target)) {
      throw this.#odd(entry, `is a hard link to ${shownPath(entry.linkname)}, which is no file`);
    }
    return target;
  }

  #endContent({ digest, pyc }: ContentDigest): void {
    this.#hashing = false;
    const row = this.#kinds.length - 1;
    this.#details.set(row, this.#digests.length / digestBytes);
    this.#digests.pushAll(digest);
    if (!pyc) return;
    this.#kinds.set(row, this.#kinds.at(row) | pycFlag);
    this.#pycRows.push(row);
    this.#pycDigests.pushAll(pyc.maskedDigest);
    this.#pycMtimes.push(pyc.sourceMtime);
  }

  #cleaned(entry: TarEntry, name: Buffer): Buffer {
    const path = cleanPath(name);
    if (typeof path === 'string') throw this.#odd(entry, path);
    return path;
  }

  #stringBytes(): number {
    return (
      this.#names.byteLength +
      this.#directoryPaths.byteLength +
      this.#targets.byteLength +
      this.#xattrSets.byteLength
    );
  }

  #odd(entry: TarEntry, what: string): PullBudgetError {
    return inputError('odd-layer', `${this.#where} cannot be re-layered: ${shownPath(entry.name)} ${what}`, {
      hint: 'Nodes do not agree on what such an entry is, or refuse it. Build the layer with another tool, or leave it in the base.',
    });
  }
}

/** What an entry has that runtimes do not agree on, or refuse: half a sentence. */
function faultOf(entry: TarEntry, name: Buffer): string | undefined {
  const { kind, uid, gid, devmajor, devminor } = entry;
  const { type } = entry.header;
  // containerd: "unhandled tar header type".
  if (kind === 'other' || type === '7')
    return `is of the type ${JSON.stringify(type)}, which nodes do not know`;
  if (name.byteLength === 0 && kind !== 'directory') return `is the root, and a ${kind}`;
  if (!isId(uid) || !isId(gid)) return `belongs to ${uid}:${gid}, which are no numbers of an owner`;
  if ((kind === 'character' || kind === 'block') && !(isId(devmajor) && isId(devminor))) {
    return `is a device with the numbers ${devmajor}:${devminor}`;
  }
  return undefined;
}

function isId(number: number): boolean {
  return number >= 0 && number <= mostId;
}

function hasWhiteoutName(path: Buffer): boolean {
  return startsWith(path, whiteoutPrefix) || path.includes(inWhiteout);
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  for (let at = 0; at < beginning.byteLength; at++) if (bytes[at] !== beginning[at]) return false;
  return true;
}

function endsWith(bytes: Buffer, end: Buffer): boolean {
  return bytes.byteLength >= end.byteLength && bytes.subarray(-end.byteLength).equals(end);
}

/** The table that these columns are. */
export function tableOf(columns: TableColumns): FileTable {
  const { kinds, details, digests, devices, pycRows, pycDigests, pycMtimes } = columns;
  const kind = (row: number): EntryKind => entryKinds[(kinds[row] as number) & kindMask] as EntryKind;
  const isDevice = (row: number): boolean => kind(row) === 'character' || kind(row) === 'block';
  return {
    diffId: columns.diffId,
    rows: columns.rows,
    unpackedBytes: columns.unpackedBytes,
    path: (row) => pathOf(columns, row),
    kind,
    mode: (row) => columns.modes[row] as number,
    uid: (row) => columns.uids[row] as number,
    gid: (row) => columns.gids[row] as number,
    mtime: (row) => columns.mtimes[row] as number,
    bytes: (row) => columns.sizes[row] as number,
    digest: (row) => digestAt(digests, kind(row) === 'file' ? (details[row] as number) : 0),
    target: (row) => {
      const linked = kind(row) === 'symlink' || kind(row) === 'hardlink';
      return linked ? byteString(columns.targets, details[row] as number) : none;
    },
    devmajor: (row) => (isDevice(row) ? (devices[(details[row] as number) * 2] as number) : 0),
    devminor: (row) => (isDevice(row) ? (devices[(details[row] as number) * 2 + 1] as number) : 0),
    xattrs: (row) => byteString(columns.xattrSets, columns.xattrs[row] as number),
    dataStart: (row) => columns.dataStarts[row] as number,
    isSparse: (row) => ((kinds[row] as number) & sparseFlag) !== 0,
    pyc(row) {
      if (((kinds[row] as number) & pycFlag) === 0) return undefined;
      const at = placeOf(pycRows, row);
      return { maskedDigest: digestAt(pycDigests, at), sourceMtime: pycMtimes[at] as number };
    },
  };
}

function pathOf({ directories, directoryPaths, names }: TableColumns, row: number): Buffer {
  const directory = byteString(directoryPaths, directories[row] as number);
  const name = byteString(names, row);
  if (directory.byteLength === 0) return name;
  const path = Buffer.allocUnsafe(directory.byteLength + 1 + name.byteLength);
  path.set(directory);
  path[directory.byteLength] = 0x2f;
  path.set(name, directory.byteLength + 1);
  return path;
}

function digestAt(digests: Uint8Array, number: number): Buffer {
  return Buffer.from(digests.buffer as ArrayBuffer, digests.byteOffset + number * digestBytes, digestBytes);
}

/** Index of a number that is in an ascending list. */
function placeOf(numbers: Uint32Array, wanted: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
