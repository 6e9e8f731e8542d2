/** Images with SOCI indexes, and commands called on them. */
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import type { Call } from '../../src/cli/call.ts';
import { type FlagValues, flagTable } from '../../src/cli/flags.ts';
import { readSettings, type Written } from '../../src/config/read.ts';
import { describeBytes } from '../../src/content/image/descriptor.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { hostPlatform, type Platform } from '../../src/content/image/platform.ts';
import { sociAnnotations, sociIndexTypes } from '../../src/content/image/soci.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { type Layout, openLayout } from '../../src/content/store/layout.ts';
import {
  type IndexedLayer,
  type PrefetchArtifact,
  sociConfig,
  sociIndexManifest,
} from '../../src/stages/soci/index-manifest.ts';
import { ztocMediaType } from '../../src/stages/soci/ztoc.ts';
import { describeLayer, gather, type MadeLayer } from '../content/layer/made-layer.ts';
import { scratch } from '../content/store/sample-image.ts';
import { listen, writeBlob, writeManifest } from '../pipeline/pipeline.ts';
import { vectorNamed } from '../stages/soci/lazy-layer.ts';

export interface LayerToWrite extends MadeLayer {
  readonly ztoc?: Buffer;
  readonly prefetch?: Buffer;
}

/** A layer of the vectors with the zTOC that soci made of it. */
export function indexedLayer(name: string): LayerToWrite {
  const { layer, blob, tar, ztoc } = vectorNamed(name);
  return { ...layer, bytes: blob, tar, ztoc };
}

interface TarFile {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
  readonly linkname?: string;
  readonly content?: string;
}

/** A layer that no index knows, of files and links. */
export async function plainLayer(
  files: readonly TarFile[],
  compression: 'gzip' | 'zstd' | 'none' = 'gzip',
): Promise<LayerToWrite> {
  const archive = pack();
  for (const { name, type = 'file', linkname, content } of files) {
    archive.entry({ name, type, ...(linkname === undefined ? {} : { linkname }) }, content ?? '');
  }
  archive.finalize();
  return describeLayer(Buffer.from(await gather(archive)), compression);
}

export interface WrittenImage {
  readonly image: Manifest;
  readonly index: ImageManifest;
  readonly top: Manifest;
}

export interface WriteOptions {
  readonly version?: 'v1' | 'v2';
  readonly platform?: Platform;
  /** Changes the index's bytes, its digest staying that of what it is changed to. */
  readonly rewrite?: (bytes: Buffer) => Buffer;
  readonly sociFirst?: boolean;
  readonly descriptorAnnotations?: Readonly<Record<string, string>>;
  readonly tag?: string;
  /** The index is not written, though the image names it. */
  readonly withoutIndex?: boolean;
}

/** Writes an image of these layers, the lowest first, with a SOCI index of those that have a zTOC. */
export async function writeSociImage(
  layout: Layout,
  layers: readonly LayerToWrite[],
  options: WriteOptions = {},
): Promise<WrittenImage> {
  const { version = 'v2', platform = hostPlatform(), tag = '1', rewrite = (bytes) => bytes } = options;
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  for (const { descriptor, bytes } of layers) await writeBlob(layout, descriptor.mediaType, bytes);
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const config = await writeBlob(layout, mediaTypes.ociConfig, json({ ...platform, rootfs }));
  const image = { config, layers: layers.map(({ descriptor }) => descriptor) };
  const ztocs: IndexedLayer[] = [];
  const prefetch: PrefetchArtifact[] = [];
  for (const { descriptor: layer, ztoc, prefetch: artifact } of layers) {
    if (ztoc) ztocs.push({ layer, ztoc: await writeBlob(layout, ztocMediaType, ztoc), spanBytes: 4096 });
    if (artifact)
      prefetch.push({ layer: layer.digest, blob: await writeBlob(layout, 'application/json', artifact) });
  }
  await writeBlob(layout, sociIndexTypes[version], Buffer.from(sociConfig));
  const index = async (subject?: Manifest): Promise<ImageManifest> => {
    const made = rewrite(Buffer.from(sociIndexManifest(ztocs, prefetch, subject?.descriptor).raw));
    const manifest = parseManifest(made, {}, 'test') as ImageManifest;
    if (!options.withoutIndex) await layout.writeManifest(manifest);
    return manifest;
  };
  if (version === 'v1') {
    const top = await writeManifest(layout, mediaTypes.ociManifest, image, tag);
    return { image: top, index: await index(top), top };
  }
  const soci = await index();
  const annotations = { [sociAnnotations.indexDigest]: soci.descriptor.digest };
  const manifest = await writeManifest(layout, mediaTypes.ociManifest, { ...image, annotations });
  const entries = [
    { ...manifest.descriptor, platform, annotations: options.descriptorAnnotations ?? annotations },
    {
      ...soci.descriptor,
      artifactType: sociIndexTypes.v2,
      platform,
      annotations: { [sociAnnotations.imageDigest]: manifest.descriptor.digest },
    },
  ];
  const manifests = options.sociFirst ? entries.toReversed() : entries;
  const raw = json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  const top = parseManifest(raw, { descriptor: describeBytes(mediaTypes.ociIndex, raw) }, 'test');
  await layout.writeManifest(top);
  await layout.tag(top, tag);
  return { image: manifest, index: soci, top };
}

/** A layout with such an image, and a registry that serves it. */
export async function servedSociImage(layers: readonly LayerToWrite[], options: WriteOptions = {}) {
  const path = join(await scratch(), 'layout');
  const layout = await openLayout(path, { create: true });
  const written = await writeSociImage(layout, layers, options);
  const server = await serveLayout({ layout, readOnly: true });
  onTestFinished(() => server.close());
  return { ...written, path, layout, server, image: written.image, name: `${server.host}/app:1` };
}

/** Standard output that keeps what it is given; `most`: it is gone after so many bytes. */
export function outputOf(most = Number.POSITIVE_INFINITY) {
  const chunks: Buffer[] = [];
  let size = 0;
  const stdout = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _, done) {
      if (size >= most) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return;
      }
      chunks.push(Buffer.from(chunk));
      size += chunk.byteLength;
      setImmediate(done);
    },
  });
  stdout.on('error', () => {});
  return { stdout, bytes: () => Buffer.concat(chunks) };
}

/** A call of a command as the command line makes it, and what it shows. */
export function callOf(
  written: Written,
  {
    flags = {},
    positionals = {},
  }: { flags?: Partial<FlagValues>; positionals?: Record<string, string> } = {},
) {
  const defaults = Object.fromEntries(Object.entries(flagTable).map(([name, flag]) => [name, flag.default]));
  const shown: { result: unknown; text: string }[] = [];
  const context = listen();
  const call: Call = {
    settings: readSettings('flag', { attempts: '1', ...written }),
    written,
    flags: { ...defaults, ...flags } as FlagValues,
    positionals,
    context,
    output: {
      columns: 200,
      colour: false,
      show: (result, text) => void shown.push({ result: JSON.parse(JSON.stringify(result)), text: text() }),
    },
  };
  return { call, shown, notices: context.notices };
}
