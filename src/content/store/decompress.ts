import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import type { Compression } from '../image/media-type.ts';
import { cutAtFrames } from './zstd-frames.ts';

type Decoder = ReturnType<typeof createGunzip>;

/**
 * One chunk that came out is hashed, scanned and written while the next is inflated on a thread of libuv's pool.
 * In object mode, or chunks that wait are copied into one.
 */
const options = { chunkSize: 256 * 1024, readableObjectMode: true, readableHighWaterMark: 2 };

/**
 * The content of a compressed layer or archive. gzip may have many members, zstd many frames. zlib shows no boundaries
 * of blocks: where those are wanted, content/gzip inflates.
 * A chunk, whether of `bytes` or of the result, is used until the next one is asked for, and not after that.
 * @throws (while iterating) PullBudgetError `bad-layer` for what is damaged, cut off or compressed otherwise;
 * errors of `bytes` as they are
 */
export const decompress: Readonly<Record<Compression, (bytes: ByteStream, where: string) => ByteStream>> = {
  none: (bytes) => bytes,
  gzip: (bytes, where) => through(createGunzip(options), bytes, where, 'gzip'),
  zstd: (bytes, where) => through(createZstdDecompress(options), cutAtFrames(bytes), where, 'zstd'),
};

const magics = [
  { magic: '1f8b', compression: 'gzip' },
  { magic: '28b52ffd', compression: 'zstd' },
] as const;

/** How content is compressed, by its first four bytes. */
export function compressionOf(head: Uint8Array): Compression {
  const hex = Buffer.from(head.subarray(0, 4)).toString('hex');
  return magics.find(({ magic }) => hex.startsWith(magic))?.compression ?? 'none';
}

async function* through(decoder: Decoder, bytes: ByteStream, where: string, name: string): ByteStream {
  const fed = feed(decoder, bytes);
  // Of the source, or what destroyed the decoder: it comes out of the loop below too.
  fed.catch((error) => decoder.destroy(error));
  try {
    for await (const chunk of decoder) {
      yield chunk;
      release(chunk);
    }
  } catch (cause) {
    if (!isDecoderError(cause)) throw cause;
    throw inputError('bad-layer', `${where} is no ${name} stream that can be read: ${cause.message}`, {
      hint: 'The layer is damaged, cut off, or not compressed as its media type says; build or push the image again.',
      cause,
    });
  } finally {
    decoder.destroy();
    await fed.catch(() => {});
  }
}

/** Writes chunk after chunk, each when the one before is used up. */
async function feed(decoder: Decoder, bytes: ByteStream): Promise<void> {
  for await (const chunk of bytes) {
    await new Promise<void>((resolve, reject) => {
      // One that is destroyed meanwhile, for its reader has enough, calls nothing back.
      decoder.once('close', resolve);
      decoder.write(chunk, (error) => {
        decoder.off('close', resolve);
        if (error) reject(error);
        else resolve();
      });
    });
    if (decoder.destroyed) return;
  }
  decoder.end();
}

/**
 * Gives the memory of a chunk back at once: left to the garbage collector, which sees only the small object in front
 * of it, up to 64 MiB a thread pile up. The decoder goes on writing into a buffer that it has not filled.
 */
function release(chunk: Buffer<ArrayBuffer>): void {
  const { buffer, byteOffset, byteLength } = chunk;
  if (byteOffset + byteLength === buffer.byteLength && byteLength > 0) buffer.transfer(0);
}

function isDecoderError(cause: unknown): cause is Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code.startsWith('Z_') || code.startsWith('ZSTD_');
}
