import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import type { ByteStream } from '../../content/bytes.ts';
import { hasCode } from '../../content/error.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { WorkerPool } from '../../content/layer/pool.ts';
import type { Layer } from '../../content/layer/read.ts';
import { makeRing, Ring } from '../../content/layer/ring.ts';
import { interruptible } from '../../content/store/interruptible.ts';
import { type Jobs, spoolOf } from './jobs.ts';
import type { WrittenZtoc } from './write-ztoc.ts';

export interface LayerToIndex {
  readonly layer: Layer;
  readonly spanBytes: number;
  readonly ratioLimit: number;
  /** The layer's blob, verified as it is read. Called once. */
  readonly open: () => ByteStream;
  /** Path of a file to make: the zTOC. Beside it there may be temporary files while the layer is read. */
  readonly file: string;
}

export type LayerOutcome =
  | ({ readonly kind: 'indexed' } & WrittenZtoc)
  /** `reason` is half a sentence: `./core is a sparse file`. `file` is not there then. */
  | { readonly kind: 'unindexable'; readonly reason: string };

/** Beside this file in src/; in dist/ the build puts its bundle beside the chunk that this file is in. */
const module = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './soci-worker.js', import.meta.url);

/** A thread more costs 20 MiB, and a source seldom feeds as many. */
const mostThreads = 4;
const defaults = {
  /** Below this a second thread takes longer to start than it saves. */
  fatBytes: 16 * 1024 * 1024,
  threads: Math.min(availableParallelism(), mostThreads),
};
const blobRingBytes = 1024 * 1024;
const tarRingBytes = 2 * 1024 * 1024;

/** Threads that read layers once and write their zTOCs; two for one fat layer, one each for several. */
export class LayerIndexer implements AsyncDisposable {
  readonly #fatBytes: number;
  readonly #pool: WorkerPool<Jobs>;
  /** A place a thread: a layer is opened only when a thread is there for it, or its source would wait in mid-transfer. */
  readonly #threads: ReturnType<typeof pLimit>;

  /** `fatBytes`: compressed layers from this size on are shared by two threads, where two are free. */
  constructor(options: Partial<typeof defaults> = {}) {
    const { fatBytes, threads } = { ...defaults, ...options };
    this.#fatBytes = fatBytes;
    this.#pool = new WorkerPool(module, threads);
    this.#threads = pLimit(threads);
  }

  /**
   * @throws PullBudgetError what `readLayer` throws; errors of `open`'s stream as they are; the signal's reason.
   * Nothing is left of `file` then.
   */
  index(layer: LayerToIndex, signal: AbortSignal): Promise<LayerOutcome> {
    return this.#threads(async () => {
      signal.throwIfAborted();
      if (!this.#isShared(layer)) return this.#index(layer, 1, signal);
      const { promise: done, resolve: end } = Promise.withResolvers<void>();
      const second = this.#threads(() => done);
      try {
        return await this.#index(layer, 2, signal);
      } finally {
        end();
        await second;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  /** Whether two threads are to read it: when it is worth it, and no other layer waits. */
  #isShared({ layer: { descriptor } }: LayerToIndex): boolean {
    const { activeCount, pendingCount } = this.#threads;
    const isFree = pendingCount === 0 && activeCount < this.#pool.threads;
    return isFree && descriptor.size >= this.#fatBytes && layerCompression(descriptor.mediaType) === 'gzip';
  }

  async #index(
    { open, ...input }: LayerToIndex,
    threads: number,
    signal: AbortSignal,
  ): Promise<LayerOutcome> {
    const work = new Work(signal);
    const blob = work.ring(blobRingBytes);
    work.part(
      feed(
        interruptible(open(), work.stopped, () => {}),
        blob,
      ),
    );
    let written: Promise<WrittenZtoc>;
    if (threads === 2) {
      const tar = work.ring(tarRingBytes);
      work.part(this.#pool.run('inflateLayer', { ...input, blob: blob.memory, tar: tar.memory }, signal));
      written = work.part(this.#pool.run('indexInflated', { ...input, tar: tar.memory }, signal));
    } else {
      written = work.part(this.#pool.run('index', { ...input, blob: blob.memory }, signal));
    }
    try {
      return { kind: 'indexed', ...(await work.until(written)) };
    } catch (error) {
      await rm(input.file, { force: true });
      if (hasCode(error, 'unindexable')) return { kind: 'unindexable', reason: (error as Error).message };
      throw error;
    } finally {
      await rm(spoolOf(input), { force: true });
    }
  }
}

/** Parts of one layer's work that give to each other: when one fails, or the result is there, the others end. */
class Work {
  readonly #signal: AbortSignal;
  readonly #rings: Ring[] = [];
  readonly #parts: Promise<unknown>[] = [];
  readonly #stopped = new AbortController();
  #failure: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Aborted when the parts are to end. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  ring(bytes: number): Ring {
    const ring = new Ring(makeRing(bytes));
    this.#rings.push(ring);
    return ring;
  }

  part<T>(work: Promise<T>): Promise<T> {
    const part = work.catch((error) => {
      // What fails later fails because of this.
      this.#failure ??= { error };
      this.#stop();
      throw error;
    });
    // Awaited in the end, all of them.
    part.catch(() => {});
    this.#parts.push(part);
    return part;
  }

  /** @throws what failed first */
  async until<T>(result: Promise<T>): Promise<T> {
    const stop = (): void => this.#stop();
    this.#signal.addEventListener('abort', stop);
    try {
      return await result;
    } catch {
      this.#signal.throwIfAborted();
      throw this.#failure?.error;
    } finally {
      this.#signal.removeEventListener('abort', stop);
      stop();
      await Promise.allSettled(this.#parts);
    }
  }

  #stop(): void {
    this.#stopped.abort();
    for (const ring of this.#rings) ring.close();
  }
}

async function feed(bytes: ByteStream, ring: Ring): Promise<void> {
  for await (const chunk of bytes) await ring.write(chunk);
  ring.end();
}
