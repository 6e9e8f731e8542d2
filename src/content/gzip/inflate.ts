import type { ByteStream } from '../store/store.ts';
import type { BoundarySubscriber } from './boundary.ts';

/**
 * The content of a gzip stream of one or more members (RFC 1952); CRC-32 and size of each are checked.
 * A chunk, of `bytes` as of the result, is used until the next one is asked for.
 * @throws (while iterating) PullBudgetError `bad-layer` for what is no gzip, damaged, cut off, or followed by other
 * bytes; errors of `bytes` as they are
 */
export async function* inflate(
  _bytes: ByteStream,
  _where: string,
  _subscriber: BoundarySubscriber = {},
): ByteStream {
  yield* [];
  throw new Error('to be built');
}

/** Where inflating begins in the middle of a stream. */
export interface SpanStart {
  /** High bits of the first byte that belong to the span; 0: all of it. See Boundary. */
  readonly bits: number;
  /** `windowBytes` of output before the span. */
  readonly window: Uint8Array;
  /** Bytes of output wanted: those up to the next boundary. */
  readonly length: number;
}

/**
 * The content of a part of a gzip stream that begins at a boundary: of the bytes from `in` on, or from `in - 1` where
 * `bits` is not 0. Members may end and begin in it. CRC and size are not checked: no part knows them.
 * @throws (while iterating) PullBudgetError `bad-layer` where it is damaged or gives less than `length`
 */
export async function* inflateSpan(_bytes: ByteStream, _start: SpanStart, _where: string): ByteStream {
  yield* [];
  throw new Error('to be built');
}
