import { createGunzip, createZstdDecompress } from 'node:zlib';
import { inputError, PullBudgetError } from '../error.ts';
import type { Compression } from '../image/media-type.ts';
import type { ByteStream } from '../store/store.ts';
import { cutAtFrames } from './zstd-frames.ts';

/**
 * Chunks that come out, and how many may wait: one is hashed, scanned and written while the next is inflated on a
 * thread of libuv's pool.
 */
const options = { chunkSize: 256 * 1024, highWaterMark: 1024 * 1024 };

/**
 * The content of a compressed layer. gzip may have many members, zstd many frames.
 * @throws (while iterating) PullBudgetError `bad-layer` for what is damaged, cut off or compressed otherwise;
 * errors of `bytes` as they are
 */
export const decompress: Readonly<Record<Compression, (bytes: ByteStream, where: string) => ByteStream>> = {
  none: (bytes) => bytes,
  gzip: (bytes, where) => through(createGunzip(options), bytes, where, 'gzip'),
  zstd: (bytes, where) => through(createZstdDecompress(options), cutAtFrames(bytes), where, 'zstd'),
};

type Decoder = ReturnType<typeof createGunzip>;

async function* through(decoder: Decoder, bytes: ByteStream, where: string, name: string): ByteStream {
  const fed = feed(bytes, decoder);
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (cause) {
    if (cause instanceof PullBudgetError || !isDecoderError(cause)) throw cause;
    throw inputError('bad-layer', `${where} is no ${name} stream that can be read: ${cause.message}`, {
      hint: 'The layer is damaged, cut off, or not compressed as its media type says; build or push the image again.',
      cause,
    });
  } finally {
    decoder.destroy();
    await fed;
  }
}

/** Gives the decoder a chunk at a time, and the next when it is done with that one: chunks are only lent. */
async function feed(bytes: ByteStream, decoder: Decoder): Promise<void> {
  try {
    for await (const chunk of bytes) {
      if (decoder.destroyed) return;
      await new Promise<void>((done) => {
        decoder.once('close', done);
        decoder.write(chunk, () => {
          decoder.off('close', done);
          done();
        });
      });
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error as Error);
  }
}

function isDecoderError(cause: unknown): cause is Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}
