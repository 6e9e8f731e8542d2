import { entryTypes, type Xattr, type ZtocEntry } from './ztoc.ts';

const chunkBytes = 1024 * 1024;
/** Readers take a flatbuffer's offsets for signed 32-bit numbers. */
export const maxZtocBytes = 2 ** 31 - 1;
export const tooLarge = 'its zTOC would be larger than 2 GiB';
const pagePlaces = 65_536;

/** Entries of a layer, kept small until the zTOC, which begins with the last one, can be written. */
export class EntryList {
  /** Entries one after the other; one that is longer than a chunk has a chunk of its own. */
  readonly #chunks: Buffer[] = [];
  /** Where each entry begins: the number of its chunk times `chunkBytes`, and the byte in it. */
  readonly #pages: Uint32Array[] = [];
  /** Of the last chunk. */
  #used = chunkBytes;
  #count = 0;
  #flatBytes = 0;

  get count(): number {
    return this.#count;
  }

  /** What the entries take in a flatbuffer: not less than it comes to, and little more. */
  get flatBytes(): number {
    return this.#flatBytes;
  }

  add(entry: ZtocEntry): void {
    const chunk = this.#chunkFor(recordBytes(entry));
    const page = Math.floor(this.#count / pagePlaces);
    this.#pages[page] ??= new Uint32Array(pagePlaces);
    this.#pages[page][this.#count % pagePlaces] = (this.#chunks.length - 1) * chunkBytes + this.#used;
    this.#used = writeRecord(chunk, this.#used, entry);
    this.#flatBytes += flatBytes(entry);
    this.#count++;
  }

  /** Its byte strings are views. */
  at(index: number): ZtocEntry {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      throw new RangeError(`There is no entry ${index}`);
    const place = this.#pages[Math.floor(index / pagePlaces)]?.[index % pagePlaces] as number;
    return readRecord(this.#chunks[Math.floor(place / chunkBytes)] as Buffer, place % chunkBytes);
  }

  #chunkFor(bytes: number): Buffer {
    if (this.#used + bytes > chunkBytes) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes)));
      this.#used = 0;
    }
    return this.#chunks.at(-1) as Buffer;
  }
}

/** A safe integer has 53 bits, and a byte holds seven. */
const maxNumberBytes = 8;

/** What `writeRecord` needs at most. */
function recordBytes({ name, linkname, uname, gname, modTime, xattrs }: ZtocEntry): number {
  let bytes = 14 * maxNumberBytes + modTime.length;
  bytes += name.byteLength + linkname.byteLength + uname.byteLength + gname.byteLength;
  for (const { key, value } of xattrs) bytes += 2 * maxNumberBytes + key.byteLength + value.byteLength;
  return bytes;
}

/** What an entry takes in a flatbuffer at most: its table, its strings, its place in the vector of all. */
function flatBytes(entry: ZtocEntry): number {
  // Fields, gaps between them, the place of the vtable, the length of xattrs, the place of the entry.
  let bytes = 80 + 16 + 4 + 4;
  bytes += stringBytes(entry.name.byteLength) + stringBytes(entry.type.length);
  bytes += stringBytes(entry.linkname.byteLength) + stringBytes(entry.modTime.length);
  bytes += stringBytes(entry.uname.byteLength) + stringBytes(entry.gname.byteLength);
  for (const { key, value } of entry.xattrs) {
    bytes += 16 + stringBytes(key.byteLength) + stringBytes(value.byteLength);
  }
  return bytes;
}

/** A length, the bytes, a NUL, and up to a multiple of 4. */
function stringBytes(bytes: number): number {
  return 8 + (bytes & ~3);
}

/** In the first byte beside the type: which numbers are negative, and whether the time is packed. */
const [negativeMode, negativeMajor, negativeMinor, packedTime] = [8, 16, 32, 64];
const typeBits = 7;

/** Numbers in seven bits a byte, strings after their length; says where it ends. */
function writeRecord(into: Buffer, start: number, entry: ZtocEntry): number {
  let flags = entryTypes.indexOf(entry.type);
  if (entry.mode < 0) flags |= negativeMode;
  if (entry.devmajor < 0) flags |= negativeMajor;
  if (entry.devminor < 0) flags |= negativeMinor;
  if (usualTime.test(entry.modTime)) flags |= packedTime;
  let at = start;
  into[at++] = flags;
  at = writeNumber(into, at, entry.offset);
  at = writeNumber(into, at, entry.size);
  at = writeNumber(into, at, entry.uid);
  at = writeNumber(into, at, entry.gid);
  at = writeNumber(into, at, Math.abs(entry.mode));
  at = writeNumber(into, at, Math.abs(entry.devmajor));
  at = writeNumber(into, at, Math.abs(entry.devminor));
  at = writeBytes(into, at, entry.name);
  at = writeBytes(into, at, entry.linkname);
  at = writeBytes(into, at, entry.uname);
  at = writeBytes(into, at, entry.gname);
  at = flags & packedTime ? packTime(into, at, entry.modTime) : writeText(into, at, entry.modTime);
  at = writeNumber(into, at, entry.xattrs.length);
  for (const { key, value } of entry.xattrs) at = writeBytes(into, writeBytes(into, at, key), value);
  return at;
}

function readRecord(from: Buffer, start: number): ZtocEntry {
  const cursor = { from, at: start + 1 };
  const flags = from[start] as number;
  const signed = (negative: number): number => (flags & negative ? -readNumber(cursor) : readNumber(cursor));
  return {
    type: entryTypes[flags & typeBits] as ZtocEntry['type'],
    offset: readNumber(cursor),
    size: readNumber(cursor),
    uid: readNumber(cursor),
    gid: readNumber(cursor),
    mode: signed(negativeMode),
    devmajor: signed(negativeMajor),
    devminor: signed(negativeMinor),
    name: readBytes(cursor),
    linkname: readBytes(cursor),
    uname: readBytes(cursor),
    gname: readBytes(cursor),
    modTime: flags & packedTime ? unpackTime(cursor) : readBytes(cursor).toString('latin1'),
    xattrs: readXattrs(cursor),
  };
}

/** Nearly all times are like this; two digits are then a byte. */
const usualTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const digitPairs = [0, 2, 5, 8, 11, 14, 17];
const pairs = Array.from({ length: 100 }, (_, pair) => String(pair).padStart(2, '0'));

function packTime(into: Buffer, start: number, time: string): number {
  const zero = 0x30;
  for (const [index, at] of digitPairs.entries()) {
    into[start + index] = (time.charCodeAt(at) - zero) * 10 + time.charCodeAt(at + 1) - zero;
  }
  return start + digitPairs.length;
}

function unpackTime(cursor: Cursor): string {
  const next = (): string => pairs[cursor.from[cursor.at++] as number] as string;
  return `${next()}${next()}-${next()}-${next()}T${next()}:${next()}:${next()}Z`;
}

interface Cursor {
  readonly from: Buffer;
  at: number;
}

function writeNumber(into: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) into[at++] = (left % 0x80) | 0x80;
  into[at++] = left;
  return at;
}

function readNumber(cursor: Cursor): number {
  let value = 0;
  for (let unit = 1; ; unit *= 0x80) {
    const byte = cursor.from[cursor.at++] as number;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
  }
}

function writeText(into: Buffer, at: number, text: string): number {
  const start = writeNumber(into, at, text.length);
  return start + into.write(text, start, 'latin1');
}

function writeBytes(into: Buffer, at: number, bytes: Buffer): number {
  const start = writeNumber(into, at, bytes.byteLength);
  into.set(bytes, start);
  return start + bytes.byteLength;
}

function readBytes(cursor: Cursor): Buffer {
  const length = readNumber(cursor);
  const bytes = cursor.from.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

const none: readonly Xattr[] = [];

function readXattrs(cursor: Cursor): readonly Xattr[] {
  const count = readNumber(cursor);
  if (count === 0) return none;
  return Array.from({ length: count }, () => ({ key: readBytes(cursor), value: readBytes(cursor) }));
}
