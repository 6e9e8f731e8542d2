import { createHash, type Hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw, type ZlibOptions } from 'node:zlib';
import type { ByteStream } from '../bytes.ts';
import { type Digest, digestFrom } from '../image/digest.ts';
import { type BoundarySubscriber, windowBytes } from './boundary.ts';

/** As gzip takes it where none is given. */
export const usualLevel = 6;

export interface MemberOptions {
  /** Bytes of content in each member but the last. With one more than a span's, spans begin where members do. */
  readonly memberBytes: number;
  /** 1 (fast) to 9 (small). */
  readonly level?: number;
  /** Members that are compressed at the same time. The result is the same whatever their number. */
  readonly parallel?: number;
}

/** What came out and what went in. */
export interface CompressedFacts {
  /** Of the gzip stream. */
  readonly digest: Digest;
  readonly compressedBytes: number;
  /** Digest of the content: a layer's diffID. */
  readonly diffId: Digest;
  readonly uncompressedBytes: number;
}

/** Is told what a reader of the stream would be, but only of the boundaries where members begin. */
export interface MembersSubscriber extends BoundarySubscriber {
  /** All of the stream was taken. */
  end?(facts: CompressedFacts): void;
}

/** Some of the content, on its way. */
interface Member {
  /** To be filled anew once the member is compressed. */
  readonly buffer: Buffer;
  readonly content: Buffer;
  /** CRC-32 of the content. */
  readonly crc: number;
}

interface CompressedMember extends Member {
  /** Header, deflate stream and trailer. */
  readonly chunk: Buffer;
}

/** No time, no name, an unknown system: the same everywhere (RFC 1952, 2.3). */
const header = Buffer.from('1f8b08000000000000ff', 'hex');
const trailerBytes = 8;

/** Libuv's pool has four threads unless it is told otherwise; with more members at a time files would wait for them. */
const poolThreads = 4;

/** Memory of chunks from here on is given back at once; smaller ones may still be in a socket (ByteStream). */
const largeBytes = 1024 * 1024;

/**
 * A gzip stream of the content, in members that are compressed each by itself, several at a time on libuv's pool.
 * Any reader of RFC 1952 takes it. Memory: up to twice `parallel` members and what they are compressed to.
 * A chunk, of `bytes` as of the result, is used until the next one is asked for.
 * @throws (while iterating) errors of `bytes` as they are
 */
export async function* compressMembers(
  bytes: ByteStream,
  {
    memberBytes,
    level = usualLevel,
    parallel = Math.min(availableParallelism(), poolThreads),
  }: MemberOptions,
  subscriber: MembersSubscriber = {},
): ByteStream {
  const plain = createHash('sha256');
  const narrator = new Narrator(subscriber);
  const spare: Buffer[] = [];
  /** In the content's order. Twice as many as threads: while the first is awaited, none of them is idle. */
  const flying: Promise<CompressedMember>[] = [];
  const land = async function* (): ByteStream {
    const member = (await flying.shift()) as CompressedMember;
    narrator.tell(member);
    spare.push(member.buffer);
    yield member.chunk;
    release(member.chunk);
  };
  try {
    for await (const member of cutIntoMembers(bytes, memberBytes, spare, plain)) {
      const compressed = compressMember(member, level);
      // Awaited when its turn comes; by then it may have failed for a while.
      compressed.catch(() => {});
      flying.push(compressed);
      if (flying.length === parallel * 2) yield* land();
    }
    while (flying.length > 0) yield* land();
    narrator.end(plain);
  } finally {
    await Promise.allSettled(flying);
  }
}

/** At least one: a stream without content has an empty member. */
async function* cutIntoMembers(
  bytes: ByteStream,
  memberBytes: number,
  spare: Buffer[],
  plain: Hash,
): AsyncGenerator<Member> {
  let buffer: Buffer | undefined;
  let [filled, crc, full] = [0, 0, 0];
  for await (const chunk of bytes) {
    plain.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(memberBytes);
      const part = chunk.subarray(at, at + memberBytes - filled);
      buffer.set(part, filled);
      crc = crc32(part, crc);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < memberBytes) continue;
      yield { buffer, content: buffer, crc };
      full++;
      [buffer, filled, crc] = [undefined, 0, 0];
    }
  }
  if (filled > 0 || full === 0) {
    buffer ??= Buffer.alloc(0);
    yield { buffer, content: buffer.subarray(0, filled), crc };
  }
}

async function compressMember(member: Member, level: number): Promise<CompressedMember> {
  const body = await deflateBlocks(member.content, level);
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(member.crc, 0);
  trailer.writeUInt32LE(member.content.byteLength % 2 ** 32, 4);
  const chunk = Buffer.concat([header, body, trailer]);
  release(body);
  return { ...member, chunk };
}

const deflateAll = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);
const inflateAll = promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw);

/**
 * A deflate stream whose last block is not an empty one. zlib begins a new block when its memory for symbols is full,
 * be it at the end of the content: once in ten thousand members, and by `soci`'s rule a span would then begin
 * at that block and not at the next member. With other bounds of its memory blocks end elsewhere.
 */
async function deflateBlocks(content: Buffer, level: number): Promise<Buffer> {
  // In one piece: each more is a turn on the pool.
  const chunkSize = Math.max(1024, content.byteLength + (content.byteLength >> 10) + 64);
  let deflated = await deflateAll(content, { level, chunkSize });
  for (const memLevel of [9, 7]) {
    if (!(await endsWithEmptyBlock(deflated, content.byteLength))) break;
    deflated = await deflateAll(content, { level, chunkSize, memLevel });
  }
  return deflated;
}

/**
 * Whether the last block is an empty one, which zlib writes as 10 bits: last (1), fixed (1 0), end (0000000). Other
 * blocks may end in the same bits, so such a stream is read with a zero byte put into that block: only a real one
 * gives the content and one byte more (RFC 1951, 3.2.6: its code is 00110000).
 */
async function endsWithEmptyBlock(deflated: Buffer, contentBytes: number): Promise<boolean> {
  if (contentBytes === 0) return false;
  const tail = deflated.readUIntLE(deflated.byteLength - 3, 3);
  const lastSet = 31 - Math.clz32(tail);
  const zeros = 23 - lastSet;
  // Those of the block, and up to 7 that fill the last byte.
  if (zeros < 8 || zeros > 15 || ((tail >> (lastSet - 1)) & 1) === 0) return false;
  const probe = Buffer.concat([deflated, Buffer.alloc(1)]);
  probe.writeUIntLE(tail | (0b11 << (lastSet + 4)), deflated.byteLength - 3, 3);
  try {
    const content = await inflateAll(probe, { chunkSize: contentBytes + 64 });
    const { byteLength } = content;
    release(content);
    return byteLength === contentBytes + 1;
  } catch {
    return false;
  }
}

/** Tells a subscriber of members in their order, and sums them up. */
class Narrator {
  readonly #subscriber: MembersSubscriber;
  readonly #hash = createHash('sha256');
  /** The last of what came before, zeros in front. */
  readonly #window = Buffer.alloc(windowBytes);
  #in = 0;
  #out = 0;

  constructor(subscriber: MembersSubscriber) {
    this.#subscriber = subscriber;
  }

  tell({ chunk, content }: CompressedMember): void {
    this.#hash.update(chunk);
    this.#subscriber.compressed?.(chunk.subarray(0, header.byteLength));
    const at = { in: this.#in + header.byteLength, out: this.#out, bits: 0, member: true };
    this.#subscriber.boundary?.(at, (into) => into.set(this.#window));
    this.#subscriber.compressed?.(chunk.subarray(header.byteLength));
    this.#in += chunk.byteLength;
    this.#out += content.byteLength;
    const kept = content.subarray(-windowBytes);
    this.#window.copyWithin(0, kept.byteLength);
    this.#window.set(kept, windowBytes - kept.byteLength);
  }

  end(plain: Hash): void {
    this.#subscriber.end?.({
      digest: digestFrom(this.#hash),
      compressedBytes: this.#in,
      diffId: digestFrom(plain),
      uncompressedBytes: this.#out,
    });
  }
}

/** Gives memory back that nobody looks at any more: the garbage collector lets tens of MiB pile up first. */
function release({ buffer, byteOffset, byteLength }: Buffer): void {
  if (byteLength >= largeBytes && byteOffset === 0 && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
