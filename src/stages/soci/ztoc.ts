/**
 * The table of contents of a layer, as SOCI keeps it: which file is where in the uncompressed tar, and from which
 * places of the compressed blob inflating can begin. `ztoc.fbs` of awslabs/soci-snapshotter, version 0.9.
 */
import type { Digest } from '../../content/image/digest.ts';

export const ztocVersion = '0.9';
export const buildTool = 'AWS SOCI CLI v0.2';
export const ztocMediaType = 'application/octet-stream';

export const entryTypes = ['hardlink', 'symlink', 'dir', 'reg', 'char', 'block', 'fifo'] as const;
export type EntryType = (typeof entryTypes)[number];

/** A record of an entry's PAX header; bytes, for neither key nor value need be UTF-8. */
export interface Xattr {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** One entry of the tar. Names and links are bytes as the archive has them, `./` and a slash at the end included. */
export interface ZtocEntry {
  readonly name: Buffer;
  readonly type: EntryType;
  /** Byte of the uncompressed tar after all headers of the entry. */
  readonly offset: number;
  /** Bytes, as the header says, also where no data follows. */
  readonly size: number;
  readonly linkname: Buffer;
  /** The header's number, type bits and all. */
  readonly mode: number;
  /** Low 32 bits. */
  readonly uid: number;
  readonly gid: number;
  readonly uname: Buffer;
  readonly gname: Buffer;
  /** RFC 3339 in UTC, with nanoseconds where there are any; empty for years outside 0 to 9999. */
  readonly modTime: string;
  readonly devmajor: number;
  readonly devminor: number;
  /** Every PAX record of the entry, sorted by the bytes of its key. */
  readonly xattrs: readonly Xattr[];
}

export type SpanAlgorithm = 'gzip' | 'uncompressed';

/** A part of a layer's blob that can be fetched, checked and read by itself. */
export interface Span {
  readonly id: number;
  /** First byte of the blob that belongs to it; shared with the span before it where `bits` is not 0. */
  readonly start: number;
  /** After its last byte. */
  readonly end: number;
  /** High bits of byte `start` that are its own; 0: all. */
  readonly bits: number;
  /** Bytes `outStart` to `outEnd` of the uncompressed tar are in it. */
  readonly outStart: number;
  readonly outEnd: number;
  readonly digest: Digest;
}

/** A zTOC that was read: `decodeZtoc` makes it of a blob's bytes. */
export interface Ztoc {
  readonly version: string;
  readonly buildTool: string;
  /** Bytes of the layer's blob. */
  readonly compressedBytes: number;
  /** Bytes of the tar up to its end blocks. */
  readonly uncompressedBytes: number;
  readonly algorithm: SpanAlgorithm;
  /** What the checkpoints say that a span should hold; spans of gzip are longer. */
  readonly spanBytes: number;
  readonly spans: readonly Span[];
  readonly entryCount: number;
  /** Entry by its place in the tar; decoded anew at each call. */
  entry(at: number): ZtocEntry;
  /** `windowBytes` of output before a span of gzip, a view. */
  window(span: number): Uint8Array;
}
