import pLimit, { type LimitFunction } from 'p-limit';
import { hasCode, inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, shortDigest } from '../../content/image/digest.ts';
import type { ImageIndex, Manifest } from '../../content/image/manifest.ts';
import { isForeignLayerType, isManifestType } from '../../content/image/media-type.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import { type Progress, type ProgressTask, silentProgress } from '../../content/progress.ts';
import { interruptible } from '../../content/store/interruptible.ts';
import type { BlobOutcome, ImageSink, ImageSource } from '../../content/store/store.ts';
import { selectPlatforms } from './platforms.ts';
import { nothingDependsOn, refusalOf } from './refusal.ts';
import { explainingRefusal, refuseDangling } from './soci.ts';

export interface CopyRequest {
  readonly source: ImageSource;
  /** What to copy: as source.resolve() gave it. */
  readonly descriptor: Descriptor;
  /** The caller closes it, or aborts it after a failure. */
  readonly sink: ImageSink;
  /** What to call it there. With none it is there by digest. */
  readonly tags: readonly string[];
  /** Only these platforms of an index: see selectPlatforms for what then stands at the destination. */
  readonly platforms?: readonly Platform[];
  /**
   * Manifests about the image (v1 SOCI indexes, layer plans), which go along with it and are there before it is tagged. A
   * layer plan that the registry refuses is done without, which is said to `notice`.
   */
  readonly referrers?: readonly Descriptor[];
  /** Blobs of the image that the sink was given before, and how it got them: they count as this copy's. */
  readonly delivered?: ReadonlyMap<Digest, BlobOutcome>;
  /** Nobody but this program reads the copy: the SOCI index that an image names need not be there. */
  readonly unpublished?: true;
  /** Blobs under way at once. Default: 4. */
  readonly parallel?: number;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  notice?(line: string): void;
}

export interface CopyResult {
  /** What was tagged. Of another digest than what was asked for only if `platforms` chose a part of it. */
  readonly descriptor: Descriptor;
  /** Blobs, manifests not counted. `skipped`: foreign layers, which clients take from their own URLs. */
  readonly blobs: Readonly<Record<BlobOutcome | 'skipped', number>>;
  /** Bytes of the blobs that were written. */
  readonly bytesWritten: number;
  readonly skippedLayers: readonly Descriptor[];
}

/** Indexes in indexes: two levels are seen in the wild. */
const maxIndexDepth = 4;

/**
 * Copies an image with all that it leads to, byte for byte: blobs, then manifests from the leaves up, then
 * tags, so that nothing there ever names what is not there. The first failure ends all transfers; nothing
 * is tagged then.
 * @throws PullBudgetError what source and sink throw; `no-platform`, `too-deep`, `dangling-soci-index`, `soci-refused`;
 * the signal's reason
 */
export async function copyImage(request: CopyRequest): Promise<CopyResult> {
  const { source, sink, platforms = [] } = request;
  const whole = await source.readManifest(request.descriptor);
  const top =
    platforms.length === 0
      ? whole
      : await selectPlatforms(source, whole, platforms, sink.holdsIndexes !== false);
  sink.checkImage?.(top);
  return new Copy(request).run(top);
}

class Copy {
  readonly #request: CopyRequest;
  readonly #failure = new AbortController();
  readonly #signal: AbortSignal;
  readonly #turn: LimitFunction;
  readonly #started = new Map<Digest, Promise<void>>();
  /** What the indexes on the way name. */
  readonly #named = new Set<Digest>();
  readonly #blobs = { written: 0, existed: 0, mounted: 0, skipped: 0 };
  readonly #skipped: Descriptor[] = [];
  #bytesWritten = 0;

  constructor(request: CopyRequest) {
    this.#request = request;
    const { signal } = this.#failure;
    this.#signal = request.signal ? AbortSignal.any([request.signal, signal]) : signal;
    this.#turn = pLimit(request.parallel ?? 4);
  }

  async run(top: Manifest): Promise<CopyResult> {
    const { referrers = [], sink, source, tags } = this.#request;
    await this.#manifest(top, 0);
    for (const referrer of referrers) {
      await this.#manifest(await this.#failing(() => source.readManifest(referrer)), 0);
    }
    for (const tag of tags) {
      this.#signal.throwIfAborted();
      await sink.tag(top, tag);
    }
    return {
      descriptor: top.descriptor,
      blobs: this.#blobs,
      bytesWritten: this.#bytesWritten,
      skippedLayers: this.#skipped,
    };
  }

  async #manifest(manifest: Manifest, depth: number): Promise<void> {
    const { source, sink, unpublished } = this.#request;
    if (manifest.kind === 'index') for (const { digest } of manifest.manifests) this.#named.add(digest);
    if (manifest.kind === 'image' && sink.holdsIndexes !== false && !unpublished)
      await this.#failing(() => refuseDangling(manifest, this.#named, source, sink));
    await this.#all(this.#parts(manifest, depth));
    await this.#failing(() => explainingRefusal(manifest, sink, () => this.#writeManifest(manifest)));
  }

  async #writeManifest(manifest: Manifest): Promise<void> {
    const { sink, notice } = this.#request;
    try {
      await sink.writeManifest(manifest);
    } catch (error) {
      const refusal = nothingDependsOn(manifest) ? refusalOf(error, sink.location) : undefined;
      if (refusal === undefined) throw error;
      notice?.(refusal);
    }
  }

  #parts(manifest: Manifest, depth: number): Promise<void>[] {
    switch (manifest.kind) {
      case 'opaque':
        return [];
      case 'image':
        return [
          this.#once(manifest.config, () => this.#blob('config', manifest.config)),
          ...manifest.layers.map((layer) => this.#once(layer, () => this.#layer(layer))),
        ];
      case 'index': {
        // Of its own, since a child that is an index waits for its children in turn.
        const turn = pLimit(this.#request.parallel ?? 4);
        return manifest.manifests.map((child) =>
          this.#once(child, () => turn(() => this.#child(manifest, child, depth + 1))),
        );
      }
    }
  }

  /** What has no manifest's media type stands among the registry's blobs, as crane has it. */
  async #child(index: ImageIndex, child: Descriptor, depth: number): Promise<void> {
    if (!isManifestType(child.mediaType)) return this.#blob('blob', child);
    const manifest = await this.#failing(() => this.#readChild(index, child, depth));
    await this.#manifest(manifest, depth);
  }

  async #readChild(index: ImageIndex, child: Descriptor, depth: number): Promise<Manifest> {
    const { location } = this.#request.source;
    if (depth > maxIndexDepth) {
      throw inputError('too-deep', `${location}: indexes nest deeper than ${maxIndexDepth} levels`, {
        hint: 'Build the image with one index over its platforms.',
      });
    }
    try {
      return await this.#request.source.readManifest(child);
    } catch (cause) {
      if (!hasCode(cause, 'not-found')) throw cause;
      const named = child.platform ? `${formatPlatform(child.platform)} (${child.digest})` : child.digest;
      throw inputError(
        'not-found',
        `${location}: ${index.descriptor.digest} names ${named}, which is not there`,
        {
          hint: 'The image was stored without all of its platforms; set platforms to those that are there.',
          cause,
        },
      );
    }
  }

  /** Foreign layers must not be distributed by others than those that their URLs name. */
  async #layer(layer: Descriptor): Promise<void> {
    if (isForeignLayerType(layer.mediaType) && layer.urls && layer.urls.length > 0) {
      this.#blobs.skipped += 1;
      this.#skipped.push(layer);
      return;
    }
    await this.#blob('layer', layer);
  }

  #blob(what: string, blob: Descriptor): Promise<void> {
    return this.#turn(() =>
      this.#failing(async () => {
        const { progress = silentProgress, delivered } = this.#request;
        const before = delivered?.get(blob.digest);
        const task = progress.start(`${what} ${shortDigest(blob.digest)}`, blob.size);
        const outcome = before ?? (await this.#write(blob, task));
        task.done(before === 'written' ? 'sent before' : notes[outcome]);
        this.#blobs[outcome] += 1;
        if (outcome === 'written') this.#bytesWritten += blob.size;
      }),
    );
  }

  #write(blob: Descriptor, task: ProgressTask): Promise<BlobOutcome> {
    const { source, sink } = this.#request;
    const seen = forward(task);
    const open = () => interruptible(source.readBlob(blob), this.#signal, seen());
    return sink.writeBlob(blob, open, source.origin?.(blob) ?? source);
  }

  #once(descriptor: Descriptor, work: () => Promise<void>): Promise<void> {
    const started = this.#started.get(descriptor.digest) ?? work();
    this.#started.set(descriptor.digest, started);
    return started;
  }

  /** Runs a step, unless another has failed; its failure ends the others. */
  async #failing<T>(step: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      this.#failure.abort(error);
      throw error;
    }
  }

  /** Waits until all have ended, so that nothing goes on behind the caller; then throws the first failure. */
  async #all(parts: readonly Promise<void>[]): Promise<void> {
    await Promise.allSettled(parts);
    this.#signal.throwIfAborted();
  }
}

const notes: Readonly<Record<BlobOutcome, string | undefined>> = {
  written: undefined,
  existed: 'exists',
  mounted: 'mounted',
};

/** Tells a task of bytes, those of a repeated transfer only where it gets further than the last one. */
function forward(task: ProgressTask): () => (bytes: number) => void {
  let furthest = 0;
  return () => {
    let at = 0;
    return (bytes) => {
      at += bytes;
      if (at > furthest) task.advance(at - furthest);
      furthest = Math.max(furthest, at);
    };
  };
}
