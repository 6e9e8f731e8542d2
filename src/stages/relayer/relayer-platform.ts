import { inputError } from '../../content/error.ts';
import type { ImageConfig } from '../../content/image/config.ts';
import type { JsonObject } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest } from '../../content/image/manifest.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import { LayerReader } from '../../content/layer/layer-reader.ts';
import type { LayerFile } from '../../content/layer/pieces.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import { mergeLayers } from '../../content/rootfs/merge.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { plain } from '../../facts/plain.ts';
import type { PurgedPaths } from '../../facts/relayer.ts';
import { type BaseImage, commonPrefix, countBaseLayers } from './base.ts';
import { type Baseline, type KnownLayers, type KnownOwners, readKnownLayers } from './baseline.ts';
import { type Carried, carriedLayers, shortTitle } from './carried.ts';
import { compressZstd, zstdCompressor } from './compress-zstd.ts';
import { bytesOf, diffIdsOf, type HeldLayer } from './delta.ts';
import { assertRoom } from './disk-room.ts';
import { readHeld } from './held.ts';
import { findOwners, type Kept, type Owners } from './owners.ts';
import { type LayerPlan, type Limits, type NewLayer, planLayers } from './plan.ts';
import { countClean, findPurged, type IsPurged, purgedPath, refuseVisible } from './purge.ts';
import type { LayerShelf } from './shelf.ts';
import { type TimePolicy, withWantedTimes } from './times.ts';
import { verifyTree } from './verify.ts';
import { type CompressLayer, type LayerCompression, type WrittenLayer, writeLayers } from './write-layers.ts';

/** How images are re-laid, of every platform alike. */
export interface RelayerOptions {
  readonly flattenBase: boolean;
  readonly limits: Limits;
  readonly volatile: readonly string[];
  readonly pin: readonly string[];
  readonly isPurged: IsPurged;
  readonly times: TimePolicy;
  /** `full`: layers that are carried over are read as well, whatever is known of them. */
  readonly verify: 'changed' | 'full';
  /** `keep`: what most bytes of the image have. */
  readonly compression: LayerCompression | 'keep';
  /** To gzip. */
  readonly compress: CompressLayer;
  /** What it is, in a line. */
  readonly compressor?: string;
}

/** One platform's image, and what is known around it. */
export interface PlatformInput {
  readonly source: ImageSource;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly platform: Platform;
  readonly layers: readonly Layer[];
  readonly base: BaseImage | undefined;
  readonly baseline: Baseline | undefined;
}

/** Where work is done. */
export interface Workplace {
  readonly folder: string;
  readonly shelf: LayerShelf;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  notice(line: string): void;
}

/** What is to be made of one platform's image. */
export interface PlannedImage {
  readonly input: PlatformInput;
  /** What containers see of it. */
  readonly merged: Tree;
  /** The same, with the mtimes that they are to see. */
  readonly tree: Tree;
  readonly owners: Owners;
  readonly baseLayers: number;
  readonly plan: LayerPlan;
  /** Layers that the plan carries over are these, by where they come from. */
  readonly stacks: Readonly<Record<'base' | 'baseline', readonly Carried[]>>;
  /** Tables of the image's own layers. */
  readonly tables: readonly FileTable[];
  /** What is in some layer, and is to be in none. */
  readonly purged: PurgedPaths | undefined;
  /** What was known of owners, of each of the image's layers that was not read. */
  readonly knownOwners: readonly (KnownOwners | undefined)[];
  /** The baseline's layers before it was re-laid, as far as its plan tells; else as they are. */
  readonly before: readonly HeldLayer[];
  /** What wrote the baseline's layers, as far as its plan tells. */
  readonly compressorBefore: string | undefined;
}

/** A layer of the new image. */
export type MadeLayer = Omit<WrittenLayer, 'path'> & {
  readonly origin: 'base' | 'baseline' | 'new';
  readonly path: string | undefined;
  readonly source: ImageSource | undefined;
  readonly title: string;
  readonly reason: string;
  /** Its entry in the config that it comes from; undefined where it is new, or nobody wrote one. */
  readonly history: JsonObject | undefined;
};

const unknownBase =
  'What the image was built on is not known: only its lowest layer stays as it is. Name the base image with base, ' +
  'and all of its layers do.';

/** @throws PullBudgetError `base-mismatch`, `purge-in-base`, `odd-layer`, what reading layers and `planLayers` throw */
export async function planPlatform(
  given: PlatformInput,
  options: RelayerOptions,
  work: Workplace,
): Promise<PlannedImage> {
  const { layers, source, config } = given;
  const known = given.baseline && (await readKnownLayers(given.baseline, work.notice));
  const believed = options.verify === 'changed' ? known : undefined;
  const tables = new Tables(believed, work.shelf);
  const ofImage = await tables.of(layers, source);
  const merged = mergeLayers(ofImage, (at) => `layer ${layers[at]?.descriptor.digest}`);
  refuseVisible(merged, options.isPurged);
  const held =
    given.baseline &&
    (await readHeld(given.baseline, (of, from) => tables.of(of, from), known?.plan, work.notice));
  const baseline = held?.baseline;
  const input = { ...given, baseline };
  const purged = findPurged(
    [...ofImage, ...(held?.layers ?? []).map(({ table }) => table)],
    options.isPurged,
  );
  for (const pattern of purged.idle) work.notice(aboutIdlePurge(pattern, given.platform));
  const baseLayers = countBaseLayers({
    image: diffIdsOf(layers),
    base: input.base,
    baseline: baseline && diffIdsOf(baseline.layers),
    maxLayers: options.limits.maxLayers,
    clean: countClean(ofImage, options.isPurged),
    flatten: options.flattenBase,
  });
  if (!options.flattenBase && !input.base && !baseline && layers.length > 1) work.notice(unknownBase);
  refusePurgeInBase(ofImage.slice(0, baseLayers), options.isPurged);
  const base = carriedLayers({ layers, config, source }, ofImage, known?.plan).slice(0, baseLayers);
  const tree = withWantedTimes(merged, held?.tree, options.times, baseLayers);
  const knownOwners = await ownersOf(layers, believed, work.shelf);
  const owners = await findOwners(tree, await keptFiles(tree, input, work.shelf, believed !== undefined), {
    workingDir: workingDirOf(config),
    volatile: options.volatile,
    pin: options.pin,
    known: (layer, row) => knownOwners[layer]?.list.owner(row),
  });
  const reusable = held && reusableLayers(held.layers, layers, options);
  const plan = planLayers({
    tree,
    owners,
    base,
    baseline: reusable,
    limits: options.limits,
    packed: (node) => tree.bytes(node) * shareOf(tree.content(node).layer, layers, ofImage),
  });
  return {
    input,
    merged,
    tree,
    owners,
    baseLayers,
    plan,
    stacks: { base, baseline: reusable ?? [] },
    tables: ofImage,
    purged: purged.paths,
    knownOwners,
    before: (baseline && known?.plan?.input) ?? baseline?.layers ?? [],
    compressorBefore: baseline && known?.plan?.compressor,
  };
}

/** Who put files into layers of the image that were not read, as far as somebody remembers. */
function ownersOf(
  layers: readonly Layer[],
  known: KnownLayers | undefined,
  shelf: LayerShelf,
): Promise<(KnownOwners | undefined)[]> {
  return Promise.all(
    layers.map(async (layer) => (shelf.has(layer) ? undefined : known?.owners(layer.diffId))),
  );
}

/** Tables by diffID: known ones, and those of layers that had to be read. */
class Tables {
  readonly #known: KnownLayers | undefined;
  readonly #shelf: LayerShelf;
  readonly #tables = new Map<Digest, Promise<FileTable>>();

  constructor(known: KnownLayers | undefined, shelf: LayerShelf) {
    this.#known = known;
    this.#shelf = shelf;
  }

  of(layers: readonly Layer[], source: ImageSource): Promise<FileTable[]> {
    return Promise.all(
      layers.map((layer) => {
        const table = this.#tables.get(layer.diffId) ?? this.#find(layer, source);
        this.#tables.set(layer.diffId, table);
        return table;
      }),
    );
  }

  async #find(layer: Layer, source: ImageSource): Promise<FileTable> {
    // What was read for another platform is better than what somebody says of it.
    const known = this.#shelf.has(layer) ? undefined : await this.#known?.table(layer.diffId);
    if (known) this.#shelf.believe(known);
    return known ?? (await this.#shelf.take(layer, source)).table;
  }
}

/**
 * What of the baseline may be carried over: nothing of one that has the base as it is where the base is to be made flat,
 * and nothing from a layer on that holds what is to be purged.
 */
function reusableLayers(
  held: readonly Carried[],
  image: readonly Layer[],
  { flattenBase, isPurged }: RelayerOptions,
): readonly Carried[] | undefined {
  if (flattenBase && commonPrefix(diffIdsOf(image), diffIdsOf(held)) > 0) return undefined;
  const tables = held.map(({ table }) => table);
  return held.slice(0, countClean(tables, isPurged));
}

function aboutIdlePurge(pattern: string, platform: Platform): string {
  return (
    `purge: ${JSON.stringify(plain(pattern, 200))} fits no path in any layer of the image or of the baseline, ` +
    `${formatPlatform(platform)}: it was purged before, or is mistyped.`
  );
}

/** @throws PullBudgetError `purge-in-base` */
function refusePurgeInBase(base: readonly FileTable[], isPurged: IsPurged): void {
  for (const table of base) {
    const path = purgedPath(table, isPurged);
    if (path === undefined) continue;
    throw inputError(
      'purge-in-base',
      `/${shownPath(path)} is to be purged, and is in the base's layer ${table.diffId}`,
      {
        hint: 'Layers of the base stay as they are. Set flatten-base, or build on a base without it.',
      },
    );
  }
}

/** Compressed bytes a byte of a layer's content, on average. */
function shareOf(at: number, layers: readonly Layer[], tables: readonly FileTable[]): number {
  const unpacked = tables[at]?.unpackedBytes ?? 0;
  return unpacked === 0 ? 1 : (layers[at]?.descriptor.size ?? 0) / unpacked;
}

/** What was kept while layers were read; of a layer that is known and was not read there is nothing. */
async function keptFiles(
  tree: Tree,
  { layers, source }: PlatformInput,
  shelf: LayerShelf,
  mayBeKnown: boolean,
): Promise<Kept> {
  const ofLayers = await Promise.all(
    layers.map(async (layer) => {
      if (mayBeKnown && !shelf.has(layer)) return undefined;
      await shelf.take(layer, source);
      return shelf.keptOf(layer);
    }),
  );
  return (node) => {
    const { layer, row } = tree.content(node);
    const kept = ofLayers[layer]?.get(row);
    return kept && Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  };
}

function workingDirOf({ raw }: ImageConfig): Buffer {
  const { config } = JSON.parse(Buffer.from(raw).toString()) as { config?: { WorkingDir?: unknown } };
  const folder = typeof config?.WorkingDir === 'string' ? config.WorkingDir : '';
  return Buffer.from(folder.split('/').filter(Boolean).join('/'));
}

/** Writes what is new and proves the whole. @throws PullBudgetError `tree-differs`, what writeLayers throws */
export async function makePlatform(
  planned: PlannedImage,
  options: RelayerOptions,
  work: Workplace,
): Promise<{
  readonly layers: readonly MadeLayer[];
  readonly tree: Digest;
  readonly compressor: string | undefined;
}> {
  const { plan, tree, stacks, input } = planned;
  const fresh = plan.layers.filter((layer): layer is NewLayer => layer.kind === 'new');
  const compression = options.compression === 'keep' ? usualCompression(input.layers) : options.compression;
  const compressor = compression === 'gzip' ? options.compressor : zstdCompressor;
  const freshBytes = fresh.reduce((sum, { bytes }) => sum + bytes, 0);
  await assertRoom(work.folder, freshBytes, 'The new layers');
  if (fresh.length > 0) sayOtherBytes(planned.compressorBefore, compressor, work);
  await using reader = new LayerReader(await contentFiles(planned, fresh, work.shelf), work.folder);
  const written = await writeLayers(tree, fresh, {
    ...work,
    compress: compression === 'gzip' ? options.compress : compressZstd,
    compression,
    read: (layer, start, bytes) => reader.read(layer, start, bytes),
    known: new Map((input.baseline?.layers ?? []).map((layer) => [layer.diffId, layer])),
  });
  const layers = plan.layers.map((layer): MadeLayer => {
    if (layer.kind === 'carried') return carriedLayer(layer.from, layer.index, stacks);
    const made = written[fresh.indexOf(layer)] as WrittenLayer;
    const source = made.path === undefined ? input.baseline?.source : undefined;
    return {
      ...made,
      origin: 'new',
      source,
      title: shortTitle(layer.title),
      reason: layer.reason,
      history: undefined,
    };
  });
  const purged = layers.find(({ table }) => purgedPath(table, options.isPurged) !== undefined);
  if (purged) throw new Error(`layer ${purged.diffId} still holds what is to be purged`);
  return {
    layers,
    tree: verifyTree(
      tree,
      layers.map(({ table }) => table),
      planned.merged,
    ),
    compressor,
  };
}

/** The same content has the same bytes where the same compressor writes it: whoever builds a release twice may wonder. */
function sayOtherBytes(before: string | undefined, now: string | undefined, { notice }: Workplace): void {
  if (before === undefined || now === undefined || before === now) return;
  notice(
    `New layers may differ in bytes from those that another machine wrote: the baseline's are of ${plain(before)}, ` +
      `these of ${now}.`,
  );
}

function usualCompression(layers: readonly Layer[]): LayerCompression {
  const zstd = layers.filter(({ descriptor }) => layerCompression(descriptor.mediaType) === 'zstd');
  return bytesOf(zstd) * 2 > bytesOf(layers) ? 'zstd' : 'gzip';
}

function carriedLayer(origin: 'base' | 'baseline', index: number, stacks: PlannedImage['stacks']): MadeLayer {
  const { layer, table, source, title, history } = stacks[origin][index] as Carried;
  const reason = origin === 'base' ? 'of the base image' : 'unchanged since the baseline';
  return { ...layer, table, source, origin, path: undefined, title, reason, history };
}

/**
 * The layers of the image that new layers take files from are read now, if they were not before.
 * @throws PullBudgetError `bad-file-table` where one is not what is known of it
 */
async function contentFiles(
  { tree, input }: PlannedImage,
  fresh: readonly NewLayer[],
  shelf: LayerShelf,
): Promise<LayerFile[]> {
  const needed = new Set<number>();
  for (const { nodes } of fresh) {
    for (const node of nodes) if (tree.kind(node) === 'file') needed.add(tree.content(node).layer);
  }
  const files: LayerFile[] = [];
  await Promise.all(
    [...needed].map(async (at) => {
      const { file } = await shelf.take(input.layers[at] as Layer, input.source);
      files[at] = file;
    }),
  );
  return files;
}
