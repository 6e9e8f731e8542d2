import type { ByteStream } from '../bytes.ts';
import { hasCode, inputError } from '../error.ts';
import { PieceCache } from './piece-cache.ts';
import { type LayerFile, mostPieceBytes, openPieces, type Piece, type Pieces } from './pieces.ts';

/** Of all layers together. */
const cacheBytes = 4 * mostPieceBytes;
/** What was inflated so many times over is wanted in another order than its own. */
const mostInflations = 3;

/**
 * Reads layers anywhere, whose blobs lie in files. A read gets whole pieces, some MiB each; those that were read last are
 * held, so that small files beside each other cost one read, and files in the archive's order about as much as the archive. A
 * gzip layer that is wanted in quite another order is decompressed to the disk, where there is room.
 */
export class LayerReader implements AsyncDisposable {
  readonly #layers: readonly LayerFile[];
  readonly #scratch: string;
  readonly #opened = new Map<number, Promise<Pieces>>();
  /** All that ever were, to be closed. */
  readonly #everOpened: Promise<Pieces>[] = [];
  /** Of each layer bytes that were read or inflated for pieces. */
  readonly #filled: number[];
  readonly #cache: PieceCache;

  /** `scratch`: folder on whose disk there is room for layers that can only be read from their beginning: zstd. */
  constructor(layers: readonly LayerFile[], scratch: string, capacity = cacheBytes) {
    this.#layers = layers;
    this.#scratch = scratch;
    this.#cache = new PieceCache(capacity);
    this.#filled = layers.map(() => 0);
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
      const key = `${layer} ${pieces.kind} ${piece.id}`;
      const content = await this.#cache.take(key, piece.end - piece.start, (into) => {
        this.#filled[layer] = (this.#filled[layer] as number) + into.byteLength;
        return fill(into, pieces, piece, file);
      });
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
    const opened = await Promise.allSettled(this.#everOpened);
    const pieces = opened.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    for (const one of new Set(pieces)) await one[Symbol.asyncDispose]();
  }

  async #open(layer: number, file: LayerFile): Promise<Pieces> {
    const pieces = await (this.#opened.get(layer) ?? this.#keep(layer, openPieces(file, this.#scratch)));
    const filled = this.#filled[layer] as number;
    if (pieces.kind === 'plain' || filled < mostInflations * file.unpackedBytes) return pieces;
    // Tried once: where the disk has no room for it, it goes on as before.
    this.#filled[layer] = Number.NEGATIVE_INFINITY;
    const { checkpoints: _, ...fromItsBeginning } = file;
    const unpacked = openPieces(fromItsBeginning, this.#scratch).catch((error) => {
      if (hasCode(error, 'disk-full')) return pieces;
      throw error;
    });
    return this.#keep(layer, unpacked);
  }

  #keep(layer: number, pieces: Promise<Pieces>): Promise<Pieces> {
    this.#opened.set(layer, pieces);
    this.#everOpened.push(pieces);
    return pieces;
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
