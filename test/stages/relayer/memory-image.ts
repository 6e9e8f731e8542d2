/** Images in memory: what was made of rows, and what re-layering made of that. */
import type { ByteStream } from '../../../src/content/bytes.ts';
import { inputError } from '../../../src/content/error.ts';
import type { ImageConfig } from '../../../src/content/image/config.ts';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { type ImageManifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { readConfig } from '../../../src/content/store/read-config.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { namedPlan, planArtifact } from '../../../src/stages/relayer/plan-artifact.ts';
import type { RelaidImage } from '../../../src/stages/relayer/relayer-image.ts';
import { describeLayer } from '../../content/layer/made-layer.ts';
import { tarOfRows } from '../../content/rootfs/row-tar.ts';
import type { Stack } from '../../content/rootfs/stacks.ts';

export interface MemoryImage {
  readonly name: string;
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** An image of these layers, all of gzip. */
export async function imageOfStack(name: string, stack: Stack): Promise<MemoryImage> {
  const layers = stack.map((rows) => describeLayer(tarOfRows(rows), 'gzip'));
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/bin:/bin'], WorkingDir: '/usr/lib' },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.flatMap((_, at) => [{ created_by: `step ${at}` }, { empty_layer: true }]),
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describeBytes(mediaTypes.ociConfig, config),
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return imageOf(name, [manifest, config, ...layers.map(({ bytes }) => bytes)]);
}

/**
 * All that a push would send of a re-laid image; every blob is checked as it is read.
 * @param plan whether the plan and its tables go along
 */
export async function copyOf(
  name: string,
  { source, descriptor }: RelaidImage,
  plan: 'kept' | 'lost',
): Promise<MemoryImage> {
  const manifest = await source.readManifest(descriptor);
  if (manifest.kind !== 'image') throw new TypeError(`${descriptor.digest} is no image`);
  const blobs = [manifest.raw];
  const read = async (blob: Descriptor): Promise<Uint8Array> => {
    const bytes = await gather(source.readBlob(blob));
    blobs.push(bytes);
    return bytes;
  };
  for (const blob of [manifest.config, ...manifest.layers]) await read(blob);
  const named = namedPlan(manifest);
  if (named === undefined) throw new Error(`${name} names no plan`);
  if (plan === 'kept') {
    for (const table of planArtifact(descriptor, await read(named)).layers) await read(table);
  }
  return imageOf(name, blobs);
}

/** @param bytes the manifest first */
async function imageOf(name: string, bytes: readonly Uint8Array[]): Promise<MemoryImage> {
  const blobs = new Map(bytes.map((blob) => [describeBytes('', blob).digest, blob]));
  const manifest = parseManifest(bytes[0] as Uint8Array, {}, name);
  if (manifest.kind !== 'image') throw new TypeError(`${name} is no image`);
  const source = sourceOf(name, manifest, blobs);
  const config = await readConfig(source, manifest);
  const layers = manifest.layers.map((descriptor, at) => ({
    descriptor,
    diffId: config.diffIds[at] as Digest,
  }));
  return { name, source, descriptor: manifest.descriptor, manifest, config, layers, blobs };
}

function sourceOf(
  location: string,
  manifest: ImageManifest,
  blobs: ReadonlyMap<Digest, Uint8Array>,
): ImageSource {
  return {
    location,
    resolve: async () => manifest.descriptor,
    async readManifest({ digest }) {
      if (digest === manifest.descriptor.digest) return manifest;
      throw new Error(`${location} has no manifest ${digest}`);
    },
    readBlob({ digest }, range) {
      const blob = blobs.get(digest);
      if (blob === undefined) {
        throw inputError('not-found', `${location} has no blob ${digest}`, { hint: '' });
      }
      return lent(blob.subarray(range?.start, range?.end));
    },
    tags: async () => [],
    referrers: async () => [],
    async close() {},
  };
}

/** In one buffer, which has something else in it each time. */
async function* lent(blob: Uint8Array): ByteStream {
  const buffer = new Uint8Array(700);
  for (let at = 0; at < blob.byteLength; at += buffer.byteLength) {
    const part = blob.subarray(at, at + buffer.byteLength);
    buffer.fill(0xee).set(part);
    yield buffer.subarray(0, part.byteLength);
  }
}

async function gather(bytes: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
