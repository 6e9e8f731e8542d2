import type { Boundary } from '../../content/gzip/boundary.ts';

/** Bytes before the first checkpoint: `int32 count, int64 span size`. */
export const checkpointsHeaderBytes = 12;
/** Bytes of a checkpoint: `int64 in, int64 out, uint8 bits`, window. */
export const checkpointBytes = 17 + 32_768;

/** What stands before the checkpoints of a gzip layer. */
export function checkpointsHeader(_count: number, _spanBytes: number): Uint8Array {
  throw new Error('to be built');
}

/** Writes place and bits of a checkpoint into the first 17 bytes; its window comes after them. */
export function writeCheckpoint(_into: Uint8Array, _at: Boundary): void {
  throw new Error('to be built');
}

/** The checkpoints of an uncompressed layer: the flatbuffer TarZinfo. Spans are of one size, the last one shorter. */
export function plainCheckpoints(_spanBytes: number, _uncompressedBytes: number): Uint8Array {
  throw new Error('to be built');
}
