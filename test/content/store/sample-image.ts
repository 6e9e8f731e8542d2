import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Platform } from '../../../src/content/image/platform.ts';
import type { ImageSink, ImageSource } from '../../../src/content/store/store.ts';
import { collect } from '../../../src/content/store/verify.ts';

/** Content by digest, and the manifest that leads to it. */
export interface SampleImage {
  readonly top: Manifest;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  /** Children before parents, `top` last. */
  readonly manifests: readonly Manifest[];
}

/** A folder that goes when the test ends. */
export async function scratch(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pull-budget-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export async function tarOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    archive.entry({ name, mtime: new Date(1_700_000_000_000) }, Buffer.from(content));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface SampleOptions {
  readonly layers?: number;
  readonly layerBytes?: number;
  readonly platform?: Platform;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** An image of gzipped layers with random content. */
export async function sampleImage(options: SampleOptions = {}): Promise<SampleImage> {
  const { layers = 2, layerBytes = 20_000, platform = { os: 'linux', architecture: 'amd64' } } = options;
  const blobs = new Map<Digest, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = describeBytes(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const diffIds: Digest[] = [];
  const described: Descriptor[] = [];
  for (let at = 0; at < layers; at++) {
    const tar = await tarOf({ [`layer-${at}.bin`]: randomBytes(layerBytes) });
    diffIds.push(digestOf(tar));
    described.push(add(mediaTypes.ociLayerGzip, gzipSync(tar, { level: 1 })));
  }
  const config = add(
    mediaTypes.ociConfig,
    Buffer.from(
      JSON.stringify({
        ...platform,
        config: { Cmd: ['/bin/true'] },
        rootfs: { type: 'layers', diff_ids: diffIds },
      }),
    ),
  );
  const top = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(options.artifactType === undefined ? {} : { artifactType: options.artifactType }),
    config,
    layers: described,
    ...(options.subject === undefined ? {} : { subject: options.subject }),
  });
  return { top, blobs, manifests: [top] };
}

/** An index over images. */
export function sampleIndex(
  images: readonly { readonly image: SampleImage; readonly entry?: Partial<Descriptor> }[],
): SampleImage {
  const top = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: images.map(({ image, entry }) => ({ ...image.top.descriptor, ...entry })),
  });
  return {
    top,
    blobs: new Map(images.flatMap(({ image }) => [...image.blobs])),
    manifests: [...images.flatMap(({ image }) => image.manifests), top],
  };
}

export function manifestOf(json: object): Manifest {
  return parseManifest(Buffer.from(JSON.stringify(json)), {}, 'sample');
}

/** Writes a sample into a store, its tags last. */
export async function put(sink: ImageSink, image: SampleImage, ...tags: readonly string[]): Promise<void> {
  for (const [digest, bytes] of image.blobs) {
    await sink.writeBlob({ mediaType: 'any', digest, size: bytes.byteLength }, () => streamOf(bytes));
  }
  for (const manifest of image.manifests) await sink.writeManifest(manifest);
  for (const tag of tags) await sink.tag(image.top, tag);
}

/** Reads an image and all that it leads to; the stores check digests on the way. Gives the digests seen. */
export async function readAll(source: ImageSource, descriptor: Descriptor): Promise<Set<Digest>> {
  const manifest = await source.readManifest(descriptor);
  const seen = new Set([descriptor.digest]);
  if (manifest.kind === 'index') {
    for (const child of manifest.manifests) {
      for (const digest of await readAll(source, child)) seen.add(digest);
    }
  }
  if (manifest.kind === 'image') {
    for (const blob of [manifest.config, ...manifest.layers]) {
      await collect(source.readBlob(blob), blob.size, 'sample');
      seen.add(blob.digest);
    }
  }
  return seen;
}

/** Every digest that belongs to a sample. */
export function digestsOf(image: SampleImage): Set<Digest> {
  return new Set([...image.blobs.keys(), ...image.manifests.map((manifest) => manifest.descriptor.digest)]);
}

export async function* streamOf(...chunks: readonly Uint8Array[]): ByteStream {
  yield* chunks;
}
