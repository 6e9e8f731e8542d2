import { constants, crc32, deflateRawSync, gzipSync, type ZlibOptions } from 'node:zlib';
import type { Random } from './random.ts';

/** Makes a layer's blob of its tar. */
export type Compress = (tar: Buffer, random: Random) => Buffer;

const {
  Z_BEST_COMPRESSION,
  Z_BEST_SPEED,
  Z_FILTERED,
  Z_FIXED,
  Z_FULL_FLUSH,
  Z_HUFFMAN_ONLY,
  Z_RLE,
  Z_SYNC_FLUSH,
} = constants;

const zlib =
  (options: ZlibOptions): Compress =>
  (tar) =>
    gzipSync(tar, options);

/** What this process can make itself: one member each. */
export const compressors = {
  'zlib-1': zlib({ level: Z_BEST_SPEED }),
  'zlib-3': zlib({ level: 3 }),
  'zlib-6': zlib({ level: 6 }),
  'zlib-9': zlib({ level: Z_BEST_COMPRESSION }),
  // Few symbols a block.
  'zlib-memory-1': zlib({ level: 6, memLevel: 1 }),
  'zlib-window-512': zlib({ level: 6, windowBits: 9 }),
  'zlib-huffman-only': zlib({ strategy: Z_HUFFMAN_ONLY }),
  'zlib-rle': zlib({ strategy: Z_RLE }),
  'zlib-fixed': zlib({ strategy: Z_FIXED }),
  'zlib-filtered': zlib({ strategy: Z_FILTERED, level: 4 }),
  stored: zlib({ level: 0 }),
  'flush-points': (tar, random) => member(flushed(tar, random), tar),
  'header-fields': (tar, random) => member(deflateRawSync(tar), tar, random),
} satisfies Record<string, Compress>;

/** Several members: soci before 0.14 reads the first one only. */
export const memberCompressors = {
  members: (tar, random) => inMembers(tar, () => random.between(1, Math.max(1, tar.byteLength >> 1))),
  'short-members': (tar, random) => inMembers(tar, () => random.between(1, Math.max(2, tar.byteLength >> 5))),
  'empty-members': (tar, random) =>
    inMembers(tar, () => (random.once(3) ? 0 : random.between(1, tar.byteLength)), true),
} satisfies Record<string, Compress>;

/** Sizes of members by `next`, the first one never empty: of that soci makes what its snapshotter refuses. */
function inMembers(tar: Buffer, next: () => number, endEmpty = false): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < tar.byteLength; ) {
    const size = at === 0 ? Math.max(1, next()) : next();
    members.push(gzipSync(tar.subarray(at, at + size)));
    at += size;
  }
  if (endEmpty) members.push(gzipSync(Buffer.alloc(0)));
  return Buffer.concat(members);
}

/** Deflate with empty stored blocks in between, as writers leave them that flush. */
function flushed(tar: Buffer, random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < tar.byteLength; ) {
    const size = random.between(1, Math.max(1, tar.byteLength >> 3));
    const finishFlush = random.pick([Z_SYNC_FLUSH, Z_FULL_FLUSH]);
    const dictionary = tar.subarray(Math.max(0, at - 32_768), at);
    // Each part may refer back to those before it: that is what a sync flush keeps and a full flush forgets.
    const options = finishFlush === Z_SYNC_FLUSH && at > 0 ? { finishFlush, dictionary } : { finishFlush };
    parts.push(deflateRawSync(tar.subarray(at, at + size), options));
    at += size;
  }
  parts.push(Buffer.of(0x03, 0x00));
  return Buffer.concat(parts);
}

/** A gzip member around a deflate stream; with `random`, with some of the header's optional fields (RFC 1952, 2.3). */
function member(deflated: Buffer, content: Buffer, random?: Random): Buffer {
  const [hasText, hasHeaderCrc, hasExtra, hasName, hasComment] = Array.from(
    { length: 5 },
    () => random?.once(2) ?? false,
  );
  const flags = [hasText, hasHeaderCrc, hasExtra, hasName, hasComment].reduce(
    (sum, is, bit) => sum | (is ? 1 << bit : 0),
    0,
  );
  const text = () => Buffer.from(`${'n'.repeat(random?.integer(300) ?? 0)}\0`);
  const extra = random?.bytes(random.integer(600)) ?? Buffer.alloc(0);
  const header = Buffer.concat([
    Buffer.of(0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3),
    ...(hasExtra ? [Buffer.of(extra.byteLength & 0xff, extra.byteLength >> 8), extra] : []),
    ...(hasName ? [text()] : []),
    ...(hasComment ? [text()] : []),
  ]);
  const headerCrc = Buffer.alloc(2);
  headerCrc.writeUInt16LE(crc32(header) & 0xffff);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.byteLength % 2 ** 32, 4);
  return Buffer.concat([header, ...(hasHeaderCrc ? [headerCrc] : []), deflated, trailer]);
}
