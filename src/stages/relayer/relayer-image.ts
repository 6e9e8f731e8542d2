import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, describeBytes } from '../../content/image/descriptor.ts';
import { type Digest, digestHex } from '../../content/image/digest.ts';
import { layerPlanTypes } from '../../content/image/layer-plan.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import { formatPlatform, type Platform, platformMatches } from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import { encodeTable } from '../../content/rootfs/table-codec.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { overlay } from '../../content/store/overlay.ts';
import { type PlatformImage, readPlatforms } from '../../content/store/platforms.ts';
import { makeScratch, reapScratch, scratchFolder } from '../../content/store/scratch.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { RelaidLayer, RelayerFacts } from '../../facts/relayer.ts';
import type { Baseline } from './baseline.ts';
import { layerEntries, relaidConfig } from './config.ts';
import { bytesOf, diffIdsOf, layerDelta } from './delta.ts';
import { assemble } from './image-index.ts';
import { relaidManifest } from './manifest.ts';
import { planDocument } from './plan-artifact.ts';
import {
  type MadeLayer,
  makePlatform,
  type PlannedImage,
  type PlatformInput,
  planPlatform,
  type RelayerOptions,
  type Workplace,
} from './relayer-platform.ts';
import type { ScanLayer } from './scan.ts';
import { LayerShelf } from './shelf.ts';

interface NamedImage {
  readonly name: string;
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
}

export interface RelayerRequest {
  /** Of an index or a single image. */
  readonly image: NamedImage;
  /** All of the image's where none is named. */
  readonly platforms: readonly Platform[];
  /** What nodes hold. */
  readonly baseline: NamedImage | undefined;
  /** What the image was built on. */
  readonly base: NamedImage | undefined;
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
  const folder = await makeFolder(request.scratch);
  try {
    const { planned } = await planAll(request, workIn(folder, request));
    return await use(planned);
  } finally {
    await remove(folder);
  }
}

/**
 * Re-lays an image, each platform by itself. What containers see is the same, which is proved before this returns; of a
 * failure nothing is left.
 * @throws PullBudgetError `tree-differs`, what readPlatforms, planPlatform and the sources throw; the signal's reason
 */
export async function relayerImage(request: RelayerRequest): Promise<RelaidImage> {
  const folder = await makeFolder(request.scratch);
  const close = () => remove(folder);
  try {
    const work = workIn(folder, request);
    const { top, planned } = await planAll(request, work);
    const made: MadeImage[] = [];
    for (const one of planned) made.push(await makeImage(one, request, work));
    return { ...assembled(top, made, request, close), close };
  } catch (error) {
    // What went wrong first is what matters; the next run removes what is left.
    await close().catch(() => {});
    throw error;
  }
}

async function makeFolder(scratch: string): Promise<string> {
  await makeScratch(scratch);
  await reapScratch(scratch, remove);
  const folder = scratchFolder(scratch, 'relayer');
  await onDisk(folder, () => mkdir(folder, { mode: 0o700 }));
  return folder;
}

function remove(folder: string): Promise<void> {
  return onDisk(folder, () => rm(folder, { recursive: true, force: true }));
}

function workIn(folder: string, { scan, progress, signal, notice }: RelayerRequest): Workplace {
  return {
    folder,
    shelf: new LayerShelf({ folder, scan, progress, signal, keepsBlobs: true }),
    progress,
    signal,
    notice,
  };
}

async function planAll(
  { image, platforms, baseline, base, options }: RelayerRequest,
  work: Workplace,
): Promise<{ readonly top: Manifest; readonly planned: readonly PlannedImage[] }> {
  const manifest = await image.source.readManifest(image.descriptor);
  const { top, images } = await readPlatforms(image.source, manifest, platforms);
  const planned: PlannedImage[] = [];
  for (const one of images) {
    const before = baseline && (await imageFor(baseline, one.platform));
    if (baseline && !before) {
      work.notice(
        `${baseline.name} is not for ${formatPlatform(one.platform)}: that platform is re-laid afresh.`,
      );
    }
    const below = base && (await imageFor(base, one.platform));
    const input: PlatformInput = {
      source: image.source,
      manifest: one.manifest,
      config: one.config,
      platform: one.platform,
      layers: layersOf(one),
      base: base && below && { name: base.name, diffIds: below.config.diffIds },
      baseline: baseline && before && baselineOf(baseline, before),
    };
    planned.push(await planPlatform(input, options, work));
  }
  return { top, planned };
}

async function imageFor(
  { source, descriptor }: NamedImage,
  platform: Platform,
): Promise<PlatformImage | undefined> {
  const top = await source.readManifest(descriptor);
  const { images } = await readPlatforms(source, top, [platform]);
  return images.find((one) => platformMatches(one.platform, platform));
}

function layersOf({ manifest, config }: PlatformImage): Layer[] {
  return manifest.layers.map((descriptor, at) => ({ descriptor, diffId: config.diffIds[at] as Digest }));
}

function baselineOf({ source }: NamedImage, image: PlatformImage): Baseline {
  return { source, manifest: image.manifest, config: image.config, layers: layersOf(image) };
}

/** One platform, as documents; its new layers and tables are in files. */
interface MadeImage {
  readonly planned: PlannedImage;
  readonly layers: readonly MadeLayer[];
  readonly tree: Digest;
  readonly manifest: ImageManifest;
  readonly config: Uint8Array;
  readonly plan: Uint8Array;
  readonly tables: readonly TableFile[];
}

interface TableFile {
  readonly digest: Digest;
  readonly size: number;
  readonly path: string;
}

async function makeImage(
  planned: PlannedImage,
  { options }: RelayerRequest,
  work: Workplace,
): Promise<MadeImage> {
  const { input, baseLayers } = planned;
  const { layers, tree } = await makePlatform(planned, options, work);
  const where = `image ${input.manifest.descriptor.digest}`;
  const history = {
    base: layerEntries(input.config),
    baseline: input.baseline ? layerEntries(input.baseline.config) : [],
  };
  const config = relaidConfig(
    input.config,
    layers.map(({ diffId, origin, index, title, reason }) => ({
      diffId,
      history: origin === 'new' || index === undefined ? undefined : history[origin][index],
      title,
      reason,
    })),
    baseLayers,
    where,
  );
  const tables = new Map<Digest, TableFile>();
  for (const table of [...layers.map((layer) => layer.table), ...planned.tables]) {
    if (!tables.has(table.diffId)) tables.set(table.diffId, await writeTable(table, work.folder));
  }
  const tableOf = (diffId: Digest) => {
    const { digest, size } = tables.get(diffId) as TableFile;
    return { digest, size };
  };
  const plan = planDocument({
    schemaVersion: 1,
    platform: formatPlatform(input.platform),
    layers: layers.map(({ diffId, descriptor, table, title }) => ({
      diffId,
      digest: descriptor.digest,
      bytes: descriptor.size,
      unpackedBytes: table.unpackedBytes,
      title,
      table: tableOf(diffId),
    })),
    input: planned.tables.map(({ diffId }) => ({ diffId, table: tableOf(diffId) })),
  });
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = relaidManifest(input.manifest, config, descriptors, plan);
  return { planned, layers, tree, manifest, config, plan, tables: [...tables.values()] };
}

async function writeTable(table: FileTable, folder: string): Promise<TableFile> {
  const bytes = await encodeTable(table);
  const { digest, size } = describeBytes(layerPlanTypes.table, bytes);
  const path = join(folder, `${digestHex(digest)}.table`);
  await onDisk(path, () => writeFile(path, bytes, { mode: 0o600 }));
  return { digest, size, path };
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
        ...made.flatMap(({ tables }) => tables),
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
  const before = layerDelta(input.layers, held);
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
    tree,
  };
}

function layerFacts({ diffId, descriptor, table, origin, title, reason }: MadeLayer): RelaidLayer {
  const { digest, size: bytes, mediaType } = descriptor;
  return { diffId, digest, mediaType, bytes, unpackedBytes: table.unpackedBytes, origin, title, reason };
}
