/** Images in layouts that are re-laid one after the other, as releases are. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Platform } from '../../../src/content/image/platform.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import { tableOf } from '../../../src/content/rootfs/table-builder.ts';
import type { Layout } from '../../../src/content/store/layout.ts';
import { readPlatforms } from '../../../src/content/store/platforms.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { withPlanArtifacts } from '../../../src/pipeline/relayer.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { type ComparedImage, compareImages } from '../../../src/stages/relayer/compare-images.ts';
import type { NamedImage } from '../../../src/stages/relayer/platform-input.ts';
import { purging } from '../../../src/stages/relayer/purge.ts';
import { type RelayerRequest, relayerImage } from '../../../src/stages/relayer/relayer-image.ts';
import type { RelayerOptions } from '../../../src/stages/relayer/relayer-platform.ts';
import { layerScan, type ScanLayer } from '../../../src/stages/relayer/scan.ts';
import { compressLayer } from '../../../src/stages/soci/compress.ts';
import { describeLayer, type MadeLayer } from '../../content/layer/made-layer.ts';
import { tarOfRows } from '../../content/rootfs/row-tar.ts';
import type { Row } from '../../content/rootfs/rows.ts';
import { makePlace, writeBlob, writeManifest } from '../../pipeline/pipeline.ts';

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };
export const arm64: Platform = { os: 'linux', architecture: 'arm64' };

export function layer(...rows: Row[]): MadeLayer {
  return describeLayer(tarOfRows(rows), 'gzip');
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(bytes: number, seed: string | number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 64) }, (_, at) =>
    createHash('sha512').update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

export interface ImageFields {
  readonly platform?: Platform;
  /** More of the config, and of the manifest. */
  readonly config?: object;
  readonly manifest?: object;
  readonly tag?: string;
}

export async function writeRelease(
  layout: Layout,
  layers: readonly MadeLayer[],
  { platform = amd64, config = {}, manifest = {}, tag }: ImageFields = {},
): Promise<ImageManifest> {
  for (const { descriptor, bytes } of layers) await writeBlob(layout, descriptor.mediaType, bytes);
  const diffIds = layers.map(({ diffId }) => diffId);
  const json = { ...platform, ...config, rootfs: { type: 'layers', diff_ids: diffIds } };
  const written = await writeManifest(
    layout,
    mediaTypes.ociManifest,
    {
      config: await writeBlob(layout, mediaTypes.ociConfig, Buffer.from(JSON.stringify(json))),
      layers: layers.map(({ descriptor }) => descriptor),
      ...manifest,
    },
    tag,
  );
  if (written.kind !== 'image') throw new Error('no image');
  return written;
}

/** Reads a layer in this thread. */
export const scan: ScanLayer = async (one, open) => {
  const { subscribers, found } = layerScan(one);
  const read = await readLayer(open(), one, { ratioLimit: 2000, subscribers });
  return { found: found(read), checkpoints: undefined };
};

export const usual: RelayerOptions = {
  flattenBase: false,
  limits: {
    maxLayers: 60,
    minLayerBytes: 0,
    targetLayerBytes: 400_000,
    maxLayerBytes: 10_000_000,
    reuse: 'chain',
    slack: 0.25,
  },
  volatile: [],
  pin: [],
  isPurged: purging([]),
  times: { kind: 'baseline' },
  verify: 'changed',
  compression: 'gzip',
  compress: ({ file: _, ...input }) => compressLayer({ ...input, spanBytes: 2 ** 20 }),
};

/** A source that counts how often each blob is read from its beginning. */
export function counted(source: ImageSource) {
  const reads = new Map<Digest, number>();
  const counting: ImageSource = {
    location: source.location,
    resolve: (target) => source.resolve(target),
    readManifest: (descriptor) => source.readManifest(descriptor),
    readBlob(blob, range) {
      if (range === undefined) reads.set(blob.digest, (reads.get(blob.digest) ?? 0) + 1);
      return source.readBlob(blob, range);
    },
    tags: () => source.tags(),
    referrers: (subject, type) => source.referrers(subject, type),
    close: () => source.close(),
  };
  return { source: counting, reads };
}

export interface Relaying {
  readonly options?: Partial<RelayerOptions>;
  readonly baseline?: NamedImage;
  readonly base?: NamedImage;
  readonly request?: Partial<RelayerRequest>;
}

const unknownBase = 'What the image was built on is not known: only its lowest layer stays as it is.';

/** A layout where images are built, one where they are pushed to, and a scratch folder. */
export async function makeHouse() {
  const [built, pushed] = [await makePlace(), await makePlace()];
  const named = (source: ImageSource, { descriptor }: Manifest): NamedImage => ({
    name: 'made image',
    source,
    descriptor,
  });
  const notices: string[] = [];
  const requestFor = (image: NamedImage, { options, baseline, base, request }: Relaying): RelayerRequest => ({
    image,
    platforms: [],
    baseline,
    base,
    options: { ...usual, ...options },
    scan,
    scratch: built.scratch,
    progress: silentProgress,
    signal: never,
    // Of all that have no base and no baseline: said once here, and not in every test.
    notice: (line) => void (line.startsWith(unknownBase) || notices.push(line)),
    ...request,
  });

  /** Re-lays and pushes it. */
  async function relay(top: Manifest, relaying: Relaying = {}) {
    notices.length = 0;
    const { source, reads } = counted(built.layout);
    const image = named(source, top);
    const relaid = await relayerImage(requestFor(image, relaying));
    const fromInput = new Map(reads);
    const sent = await withPlanArtifacts(relaid, relaid.plans, []);
    const { bytesWritten } = await copyImage({
      source: sent.source,
      descriptor: sent.descriptor,
      referrers: sent.referrers,
      sink: pushed.layout,
      tags: [],
      progress: silentProgress,
      signal: never,
    });
    await relaid.close();
    expect(await built.left()).toEqual([]);
    const after = await pushed.layout.readManifest(relaid.descriptor);
    return {
      ...relaid,
      top: after,
      bytesWritten,
      /** How often layers of the input were read while it was re-laid. */
      reads: top.kind === 'image' ? top.layers.map(({ digest }) => fromInput.get(digest) ?? 0) : [],
      /** As the baseline of the next release. */
      held: named(pushed.layout, after),
      notices: [...notices],
      layers: relaid.facts.map(({ layers }) => layers),
      origins: relaid.facts.map(({ layers }) => layers.map(({ origin }) => origin).join(' ')).join('; '),
    };
  }

  /** Re-lays and pushes it, and finds it to be the image that it was. */
  async function release(top: Manifest, relaying: Relaying = {}) {
    const released = await relay(top, relaying);
    expect(await differencesBetween(top, released.top)).toEqual([]);
    return released;
  }

  /** What `compare` finds between an image that was built and one that was pushed, platform by platform. */
  async function differencesBetween(before: Manifest, after: Manifest): Promise<string[]> {
    const [a, b] = [await imagesOf(built.layout, before), await imagesOf(pushed.layout, after)];
    expect(b.map(({ platform }) => platform)).toEqual(a.map(({ platform }) => platform));
    const lines: string[] = [];
    for (const [at, one] of a.entries()) {
      const found = await compare(one, b[at] as ComparedImage);
      expect(found.isSame).toBe(found.count === 0);
      lines.push(...found.lines);
    }
    return lines;
  }

  function compare(a: ComparedImage, b: ComparedImage) {
    return compareImages({
      a,
      b,
      policy: { mtime: 'ignored' },
      names: { a: 'A', b: 'B' },
      most: 5,
      scan,
      scratch: pushed.scratch,
      progress: silentProgress,
      signal: never,
    });
  }

  return { built, pushed, named, relay, release, differencesBetween, requestFor };
}

/** What an image's layers have, read from their blobs. */
export async function tablesOf(source: ImageSource, top: Manifest) {
  const [image] = await imagesOf(source, top);
  const tables = [];
  for (const one of image?.layers ?? []) {
    const { columns } = (await scan(one, () => source.readBlob(one.descriptor), '', never)).found;
    const table = tableOf(columns);
    const paths = Array.from({ length: table.rows }, (_, row) => table.path(row).toString());
    tables.push({ table, paths: paths.filter((_, row) => table.kind(row) !== 'whiteout') });
  }
  return tables;
}

const never = new AbortController().signal;

async function imagesOf(source: ImageSource, top: Manifest) {
  const { images } = await readPlatforms(source, top, []);
  return images.map(({ manifest, config, platform }) => ({
    source,
    platform,
    layers: manifest.layers.map((descriptor: Descriptor, at) => ({
      descriptor,
      diffId: config.diffIds[at] as Digest,
    })),
  }));
}

/** A wheel as pip leaves it: its files, and who says that they are its. */
export function wheel(name: string, version: string, files: Readonly<Record<string, Buffer>>): Row[] {
  const site = 'usr/lib/python3/site-packages';
  const info = `${name}-${version}.dist-info`;
  const record = [...Object.keys(files), `${info}/METADATA`, `${info}/RECORD`].map((path) => `${path},,\n`);
  return [
    ...Object.entries(files).map(
      ([path, content]): Row => ({ path: `${site}/${path}`, kind: 'file', content }),
    ),
    { path: `${site}/${info}/METADATA`, kind: 'file', content: `Name: ${name}\nVersion: ${version}\n` },
    { path: `${site}/${info}/RECORD`, kind: 'file', content: record.join('') },
  ];
}
