import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import type { Progress } from '../../content/progress.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { overlay } from '../../content/store/overlay.ts';
import { type PlatformImage, readPlatforms, refuseMissing } from '../../content/store/platforms.ts';
import { makeScratchFolder, removeFolder } from '../../content/store/scratch.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { RelaidLayer, RelayerFacts } from '../../facts/relayer.ts';
import { relaidConfig } from './config.ts';
import { bytesOf, diffIdsOf, layerDelta } from './delta.ts';
import { assemble } from './image-index.ts';
import { relaidManifest } from './manifest.ts';
import { type FindBase, type NamedImage, platformInput } from './platform-input.ts';
import { referrersLeft } from './referrers-left.ts';
import {
  type MadeLayer,
  makePlatform,
  type PlannedImage,
  planPlatform,
  type RelayerOptions,
  type Workplace,
} from './relayer-platform.ts';
import type { ScanLayer } from './scan.ts';
import { LayerShelf } from './shelf.ts';
import { type KeptFile, writePlan } from './write-plan.ts';

export interface RelayerRequest {
  /** Of an index or a single image. */
  readonly image: NamedImage;
  /** All of the image's where none is named. */
  readonly platforms: readonly Platform[];
  /** What nodes hold. */
  readonly baseline: NamedImage | undefined;
  /** What the image was built on. */
  readonly base: NamedImage | undefined;
  /** For images whose annotations say what they were built on, where `base` does not. */
  readonly findBase?: FindBase;
  readonly options: RelayerOptions;
  readonly scan: ScanLayer;
  /** Folder for what is in the making. */
  readonly scratch: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  notice(line: string): void;
}

/** A re-laid image on its way: a source that has what the others have, and what was made. */
export interface RelaidImage {
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
  /** One a platform. */
  readonly facts: readonly RelayerFacts[];
  /** The documents that the platforms' manifests name in their annotations; see `planArtifact`. */
  readonly plans: readonly Uint8Array[];
  /** Removes what was made; the sources that were given stay open. */
  close(): Promise<void>;
}

/**
 * Plans every platform and gives the plans to `use`; nothing is written, nothing of it left.
 * @throws PullBudgetError what readPlatforms and planPlatform throw
 */
export async function withPlans<T>(
  request: RelayerRequest,
  use: (planned: readonly PlannedImage[]) => Promise<T> | T,
): Promise<T> {
  return inFolder(request, 'removed', async (work) => use((await planAll(request, work)).planned));
}

/**
 * Re-lays an image, each platform by itself. What containers see is the same, which is proved before this returns; of a
 * failure nothing is left.
 * @throws PullBudgetError `tree-differs`, what readPlatforms, planPlatform and the sources throw; the signal's reason
 */
export async function relayerImage(request: RelayerRequest): Promise<RelaidImage> {
  return inFolder(request, 'kept', async (work) => {
    const { top, planned } = await planAll(request, work);
    const made: MadeImage[] = [];
    for (const [at, one] of planned.entries()) {
      const folder = join(work.folder, `image-${at + 1}`);
      await onDisk(folder, () => mkdir(folder, { mode: 0o700 }));
      made.push(await makeImage(one, request, { ...work, folder }));
    }
    await work.shelf.removeBlobs();
    const before = [top, ...made.map(({ planned: one }) => one.input.manifest)];
    const digests = before.map(({ descriptor }) => descriptor.digest);
    for (const line of await referrersLeft(request.image.source, digests)) request.notice(line);
    const close = () => removeFolder(work.folder);
    return { ...assembled(top, made, request, close), close };
  });
}

/** Does `work` in a folder of its own, which goes where that fails; no layer is being read afterwards. */
async function inFolder<T>(
  { scratch, scan, progress, signal, notice }: RelayerRequest,
  folderIs: 'kept' | 'removed',
  work: (workplace: Workplace) => Promise<T>,
): Promise<T> {
  const folder = await makeScratchFolder(scratch, 'relayer');
  let isKept = false;
  try {
    await using shelf = new LayerShelf({ folder, scan, progress, signal, keepsBlobs: folderIs === 'kept' });
    const result = await work({ folder, shelf, progress, signal, notice });
    isKept = folderIs === 'kept';
    return result;
  } finally {
    // Where something went wrong that is what matters; the next run removes what is left.
    if (!isKept) await removeFolder(folder).catch(() => {});
  }
}

async function planAll(
  request: RelayerRequest,
  work: Workplace,
): Promise<{ readonly top: Manifest; readonly planned: readonly PlannedImage[] }> {
  const { image, platforms, baseline, base, findBase, options, notice } = request;
  const { source } = image;
  const found = await readPlatforms(source, await source.readManifest(image.descriptor), platforms);
  const { top, images } = found;
  refuseMissing(found, platforms, image.name);
  const around = {
    source,
    baseline,
    base: options.flattenBase ? undefined : base,
    findBase: options.flattenBase ? undefined : findBase,
    notice,
  };
  const planned: PlannedImage[] = [];
  const all = distinct(images);
  for (const [at, one] of all.entries()) {
    planned.push(await planPlatform(await platformInput(one, around), options, work));
    const next = all.slice(at + 1).flatMap(({ manifest }) => manifest.layers);
    work.shelf.retainKept(new Set(next.map(({ digest }) => digest)));
  }
  return { top, planned };
}

/** An index may have one image for several platforms. */
function distinct(images: readonly PlatformImage[]): PlatformImage[] {
  return [...new Map(images.map((one) => [one.manifest.descriptor.digest, one])).values()];
}

/** One platform, as documents; its new layers are in files. */
interface MadeImage {
  readonly planned: PlannedImage;
  readonly layers: readonly MadeLayer[];
  readonly tree: Digest;
  readonly manifest: ImageManifest;
  readonly config: Uint8Array;
  readonly plan: Uint8Array;
  /** What goes along with the plan. */
  readonly files: readonly KeptFile[];
}

async function makeImage(
  planned: PlannedImage,
  { options }: RelayerRequest,
  work: Workplace,
): Promise<MadeImage> {
  const { input, baseLayers } = planned;
  const made = await makePlatform(planned, options, work);
  const { layers, tree } = made;
  const where = `image ${input.manifest.descriptor.digest}`;
  const config = relaidConfig(input.config, layers, baseLayers, where);
  const { plan, files } = await writePlan(planned, made, work.folder);
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = relaidManifest(input.manifest, config, descriptors, plan);
  return { planned, layers, tree, manifest, config, plan, files };
}

/** Puts the image together with what was made. */
function assembled(
  before: Manifest,
  made: readonly MadeImage[],
  { image, notice }: RelayerRequest,
  close: () => Promise<void>,
): Omit<RelaidImage, 'close'> {
  const relaid = new Map(made.map((one) => [one.planned.input.manifest.descriptor.digest, one.manifest]));
  const { top, notices } = assemble(before, relaid);
  for (const line of notices) notice(line);
  const layers = made.flatMap((one) => one.layers);
  const source = overlay(
    image.source,
    {
      original: image.descriptor,
      descriptor: top.descriptor,
      manifests: [...relaid.values(), top],
      documents: made.flatMap(({ config, plan }) => [config, plan]),
      files: [
        ...made.flatMap((one) => one.files),
        ...layers.flatMap(({ descriptor: { digest, size }, path }) =>
          path === undefined ? [] : [{ digest, size, path }],
        ),
      ],
      borrowed: new Map(
        layers.flatMap(({ descriptor, source: from }) => (from ? [[descriptor.digest, from] as const] : [])),
      ),
    },
    close,
  );
  return {
    source,
    descriptor: top.descriptor,
    facts: made.map(factsOf),
    plans: made.map(({ plan }) => plan),
  };
}

function factsOf({ planned, layers, tree, manifest }: MadeImage): RelayerFacts {
  const { input, plan } = planned;
  const held = input.baseline?.layers ?? [];
  const after = layerDelta(layers, held);
  const before = layerDelta(input.layers, planned.before);
  const heldIds = new Set(diffIdsOf(held));
  return {
    platform: formatPlatform(input.platform),
    input: input.manifest.descriptor.digest,
    image: manifest.descriptor.digest,
    ...(input.baseline ? { baseline: input.baseline.manifest.descriptor.digest } : {}),
    layers: layers.map(layerFacts),
    delta: {
      before: { chain: before.chain, blobs: before.blobs },
      after: { chain: after.chain, blobs: after.blobs },
      unpackedBytes: layers.slice(after.shared).reduce((sum, { table }) => sum + table.unpackedBytes, 0),
    },
    reusedLayers: layers.filter(({ diffId }) => heldIds.has(diffId)).length,
    fresh: { before: bytesOf(input.layers), after: bytesOf(layers), dead: Math.round(plan.cost.dead) },
    ...(planned.purged && { purged: planned.purged }),
    tree,
  };
}

function layerFacts({ diffId, descriptor, table, origin, title, reason }: MadeLayer): RelaidLayer {
  const { digest, size: bytes, mediaType } = descriptor;
  return { diffId, digest, mediaType, bytes, unpackedBytes: table.unpackedBytes, origin, title, reason };
}
