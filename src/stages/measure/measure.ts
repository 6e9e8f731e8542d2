import { availableParallelism } from 'node:os';
import { infrastructureError, PullBudgetError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import { LayerPool } from '../../content/layer/layer-pool.ts';
import type { Progress } from '../../content/progress.ts';
import { makeScratch, reapScratch, scratchFolder } from '../../content/store/scratch.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { Fault, Holds, Measurement, Sample, Subject } from '../../facts/sample.ts';
import { type Host, hostFacts, thisHost } from './host.ts';
import { roundOrder } from './order.ts';
import { type Pull, pull } from './pull.ts';

/** An image on one platform, and where to pull it from. */
export interface MeasuredImage {
  readonly subject: Subject;
  /**
   * Opens a client for one pull, which closes it. It should not retry: a request that waits for another try makes
   * a slow sample of what is a fault, and faults are retried here.
   */
  readonly open: (signal: AbortSignal) => ImageSource;
  /** Of the image, or of an index that has it for this platform. */
  readonly digest: Digest;
  readonly platform: Platform;
}

export interface MeasurementOptions {
  readonly subjects: readonly MeasuredImage[];
  /** Whether the image is also pulled by a node that holds the baseline of its platform. */
  readonly holdsBaseline: boolean;
  /** Whether all subjects come from one registry; otherwise samples are flagged. */
  readonly sameRegistry: boolean;
  readonly seed: number;
  /** Folder on the disk to unpack on. */
  readonly scratch: string;
  /** How often a pull is tried at most. */
  readonly attempts: number;
  readonly sampleTimeoutSeconds: number;
  readonly unpackRatioLimit: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly host?: Host;
}

export interface Measuring {
  /**
   * Pulls everything `rounds` times more, each round in an order of its own. Faults are kept and do not throw.
   * @throws PullBudgetError of kind `input`: what is wrong with the image; the signal's reason
   */
  run(rounds: number): Promise<void>;
  /** What was found out so far. */
  facts(): Measurement;
}

/** One kind of sample. */
interface Cell {
  readonly image: MeasuredImage;
  readonly holds: Holds;
}

const firstPauseSeconds = 1;
const longestPauseSeconds = 30;
/** Milliseconds; a longer timer fires at once. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const longestTimer = 2 ** 31 - 1;
/** Beyond this a scratch disk, not the threads, sets the pace; and each thread has its memory. */
const mostThreads = 4;

/**
 * A measurement by the engine `embedded`: timed pulls of image and baseline, interleaved, each cold: with a client, a
 * folder and a page cache of its own. The first pull of each subject is thrown away: it warms the registry.
 */
export function createMeasurement(options: MeasurementOptions): Measuring {
  return new EmbeddedMeasurement(options);
}

class EmbeddedMeasurement implements Measuring {
  readonly #options: MeasurementOptions;
  readonly #host: Host;
  readonly #cells: readonly Cell[];
  readonly #samples: Sample[] = [];
  readonly #faults: Fault[] = [];
  readonly #unpackedBytes = new Map<Digest, number>();
  readonly #warm = new Set<MeasuredImage>();
  /** diffIDs of images that were resolved before. */
  #round = 0;
  #order = 0;

  constructor(options: MeasurementOptions) {
    this.#options = options;
    this.#host = options.host ?? thisHost;
    this.#cells = options.subjects.flatMap((image): Cell[] => [
      { image, holds: 'nothing' },
      ...(options.holdsBaseline && image.subject === 'image' && this.#baselineOf(image)
        ? [{ image, holds: 'baseline' } as const]
        : []),
    ]);
  }

  async run(rounds: number): Promise<void> {
    await makeScratch(this.#options.scratch);
    await using pool = new LayerPool(Math.min(availableParallelism(), mostThreads));
    await pool.start();
    await reapScratch(this.#options.scratch, (folder) => remove(folder, pool));
    for (const last = this.#round + rounds; this.#round < last; this.#round++) {
      for (const cell of roundOrder(this.#cells, this.#options.seed, this.#round)) {
        await this.#sample(cell, this.#order++, pool);
      }
    }
  }

  facts(): Measurement {
    return {
      host: hostFacts(this.#options.scratch),
      seed: this.#options.seed,
      unpackedBytesByLayer: Object.fromEntries(this.#unpackedBytes),
      samples: [...this.#samples],
      faults: [...this.#faults],
    };
  }

  /** Takes one sample, or records why there is none. */
  async #sample(cell: Cell, order: number, pool: LayerPool): Promise<void> {
    const { signal, attempts } = this.#options;
    const kind = {
      subject: cell.image.subject,
      engine: 'embedded',
      holds: cell.holds,
      platform: formatPlatform(cell.image.platform),
      order,
    } as const;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) {
        await this.#host.pause(Math.min(firstPauseSeconds * 2 ** (attempt - 2), longestPauseSeconds), signal);
      }
      try {
        await this.#warmUp(cell.image, pool);
        await using held = await this.#hold(cell, pool);
        const cold = await this.#host.dropPageCache();
        const startedAt = new Date().toISOString();
        const {
          diffIds: _,
          unpackedBytesByLayer: __,
          ...pulled
        } = await this.#pull(cell.image, held.diffIds, pool);
        this.#samples.push({ ...kind, startedAt, ...pulled, flags: this.#flags(cold) });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PullBudgetError) || error.kind !== 'infrastructure') throw error;
        this.#faults.push({ ...kind, attempt, code: error.code, message: error.message });
      }
    }
  }

  #flags(cold: boolean): Sample['flags'] {
    return [
      ...(cold ? [] : ['page-cache-not-dropped' as const]),
      ...(this.#options.sameRegistry ? [] : ['other-registry-than-baseline' as const]),
    ];
  }

  async #warmUp(image: MeasuredImage, pool: LayerPool): Promise<void> {
    if (this.#warm.has(image)) return;
    await this.#pull(image, [], pool, 'warm-up, not timed');
    this.#warm.add(image);
  }

  /** What the node has before the timed pull: nothing, or the baseline, pulled untimed and nothing beside it. */
  async #hold(
    { image, holds }: Cell,
    pool: LayerPool,
  ): Promise<AsyncDisposable & { diffIds: readonly Digest[] }> {
    const baseline = holds === 'baseline' ? this.#baselineOf(image) : undefined;
    if (!baseline) return { diffIds: [], [Symbol.asyncDispose]: async () => {} };
    const folder = scratchFolder(this.#options.scratch, 'sample');
    try {
      const { diffIds } = await this.#pullInto(folder, baseline, [], pool, 'to hold, not timed');
      return { diffIds, [Symbol.asyncDispose]: () => remove(folder, pool) };
    } catch (error) {
      await remove(folder, pool);
      throw error;
    }
  }

  /** One pull from nothing to nothing: client and folder are gone afterwards, however it ends. */
  async #pull(image: MeasuredImage, held: readonly Digest[], pool: LayerPool, why?: string): Promise<Pull> {
    const folder = scratchFolder(this.#options.scratch, 'sample');
    try {
      return await this.#pullInto(folder, image, held, pool, why);
    } finally {
      await remove(folder, pool);
    }
  }

  #pullInto(
    folder: string,
    image: MeasuredImage,
    held: readonly Digest[],
    pool: LayerPool,
    why = held.length > 0 ? 'over baseline' : undefined,
  ): Promise<Pull> {
    return this.#withSource(image, async (source, signal) => {
      const pulled = await pull({
        source,
        target: image.digest,
        platform: image.platform,
        folder,
        pool,
        held,
        unpackRatioLimit: this.#options.unpackRatioLimit,
        unpackedBytes: this.#unpackedBytes,
        progress: this.#options.progress,
        label: why === undefined ? image.subject : `${image.subject} (${why})`,
        signal,
      });
      for (const [digest, bytes] of pulled.unpackedBytesByLayer) this.#unpackedBytes.set(digest, bytes);
      return pulled;
    });
  }

  /** Works with a client of its own, within the time that a sample may take. */
  async #withSource<T>(
    image: MeasuredImage,
    work: (source: ImageSource, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { sampleTimeoutSeconds } = this.#options;
    const late = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, late.signal]);
    const abort = () => late.abort(timeout(image, sampleTimeoutSeconds));
    const timer = setTimeout(abort, Math.min(sampleTimeoutSeconds * 1000, longestTimer));
    const source = image.open(signal);
    try {
      return await work(source, signal);
    } finally {
      clearTimeout(timer);
      await source.close();
    }
  }

  #baselineOf({ platform }: MeasuredImage): MeasuredImage | undefined {
    return this.#options.subjects.find(
      (other) => other.subject === 'baseline' && formatPlatform(other.platform) === formatPlatform(platform),
    );
  }
}

function timeout({ subject }: MeasuredImage, seconds: number): PullBudgetError {
  return infrastructureError('sample-timeout', `the pull of the ${subject} was not done after ${seconds} s`, {
    hint: 'Look at the network and the disk, or raise sample-timeout.',
  });
}

/** Whatever was aborted before: what is left on the disk goes. */
function remove(folder: string, pool: LayerPool): Promise<void> {
  return pool.run('remove', { folder }, new AbortController().signal);
}
