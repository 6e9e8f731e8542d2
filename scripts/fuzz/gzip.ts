import { constants, crc32, deflateRawSync, gunzipSync, inflateRawSync, type ZlibOptions } from 'node:zlib';
import type { ByteStream } from '../../src/content/bytes.ts';
import type { Boundary } from '../../src/content/gzip/boundary.ts';
import { windowBytes } from '../../src/content/gzip/boundary.ts';
import { inflate, inflateSpan } from '../../src/content/gzip/inflate.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

/** Who reads more of an input of 1 MiB has a limit on its ratio; no zip bomb is to be timed here. */
const mostContent = 32 * 1024 * 1024;

export const gzip: Target = {
  seeds: (corpus) => corpus.gzips,
  mutate(bytes, random, others) {
    const choice = random.below(10);
    if (choice < 3) return mutate(bytes, random, others);
    if (choice === 3) return Buffer.concat([bytes, made(random)]);
    if (choice === 4) return member(random.bytes(1 + random.small(200)), random);
    if (choice === 5) return withHeaderFields(bytes, random);
    const body = choice < 8 ? bytes.subarray(headerLength(bytes)) : made(random).subarray(10);
    return member(damaged(body, random, others), random);
  },
  async run(bytes, random) {
    const boundaries: Boundary[] = [];
    let compressedBytes = 0;
    const content = read(
      inflate(cut(bytes, random), 'layer fuzzed', {
        compressed: (part) => {
          compressedBytes += part.byteLength;
        },
        boundary(at, window) {
          window(scratchWindow);
          check(at, compressedBytes, boundaries.at(-1));
          boundaries.push(at);
        },
      }),
    );
    const { length, crc, whole } = await content;
    if (!whole) return;
    if (compressedBytes !== bytes.byteLength)
      throw new Error(`told of ${compressedBytes} of ${bytes.byteLength} bytes`);
    const expected = gunzipSync(bytes, { maxOutputLength: mostContent + 1 });
    if (expected.byteLength !== length || crc32(expected) !== crc) {
      throw new Error(`it reads as ${length} bytes, by zlib as ${expected.byteLength}, or as other ones`);
    }
  },
};

export const span: Target = {
  seeds: (corpus) => corpus.gzips,
  mutate: (bytes, random, others) => (random.chance(0.5) ? mutate(bytes, random, others) : bytes),
  async run(bytes, random) {
    const start = random.chance(0.5) ? headerLength(bytes) : random.below(bytes.byteLength);
    const bits = random.chance(0.5) ? 0 : random.below(8);
    const wanted = random.pick([0, 1, random.below(200_000), mostContent]);
    const window = random.chance(0.5) ? Buffer.alloc(windowBytes) : random.bytes(windowBytes);
    const spanned = inflateSpan(
      cut(bytes.subarray(start), random),
      { bits, window, length: wanted },
      'span fuzzed',
    );
    const { length } = await read(spanned);
    if (length !== wanted) throw new Error(`it gave ${length} bytes of the ${wanted} wanted`);
  },
};

const scratchWindow = Buffer.alloc(windowBytes);

function check(at: Boundary, compressedBytes: number, before: Boundary | undefined): void {
  const inOrder = !before || (at.in >= before.in && at.out >= before.out);
  if (inOrder && at.bits >= 0 && at.bits <= 7 && at.in === compressedBytes) return;
  throw new Error(
    `boundary ${JSON.stringify(at)} after ${JSON.stringify(before)}, ${compressedBytes} bytes told`,
  );
}

async function read(stream: ByteStream): Promise<{ length: number; crc: number; whole: boolean }> {
  let [length, crc] = [0, 0];
  for await (const chunk of stream) {
    length += chunk.byteLength;
    crc = crc32(chunk, crc);
    if (length > mostContent) return { length, crc, whole: false };
  }
  return { length, crc, whole: true };
}

/** In chunks that share memory, as sources lend them. */
async function* cut(bytes: Buffer, random: Random): ByteStream {
  const lent = Buffer.alloc(65_536);
  for (let at = 0; at < bytes.byteLength; ) {
    const length = random.pick([1, 3, 100, 1 + random.below(5000), 65_536, 65_536, 65_536]);
    const copied = bytes.copy(lent, 0, at, at + length);
    yield lent.subarray(0, copied);
    lent.fill(0xaa, 0, copied);
    at += copied;
  }
}

/** A member of what was made up, compressed in one of zlib's many ways. */
function made(random: Random): Buffer {
  const content = madeContent(random);
  const options: ZlibOptions = {
    level: random.below(10),
    memLevel: 1 + random.below(9),
    windowBits: 9 + random.below(7),
    strategy: random.pick([
      constants.Z_DEFAULT_STRATEGY,
      constants.Z_FILTERED,
      constants.Z_HUFFMAN_ONLY,
      constants.Z_RLE,
      constants.Z_FIXED,
    ]),
  };
  const first = deflateRawSync(content, options);
  const flushed = deflateRawSync(content, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
  return member(random.chance(0.7) ? first : Buffer.concat([flushed, first]), random);
}

function madeContent(random: Random): Buffer {
  const length = random.small(60_000);
  const kinds = [
    () => random.bytes(Math.min(length, 5000)),
    () => Buffer.alloc(length, random.bytes(1 + random.below(300))),
    () =>
      Buffer.from(
        Array.from({ length }, (_, at) => 97 + (((at * at) >> random.below(9)) % (1 + random.below(20)))),
      ),
  ];
  return random.pick(kinds)();
}

/** Damage where it is not found at once: in the description of the codes, or in one place of many. */
function damaged(body: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  if (random.chance(0.4)) return mutate(body, random, others);
  const changed = Buffer.from(body);
  const end = Math.min(changed.byteLength, random.pick([3, 20, 100, changed.byteLength]));
  for (let left = 1 + random.small(4); left > 0 && end > 0; left--) {
    const at = random.below(end);
    changed[at] = (changed[at] as number) ^ (1 << random.below(8));
  }
  return changed;
}

/** A gzip member around a deflate stream, with a trailer that fits, mostly, what zlib makes of it. */
function member(body: Buffer, random: Random): Buffer {
  const header = Buffer.from('1f8b08000000000000ff', 'hex');
  const trailer = Buffer.alloc(8);
  const { content, used } = inflated(body);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.byteLength, 4);
  if (random.chance(0.1)) trailer[random.below(8)] = random.below(256);
  return Buffer.concat([header, body.subarray(0, used), trailer]);
}

function inflated(body: Buffer): { content: Buffer; used: number } {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, info: true, maxOutputLength: mostContent };
    const { buffer, engine } = inflateRawSync(body, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { content: buffer, used: engine.bytesWritten };
  } catch {
    return { content: Buffer.alloc(0), used: body.byteLength };
  }
}

/** Flags of the header set, fields behind it or not. RFC 1952, 2.3. */
function withHeaderFields(bytes: Buffer, random: Random): Buffer {
  const header = Buffer.from(bytes.subarray(0, 10));
  if (header.byteLength < 10) return bytes;
  header[3] = random.below(random.chance(0.8) ? 32 : 256);
  const fields = random.chance(0.3)
    ? random.bytes(random.small(700))
    : Buffer.concat([
        Buffer.from([4, 0, 65, 66, 0, 0]),
        Buffer.from(`${'n'.repeat(random.small(600))}\0`),
        Buffer.from(`${'c'.repeat(random.small(600))}\0`),
        random.bytes(2),
      ]);
  return Buffer.concat([header, fields, bytes.subarray(headerLength(bytes))]);
}

function headerLength(bytes: Buffer): number {
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & 4 && bytes.byteLength >= 12) at += 2 + bytes.readUInt16LE(10);
  for (const flag of [8, 16]) if (flags & flag) at = bytes.indexOf(0, at) + 1 || at;
  return Math.min(bytes.byteLength, flags & 2 ? at + 2 : at);
}
