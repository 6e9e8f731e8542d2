/**
 * Writes tar headers in the POSIX format: the same input gives the same bytes everywhere. What the old header can hold
 * stands there and nowhere else, for extended records cost a KiB, and some readers show them as attributes of the file.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * Names are bytes, and written as they are: Go's archive/tar and GNU tar take those that are not UTF-8 from either place.
 */
import type { TarKind } from './entry.ts';
import { blockBytes, paddingAfter } from './header.ts';

export interface EntryFields {
  readonly kind: Exclude<TarKind, 'other'>;
  /** Of a directory with a slash at its end. Without NULs, like `linkname`. */
  readonly name: Buffer;
  /** Of links; of others empty. */
  readonly linkname: Buffer;
  /** 12 bits. */
  readonly mode: number;
  /** Numbers below 2^53, as all that follow. */
  readonly uid: number;
  readonly gid: number;
  /** Of a file's data; 0 of others. */
  readonly size: number;
  /** Seconds since 1970, also before it, and with a fraction. */
  readonly mtime: number;
  /** Of devices; 0 of others. */
  readonly devmajor: number;
  readonly devminor: number;
  /** Extended attributes: records `LENGTH NAME=VALUE\n`, in the order that they are to have. */
  readonly xattrs: Buffer;
}

const types: Readonly<Record<EntryFields['kind'], string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** What so many octal digits hold. Larger numbers stand in PAX records: sizes from 8 GiB on, ids from 2 Mi on. */
const most = { digits7: 0o7777777, digits11: 0o77777777777 };
const [nameBytes, prefixBytes] = [100, 155];
const slash = 0x2f;
const nothing = Buffer.alloc(0);

/** The header blocks of an entry: its own, and a PAX header before it where it needs one. */
export function entryHeader(fields: EntryFields): Buffer {
  const { name, linkname } = fields;
  const prefix = prefixOf(name);
  const records = [
    ...(prefix === undefined ? [record('path', name)] : []),
    ...(linkname.byteLength > nameBytes ? [record('linkpath', linkname)] : []),
    ...(fields.size > most.digits11 ? [record('size', String(fields.size))] : []),
    ...(isOctal(fields.uid, most.digits7) ? [] : [record('uid', String(fields.uid))]),
    ...(isOctal(fields.gid, most.digits7) ? [] : [record('gid', String(fields.gid))]),
    ...(isOctal(fields.mtime, most.digits11) ? [] : [record('mtime', decimal(fields.mtime))]),
    ...(fields.xattrs.byteLength > 0 ? xattrRecords(fields.xattrs) : []),
  ];
  if (records.length === 0) return writeBlock(Buffer.allocUnsafe(blockBytes), 0, fields, prefix);
  return withRecords(Buffer.concat(records), fields, prefix);
}

/** The header blocks of a regular file that has nothing but a name and content. */
export function fileHeader(name: string, size: number): Uint8Array {
  return entryHeader({ ...plain, kind: 'file', name: Buffer.from(name), mode: 0o644, size });
}

export function folderHeader(name: string): Uint8Array {
  return entryHeader({ ...plain, kind: 'directory', name: Buffer.from(`${name}/`), mode: 0o755 });
}

const plain = {
  linkname: nothing,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  devmajor: 0,
  devminor: 0,
  xattrs: nothing,
};

/** Two zero blocks. */
export const endOfArchive: Uint8Array = new Uint8Array(2 * blockBytes);

function withRecords(records: Buffer, fields: EntryFields, prefix: number | undefined): Buffer {
  const padded = records.byteLength + paddingAfter(records.byteLength);
  const blocks = Buffer.alloc(blockBytes + padded + blockBytes);
  const pax = { ...plain, kind: 'file', name: paxName, size: records.byteLength } as const;
  writeBlock(blocks, 0, pax, 0, 'x');
  blocks.set(records, blockBytes);
  writeBlock(blocks, blockBytes + padded, fields, prefix);
  return blocks;
}

/** Of the header in front, which no reader shows. */
const paxName = Buffer.from('pax');

/** `ustar`, version 00, at their place. */
const template = Buffer.alloc(blockBytes);
template.write('ustar\x0000', 257, 'latin1');

/** One header block. What it can't hold is cut off or 0: a record says it. */
function writeBlock(
  block: Buffer,
  at: number,
  fields: EntryFields,
  prefix = 0,
  type = types[fields.kind],
): Buffer {
  template.copy(block, at);
  const { name, linkname, kind } = fields;
  if (prefix > 0) name.copy(block, at + 345, 0, prefix);
  const start = prefix > 0 ? prefix + 1 : 0;
  name.copy(block, at, start, Math.min(name.byteLength, start + nameBytes));
  octal(block, at + 100, 7, fields.mode);
  octal(block, at + 108, 7, isOctal(fields.uid, most.digits7) ? fields.uid : 0);
  octal(block, at + 116, 7, isOctal(fields.gid, most.digits7) ? fields.gid : 0);
  octal(block, at + 124, 11, fields.size <= most.digits11 ? fields.size : 0);
  octal(block, at + 136, 11, isOctal(fields.mtime, most.digits11) ? fields.mtime : 0);
  block[at + 156] = type.charCodeAt(0);
  linkname.copy(block, at + 157, 0, Math.min(linkname.byteLength, nameBytes));
  if (kind === 'character' || kind === 'block') {
    device(block, at + 329, fields.devmajor);
    device(block, at + 337, fields.devminor);
  }
  // The checksum counts its own field as spaces.
  let sum = 8 * 0x20;
  for (let byte = at; byte < at + blockBytes; byte++) sum += block[byte] as number;
  octal(block, at + 148, 6, sum);
  block[at + 155] = 0x20;
  return block;
}

/**
 * How many bytes of a name go into the header's second field: 0 where it fits into the first, undefined where it is too
 * long for both. Divided as Go divides it: https://github.com/golang/go/blob/go1.24.0/src/archive/tar/writer.go#L363
 */
function prefixOf(name: Buffer): number | undefined {
  if (name.byteLength <= nameBytes) return 0;
  const end = name.at(-1) === slash ? name.byteLength - 1 : name.byteLength;
  const at = name.lastIndexOf(slash, Math.min(prefixBytes, end - 1));
  return at > 0 && name.byteLength - at - 1 <= nameBytes ? at : undefined;
}

function isOctal(value: number, largest: number): boolean {
  return value >= 0 && value <= largest && Number.isInteger(value);
}

/** Digits; the byte behind them is 0 already. */
function octal(block: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    block[place] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

/** No PAX record is known to all readers; two's complement, with the first bit set, is. */
function device(block: Buffer, at: number, value: number): void {
  if (isOctal(value, most.digits7)) octal(block, at, 7, value);
  else block.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)) | (1n << 63n), at);
}

/** Exact, and never with an exponent, which no reader takes. */
function decimal(value: number): string {
  const shortest = String(value);
  return shortest.includes('e') ? value.toFixed(100).replace(/\.?0+$/, '') : shortest;
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function record(key: string, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([
    beginning(key.length + 3 + bytes.byteLength),
    Buffer.from(` ${key}=`),
    bytes,
    newline,
  ]);
}

const newline = Buffer.from('\n');

/** The length of a record of which so many bytes come after it. */
function beginning(rest: number): Buffer {
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return Buffer.from(String(length));
}

const xattrPrefix = Buffer.from(' SCHILY.xattr.');

/** Records with the one prefix that Linux' readers know. */
function xattrRecords(xattrs: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < xattrs.byteLength; ) {
    const space = xattrs.indexOf(0x20, at);
    const end = at + Number(xattrs.toString('latin1', at, space));
    if (!(space > at && end > space && end <= xattrs.byteLength)) throw new Error('malformed xattr records');
    const rest = xattrs.subarray(space + 1, end);
    parts.push(beginning(xattrPrefix.byteLength + rest.byteLength), xattrPrefix, rest);
    at = end;
  }
  return parts;
}
