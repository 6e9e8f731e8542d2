/**
 * Bytes of a blob, in order. Ending the iteration early ends the transfer behind it.
 * A chunk is the reader's until it asks for the next one: the memory may then be filled anew, for a fresh buffer a
 * chunk costs a third of a copy's time. Who keeps a chunk longer copies it. A socket is done with a chunk of 64 KiB
 * or more when it drains, so it may be given chunks as they are; chunks under 1 MiB come last or are fresh.
 */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Bytes `start` to `end` of a blob, `end` not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
