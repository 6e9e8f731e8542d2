import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { inputError, type PullBudgetError } from '../error.ts';
import { isDigest } from '../image/digest.ts';
import { blockBytes } from '../tar/header.ts';
import { ByteReader, ByteWriter } from './byte-codec.ts';
import { emptyDigest, pycHeaderBytes } from './content-digest.ts';
import { cleanPath, mostPathBytes } from './path.ts';
import { entryKinds, type FileTable } from './table.ts';
import { digestBytes, kindMask, kindNumbers, pycFlag, sparseFlag, tableOf } from './table-columns.ts';
import { type Row, rowFault, TableRows } from './table-rows.ts';
import { areXattrRecords } from './xattrs.ts';

/** Name and version of the format; a zstd frame follows. */
const magic = Buffer.from('pbfiles\x01', 'latin1');
/** Beside the flags of columns: the content is that of no bytes, and its digest not there. */
const emptyFlag = 0x40;
const none = Buffer.alloc(0);

/** What the frame may unpack to: digests do not compress, so tables of honest layers stay far below. */
const harmlessBytes = 64 * 2 ** 20;
const mostRatio = 32;
const mostBytes = 2 ** 30;
/** That of the highest level that is not "ultra". */
const mostWindowLog = 23;

/**
 * One stream for each thing that rows say, so that like stands beside like. Within one, a row's number is written as
 * its distance from what the row before makes likely.
 */
const streamNames = [
  'kinds',
  'shared',
  'suffixes',
  'modes',
  'owners',
  'mtimes',
  'sizes',
  'places',
  'targets',
  'devices',
  'xattrs',
  'digests',
  'pycs',
] as const;
type StreamName = (typeof streamNames)[number];
type Streams<Type> = Readonly<Record<StreamName, Type>>;

function streamsOf<Type>(make: (name: StreamName) => Type): Streams<Type> {
  return Object.fromEntries(streamNames.map((name) => [name, make(name)])) as Record<StreamName, Type>;
}

/** Bytes of a table as it is stored beside an image: columnar, compressed by zstd. The same table gives the same bytes. */
export async function encodeTable(table: FileTable): Promise<Uint8Array> {
  const streams = streamsOf(() => new ByteWriter());
  const xattrNumbers = new Map<string, number>([['', 0]]);
  let before = firstRow;
  for (let row = 0; row < table.rows; row++) before = writeRow(table, row, before, streams, xattrNumbers);
  const whole = new ByteWriter();
  whole.string(Buffer.from(table.diffId));
  whole.number(table.unpackedBytes);
  whole.number(table.rows);
  for (const name of streamNames) whole.string(streams[name].take());
  return Buffer.concat([magic, await promisify(zstdCompress)(whole.take())]);
}

/** What a row's numbers are told from: those of the row before. */
interface Before {
  readonly path: Buffer;
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  /** Where its data ends, padding included. */
  readonly end: number;
}

const firstRow: Before = { path: none, mtime: 0, uid: 0, gid: 0, end: 0 };

function writeRow(
  table: FileTable,
  row: number,
  before: Before,
  to: Streams<ByteWriter>,
  xattrNumbers: Map<string, number>,
): Before {
  const kind = table.kind(row);
  const path = table.path(row);
  const [mtime, uid, gid] = [table.mtime(row), table.uid(row), table.gid(row)];
  const [bytes, dataStart] = [table.bytes(row), table.dataStart(row)];
  const digest = table.digest(row);
  const pyc = table.pyc(row);
  const isSparse = table.isSparse(row);
  const isEmpty = kind === 'file' && digest.equals(emptyDigest);
  to.kinds.byte(
    kindNumbers[kind] | (isSparse ? sparseFlag : 0) | (pyc ? pycFlag : 0) | (isEmpty ? emptyFlag : 0),
  );
  const shared = sharedBytes(before.path, path);
  to.shared.number(shared);
  to.suffixes.string(path.subarray(shared));
  to.modes.number(table.mode(row));
  to.owners.near(uid, before.uid);
  to.owners.near(gid, before.gid);
  to.mtimes.near(mtime, before.mtime);
  to.places.near(dataStart, before.end + blockBytes);
  if (kind === 'file') to.sizes.number(bytes);
  if (kind === 'file' && !isEmpty) to.digests.raw(digest);
  if (pyc) {
    to.digests.raw(pyc.maskedDigest);
    to.pycs.near(pyc.sourceMtime, mtime);
  }
  if (kind === 'symlink' || kind === 'hardlink') to.targets.string(table.target(row));
  if (kind === 'character' || kind === 'block') {
    to.devices.number(table.devmajor(row));
    to.devices.number(table.devminor(row));
  }
  writeXattrs(table.xattrs(row), to.xattrs, xattrNumbers);
  return { path, mtime, uid, gid, end: endOf(dataStart, isSparse ? 0 : bytes) };
}

/** Each set at its first row, and by its number afterwards. */
function writeXattrs(xattrs: Buffer, to: ByteWriter, numbers: Map<string, number>): void {
  const key = xattrs.toString('latin1');
  const known = numbers.get(key);
  to.number(known ?? numbers.size);
  if (known !== undefined) return;
  numbers.set(key, numbers.size);
  to.string(xattrs);
}

function sharedBytes(a: Buffer, b: Buffer): number {
  const most = Math.min(a.byteLength, b.byteLength);
  let shared = 0;
  while (shared < most && a[shared] === b[shared]) shared++;
  return shared;
}

function endOf(dataStart: number, bytes: number): number {
  return dataStart + Math.ceil(bytes / blockBytes) * blockBytes;
}

/**
 * @param bytes from anywhere: lengths, offsets, kinds and paths are checked before anything is believed
 * @throws PullBudgetError `bad-file-table`
 */
export async function decodeTable(bytes: Uint8Array, where: string): Promise<FileTable> {
  const fault = (what: string): Error => badTable(where, what);
  const whole = new ByteReader(await unpack(bytes, where), fault);
  const diffId = whole.string(200).toString('latin1');
  if (!isDigest(diffId)) throw fault('it names no layer');
  const unpackedBytes = whole.number();
  const count = whole.number();
  const streams = streamsOf(() => new ByteReader(whole.string(), fault));
  if (!whole.isAtEnd) throw fault('something follows its end');
  const rows = new RowReader(streams, unpackedBytes, fault);
  for (let row = 0; row < count; row++) rows.read();
  const open = streamNames.find((name) => !streams[name].isAtEnd);
  if (open !== undefined) throw fault(`it has more ${open} than rows`);
  return tableOf(rows.rows.take({ diffId, unpackedBytes }));
}

async function unpack(bytes: Uint8Array, where: string): Promise<Uint8Array> {
  if (bytes.byteLength < magic.byteLength || !magic.equals(bytes.subarray(0, magic.byteLength))) {
    throw badTable(where, 'it is none, or of another version');
  }
  const maxOutputLength = Math.min(mostBytes, Math.max(harmlessBytes, bytes.byteLength * mostRatio));
  const params = { [constants.ZSTD_d_windowLogMax]: mostWindowLog };
  try {
    return await promisify(zstdDecompress)(bytes.subarray(magic.byteLength), { maxOutputLength, params });
  } catch (cause) {
    throw badTable(where, `it does not unpack to ${maxOutputLength} bytes or fewer`, cause);
  }
}

/** Reads rows from their streams, and believes none that the builder would not have made. */
class RowReader {
  readonly rows = new TableRows();
  readonly #from: Streams<ByteReader>;
  readonly #unpackedBytes: number;
  readonly #fault: (what: string) => Error;
  readonly #xattrSets: Buffer[] = [none];
  #before = firstRow;

  constructor(from: Streams<ByteReader>, unpackedBytes: number, fault: (what: string) => Error) {
    this.#from = from;
    this.#unpackedBytes = unpackedBytes;
    this.#fault = fault;
  }

  read(): void {
    const flags = this.#from.kinds.byte();
    const row = this.#row(flags);
    const wrong = rowFault(row) ?? this.#placeFault(row) ?? flagsFault(row, flags);
    if (wrong !== undefined) throw this.#fault(`its row ${this.rows.length} ${wrong}`);
    this.rows.add(row);
    if (this.rows.areTooLong) throw this.#fault('its names are too long');
    if (row.kind === 'file' && (flags & emptyFlag) === 0) this.#readContent(row, flags);
    this.#before = { ...row, end: endOf(row.dataStart, row.isSparse ? 0 : row.bytes) };
  }

  #row(flags: number): Row {
    const { modes, owners, mtimes, sizes, places, targets, devices } = this.#from;
    const before = this.#before;
    const kind = entryKinds[flags & kindMask];
    if (kind === undefined) throw this.#fault(`its row ${this.rows.length} is of no kind`);
    const isDevice = kind === 'character' || kind === 'block';
    return {
      kind,
      isSparse: (flags & sparseFlag) !== 0,
      path: this.#path(),
      mode: modes.number(0o7777),
      uid: owners.near(before.uid),
      gid: owners.near(before.gid),
      mtime: mtimes.near(before.mtime) + 0,
      bytes: kind === 'file' ? sizes.number() : 0,
      dataStart: places.near(before.end + blockBytes),
      target:
        kind === 'hardlink'
          ? this.#clean(targets.string(mostPathBytes))
          : kind === 'symlink'
            ? targets.string(mostPathBytes)
            : none,
      devmajor: isDevice ? devices.number() : 0,
      devminor: isDevice ? devices.number() : 0,
      xattrs: this.#xattrs(),
    };
  }

  #path(): Buffer {
    const { path } = this.#before;
    const shared = this.#from.shared.number(path.byteLength);
    const suffix = this.#from.suffixes.string(mostPathBytes - shared);
    return this.#clean(Buffer.concat([path.subarray(0, shared), suffix]));
  }

  #clean(path: Buffer): Buffer {
    const clean = cleanPath(path);
    if (typeof clean !== 'string' && clean.equals(path)) return clean;
    throw this.#fault(`its row ${this.rows.length} has a path that is none`);
  }

  #xattrs(): Buffer {
    const { xattrs } = this.#from;
    const number = xattrs.number(this.#xattrSets.length);
    const known = this.#xattrSets[number];
    if (known) return known;
    const records = xattrs.string();
    if (!areXattrRecords(records)) throw this.#fault('it has extended attributes that are none');
    this.#xattrSets.push(records);
    return records;
  }

  #readContent({ mtime }: Row, flags: number): void {
    const { digests, pycs } = this.#from;
    const digest = digests.raw(digestBytes);
    if ((flags & pycFlag) === 0) {
      this.rows.setContent(digest, undefined);
      return;
    }
    const maskedDigest = digests.raw(digestBytes);
    const sourceMtime = pycs.near(mtime);
    if (sourceMtime !== sourceMtime >>> 0) throw this.#fault(`its row ${this.rows.length - 1} has no time`);
    this.rows.setContent(digest, { maskedDigest, sourceMtime });
  }

  #placeFault({ kind, isSparse, mtime, bytes, dataStart }: Row): string | undefined {
    if (!Number.isFinite(mtime)) return 'has no mtime';
    const isPlace = Number.isSafeInteger(dataStart) && dataStart >= this.#before.end + blockBytes;
    const end = dataStart + (kind === 'file' && !isSparse ? bytes : 0);
    return isPlace && end <= this.#unpackedBytes ? undefined : 'has its content where none can be';
  }
}

function flagsFault({ kind, bytes }: Row, kindAndFlags: number): string | undefined {
  const flags = kindAndFlags & ~kindMask;
  const agree =
    flags === 0
      ? kind !== 'file' || bytes > 0
      : kind === 'file' &&
        ((flags === emptyFlag && bytes === 0) ||
          (flags === pycFlag && bytes >= pycHeaderBytes) ||
          flags === sparseFlag ||
          flags === (sparseFlag | emptyFlag));
  return agree ? undefined : 'has marks that do not go together';
}

function badTable(where: string, what: string, cause?: unknown): PullBudgetError {
  return inputError('bad-file-table', `${where} is not a file table that can be read: ${what}`, {
    hint: 'The table is not used; the layer is read instead.',
    cause,
  });
}
