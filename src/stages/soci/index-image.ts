import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { Manifest } from '../../content/image/manifest.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import { type SociVersion, sociIndexTypes } from '../../content/image/soci.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import { overlay } from '../../content/store/overlay.ts';
import { makeScratchFolder, removeFolder } from '../../content/store/scratch.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { SociFacts } from '../../facts/soci.ts';
import { formatBytes } from '../../facts/units.ts';
import type { Deliver } from './delivery.ts';
import { indexesOf } from './image-indexes.ts';
import { LayerIndexer } from './layer-indexer.ts';
import { type Indexer, type LayerZtoc, ztocsOf } from './layer-ztocs.ts';
import { disqualify, distinctLayers, surprisingLayers } from './layers.ts';
import { type PlatformImage, readPlatformImages } from './platform-images.ts';
import { findReferrers } from './referrers.ts';
import { findKnownZtocs, type KnownImage, type KnownZtoc } from './reuse.ts';
import { ZtocCache } from './ztoc-cache.ts';
import type { ZtocFile } from './ztoc-files.ts';

export interface IndexRequest {
  readonly source: ImageSource;
  /** Of an index or a single image. */
  readonly descriptor: Descriptor;
  readonly versions: ReadonlySet<SociVersion>;
  /** All of the image's where none is named. */
  readonly platforms: readonly Platform[];
  readonly spanBytes: number;
  /** Layers below this get no zTOC. */
  readonly minLayerBytes: number;
  /** Paths and globs. */
  readonly prefetch: readonly string[];
  /** What to do where no layer of a platform gets a zTOC: refuse, or leave the platform as it is. */
  readonly onUnindexable: 'fail' | 'pass';
  readonly ratioLimit: number;
  /** Images whose SOCI indexes may know layers of this one: the baseline, the base image. Their sources stay open. */
  readonly known: readonly KnownImage[];
  /** zTOCs of layers that were made when these were read or written. */
  readonly made?: ReadonlyMap<Digest, KnownZtoc> | undefined;
  /** Folder of zTOCs by layer and span size, kept from run to run. */
  readonly cache: string | undefined;
  /** Takes the layers to where the image goes, as they are read; those that need no reading for their zTOC it never sees. */
  readonly deliver?: Deliver | undefined;
  /** Folder for what is in the making. */
  readonly scratch: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  notice(line: string): void;
}

/** An image with its indexes, on its way: a source that has what the other has, and what was made. */
export interface IndexedImage {
  readonly source: ImageSource;
  /** The converted image with v2; with v1 alone what it was. */
  readonly descriptor: Descriptor;
  /** v1 index manifests: they go along with the image and are found as its referrers. */
  readonly referrers: readonly Descriptor[];
  /** One a platform. */
  readonly facts: readonly SociFacts[];
  /** Removes what was made; the source that was given stays open. */
  close(): Promise<void>;
}

/**
 * Makes the SOCI indexes of an image. Its layers are read once where nobody has indexed them before, and kept nowhere;
 * of a failure nothing is left.
 * @throws PullBudgetError `nothing-to-index`, `no-platform`, `not-an-image`, what `readLayer` throws of a damaged layer,
 * what the source and `deliver` throw; the signal's reason
 */
export async function indexImage(
  request: IndexRequest,
  newIndexer: () => Indexer & AsyncDisposable = () => new LayerIndexer(),
): Promise<IndexedImage> {
  const { source, scratch, minLayerBytes } = request;
  const top = await source.readManifest(request.descriptor);
  const images = await readPlatformImages(source, top, request.platforms);
  for (const { layer, reason } of surprisingLayers(images, minLayerBytes)) {
    request.notice(`${nameOf(layer)} gets no zTOC, it is ${reason}: nodes fetch it whole.`);
  }
  const layers = distinctLayers(images, minLayerBytes);
  refuseUnindexable(images, (layer) => disqualify(layer, minLayerBytes)?.reason, request);
  const folder = await makeScratchFolder(scratch, 'index');
  const close = () => removeFolder(folder);
  try {
    const ztocs = await makeZtocs(layers, images, folder, request, newIndexer);
    return await indexed(top, images, ztocs, request, close);
  } catch (error) {
    // What went wrong first is what matters; the next run removes what is left.
    await close().catch(() => {});
    throw error;
  }
}

async function makeZtocs(
  layers: readonly Layer[],
  images: readonly PlatformImage[],
  folder: string,
  request: IndexRequest,
  newIndexer: () => Indexer & AsyncDisposable,
): Promise<Map<Digest, LayerZtoc>> {
  const { source, descriptor, spanBytes, ratioLimit, deliver, progress, signal, cache } = request;
  if (layers.length === 0) return new Map();
  const notice = (line: string): void => request.notice(line);
  const known = await findKnownZtocs([...request.known, { source, descriptor }], {
    layers: new Set(layers.map((layer) => layer.descriptor.digest)),
    platforms: images.map(({ platform }) => platform),
    spanBytes,
    signal,
    notice,
  });
  for (const [layer, ztoc] of request.made ?? []) known.set(layer, [ztoc, ...(known.get(layer) ?? [])]);
  await using indexer = newIndexer();
  const ztocs = await ztocsOf(layers, {
    source,
    spanBytes,
    ratioLimit,
    known,
    cache: cache === undefined ? undefined : new ZtocCache(cache),
    indexer,
    deliver,
    folder,
    progress,
    signal,
    notice,
  });
  for (const { descriptor: layer } of layers) {
    const ztoc = ztocs.get(layer.digest);
    if (ztoc?.kind === 'unindexable') {
      notice(`${nameOf(layer)} gets no zTOC, ${ztoc.reason}: nodes fetch it whole.`);
    }
  }
  return ztocs;
}

/** Puts the image together with what was made. */
async function indexed(
  top: Manifest,
  images: readonly PlatformImage[],
  ztocs: ReadonlyMap<Digest, LayerZtoc>,
  request: IndexRequest,
  close: () => Promise<void>,
): Promise<IndexedImage> {
  const { source, descriptor, minLayerBytes, versions, spanBytes, prefetch } = request;
  const reasonOf: ReasonOf = (layer) => {
    const ztoc = ztocs.get(layer.digest);
    return (
      disqualify(layer, minLayerBytes)?.reason ?? (ztoc?.kind === 'unindexable' ? ztoc.reason : undefined)
    );
  };
  refuseUnindexable(images, reasonOf, request);
  for (const image of images.filter((one) => isUnindexable(one, reasonOf)))
    request.notice(`A platform stays without a SOCI index: ${whyUnindexable(image, reasonOf)}.`);
  const files = new Map<Digest, ZtocFile>();
  for (const [layer, ztoc] of ztocs) if (ztoc.kind === 'indexed') files.set(layer, ztoc.file);
  const changing = [top, ...images.map(({ manifest }) => manifest)].map((one) => one.descriptor.digest);
  const referrers = await findReferrers(source, versions.has('v2') ? [...new Set(changing)] : [], request);
  const indexes = await indexesOf(top, images, files, { versions, spanBytes, prefetch, referrers, reasonOf });
  const rivals = await noticesOfRivals(source, indexes.referrers, indexes.manifests, request.signal);
  for (const line of [...indexes.notices, ...rivals]) request.notice(line);
  const over = overlay(
    source,
    {
      original: descriptor,
      descriptor: indexes.top,
      manifests: indexes.manifests,
      documents: indexes.documents,
      files: [...files.values()],
    },
    close,
  );
  return {
    source: over,
    descriptor: indexes.top,
    referrers: indexes.referrers,
    facts: indexes.facts,
    close,
  };
}

/**
 * v1 indexes that are beside an image already: a snapshotter takes the one that the registry lists first. Only said: a
 * registry that does not tell fails nothing.
 */
async function noticesOfRivals(
  source: ImageSource,
  referrers: readonly Descriptor[],
  manifests: readonly Manifest[],
  signal: AbortSignal,
): Promise<string[]> {
  const lines: string[] = [];
  const listed = async (subject: Digest): Promise<readonly Descriptor[]> => {
    try {
      return await source.referrers(subject, sociIndexTypes.v1);
    } catch (error) {
      signal.throwIfAborted();
      lines.push(`Whether ${subject} has another v1 index is not known: ${(error as Error).message}.`);
      return [];
    }
  };
  for (const made of referrers) {
    const manifest = manifests.find(({ descriptor }) => descriptor.digest === made.digest);
    const subject = manifest?.kind === 'image' ? manifest.subject?.digest : undefined;
    const there = subject === undefined ? [] : await listed(subject);
    for (const other of there.filter(({ digest }) => digest !== made.digest)) {
      lines.push(
        `Image ${subject} has another v1 index, ${other.digest}: nodes may take that one until it is deleted.`,
      );
    }
  }
  return lines;
}

type ReasonOf = (layer: Descriptor) => string | undefined;

/** @throws PullBudgetError `nothing-to-index` where no layer of a platform gets a zTOC, and that is not to be passed */
function refuseUnindexable(
  images: readonly PlatformImage[],
  reasonOf: ReasonOf,
  request: IndexRequest,
): void {
  const [image] =
    request.onUnindexable === 'fail' ? images.filter((one) => isUnindexable(one, reasonOf)) : [];
  if (image === undefined) return;
  throw inputError('nothing-to-index', `${request.source.location}: ${whyUnindexable(image, reasonOf)}`, {
    hint: hintFor(image, request.minLayerBytes),
  });
}

const isUnindexable = (image: PlatformImage, reasonOf: ReasonOf): boolean =>
  image.layers.every((layer) => reasonOf(layer.descriptor) !== undefined);

/** `no layer of linux/amd64 can be indexed: 1 layer: ./sparse is a sparse file; 2 layers: encrypted`. */
function whyUnindexable({ platform, layers }: PlatformImage, reasonOf: ReasonOf): string {
  const counts = new Map<string | undefined, number>();
  for (const { descriptor } of layers) {
    const reason = reasonOf(descriptor);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const why = [...counts].map(([reason, count]) => `${count} layer${count === 1 ? '' : 's'}: ${reason}`);
  return `no layer of ${formatPlatform(platform)} can be indexed: ${why.join('; ') || 'it has none'}`;
}

/** What helps depends on what is in the way. */
function hintFor({ layers }: PlatformImage, minLayerBytes: number): string {
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const isSmall = descriptors.some((layer) => disqualify(layer, minLayerBytes)?.by === 'size');
  const isZstd = descriptors.some(({ mediaType }) => layerCompression(mediaType) === 'zstd');
  const ways = [
    ...(isSmall ? ['Lower min-layer-size for layers that are too small.'] : []),
    ...(isZstd ? ['Build with gzip instead of zstd.'] : []),
  ];
  return [...ways, 'To leave such an image as it is, set on-unindexable to pass.'].join(' ');
}

const nameOf = ({ digest, size }: Descriptor): string => `Layer ${digest} (${formatBytes(size)})`;
