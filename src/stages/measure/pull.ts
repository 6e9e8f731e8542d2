import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { type Digest, digestHex } from '../../content/image/digest.ts';
import type { Platform } from '../../content/image/platform.ts';
import { monotonicSeconds } from '../../content/layer/clock.ts';
import type { Unpacked } from '../../content/layer/jobs.ts';
import type { LayerPool } from '../../content/layer/layer-pool.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress, ProgressTask } from '../../content/progress.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { Sample, Span } from '../../facts/sample.ts';
import { bottleneckOf } from './bottleneck.ts';
import { type Fetched, fetchBlob, unlessAborted } from './fetch.ts';
import { checkSpace } from './host.ts';
import { resolveLayers } from './resolve.ts';

export interface PullOptions {
  readonly source: ImageSource;
  readonly target: string | Digest;
  readonly platform: Platform;
  /** A folder to make, for the blobs and the trees of this pull. The caller removes it. */
  readonly folder: string;
  readonly pool: LayerPool;
  /** diffIDs of the layers that the node has, bottom up. */
  readonly held: readonly Digest[];
  readonly unpackRatioLimit: number;
  /** Unpacked sizes known from earlier pulls, by the digest of the blob: they must fit on the disk. */
  readonly unpackedBytes: ReadonlyMap<Digest, number>;
  readonly progress: Progress;
  /** Of what is pulled, and why: `image`. */
  readonly label: string;
  readonly signal: AbortSignal;
}

/** One pull: what a sample has of it, and what it found out about the layers. */
export interface Pull
  extends Omit<Sample, 'subject' | 'engine' | 'holds' | 'platform' | 'order' | 'startedAt' | 'flags'> {
  /** Of the whole image, bottom up. */
  readonly diffIds: readonly Digest[];
  /** Of the layers that were unpacked, by the digest of the blob. */
  readonly unpackedBytesByLayer: ReadonlyMap<Digest, number>;
}

/** As many layers at a time as container engines download. */
const parallelFetches = 3;

/**
 * The engine `embedded`: resolves, downloads all layers into files, and unpacks each as soon as it is whole, on the
 * pool's threads. What the node holds is left out by the chain rule: the layers whose diffIDs, from the bottom up,
 * are those of `held`. Everything above is downloaded, also a blob that `held` has further up.
 * Nothing is synced to the disk within the time that is measured: container engines do not do it either.
 * @throws PullBudgetError what source and layers throw, `disk-full`; the signal's reason. Nothing of it goes on then.
 */
export async function pull(options: PullOptions): Promise<Pull> {
  const { source, folder, held, signal } = options;
  const begin = monotonicSeconds();
  const cpuBefore = process.cpuUsage();
  const resolved = await unlessAborted(resolveLayers(source, options.target, options.platform), signal);
  const resolvedAt = monotonicSeconds();
  const diffIds = resolved.layers.map((layer) => layer.diffId);
  const layers = resolved.layers.slice(sharedLayers(diffIds, held));
  await onDisk(folder, () => mkdir(folder, 0o700));
  await checkSpace(folder, neededBytes(layers, options.unpackedBytes));

  const { fetched, unpacked } = await transfer(layers, options);
  const end = monotonicSeconds();
  const { user, system } = process.cpuUsage(cpuBefore);
  const blobBytes = distinct(layers).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  const relative = (seconds: number): number => Math.max(0, seconds - begin);
  const span = (
    phase: Span['phase'],
    at: { startSeconds: number; endSeconds: number },
    bytes: number,
    layer?: Layer,
  ) => ({
    phase,
    ...(layer ? { layer: layer.descriptor.digest } : {}),
    startSeconds: relative(at.startSeconds),
    endSeconds: relative(at.endSeconds),
    bytes,
  });
  const spans: Span[] = [
    span('resolve', { startSeconds: begin, endSeconds: resolvedAt }, resolved.documentBytes),
    ...fetched.map(({ layer, done }) => span('fetch', done, layer.descriptor.size, layer)),
    ...unpacked.map(({ layer, done }) => span('unpack', done, done.unpackedBytes, layer)),
  ];
  const pullSeconds = relative(end);
  return {
    pullSeconds,
    resolveSeconds: relative(resolvedAt),
    fetchSeconds: extent(spans, 'fetch'),
    unpackSeconds: extent(spans, 'unpack'),
    downloadedBytes: resolved.documentBytes + blobBytes,
    unpackedBytes: sum(unpacked, ({ done }) => done.unpackedBytes),
    files: sum(unpacked, ({ done }) => done.files),
    spans,
    bottleneck: bottleneckOf({
      pullSeconds,
      spans,
      waitingSeconds: sum(fetched, ({ done }) => done.waitingSeconds),
      diskSeconds: sum(unpacked, ({ done }) => done.diskSeconds),
      cpuSeconds: (user + system) / 1e6,
      cpus: availableParallelism(),
    }),
    diffIds,
    unpackedBytesByLayer: new Map(
      unpacked.map(({ layer, done }) => [layer.descriptor.digest, done.unpackedBytes]),
    ),
  };
}

interface Done<T> {
  readonly layer: Layer;
  readonly done: T;
}

/** Downloads each blob once, unpacks each layer. When one fails, all others have ended before this throws. */
async function transfer(
  layers: readonly Layer[],
  { source, folder, pool, unpackRatioLimit, progress, label, signal: outer }: PullOptions,
): Promise<{ fetched: Done<Fetched>[]; unpacked: Done<Unpacked>[] }> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const blobs = distinct(layers);
  const fetching = progress.start(
    `fetch ${label}`,
    sum(blobs, ({ descriptor }) => descriptor.size),
  );
  // A task of its own: with the bytes all here, a bar of them would stand still for as long as unpacking takes.
  let unpacking: ProgressTask | undefined;
  const limit = pLimit(parallelFetches);
  const fetches = new Map(
    blobs.map((layer) => [
      layer.descriptor.digest,
      limit(async () => {
        signal.throwIfAborted();
        const path = join(folder, digestHex(layer.descriptor.digest));
        const onBytes = (bytes: number) => fetching.advance(bytes);
        return { layer, path, done: await fetchBlob(source, layer.descriptor, path, { signal, onBytes }) };
      }),
    ]),
  );
  const unpacks = layers.map(async (layer, at) => {
    const blob = await fetches.get(layer.descriptor.digest);
    unpacking ??= progress.start(`unpack ${label}`);
    const input = {
      blob: blob?.path as string,
      layer: plain(layer),
      folder: join(folder, `layer-${at}`),
      ratioLimit: unpackRatioLimit,
    };
    return { layer, done: await pool.run('unpack', input, signal) };
  });
  try {
    const [fetched, unpacked] = await Promise.all([
      Promise.all(fetches.values()).finally(() => fetching.done()),
      Promise.all(unpacks),
    ]);
    return { fetched, unpacked };
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled([...unpacks, ...fetches.values()]);
    throw error;
  } finally {
    unpacking?.done();
  }
}

/** How many layers of an image a node has, if it has those of another. */
function sharedLayers(diffIds: readonly Digest[], held: readonly Digest[]): number {
  const different = diffIds.findIndex((diffId, at) => diffId !== held[at]);
  return different < 0 ? diffIds.length : different;
}

function neededBytes(layers: readonly Layer[], unpackedBytes: ReadonlyMap<Digest, number>): number {
  return (
    sum(distinct(layers), ({ descriptor }) => descriptor.size) +
    sum(layers, ({ descriptor }) => unpackedBytes.get(descriptor.digest) ?? 0)
  );
}

/** A blob that stands in several places is downloaded once. */
function distinct(layers: readonly Layer[]): Layer[] {
  return [...new Map(layers.map((layer) => [layer.descriptor.digest, layer])).values()];
}

/** A layer as it can be sent to a thread: manifests may hold anything beside these. */
function plain({ descriptor: { mediaType, digest, size }, diffId }: Layer): Layer {
  return { descriptor: { mediaType, digest, size }, diffId };
}

/** From the first span's start to the last one's end; 0 where there is none. */
function extent(spans: readonly Span[], phase: Span['phase']): number {
  const of = spans.filter((span) => span.phase === phase);
  if (of.length === 0) return 0;
  return Math.max(...of.map((span) => span.endSeconds)) - Math.min(...of.map((span) => span.startSeconds));
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
