import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, onTestFinished } from 'vitest';
import type { ByteRange, ByteStream } from '../../../src/content/bytes.ts';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestHex, digestOf, parseDigest } from '../../../src/content/image/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Platform } from '../../../src/content/image/platform.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import { type Layout, openLayout } from '../../../src/content/store/layout.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { type IndexedImage, type IndexRequest, indexImage } from '../../../src/stages/soci/index-image.ts';
import { parseSociIndex } from '../../../src/stages/soci/index-manifest.ts';
import { LayerIndexer } from '../../../src/stages/soci/layer-indexer.ts';
import { scratch } from '../../content/store/sample-image.ts';
import { layerVectors } from './vectors.ts';

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };
export const arm64: Platform = { os: 'linux', architecture: 'arm64' };

export interface BlobLayer extends Layer {
  readonly bytes: Buffer;
}

/** A layer of the vectors, and the zTOC that soci made of it with spans of `spanBytes`. */
export interface VectorLayer extends BlobLayer {
  readonly spanBytes: number;
  readonly ztoc: Digest;
}

export function vectorLayer(name: string): VectorLayer {
  const vector = layerVectors.find((one) => one.name === name);
  if (!vector) throw new Error(`there is no ${name}`);
  const { mediaType, blob, spanBytes, expected } = vector;
  return {
    descriptor: describeBytes(mediaType, blob),
    diffId: digestOf(mediaType.endsWith('gzip') ? gunzipSync(blob) : blob),
    bytes: blob,
    spanBytes,
    ztoc: `sha256:${expected?.ztoc_sha256}` as Digest,
  };
}

export interface MadeImage {
  readonly layout: Layout;
  readonly descriptor: Descriptor;
  readonly manifests: readonly Manifest[];
}

/** A layout with an image of these layers for each platform; of one platform alone without an index around it. */
export async function imageOf(
  images: readonly { readonly layers: readonly BlobLayer[]; readonly platform: Platform }[],
  without: readonly BlobLayer[] = [],
): Promise<MadeImage> {
  const layout = await openLayout(await scratch(), { create: true });
  const missing = new Set(without.map(({ descriptor }) => descriptor.digest));
  const manifests: Manifest[] = [];
  for (const { layers, platform } of images) {
    for (const { descriptor, bytes } of layers) {
      if (!missing.has(descriptor.digest)) await putBlob(layout, descriptor, bytes);
    }
    const config = json({
      ...platform,
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    });
    const configDescriptor = describeBytes(mediaTypes.ociConfig, config);
    await putBlob(layout, configDescriptor, config);
    const described = layers.map(({ descriptor }) => descriptor);
    manifests.push(
      await putManifest(layout, {
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: configDescriptor,
        layers: described,
      }),
    );
  }
  const entries = manifests.map(({ descriptor }, at) => ({ ...descriptor, platform: images[at]?.platform }));
  const [only] = manifests;
  const top =
    only && manifests.length === 1
      ? only
      : await putManifest(layout, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries });
  await layout.tag(top, 'image');
  return { layout, descriptor: top.descriptor, manifests };
}

async function putManifest(layout: Layout, value: object): Promise<Manifest> {
  const manifest = parseManifest(json(value), {}, 'test');
  await layout.writeManifest(manifest);
  return manifest;
}

function putBlob(layout: Layout, descriptor: Descriptor, bytes: Uint8Array): Promise<unknown> {
  return layout.writeBlob(descriptor, async function* () {
    yield bytes;
  });
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Threads take longer to start than these layers to read: one set of them for all tests of a file. */
const indexer = new LayerIndexer();
afterAll(() => indexer[Symbol.asyncDispose]());
const lent = {
  index: indexer.index.bind(indexer),
  async [Symbol.asyncDispose]() {},
};

/** Indexes an image, and gives what it said and left in its scratch folder; what it made goes with the test. */
export async function indexing(
  image: { readonly source: ImageSource; readonly descriptor: Descriptor },
  settings: Partial<IndexRequest> = {},
) {
  const folder = settings.scratch ?? (await scratch());
  const notices: string[] = [];
  const request: IndexRequest = {
    versions: new Set(['v2']),
    platforms: [],
    spanBytes: 65_536,
    minLayerBytes: 0,
    prefetch: [],
    onUnindexable: 'fail',
    ratioLimit: 200,
    known: [],
    cache: undefined,
    progress: silentProgress,
    signal: new AbortController().signal,
    notice: (line) => notices.push(line),
    ...image,
    ...settings,
    scratch: folder,
  };
  const run = indexImage(request, () => lent);
  onTestFinished(async () => (await run.catch(() => undefined))?.close());
  // Who awaits it hears of its failure.
  run.catch(() => {});
  return { run, notices, left: () => readdir(folder) };
}

/** A source that counts the bytes that are read of blobs, by their digest. */
export function counting(source: ImageSource): ImageSource & { readonly read: Map<Digest, number> } {
  const read = new Map<Digest, number>();
  const readBlob = async function* (blob: Descriptor, range?: ByteRange): ByteStream {
    for await (const chunk of source.readBlob(blob, range)) {
      read.set(blob.digest, (read.get(blob.digest) ?? 0) + chunk.byteLength);
      yield chunk;
    }
  };
  return changed(source, { readBlob, read });
}

/** A source with some of it changed. */
export function changed<T extends object>(source: ImageSource, change: T): ImageSource & T {
  return {
    location: source.location,
    resolve: (target) => source.resolve(target),
    readManifest: (descriptor) => source.readManifest(descriptor),
    readBlob: (descriptor, range) => source.readBlob(descriptor, range),
    tags: () => source.tags(),
    referrers: (subject, artifactType) => source.referrers(subject, artifactType),
    close: () => source.close(),
    ...change,
  };
}

export async function imageManifest(source: ImageSource, descriptor: Descriptor): Promise<ImageManifest> {
  const manifest = await source.readManifest(descriptor);
  if (manifest.kind !== 'image') throw new Error(`${descriptor.digest} is no image`);
  return manifest;
}

/** Removes a blob from a layout, or replaces its bytes. */
export function blobPath(layout: Layout, digest: Digest): string {
  return join(layout.path, 'blobs', 'sha256', digestHex(digest));
}

/** The SOCI index of a digest, and what it names. */
export async function readIndex(image: IndexedImage, digest: string | undefined) {
  const descriptor = await image.source.resolve(parseDigest(digest, 'test'));
  return parseSociIndex(await image.source.readManifest(descriptor));
}

export async function ztocBytes(image: IndexedImage, ztoc: { digest: string; bytes: number } | undefined) {
  const descriptor = {
    mediaType: 'application/octet-stream',
    digest: parseDigest(ztoc?.digest, 'test'),
    size: ztoc?.bytes ?? 0,
  };
  return collect(image.source.readBlob(descriptor), descriptor.size, 'test');
}
