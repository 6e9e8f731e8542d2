import { constants, crc32, deflateRawSync } from 'node:zlib';
import pako from 'pako';
import { makeBlocks } from './made-blocks.ts';
import { makeContent } from './made-content.ts';
import type { Random } from './random.ts';

/** A gzip stream and what is in it. */
export interface Made {
  readonly gzip: Buffer;
  readonly content: Buffer;
}

/** Header fields (RFC 1952, 2.3.1) besides those that are always there. */
export interface Fields {
  readonly text?: boolean;
  readonly extra?: Uint8Array;
  readonly name?: string;
  readonly comment?: string;
  readonly crc?: boolean;
}

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
const strategies = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED] as const;
const flushes = [
  constants.Z_PARTIAL_FLUSH,
  constants.Z_SYNC_FLUSH,
  constants.Z_FULL_FLUSH,
  constants.Z_BLOCK,
] as const;

/** A stream of some members, now and then with an empty one, with header fields, with flush points. */
export function makeGzip(random: Random, most: number): Made {
  const members = Array.from({ length: random.one([1, 1, 1, 2, 4]) }, () => makeMember(random, most));
  return {
    gzip: Buffer.concat(members.map(({ gzip }) => gzip)),
    content: Buffer.concat(members.map(({ content }) => content)),
  };
}

export function makeMember(random: Random, most: number): Made {
  const { deflated, content } = makeDeflated(random, most);
  return { gzip: asMember(deflated, content, random.below(3) === 0 ? makeFields(random) : {}), content };
}

/** A deflate stream: zlib's of all settings, pako's with flush points, and blocks that no compressor makes. */
export function makeDeflated(random: Random, most: number): { deflated: Buffer; content: Buffer } {
  const maker = random.below(6);
  if (maker === 0) return makeBlocks(random, most);
  const content = makeContent(random, most);
  const options = {
    level: random.below(10),
    strategy: random.one(strategies),
    memLevel: 1 + random.below(9),
    windowBits: 9 + random.below(7),
  };
  if (maker > 2) return { deflated: deflateRawSync(content, options), content };
  return { deflated: flushed(random, content, options), content };
}

function flushed(random: Random, content: Buffer, options: object): Buffer {
  const deflate = new pako.Deflate({ ...options, raw: true } as pako.DeflateOptions);
  for (let at = 0; at < content.length; ) {
    const size = random.size(content.length - at) + 1;
    // pako's types know fewer flush modes than it does.
    deflate.push(content.subarray(at, at + size), random.one(flushes) as boolean | 0);
    at += size;
  }
  deflate.push(Buffer.alloc(0), true);
  return Buffer.from(deflate.result);
}

function makeFields(random: Random): Fields {
  return {
    text: random.below(2) === 0,
    crc: random.below(2) === 0,
    ...(random.below(2) === 0 && { extra: random.bytes(random.size(600)) }),
    ...(random.below(2) === 0 && { name: 'n'.repeat(random.size(600)) }),
    ...(random.below(2) === 0 && { comment: 'c'.repeat(random.size(600)) }),
  };
}

/** A member around a deflate stream; CRC and size are those of `content`. */
export function asMember(deflated: Uint8Array, content: Uint8Array, fields: Fields = {}): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content));
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([headerOf(fields), deflated, trailer]);
}

export function headerOf({ text, extra, name, comment, crc }: Fields): Buffer {
  const flags =
    (text ? 1 : 0) |
    (crc ? 2 : 0) |
    (extra ? 4 : 0) |
    (name === undefined ? 0 : 8) |
    (comment === undefined ? 0 : 16);
  const parts: Uint8Array[] = [Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 255])];
  if (extra) parts.push(Buffer.from([extra.length & 255, extra.length >> 8]), extra);
  for (const field of [name, comment]) if (field !== undefined) parts.push(Buffer.from(`${field}\0`));
  const header = Buffer.concat(parts);
  if (!crc) return header;
  const sum = crc32(header);
  return Buffer.concat([header, Buffer.from([sum & 255, (sum >> 8) & 255])]);
}
