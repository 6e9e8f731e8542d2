import { type Descriptor, describeBytes } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import { formatPlatform } from '../../content/image/platform.ts';
import type { SociVersion } from '../../content/image/soci.ts';
import type { SociFacts, SociLayerFacts } from '../../facts/soci.ts';
import { convertImage, type Referrers } from './convert.ts';
import { type IndexedLayer, type PrefetchArtifact, sociConfig, sociIndexManifest } from './index-manifest.ts';
import type { PlatformImage } from './platform-images.ts';
import { planPrefetch, prefetchMediaType } from './prefetch.ts';
import type { Ztoc } from './ztoc.ts';
import { readZtoc, type ZtocFile } from './ztoc-files.ts';

/** The indexes of an image, as documents; its zTOCs are in files. */
export interface ImageIndexes {
  /** What stands for the image now. */
  readonly top: Descriptor;
  readonly manifests: readonly Manifest[];
  readonly documents: readonly Uint8Array[];
  /** v1 index manifests. */
  readonly referrers: readonly Descriptor[];
  readonly facts: readonly SociFacts[];
  readonly notices: readonly string[];
}

export interface IndexesRequest {
  readonly versions: ReadonlySet<SociVersion>;
  readonly spanBytes: number;
  readonly prefetch: readonly string[];
  /** Of the manifests that v2 changes, for notices. */
  readonly referrers: Referrers;
  /** Why a layer has no zTOC. */
  reasonOf(layer: Descriptor): string | undefined;
}

/** What goes into the indexes of one platform. */
interface Parts {
  readonly image: PlatformImage;
  readonly layers: readonly IndexedLayer[];
  readonly prefetch: readonly PrefetchArtifact[];
}

/**
 * The SOCI indexes of the images that `top` is or leads to, and with v2 the image that names them. `ztocs` by layer; a
 * platform without any stays as it is.
 * @throws PullBudgetError `bad-ztoc`, `manifest-too-large`
 */
export async function indexesOf(
  top: Manifest,
  images: readonly PlatformImage[],
  ztocs: ReadonlyMap<Digest, ZtocFile>,
  request: IndexesRequest,
): Promise<ImageIndexes> {
  const documents = [sociConfig];
  const notices: string[] = [];
  const platforms: Parts[] = [];
  for (const image of images) {
    const prefetch = await prefetchOf(image, ztocs, request);
    documents.push(...prefetch.documents);
    notices.push(...prefetch.notices);
    platforms.push({ image, layers: indexedLayers(image, ztocs, request), prefetch: prefetch.artifacts });
  }
  const v2 = makeV2(top, platforms, request);
  const v1 = makeV1(platforms, v2.imageOf, request);
  return {
    top: v2.top,
    manifests: [...v2.manifests, ...v1.values()],
    documents,
    referrers: [...v1.values()].map(({ descriptor }) => descriptor),
    facts: platforms.map((parts) => {
      const image = v2.imageOf(parts.image);
      return factsOf(parts, { image, v1: v1.get(parts), v2: v2.indexes.get(parts) }, ztocs, request);
    }),
    notices: [...notices, ...v2.notices],
  };
}

function indexedLayers(
  { manifest }: PlatformImage,
  ztocs: ReadonlyMap<Digest, ZtocFile>,
  { spanBytes, reasonOf }: IndexesRequest,
): IndexedLayer[] {
  return manifest.layers.flatMap((layer) => {
    const ztoc = reasonOf(layer) === undefined ? ztocs.get(layer.digest) : undefined;
    return ztoc ? [{ layer, ztoc, spanBytes }] : [];
  });
}

interface V2 {
  readonly top: Descriptor;
  readonly manifests: readonly Manifest[];
  readonly indexes: ReadonlyMap<Parts, ImageManifest>;
  readonly notices: readonly string[];
  /** What nodes pull for a platform: the converted manifest, or the one that it was. */
  imageOf(image: PlatformImage): Descriptor;
}

function makeV2(top: Manifest, platforms: readonly Parts[], { versions, referrers }: IndexesRequest): V2 {
  const indexes = versions.has('v2')
    ? indexEach(platforms, () => undefined)
    : new Map<Parts, ImageManifest>();
  if (indexes.size === 0) {
    const imageOf = ({ manifest }: PlatformImage) => manifest.descriptor;
    return { top: top.descriptor, manifests: [], indexes, notices: [], imageOf };
  }
  const conversion = convertImage(
    top,
    platforms.map((parts) => ({
      manifest: parts.image.manifest,
      platform: parts.image.configPlatform,
      sociIndex: indexes.get(parts),
    })),
    referrers,
  );
  return {
    top: conversion.top.descriptor,
    manifests: [...conversion.manifests, conversion.top],
    indexes,
    notices: conversion.notices,
    imageOf: ({ manifest }) => (conversion.converted.get(manifest.descriptor.digest) ?? manifest).descriptor,
  };
}

function makeV1(
  platforms: readonly Parts[],
  imageOf: (image: PlatformImage) => Descriptor,
  { versions }: IndexesRequest,
): ReadonlyMap<Parts, ImageManifest> {
  if (!versions.has('v1')) return new Map();
  return indexEach(platforms, ({ image }) => {
    const { mediaType, digest, size } = imageOf(image);
    return { mediaType, digest, size };
  });
}

function indexEach(
  platforms: readonly Parts[],
  subjectOf: (parts: Parts) => Descriptor | undefined,
): Map<Parts, ImageManifest> {
  const indexed = platforms.filter(({ layers }) => layers.length > 0);
  return new Map(
    indexed.map((parts) => [parts, sociIndexManifest(parts.layers, parts.prefetch, subjectOf(parts))]),
  );
}

async function prefetchOf(
  { manifest, platform }: PlatformImage,
  files: ReadonlyMap<Digest, ZtocFile>,
  { prefetch: patterns, reasonOf }: IndexesRequest,
): Promise<{ artifacts: PrefetchArtifact[]; documents: Uint8Array[]; notices: string[] }> {
  const found = {
    artifacts: [] as PrefetchArtifact[],
    documents: [] as Uint8Array[],
    notices: [] as string[],
  };
  if (patterns.length === 0) return found;
  const ztocs = new Map<Digest, { layer: Digest; ztoc: Ztoc }>();
  for (const layer of manifest.layers) {
    const file = reasonOf(layer) === undefined ? files.get(layer.digest) : undefined;
    if (!file) continue;
    // A layer that stands in the image twice counts where it is topmost.
    ztocs.delete(layer.digest);
    ztocs.set(layer.digest, { layer: layer.digest, ztoc: await readZtoc(file.path, layer) });
  }
  const plan = planPrefetch(patterns, [...ztocs.values()]);
  for (const [layer, bytes] of plan.artifacts) {
    found.documents.push(bytes);
    found.artifacts.push({ layer, blob: describeBytes(prefetchMediaType, bytes) });
  }
  const where = formatPlatform(platform);
  for (const pattern of plan.unmatched) {
    found.notices.push(`prefetch: no file of an indexed layer of ${where} fits ${JSON.stringify(pattern)}.`);
  }
  return found;
}

function factsOf(
  { image, layers, prefetch }: Parts,
  made: { image: Descriptor; v1: ImageManifest | undefined; v2: ImageManifest | undefined },
  ztocs: ReadonlyMap<Digest, ZtocFile>,
  { spanBytes, reasonOf }: IndexesRequest,
): SociFacts {
  const blobs = [...layers.map(({ ztoc }) => ztoc), ...prefetch.map(({ blob }) => blob)];
  const manifests = [made.v1, made.v2].filter((one) => one !== undefined).map(({ descriptor }) => descriptor);
  const distinct = new Map([...blobs, ...manifests].map(({ digest, size }) => [digest, size]));
  return {
    platform: formatPlatform(image.platform),
    image: made.image.digest,
    ...(made.v1 ? { v1: made.v1.descriptor.digest } : {}),
    ...(made.v2 ? { v2: made.v2.descriptor.digest } : {}),
    layers: image.manifest.layers.map((layer) =>
      layerFacts(layer, ztocs.get(layer.digest), reasonOf(layer), spanBytes),
    ),
    indexBytes: [...distinct.values()].reduce((sum, size) => sum + size, 0),
  };
}

function layerFacts(
  { digest, size: bytes }: Descriptor,
  file: ZtocFile | undefined,
  reason: string | undefined,
  spanBytes: number,
): SociLayerFacts {
  if (reason !== undefined || !file) return { digest, bytes, ...(reason === undefined ? {} : { reason }) };
  const { spans, files, reused } = file;
  return {
    digest,
    bytes,
    ztoc: {
      digest: file.digest,
      bytes: file.size,
      spans,
      spanBytes,
      files,
      ...(reused === undefined ? {} : { reused }),
    },
  };
}
