import type { Digest } from '../image/digest.ts';

/**
 * What an entry of a layer does to the tree. A whiteout (`.wh.NAME`) removes NAME from the layers below, an opaque
 * marker (`.wh..wh..opq`) all that they have in its directory (image-spec, layer.md, "Whiteouts").
 */
export const entryKinds = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character',
  'block',
  'fifo',
  'whiteout',
  'opaque',
] as const;
export type EntryKind = (typeof entryKinds)[number];

/** A compiled Python file whose header names its source's time (PEP 552, flags 0). */
export interface TimestampPyc {
  /** SHA-256 of the content with bytes 8 to 11 zeroed. */
  readonly maskedDigest: Buffer;
  /** What stands in bytes 8 to 11: seconds since 1970, modulo 2^32. */
  readonly sourceMtime: number;
}

/**
 * What one layer's tar has, a row an entry, in the archive's order. Columns, not objects: a million rows take some
 * 100 MB, and pass between threads as they are. Buffers that are returned are views or fresh; nobody writes to them.
 */
export interface FileTable {
  readonly diffId: Digest;
  readonly rows: number;
  /** Of the uncompressed tar. */
  readonly unpackedBytes: number;
  /**
   * Without `./`, slashes at either end or doubled ones; empty: the root. Of a whiteout the path that it removes, of an
   * opaque marker its directory.
   */
  path(row: number): Buffer;
  kind(row: number): EntryKind;
  /** Permissions with setuid, setgid and sticky bit: 12 bits. */
  mode(row: number): number;
  uid(row: number): number;
  gid(row: number): number;
  /** Seconds since 1970, with a fraction where a PAX record has one: to a quarter of a microsecond in this century. */
  mtime(row: number): number;
  /** Of a file's content; of a sparse file with its holes. */
  bytes(row: number): number;
  /** SHA-256 of a file's content, 32 bytes; of a sparse file that of the data in the archive. */
  digest(row: number): Buffer;
  /** Of a symlink as it is; of a hard link the path that it links to, written as `path` has it. Else empty. */
  target(row: number): Buffer;
  devmajor(row: number): number;
  devminor(row: number): number;
  /** Extended attributes: records `LENGTH NAME=VALUE\n` as PAX has them, without `SCHILY.xattr.`, sorted by name's bytes. */
  xattrs(row: number): Buffer;
  /** Byte of the uncompressed tar at which a file's content begins. */
  dataStart(row: number): number;
  /** Of GNU tar's PAX form 1.0, the one that nodes unpack and that has all of the content among the data. */
  isSparse(row: number): boolean;
  pyc(row: number): TimestampPyc | undefined;
}
