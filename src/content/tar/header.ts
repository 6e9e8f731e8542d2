/**
 * The header block of a tar entry, as v7, ustar, GNU tar and star write it.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 * Where readers differ this one does as Go's archive/tar does, for containerd, docker and soci read layers by it.
 */
import { inputError, type PullBudgetError } from '../error.ts';

export const blockBytes = 512;

export type TarFormat = 'v7' | 'ustar' | 'star' | 'gnu';

/** The fields of one header block. Byte strings are copies: they do not hold the block's memory. */
export interface TarHeader {
  readonly format: TarFormat;
  /** The type flag: `0` or NUL a file, `1` a hard link, `2` a symbolic link, `5` a directory, `x` a PAX header, … */
  readonly type: string;
  /** With the prefix, where the format has one. */
  readonly name: Buffer;
  readonly linkname: Buffer;
  /** All bits of the field, those of a file's type too. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. Links, directories and devices can have one and yet no data. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly uname: Buffer;
  readonly gname: Buffer;
  readonly devmajor: number;
  readonly devminor: number;
}

const nothing = Buffer.alloc(0);
const [nul, space] = [0x00, 0x20];

/**
 * Reads the header block that begins at `offset` of `bytes`; `position` is its place in the archive, for errors.
 * @throws PullBudgetError `bad-tar`: a wrong checksum, a field that holds no number, a negative size
 */
export function parseHeader(bytes: Buffer, offset: number, position: number, where: string): TarHeader {
  const field = (start: number, length: number, name: string): number => {
    const value = parseNumber(bytes, offset + start, length);
    if (value === undefined) throw badTar(where, position, `its ${name} is no number that can be used`);
    return value;
  };
  checkSum(bytes, offset, field(148, 8, 'checksum'), position, where);
  const format = formatOf(bytes, offset);
  const size = field(124, 12, 'size');
  if (size < 0) throw badTar(where, position, 'its size is negative');
  const modern = format !== 'v7';
  return {
    format,
    type: String.fromCharCode(bytes[offset + 156] as number),
    name: nameOf(bytes, offset, format),
    linkname: text(bytes, offset + 157, 100),
    mode: field(100, 8, 'mode'),
    uid: field(108, 8, 'uid'),
    gid: field(116, 8, 'gid'),
    size,
    mtime: field(136, 12, 'mtime'),
    uname: modern ? text(bytes, offset + 265, 32) : nothing,
    gname: modern ? text(bytes, offset + 297, 32) : nothing,
    devmajor: modern ? field(329, 8, 'devmajor') : 0,
    devminor: modern ? field(337, 8, 'devminor') : 0,
  };
}

/** Whether the block that begins at `offset` is all zeros: two of them end an archive. */
export function isZeroBlock(bytes: Buffer, offset: number): boolean {
  for (let at = offset; at < offset + blockBytes; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** How many bytes of padding follow `size` bytes of data. */
export function paddingAfter(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

export function badTar(where: string, position: number, what: string): PullBudgetError {
  return inputError(
    'bad-tar',
    `${where} is not a tar archive that can be read: at byte ${position}, ${what}`,
    {
      hint: 'The archive is damaged, cut off, or not a tar at all; build or save it again.',
    },
  );
}

/** The sum of the block's bytes with the field itself as spaces; some old writers took bytes for signed. */
function checkSum(bytes: Buffer, offset: number, said: number, position: number, where: string): void {
  let sum = 0;
  for (let at = offset; at < offset + blockBytes; at++) sum += bytes[at] as number;
  let signed = 0;
  for (let at = offset + 148; at < offset + 156; at++) sum += space - (bytes[at] as number);
  if (sum === said) return;
  for (let at = offset; at < offset + blockBytes; at++) {
    if ((bytes[at] as number) >= 0x80 && (at < offset + 148 || at >= offset + 156)) signed += 256;
  }
  if (sum - signed !== said) throw badTar(where, position, 'there is no header with a right checksum');
}

function formatOf(bytes: Buffer, offset: number): TarFormat {
  if (holds(bytes, offset + 257, 'ustar  \0')) return 'gnu';
  if (!holds(bytes, offset + 257, 'ustar\0')) return 'v7';
  return holds(bytes, offset + 508, 'tar\0') ? 'star' : 'ustar';
}

function holds(bytes: Buffer, start: number, ascii: string): boolean {
  for (let at = 0; at < ascii.length; at++) if (bytes[start + at] !== ascii.charCodeAt(at)) return false;
  return true;
}

/** Where the prefix of a name ends, by format; GNU's header has other fields there. */
function nameOf(bytes: Buffer, offset: number, format: TarFormat): Buffer {
  const name = text(bytes, offset, 100);
  if (bytes[offset + 345] === nul || format === 'v7') return name;
  if (format === 'gnu' && !hasStrayPrefix(bytes, offset)) return name;
  const prefix = text(bytes, offset + 345, format === 'star' ? 131 : 155);
  return prefix.byteLength === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/**
 * Go before 1.8 wrote prefixes into GNU headers, over the access and change times; its reader still looks for them:
 * https://github.com/golang/go/blob/go1.24.0/src/archive/tar/reader.go#L446
 */
function hasStrayPrefix(bytes: Buffer, offset: number): boolean {
  const isTime = (at: number): boolean => bytes[at] === nul || parseNumber(bytes, at, 12) !== undefined;
  if (isTime(offset + 345) && isTime(offset + 357)) return false;
  return text(bytes, offset + 345, 155).every((byte) => byte < 0x80);
}

/** The bytes of a field up to its first NUL. */
function text(bytes: Buffer, start: number, length: number): Buffer {
  if (bytes[start] === nul) return nothing;
  let end = start + 1;
  while (end < start + length && bytes[end] !== nul) end++;
  // So short that copying in a loop is faster than a view and a native copy.
  const copy = Buffer.allocUnsafe(end - start);
  for (let at = start; at < end; at++) copy[at - start] = bytes[at] as number;
  return copy;
}

/**
 * Octal digits between spaces and NULs, or two's complement where the first bit is set (GNU and star).
 * Undefined for what is neither, or beyond 2^53.
 */
export function parseNumber(bytes: Buffer, start: number, length: number): number | undefined {
  if ((bytes[start] as number) & 0x80) return parseBinary(bytes, start, length);
  const end = start + length;
  const blank = (at: number): boolean => at < end && (bytes[at] === space || bytes[at] === nul);
  let at = start;
  while (blank(at)) at++;
  let value = 0;
  for (; at < end && !blank(at); at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  // What is behind a NUL is not looked at; behind a space nothing may be.
  if (bytes[at] === nul) return value;
  while (blank(at)) at++;
  return at < end ? undefined : value;
}

function parseBinary(bytes: Buffer, start: number, length: number): number | undefined {
  const negative = ((bytes[start] as number) & 0x40) !== 0;
  const flip = negative ? 0xff : 0;
  let value = ((bytes[start] as number) ^ flip) & 0x3f;
  for (let at = start + 1; at < start + length; at++) value = value * 256 + ((bytes[at] as number) ^ flip);
  if (!Number.isSafeInteger(value)) return undefined;
  return negative ? -1 - value : value;
}
