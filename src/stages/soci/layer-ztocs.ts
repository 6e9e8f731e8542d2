import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { ByteStream } from '../../content/bytes.ts';
import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, digestHex, shortDigest } from '../../content/image/digest.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import { writeAt } from '../../content/store/file.ts';
import { interruptible } from '../../content/store/interruptible.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { formatBytes } from '../../facts/units.ts';
import { type Deliver, indexAndDeliver } from './delivery.ts';
import type { LayerIndexer } from './layer-indexer.ts';
import type { KnownZtoc } from './reuse.ts';
import type { ZtocCache } from './ztoc-cache.ts';
import { readZtoc, whyUnfit, type ZtocFile } from './ztoc-files.ts';

/** What makes zTOCs of layers that nobody has indexed before. */
export type Indexer = Pick<LayerIndexer, 'index'>;

export interface ZtocRequest {
  /** Has the layers' blobs; only those are read of which nothing is known. */
  readonly source: ImageSource;
  readonly spanBytes: number;
  readonly ratioLimit: number;
  readonly known: ReadonlyMap<Digest, readonly KnownZtoc[]>;
  readonly cache: ZtocCache | undefined;
  readonly indexer: Indexer;
  /** Takes the layers that are read, as they are read. */
  readonly deliver?: Deliver | undefined;
  /** Where the zTOCs go. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  notice(line: string): void;
}

export type LayerZtoc =
  | { readonly kind: 'indexed'; readonly file: ZtocFile }
  /** `reason` is half a sentence: `./core is a sparse file`. */
  | { readonly kind: 'unindexable'; readonly reason: string };

/** zTOCs are read whole to be checked. One of a layer of 60 GB unpacked is of 469 MB. */
const mostReusedBytes = 512 * 1024 ** 2;
/** Downloads of zTOCs at once: they are small, and what takes time is the way there and back. */
const parallelDownloads = 4;
/** Layers on their way to a sink at once: those that get no zTOC take no thread any more, and go on. */
const parallelDeliveries = 4;

/**
 * A zTOC for each layer: taken over from where it was made before, else made. What is taken over is checked as if a
 * stranger had made it. The first failure ends all; the caller removes the folder then.
 * @throws PullBudgetError what the indexer and the source throw; the signal's reason
 */
export async function ztocsOf(
  layers: readonly Layer[],
  request: ZtocRequest,
): Promise<Map<Digest, LayerZtoc>> {
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const maker = new ZtocMaker({ ...request, signal, notice: (line) => request.notice(line) });
  const ztocs = layers.map(async (layer) => {
    try {
      return [layer.descriptor.digest, await maker.ztocOf(layer)] as const;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  // All have ended before anything is removed or said.
  await Promise.allSettled(ztocs);
  signal.throwIfAborted();
  await maker.end();
  return new Map(await Promise.all(ztocs));
}

class ZtocMaker {
  readonly #request: ZtocRequest;
  readonly #download = pLimit(parallelDownloads);
  readonly #delivery = pLimit(parallelDeliveries);
  /** One zTOC in memory at a time. */
  readonly #check = pLimit(1);
  #cached = 0;
  #cacheFailed = false;

  constructor(request: ZtocRequest) {
    this.#request = request;
  }

  async ztocOf(layer: Layer): Promise<LayerZtoc> {
    this.#request.signal.throwIfAborted();
    const { descriptor } = layer;
    for (const known of this.#request.known.get(descriptor.digest) ?? []) {
      const file = await this.#takeOver(descriptor, known);
      if (file) return { kind: 'indexed', file };
    }
    const file = await this.#takeFromCache(descriptor);
    return file ? { kind: 'indexed', file } : this.#make(layer);
  }

  async end(): Promise<void> {
    if (this.#cached > 0) await this.#request.cache?.prune();
  }

  async #takeFromCache(layer: Descriptor): Promise<ZtocFile | undefined> {
    const { cache, spanBytes } = this.#request;
    for (const known of (await cache?.find(layer.digest, spanBytes)) ?? []) {
      const file = await this.#takeOver(layer, known);
      if (file) {
        await cache?.touch(layer.digest, spanBytes, known.digest);
        return file;
      }
      await cache?.drop(layer.digest, spanBytes, known.digest);
    }
    return undefined;
  }

  /** Undefined where it is not what is wanted; and a notice where it can't be had or is not to be trusted. */
  async #takeOver(layer: Descriptor, known: KnownZtoc): Promise<ZtocFile | undefined> {
    const { signal, notice } = this.#request;
    const path = this.#pathOf(layer);
    const { digest, size, from, source } = known;
    try {
      await this.#download(() => this.#write(path, layer, known));
      const about = await this.#inspect(path, layer);
      if (about) return { layer, digest, size, path, ...about, reused: from, origin: source };
      await rm(path);
      return undefined;
    } catch (error) {
      await rm(path, { force: true });
      signal.throwIfAborted();
      const { message } = error as Error;
      notice(`The zTOC ${digest} of layer ${layer.digest} is not taken over from ${from}: ${message}.`);
      return undefined;
    }
  }

  async #write(path: string, layer: Descriptor, { read, size }: KnownZtoc): Promise<void> {
    if (size > mostReusedBytes) {
      throw inputError('too-large', `it is of ${formatBytes(size)}, over ${formatBytes(mostReusedBytes)}`);
    }
    const title = `zTOC of layer ${shortDigest(layer.digest)}`;
    const bytes = this.#seen(read(), title, size, this.#request.signal);
    await using file = await onDisk(path, () => open(path, 'wx', 0o600));
    let at = 0;
    for await (const chunk of bytes) {
      await writeAt(file, chunk, at, path);
      at += chunk.byteLength;
    }
  }

  #make(layer: Layer): Promise<LayerZtoc> {
    const { source, deliver, signal } = this.#request;
    const { descriptor } = layer;
    const title = `index layer ${shortDigest(descriptor.digest)}`;
    const read = (until: AbortSignal) =>
      this.#seen(source.readBlob(descriptor), title, descriptor.size, until);
    if (!deliver) return this.#index(layer, () => read(signal), signal);
    return this.#delivery(() =>
      indexAndDeliver({
        read,
        index: (open, until) => this.#index(layer, open, until),
        deliver: (open) => deliver(descriptor, open),
        signal,
      }),
    );
  }

  async #index(layer: Layer, open: () => ByteStream, signal: AbortSignal): Promise<LayerZtoc> {
    const { indexer, spanBytes, ratioLimit, notice } = this.#request;
    const { descriptor } = layer;
    const path = this.#pathOf(descriptor);
    const outcome = await indexer.index({ layer, spanBytes, ratioLimit, open, file: path }, signal);
    if (outcome.kind === 'unindexable') return outcome;
    const { digest, size, spans, files, crossesMembers } = outcome;
    if (crossesMembers) notice(needsNewSnapshotter(descriptor));
    const file: ZtocFile = { layer: descriptor, digest, size, path, spans, files };
    await this.#keep(file);
    return { kind: 'indexed', file };
  }

  /**
   * Reads a zTOC that others made as those who use it will; undefined where its spans are of another size, which not
   * every index tells. @throws PullBudgetError `bad-ztoc`
   */
  #inspect(path: string, layer: Descriptor): Promise<Pick<ZtocFile, 'spans' | 'files'> | undefined> {
    const { spanBytes, signal } = this.#request;
    return this.#check(async () => {
      signal.throwIfAborted();
      const ztoc = await readZtoc(path, layer);
      const unfit = whyUnfit(ztoc, layer);
      if (unfit !== undefined) throw inputError('bad-ztoc', unfit);
      return ztoc.spanBytes === spanBytes ? { spans: ztoc.spans.length, files: ztoc.entryCount } : undefined;
    });
  }

  /** Puts a zTOC into the cache. That this can fail is no reason for anything else to. */
  async #keep({ layer, digest, path }: ZtocFile): Promise<void> {
    const { cache, spanBytes, notice } = this.#request;
    if (!cache || this.#cacheFailed) return;
    try {
      await cache.store(layer.digest, spanBytes, { digest, path });
      this.#cached++;
    } catch (error) {
      // Others may be at it as well: once said is enough.
      if (!this.#cacheFailed) notice(`zTOCs are not kept for the next run: ${(error as Error).message}.`);
      this.#cacheFailed = true;
    }
  }

  /** Passes bytes on and tells how far they are. */
  async *#seen(bytes: ByteStream, title: string, size: number, signal: AbortSignal): ByteStream {
    const task = this.#request.progress.start(title, size);
    try {
      yield* interruptible(bytes, signal, (seen) => task.advance(seen));
    } finally {
      task.done();
    }
  }

  #pathOf(layer: Descriptor): string {
    return join(this.#request.folder, `${digestHex(layer.digest)}.ztoc`);
  }
}

function needsNewSnapshotter({ digest }: Descriptor): string {
  return `Layer ${digest} is a gzip stream of several members, and spans go on from one into the next: nodes read it with soci-snapshotter 0.14 or later only.`;
}
