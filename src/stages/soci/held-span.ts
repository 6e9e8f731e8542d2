import { createHash } from 'node:crypto';
import type { ByteStream } from '../../content/bytes.ts';
import { inflateSpan } from '../../content/gzip/inflate.ts';
import { type Digest, digestAlgorithm, digestFrom } from '../../content/image/digest.ts';
import { readAt } from '../../content/store/file.ts';
import { spool } from '../../content/store/spool.ts';
import type { Span, SpanAlgorithm } from './ztoc.ts';

/** Spans are a few MiB; one that is longer than this lies on the disk while it is read. */
const mostBytesInMemory = 16 * 1024 * 1024;

/** The bytes of a blob, from a place of it on, taken piece after piece in their order. */
export class BlobCursor implements AsyncDisposable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #position: number;
  readonly #lastByte = new Uint8Array(1);

  constructor(bytes: ByteStream, position: number) {
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#position = position;
  }

  /** Of the blob: what was taken ends here. */
  get position(): number {
    return this.#position;
  }

  /**
   * Bytes `start` to `end` of the blob; fewer where it ends before. `start` is the cursor's position, or the byte
   * before it, which neighbouring spans share.
   */
  async *take(start: number, end: number): ByteStream {
    if (start < this.#position && start < end) yield this.#lastByte;
    while (this.#position < end) {
      if (this.#chunk.byteLength === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) return;
        this.#chunk = value;
        continue;
      }
      const piece = this.#chunk.subarray(0, end - this.#position);
      this.#chunk = this.#chunk.subarray(piece.byteLength);
      this.#position += piece.byteLength;
      this.#lastByte[0] = piece[piece.byteLength - 1] as number;
      yield piece;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** A span that was fetched whole, so that its digest is known before a byte of it is used. */
export interface HeldSpan extends AsyncDisposable {
  /** Less than the span has where the blob ended within it. */
  readonly byteLength: number;
  /** Of the bytes as they came. */
  readonly digest: Digest;
  /** May be called several times. */
  read(): ByteStream;
}

/** Takes the next span from the blob. @throws PullBudgetError `disk-full`, and what the blob's stream throws */
export async function holdSpan(blob: BlobCursor, { start, end, digest }: Span): Promise<HeldSpan> {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let byteLength = 0;
  const taken = async function* (): ByteStream {
    for await (const piece of blob.take(start, end)) {
      hash.update(piece);
      byteLength += piece.byteLength;
      yield piece;
    }
  };
  if (end - start > mostBytesInMemory) {
    const { file, path } = await spool(taken());
    return {
      byteLength,
      digest: digestFrom(hash, algorithm),
      read: () => readAt(file, 0, byteLength, path),
      [Symbol.asyncDispose]: () => file.close(),
    };
  }
  const room = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  for await (const piece of taken()) {
    room.set(piece, filled);
    filled += piece.byteLength;
  }
  return {
    byteLength,
    digest: digestFrom(hash, algorithm),
    read: async function* () {
      yield room.subarray(0, byteLength);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

export interface SpanContent {
  readonly algorithm: SpanAlgorithm;
  /** High bits of the first byte that belong to the span. */
  readonly bits: number;
  /** Output before the span, of gzip only. */
  readonly window: Uint8Array;
  /** Bytes of output wanted, from the span's first on; `Infinity`: all that there are. */
  readonly length: number;
}

/** What a span holds of the uncompressed tar. @throws (while iterating) PullBudgetError `bad-layer` */
export function contentOf(
  held: HeldSpan,
  { algorithm, bits, window, length }: SpanContent,
  where: string,
): ByteStream {
  return algorithm === 'uncompressed'
    ? held.read()
    : inflateSpan(held.read(), { bits, window, length }, where);
}
