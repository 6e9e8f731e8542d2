import type { Digest } from '../../content/image/digest.ts';
import type { EntryList } from './entry-list.ts';
import type { SpanAlgorithm } from './ztoc.ts';

/** The checkpoints of a layer as the zTOC's byte vector has them; of a fat layer too many for memory. */
export interface CheckpointBytes {
  readonly byteLength: number;
  /** The bytes in order, in chunks of any size, each lent until the next is asked for. */
  read(): Iterable<Uint8Array>;
}

export interface ZtocParts {
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly entries: EntryList;
  readonly algorithm: SpanAlgorithm;
  readonly spanDigests: readonly Digest[];
  readonly checkpoints: CheckpointBytes;
}

/**
 * The bytes of a zTOC, those that `soci` 0.15 makes of the same layer: what is before the checkpoints, the checkpoints
 * as they are read, what is after them. The whole is never in memory.
 */
export function* encodeZtoc(_parts: ZtocParts): Generator<Uint8Array> {
  yield* [];
  throw new Error('to be built');
}
