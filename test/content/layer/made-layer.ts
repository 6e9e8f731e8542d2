import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { type Compression, mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { paddingAfter } from '../../../src/content/tar/header.ts';
import { endOfArchive, fileHeader } from '../../../src/content/tar/writer.ts';

export interface MadeLayer extends Layer {
  readonly bytes: Buffer;
  readonly tar: Buffer;
}

const compressed: Record<Compression, { mediaType: string; compress: (tar: Buffer) => Buffer }> = {
  none: { mediaType: mediaTypes.ociLayer, compress: (tar) => tar },
  gzip: { mediaType: mediaTypes.ociLayerGzip, compress: (tar) => gzipSync(tar) },
  zstd: { mediaType: mediaTypes.ociLayerZstd, compress: (tar) => zstdCompressSync(tar) },
};

/** A layer of these files. */
export function makeLayer(
  files: Readonly<Record<string, Buffer>>,
  compression: Compression = 'gzip',
): MadeLayer {
  return describeLayer(tarOf(files), compression);
}

/** A layer of these bytes; `bytes` where it is not compressed in the usual way. */
export function describeLayer(
  tar: Buffer,
  compression: Compression,
  bytes: Buffer = compressed[compression].compress(tar),
): MadeLayer {
  return {
    descriptor: describeBytes(compressed[compression].mediaType, bytes),
    diffId: digestOf(tar),
    bytes,
    tar,
  };
}

export function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => [
    fileHeader(name, content.byteLength),
    content,
    new Uint8Array(paddingAfter(content.byteLength)),
  ]);
  return Buffer.concat([...parts, endOfArchive]);
}

/** The bytes in chunks of `size`. */
export async function* chunked(bytes: Buffer, size = 64 * 1024): ByteStream {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** All bytes of a stream, also of tar-stream's: they are iterable, though their types do not say so. */
export async function gather(stream: object): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
