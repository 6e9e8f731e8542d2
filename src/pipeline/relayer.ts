import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { Digest } from '../content/image/digest.ts';
import { digestOf } from '../content/image/digest.ts';
import { layerPlanAnnotations } from '../content/image/layer-plan.ts';
import type { Platform } from '../content/image/platform.ts';
import { parseReference } from '../content/image/reference.ts';
import type { RegistryOptions } from '../content/registry/registry.ts';
import { overlay } from '../content/store/overlay.ts';
import { imageManifests } from '../content/store/platforms.ts';
import type { ImageSource } from '../content/store/store.ts';
import { checkLimits } from '../stages/relayer/plan/limits.ts';
import type { Limits } from '../stages/relayer/plan.ts';
import { planArtifact } from '../stages/relayer/plan-artifact.ts';
import type { FindBase } from '../stages/relayer/platform-input.ts';
import { purging } from '../stages/relayer/purge.ts';
import {
  type RelaidImage,
  type RelayerRequest,
  relayerImage,
  withPlans,
} from '../stages/relayer/relayer-image.ts';
import type { PlannedImage } from '../stages/relayer/relayer-platform.ts';
import type { ScannedLayer } from '../stages/relayer/scan.ts';
import type { TimePolicy } from '../stages/relayer/times.ts';
import { compressLayer, compressorOf } from '../stages/soci/compress.ts';
import { checkpointsOf, LayerIndexer } from '../stages/soci/layer-indexer.ts';
import type { KnownZtoc } from '../stages/soci/reuse.ts';
import type { LayerOutcome } from '../stages/soci/write-ztoc.ts';
import { ztocInFile } from '../stages/soci/ztoc-files.ts';
import type { Context } from './context.ts';
import { type OpenImage, openImage } from './open.ts';

/** What reads layers for zTOCs and for re-layering at once: in src/ beside this file, in dist/ beside the chunk that it is in. */
export const scanWith = new URL(
  import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js',
  import.meta.url,
);

/** An image that is to be re-laid. */
export interface RelayerInput {
  readonly image: OpenImage;
  /** The release before, as it was re-laid. */
  readonly baseline: OpenImage | undefined;
  readonly settings: Settings;
  readonly options: RegistryOptions;
  readonly context: Context;
}

/** A re-laid image, and the zTOCs that came with reading and writing its layers. */
export interface RelaidWithZtocs extends RelaidImage, OpenImage {
  readonly ztocs: ReadonlyMap<Digest, KnownZtoc>;
  /** What was said on the way. */
  readonly notices: readonly string[];
}

/**
 * Re-lays an image; the caller closes it, and `open` what it reads from.
 * @throws PullBudgetError what relayerImage throws
 */
export async function relay(input: RelayerInput, open: AsyncDisposableStack): Promise<RelaidWithZtocs> {
  const ztocs = new Map<Digest, KnownZtoc>();
  const notices: string[] = [];
  const notice = (line: string): void => {
    notices.push(line);
    input.context.notice(line);
  };
  await using indexer = new LayerIndexer<ScannedLayer>({ module: scanWith });
  const context = { ...input.context, notice };
  const request = await requestOf({ ...input, context }, { indexer, ztocs, open });
  const relaid = await input.context.phase(`Re-layer ${input.image.name}`, () => relayerImage(request));
  return { ...relaid, name: input.image.name, isMade: true, ztocs, notices };
}

/** What re-laying would come to: nothing is written. @throws PullBudgetError what planPlatform throws */
export async function planRelay<T>(
  input: RelayerInput,
  use: (planned: readonly PlannedImage[]) => T,
): Promise<T> {
  await using open = new AsyncDisposableStack();
  await using indexer = new LayerIndexer<ScannedLayer>({ module: scanWith });
  const request = await requestOf(input, { indexer, ztocs: new Map(), open });
  return await input.context.phase(`Plan ${input.image.name}`, () => withPlans(request, use));
}

interface Tools {
  readonly indexer: LayerIndexer<ScannedLayer>;
  readonly ztocs: Map<Digest, KnownZtoc>;
  /** Closes the images that were opened. */
  readonly open: AsyncDisposableStack;
}

async function requestOf(
  { image, baseline, settings, options, context }: RelayerInput,
  { indexer, ztocs, open }: Tools,
): Promise<RelayerRequest> {
  const limits = limitsOf(settings);
  checkLimits(limits);
  const base = settings.base && !settings.flattenBase ? await openImage(settings.base, options) : undefined;
  if (base) open.defer(() => base.source.close());
  const findBase: FindBase = async (name, digest) => {
    const { host, repository } = parseReference(name);
    const found = await openImage({ transport: 'docker', reference: { host, repository, digest } }, options);
    open.defer(() => found.source.close());
    return found;
  };
  const { spanSize: spanBytes, unpackRatioLimit: ratioLimit, compressionLevel: level } = settings;
  const keep = (layer: Digest, path: string, outcome: LayerOutcome | undefined): void => {
    if (outcome?.kind === 'indexed') ztocs.set(layer, ztocInFile(path, outcome, image.name));
  };
  return {
    image,
    platforms: settings.platforms,
    baseline,
    base,
    ...(settings.base ? {} : { findBase }),
    options: {
      flattenBase: settings.flattenBase,
      limits,
      volatile: settings.volatile,
      pin: settings.pin,
      isPurged: purging(settings.purge),
      times: timesOf(settings.mtime),
      // A baseline's plan could hide a path by not naming it.
      verify: settings.purge.length > 0 ? 'full' : settings.verify,
      compression: settings.compression,
      compressor: compressorOf({ spanBytes, level }),
      compress: async (input) => {
        await indexer.rest();
        const made = await compressLayer({ ...input, spanBytes, level });
        keep(made.digest, input.file, made.outcome);
        return made;
      },
    },
    scan: async (layer, read, file, signal) => {
      const { outcome, found } = await indexer.indexAlong(
        { layer, open: read, file, spanBytes, ratioLimit, keepCheckpoints: true },
        signal,
      );
      keep(layer.descriptor.digest, file, outcome);
      return { found, checkpoints: checkpointsOf({ file }) };
    },
    scratch: settings.scratch,
    progress: context.progress,
    signal: context.signal,
    notice: context.notice,
  };
}

/** Layers below `min-layer-size` get no SOCI index. That it is above the target means something there, and nothing here. */
function limitsOf(settings: Settings): Limits {
  const { maxLayers, minLayerSize, targetLayerSize, maxLayerSize, reuse, slack } = settings;
  return {
    maxLayers,
    minLayerBytes: Math.min(minLayerSize, targetLayerSize),
    targetLayerBytes: targetLayerSize,
    maxLayerBytes: maxLayerSize,
    reuse,
    slack: slack === undefined ? usualSlack[reuse] : slack / 100,
  };
}

/** How much of what containers see a fresh node may download in vain, so that updates stay small. */
const usualSlack = { chain: 0.25, blobs: 0.05 } as const;

/** @throws PullBudgetError `no-epoch` */
function timesOf(mtime: Settings['mtime']): TimePolicy {
  if (mtime !== 'clamp') return { kind: mtime };
  const epoch = Number(process.env.SOURCE_DATE_EPOCH || Number.NaN);
  if (Number.isSafeInteger(epoch) && epoch >= 0) return { kind: 'clamp', epoch };
  throw inputError('no-epoch', 'mtime is clamp, and SOURCE_DATE_EPOCH says no time', {
    hint: 'Set it to seconds since 1970: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct).',
  });
}

/** An image that goes somewhere, with what goes along. */
interface Sent {
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
  readonly referrers?: readonly Descriptor[];
}

/**
 * The image with the artifacts that keep its layer plans: their subjects are the manifests as they are now, with a SOCI
 * index or without. Nothing is read of an image without plans, and of no platform that is not sent (`platforms`, all
 * where it is empty): it need not be there.
 */
export async function withPlanArtifacts<T extends Sent>(
  image: T,
  plans: readonly Uint8Array[],
  platforms: readonly Platform[],
): Promise<T & { readonly referrers: readonly Descriptor[] }> {
  const { source, descriptor, referrers = [] } = image;
  if (plans.length === 0) return { ...image, referrers };
  const documents = new Map<string, Uint8Array>(plans.map((plan) => [digestOf(plan), plan]));
  const artifacts = [];
  for await (const manifest of imageManifests(source, await source.readManifest(descriptor), platforms)) {
    const plan = documents.get(manifest.annotations[layerPlanAnnotations.digest] ?? '');
    if (plan) artifacts.push(planArtifact(manifest.descriptor, plan));
  }
  const over = overlay(
    source,
    { original: descriptor, descriptor, manifests: artifacts, documents: [], files: [] },
    () => source.close(),
  );
  return { ...image, source: over, referrers: [...referrers, ...artifacts.map((one) => one.descriptor)] };
}
