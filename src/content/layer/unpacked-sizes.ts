import pLimit from 'p-limit';
import type { ByteStream } from '../bytes.ts';
import type { Digest } from '../image/digest.ts';
import type { Progress } from '../progress.ts';
import type { ImageSource } from '../store/store.ts';
import { type Layer, readLayer } from './read.ts';

/** Reading is bound by inflating, one thread a layer. */
const parallel = 2;

/**
 * Reads layers through and says what they unpack to, in bytes by the digest of the blob. Nothing is stored.
 * @throws PullBudgetError what `readLayer` and the source throw
 */
export async function readUnpackedSizes(
  source: ImageSource,
  layers: readonly Layer[],
  options: { readonly ratioLimit: number; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Map<Digest, number>> {
  const distinct = new Map(layers.map((layer) => [layer.descriptor.digest, layer]));
  const total = [...distinct.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const task = options.progress.start('read layers', total);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const advancing = async function* (bytes: ByteStream): ByteStream {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      task.advance(chunk.byteLength);
      yield chunk;
    }
  };
  const limit = pLimit(parallel);
  const reads = [...distinct.values()].map((layer) =>
    limit(async () => {
      signal.throwIfAborted();
      const { unpackedBytes } = await readLayer(advancing(source.readBlob(layer.descriptor)), layer, options);
      return [layer.descriptor.digest, unpackedBytes] as const;
    }),
  );
  try {
    return new Map(await Promise.all(reads));
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(reads);
    throw error;
  } finally {
    task.done();
  }
}
