import type { ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import { PieceCache } from './piece-cache.ts';
import { type LayerFile, mostPieceBytes, openPieces, type Piece, type Pieces } from './pieces.ts';

/** Of all layers together. */
const cacheBytes = 4 * mostPieceBytes;

/**
 * Reads layers anywhere, whose blobs lie in files. A read gets whole pieces, some MiB each; those that were read last are
 * held, so that small files beside each other cost one read, and files in the order of the archive about as much as
 * the archive.
 */
export class LayerReader implements AsyncDisposable {
  readonly #layers: readonly LayerFile[];
  readonly #scratch: string;
  readonly #opened = new Map<number, Promise<Pieces>>();
  readonly #cache: PieceCache;

  /** `scratch`: folder on whose disk there is room for layers that can only be read from their beginning: zstd. */
  constructor(layers: readonly LayerFile[], scratch: string, capacity = cacheBytes) {
    this.#layers = layers;
    this.#scratch = scratch;
    this.#cache = new PieceCache(capacity);
  }

  /**
   * `bytes` bytes of a layer's tar from `start` on. That they are what they were is for the reader to check.
   * @throws (while iterating) PullBudgetError `bad-layer`, `disk-full` and others of the file system
   */
  async *read(layer: number, start: number, bytes: number): ByteStream {
    const file = this.#layers[layer];
    if (file === undefined) throw new RangeError(`There is no layer ${layer}`);
    const end = start + bytes;
    if (!(start >= 0 && bytes >= 0 && end <= file.unpackedBytes)) throw beyond(file, start, end);
    if (bytes === 0) return;
    const pieces = await this.#open(layer, file);
    for (let at = start; at < end; ) {
      const piece = pieces.at(at);
      const key = `${layer} ${piece.id}`;
      const content = await this.#cache.take(key, piece.end - piece.start, (into) =>
        fill(into, pieces, piece, file),
      );
      try {
        yield content.subarray(at - piece.start, end - piece.start);
      } finally {
        // What was read whole is one file's, and nobody else's.
        this.#cache.release(key, at === piece.start && end >= piece.end);
      }
      at = piece.end;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    for (const pieces of opened) {
      if (pieces.status === 'fulfilled') await pieces.value[Symbol.asyncDispose]();
    }
  }

  #open(layer: number, file: LayerFile): Promise<Pieces> {
    const opened = this.#opened.get(layer) ?? openPieces(file, this.#scratch);
    this.#opened.set(layer, opened);
    return opened;
  }
}

async function fill(into: Buffer, pieces: Pieces, piece: Piece, { where, blob }: LayerFile): Promise<void> {
  let filled = 0;
  for await (const chunk of pieces.read(piece)) {
    into.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled === into.byteLength) return;
  throw inputError('bad-layer', `${where} ends after ${piece.start + filled} bytes of its content`, {
    hint: `Its file ${blob} was changed while it was in use; run again.`,
  });
}

function beyond({ where, unpackedBytes }: LayerFile, start: number, end: number): Error {
  return inputError(
    'bad-layer',
    `${where} has ${unpackedBytes} bytes of content, and a file is said to be at ${start} to ${end}`,
    { hint: 'What is known of the layer belongs to another one; run again without what was kept of it.' },
  );
}
