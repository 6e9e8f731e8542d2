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
import { type IndexedAlong, type IndexJobs, spoolOf } from './jobs.ts';
import type { LayerOutcome } from './write-ztoc.ts';

export interface LayerToIndex {
  readonly layer: Layer;
  readonly spanBytes: number;
  readonly ratioLimit: number;
  /** The layer's blob, verified as it is read. Called once. */
  readonly open: () => ByteStream;
  /** Path of a file to make: the zTOC. Beside it there may be temporary files while the layer is read. */
  readonly file: string;
  /** Leaves the checkpoints of a gzip layer behind, in the file that `checkpointsOf` names. */
  readonly keepCheckpoints?: true;
}

/** Where the checkpoints of a layer are kept. */
export const checkpointsOf = spoolOf;

/** Beside this file in src/; in dist/ the build puts its bundle beside the chunk that this file is in. */
const ownModule = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './soci-worker.js',
  import.meta.url,
);

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
export class LayerIndexer<Found = undefined> implements AsyncDisposable {
  readonly #fatBytes: number;
  readonly #pool: WorkerPool<IndexJobs<Found>>;
  #isSharing = false;
  /** A place a thread: a layer is opened only when a thread is there for it, or its source would wait in mid-transfer. */
  readonly #threads: ReturnType<typeof pLimit>;

  /**
   * `fatBytes`: compressed layers from this size on may be shared by two threads. `module` serves `indexJobs`, where
   * somebody comes along.
   */
  constructor(options: Partial<typeof defaults & { readonly module: URL }> = {}) {
    const { fatBytes, threads, module } = { ...defaults, module: ownModule, ...options };
    this.#fatBytes = fatBytes;
    this.#pool = new WorkerPool(module, threads + 1);
    this.#threads = pLimit(threads);
  }

  /**
   * @throws PullBudgetError what `readLayer` throws; errors of `open`'s stream as they are; the signal's reason.
   * Nothing is left of `file` then.
   */
  async index(layer: LayerToIndex, signal: AbortSignal): Promise<LayerOutcome> {
    try {
      return (await this.indexAlong(layer, signal)).outcome;
    } catch (error) {
      if (!hasCode(error, 'unindexable')) throw error;
      return { kind: 'unindexable', reason: (error as Error).message };
    }
  }

  /** As `index`, with what those found that came along. */
  indexAlong(layer: LayerToIndex, signal: AbortSignal): Promise<IndexedAlong<Found>> {
    return this.#threads(async () => {
      signal.throwIfAborted();
      if (!this.#isShared(layer)) return this.#index(layer, 1, signal);
      this.#isSharing = true;
      try {
        return await this.#index(layer, 2, signal);
      } finally {
        this.#isSharing = false;
      }
    });
  }

  /** Gives the memory of idle threads back. */
  rest(): Promise<void> {
    return this.#pool.rest();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rest();
  }

  /**
   * Whether two threads are to read it: when it is worth it, and no other layer waits. It is the last one then, and what
   * the others do ends before it, so it has a thread more than there are cores for.
   */
  #isShared({ layer: { descriptor } }: LayerToIndex): boolean {
    const isLast = this.#threads.pendingCount === 0 && !this.#isSharing;
    return isLast && descriptor.size >= this.#fatBytes && layerCompression(descriptor.mediaType) === 'gzip';
  }

  async #index(
    { open, keepCheckpoints, ...input }: LayerToIndex,
    threads: number,
    signal: AbortSignal,
  ): Promise<IndexedAlong<Found>> {
    const work = new Work(signal);
    const blob = work.ring(blobRingBytes);
    work.part(
      feed(
        interruptible(open(), work.stopped, () => {}),
        blob,
      ),
    );
    let written: Promise<IndexedAlong<Found>>;
    if (threads === 2) {
      const tar = work.ring(tarRingBytes);
      work.part(this.#pool.run('inflateLayer', { ...input, blob: blob.memory, tar: tar.memory }, signal));
      written = work.part(this.#pool.run('indexInflated', { ...input, tar: tar.memory }, signal));
    } else {
      written = work.part(this.#pool.run('index', { ...input, blob: blob.memory }, signal));
    }
    let isKept = false;
    try {
      const indexed = await work.until(written);
      isKept = keepCheckpoints === true;
      return indexed;
    } catch (error) {
      await rm(input.file, { force: true });
      throw error;
    } finally {
      if (!isKept) await rm(spoolOf(input), { force: true });
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
