import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import type { ByteStream } from '../../content/bytes.ts';
import { digestFrom } from '../../content/image/digest.ts';
import { scanned } from '../../content/layer/read.ts';
import { TarScanner } from '../../content/tar/scanner.ts';
import type { CompressLayer } from './write-layers.ts';

/** As a tool would take it that was given none: small enough, and faster than gzip's fastest. */
const level = 3;
const chunkBytes = 1024 * 1024;

/** What decides, beside the content, on the bytes of a blob: one line. */
export const zstdCompressor = `zstd ${process.versions.zstd}, level ${level}`;

/** One frame of zstd, by one thread: nodes unpack it as fast as their disks write. */
export const compressZstd: CompressLayer = async ({ tar, where, subscribers, write }) => {
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  let [uncompressedBytes, compressedBytes] = [0, 0];
  const counted = async function* (): ByteStream {
    for await (const chunk of scanned(tar, new TarScanner(where, subscribers))) {
      plain.update(chunk);
      uncompressedBytes += chunk.byteLength;
      // The compressor may still be at it when the next one is asked for.
      yield Buffer.from(chunk);
    }
  };
  const compressor = createZstdCompress({
    chunkSize: chunkBytes,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  const blob = async function* (): ByteStream {
    const source = Readable.from(counted(), { objectMode: false });
    source.on('error', (error) => compressor.destroy(error));
    try {
      for await (const chunk of source.pipe(compressor)) {
        packed.update(chunk);
        compressedBytes += chunk.byteLength;
        yield chunk;
      }
    } finally {
      // Where nobody takes the rest, the tar's files are closed too.
      source.destroy();
    }
  };
  await write(blob());
  return { digest: digestFrom(packed), compressedBytes, diffId: digestFrom(plain), uncompressedBytes };
};
