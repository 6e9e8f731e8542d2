import { Builder } from 'flatbuffers';
import { type Boundary, windowBytes } from '../../content/gzip/boundary.ts';
import { addLong } from './flatbuffer.ts';

/** Bytes before the first checkpoint: `int32 count, int64 span size`. */
export const checkpointsHeaderBytes = 12;
/** Of a checkpoint: `int64 in, int64 out, uint8 bits`. */
export const checkpointPlaceBytes = 17;
/** With its window. */
export const checkpointBytes = checkpointPlaceBytes + windowBytes;

/** What stands before the checkpoints of a gzip layer. */
export function checkpointsHeader(count: number, spanBytes: number): Uint8Array {
  const header = Buffer.alloc(checkpointsHeaderBytes);
  header.writeInt32LE(count, 0);
  header.writeBigInt64LE(BigInt(spanBytes), 4);
  return header;
}

/** Writes place and bits of a checkpoint into the first 17 bytes; its window comes after them. */
export function writeCheckpoint(into: Uint8Array, at: Omit<Boundary, 'member'>): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setBigInt64(0, BigInt(at.in), true);
  view.setBigInt64(8, BigInt(at.out), true);
  view.setUint8(16, at.bits);
}

/** As gzip's, whose second version holds its first checkpoint too. */
const plainVersion = 2;

/** The checkpoints of an uncompressed layer: the flatbuffer TarZinfo. Spans are of one size, the last one shorter. */
export function plainCheckpoints(spanBytes: number, uncompressedBytes: number): Uint8Array {
  const builder = new Builder(64);
  builder.startObject(3);
  builder.addFieldInt32(0, plainVersion, 0);
  addLong(builder, 1, spanBytes);
  addLong(builder, 2, uncompressedBytes);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}
