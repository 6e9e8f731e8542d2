/** Layers as a registry has them: bytes in memory, with the ranges that were asked for. */
import { gunzipSync } from 'node:zlib';
import type { ByteRange, ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import type { LazyLayer } from '../../../src/stages/soci/reader.ts';
import type { Ztoc } from '../../../src/stages/soci/ztoc.ts';
import { chunked } from '../../content/layer/made-layer.ts';
import { type LayerVector, layerVectors } from './vectors.ts';

export interface ServedLayer extends LazyLayer {
  readonly ranges: ByteRange[];
}

/** A layer that lends the same memory for each chunk, as a file does. */
export function serve(blob: Buffer, mediaType: string, ztoc: Ztoc, chunkBytes = 5000): ServedLayer {
  const ranges: ByteRange[] = [];
  return {
    ranges,
    descriptor: describeBytes(mediaType, blob),
    ztoc,
    source: {
      location: 'memory',
      readBlob: (_, range = { start: 0, end: blob.byteLength }) => {
        ranges.push(range);
        return lent(blob.subarray(range.start, range.end), chunkBytes);
      },
    },
  };
}

async function* lent(bytes: Buffer, size: number): ByteStream {
  const memory = Buffer.alloc(size);
  for await (const chunk of chunked(bytes, size)) {
    memory.set(chunk);
    yield memory.subarray(0, chunk.byteLength);
    memory.fill(0xee);
  }
}

export interface ReadableVector extends LayerVector {
  readonly ztoc: Buffer;
  readonly decoded: Ztoc;
  readonly tar: Buffer;
  readonly layer: Layer;
}

export function readable(vector: LayerVector): ReadableVector {
  if (!vector.ztoc) throw new Error(`${vector.name} has no zTOC`);
  const decoded = decodeZtoc(vector.ztoc, vector.name);
  const tar = decoded.algorithm === 'gzip' ? gunzipSync(vector.blob) : vector.blob;
  const layer = { descriptor: describeBytes(vector.mediaType, vector.blob), diffId: digestOf(tar) };
  return { ...vector, ztoc: vector.ztoc, decoded, tar, layer };
}

/** The layers of which soci made a zTOC. */
export const readableVectors = layerVectors.filter(({ ztoc }) => ztoc !== undefined).map(readable);

export function vectorNamed(name: string): ReadableVector {
  const vector = readableVectors.find((one) => one.name === name);
  if (!vector) throw new Error(`there is no ${name}`);
  return vector;
}

/** All bytes of a stream whose chunks are lent. */
export async function collected(bytes: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
