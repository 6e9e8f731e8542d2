import { Builder } from 'flatbuffers';
import { addLong } from './flatbuffer.ts';

/** Bytes before the first checkpoint: `int32 count, int64 span size`. The checkpoints are as content/gzip writes them. */
export const checkpointsHeaderBytes = 12;

/** What stands before the checkpoints of a gzip layer. */
export function checkpointsHeader(count: number, spanBytes: number): Uint8Array {
  const header = Buffer.alloc(checkpointsHeaderBytes);
  header.writeInt32LE(count, 0);
  header.writeBigInt64LE(BigInt(spanBytes), 4);
  return header;
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
