import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { type Digest, parseDigest } from '../../../src/content/image/digest.ts';
import type { Progress } from '../../../src/content/progress.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { lazyBytes } from '../../../src/facts/soci.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { indexImage } from '../../../src/stages/soci/index-image.ts';
import { makeLayer } from '../../content/layer/made-layer.ts';
import { scratch } from '../../content/store/sample-image.ts';
import {
  amd64,
  arm64,
  changed,
  counting,
  imageManifest,
  imageOf,
  indexing,
  readIndex,
  vectorLayer,
  ztocBytes,
} from './image-of-layers.ts';
import { imageNames, imageVector } from './image-vectors.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');
const names = vectorLayer('tar-pax-names');

describe('an image that soci converted too', () => {
  async function opened({ path }: { readonly path: string }) {
    const source = await openLayout(path);
    return { source, descriptor: await source.resolve() };
  }

  test.each(imageNames)('%s has the same zTOCs, SOCI indexes and manifests', async (name) => {
    const { facts, input, converted } = imageVector(name);
    const minLayerBytes = facts.min_layer_size;
    const { run } = await indexing(await opened(input), { minLayerBytes });
    const image = await run;
    for (const expected of facts.expected.soci_indexes) {
      const index = await image.source.resolve(expected.digest);
      const theirs = converted.manifest(expected.digest);
      expect((await image.source.readManifest(index)).raw).toEqual(theirs.raw);
      const [platform] = image.facts.filter(({ v2 }) => v2 === expected.digest);
      expect(platform?.image).toBe(expected.image_manifest);
      await image.source.readManifest(await image.source.resolve(expected.image_manifest));
      for (const layer of expected.layers) {
        const ours = platform?.layers.find(({ digest }) => digest === layer.image_layer_digest);
        expect(ours?.ztoc).toMatchObject({ digest: layer.digest, bytes: layer.size, files: layer.files });
        expect(ours?.ztoc?.spans).toBe(layer.max_span_id + 1);
        expect((await ztocBytes(image, ours?.ztoc)).equals(converted.blob(layer.digest))).toBe(true);
      }
    }
    // soci takes the annotations from attestations, which makes them worthless; here they stay.
    if (name === 'image-attestations') return;
    expect(image.descriptor.digest).toBe(facts.expected.image_index);
  });

  test('is whole at its destination: every blob and manifest that it leads to', async () => {
    const input = await opened(imageVector('image-multi-platform').input);
    const { run } = await indexing(input);
    const image = await run;
    const sink = await openLayout(await scratch(), { create: true });
    const written = vi.spyOn(sink, 'writeBlob');
    await copyImage({ source: image.source, descriptor: image.descriptor, sink, tags: ['indexed'] });
    await sink.close();
    const passedOn = written.mock.calls.filter(([, , from]) => from === input.source);
    // Three configs and four layers, which a registry can mount from where they are.
    expect(passedOn).toHaveLength(7);
    const copied = await openLayout(sink.path);
    expect((await copied.resolve('indexed')).digest).toBe(image.descriptor.digest);
    for (const platform of image.facts) {
      for (const { ztoc } of platform.layers) {
        expect(await copied.blobSize(parseDigest(ztoc?.digest, 'test'))).toBe(ztoc?.bytes);
      }
    }
  });
});

describe('version 1', () => {
  test('changes nothing of the image, and is found among its referrers', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [basic, links], platform: amd64 }]);
    const { run } = await indexing({ source: layout, descriptor }, { versions: new Set(['v1']) });
    const image = await run;
    expect(image.descriptor.digest).toBe(descriptor.digest);
    expect(image.facts).toMatchObject([{ image: descriptor.digest, v1: image.referrers[0]?.digest }]);
    expect(image.facts[0]?.v2).toBeUndefined();
    const found = await image.source.referrers(
      descriptor.digest,
      'application/vnd.amazon.soci.index.v1+json',
    );
    expect(found.map(({ digest }) => digest)).toEqual(image.referrers.map(({ digest }) => digest));
    const index = await readIndex(image, image.facts[0]?.v1);
    expect(index).toMatchObject({ version: 'v1', subject: descriptor.digest });
    expect(index.layers.map(({ layer }) => layer)).toEqual([
      basic.descriptor.digest,
      links.descriptor.digest,
    ]);
  });

  test('that is not the first one is said: nodes take the one that is listed first', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [basic, links], platform: amd64 }]);
    const settings = { versions: new Set(['v1'] as const) };
    const first = await (await indexing({ source: layout, descriptor }, settings)).run;
    await copyImage({
      source: first.source,
      descriptor: first.referrers[0] as Descriptor,
      sink: layout,
      tags: [],
    });
    const again = await indexing({ source: layout, descriptor }, settings);
    await again.run;
    expect(again.notices).toEqual([]);
    const other = await indexing({ source: layout, descriptor }, { ...settings, spanBytes: 32_768 });
    await other.run;
    expect(other.notices).toEqual([expect.stringContaining(String(first.referrers[0]?.digest))]);
  });

  test('is made also where the registry does not say what refers to the image: that is said, no more', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [basic, links], platform: amd64 }]);
    const source = changed(layout, {
      referrers: async () => {
        throw new Error('the line is dead');
      },
    });
    const { run, notices } = await indexing({ source, descriptor }, { versions: new Set(['v1'] as const) });
    expect((await run).referrers).toHaveLength(1);
    expect(notices.join()).toContain('another v1 index is not known: the line is dead');
  });

  test('refers to the converted manifests where there is version 2 as well, one for each platform', async () => {
    const { layout, descriptor } = await imageOf([
      { layers: [basic], platform: amd64 },
      { layers: [basic, links], platform: arm64 },
    ]);
    const { run } = await indexing({ source: layout, descriptor }, { versions: new Set(['v1', 'v2']) });
    const image = await run;
    expect(image.referrers).toHaveLength(2);
    const top = await image.source.readManifest(image.descriptor);
    const pulled = top.kind === 'index' ? top.manifests.slice(0, 2).map(({ digest }) => digest) : [];
    expect(image.facts.map((facts) => facts.image)).toEqual(pulled);
    for (const facts of image.facts) {
      expect(await readIndex(image, facts.v1)).toMatchObject({ subject: facts.image });
      const manifest = await imageManifest(image.source, await image.source.resolve(facts.image as Digest));
      expect(manifest.annotations['com.amazon.soci.index-digest']).toBe(facts.v2);
    }
  });
});

describe('layers', () => {
  test('that platforms share are read once', async () => {
    const { layout, descriptor } = await imageOf([
      { layers: [basic, links], platform: amd64 },
      { layers: [basic, names], platform: arm64 },
    ]);
    const source = counting(layout);
    const { run } = await indexing({ source, descriptor });
    const { facts } = await run;
    for (const layer of [basic, links, names]) {
      expect(source.read.get(layer.descriptor.digest)).toBe(layer.bytes.byteLength);
    }
    expect(facts.map((one) => one.layers.map(({ ztoc }) => ztoc?.digest))).toEqual([
      [basic.ztoc, links.ztoc],
      [basic.ztoc, names.ztoc],
    ]);
  });

  test('of platforms that nobody asked for are not read, and their manifests stay as they are', async () => {
    const image = await imageOf([
      { layers: [basic], platform: amd64 },
      { layers: [links], platform: arm64 },
    ]);
    const source = counting(image.layout);
    const { run } = await indexing({ source, descriptor: image.descriptor }, { platforms: [arm64] });
    const { facts, source: indexed, descriptor } = await run;
    expect(facts.map(({ platform }) => platform)).toEqual(['linux/arm64']);
    expect(source.read.has(basic.descriptor.digest)).toBe(false);
    const top = await indexed.readManifest(descriptor);
    const first = top.kind === 'index' ? top.manifests[0]?.digest : undefined;
    expect(first).toBe(image.manifests[0]?.descriptor.digest);
  });

  test('below the minimum get no zTOC, quietly; large ones in zstd none either, and that is said', async () => {
    const zstd = makeLayer({ 'a.bin': Buffer.alloc(100, 'zstd') }, 'zstd');
    const small = vectorLayer('tar-empty');
    const { layout, descriptor } = await imageOf([{ layers: [small, zstd, basic], platform: amd64 }]);
    const minLayerBytes = small.bytes.byteLength + 1;
    const { run, notices } = await indexing({ source: layout, descriptor }, { minLayerBytes });
    const [facts] = (await run).facts;
    expect(facts?.layers.map(({ ztoc }) => ztoc?.digest)).toEqual([undefined, undefined, basic.ztoc]);
    expect(facts?.layers[0]?.reason).toContain('smaller than the minimum');
    expect(facts?.layers[1]?.reason).toContain('zstd');
    expect(facts && lazyBytes(facts)).toBe(basic.bytes.byteLength);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toContain(zstd.descriptor.digest);
  });

  test.each([
    ['fail-gnu-sparse', 'sparse'],
    ['tar-hardlink-before-target', 'hard link'],
    ['tar-mtime-beyond-year-9999', 'time of modification'],
  ])('that cannot be indexed (%s) are said, and the others are indexed', async (name, reason) => {
    const odd = vectorLayer(name);
    const { layout, descriptor } = await imageOf([{ layers: [basic, odd, links], platform: amd64 }]);
    const { run, notices } = await indexing({ source: layout, descriptor });
    const image = await run;
    expect(image.facts[0]?.layers.map(({ ztoc }) => ztoc?.digest)).toEqual([
      basic.ztoc,
      undefined,
      links.ztoc,
    ]);
    expect(image.facts[0]?.layers[1]?.reason).toContain(reason);
    expect(notices.join()).toContain(odd.descriptor.digest);
    const index = await readIndex(image, image.facts[0]?.v2);
    expect(index.layers).toHaveLength(2);
  });

  test('keep their order in the index, whichever is done first', async () => {
    const large = makeLayer({ 'large.bin': Buffer.alloc(3_000_000, 'large ') });
    const layers = [links, large, names, basic];
    const { layout, descriptor } = await imageOf([{ layers, platform: amd64 }]);
    const { run } = await indexing({ source: layout, descriptor });
    const image = await run;
    const index = await readIndex(image, image.facts[0]?.v2);
    expect(index.layers.map(({ layer }) => layer)).toEqual(layers.map((one) => one.descriptor.digest));
  });
});

test('what a killed run left in scratch goes with the next run', async () => {
  const folder = await scratch();
  const left = join(folder, `pull-budget-index-${newMark().replace(/-\d+-/, '-4194305-')}`);
  await mkdir(left);
  await writeFile(join(left, 'some.ztoc'), 'half');
  const { layout, descriptor } = await imageOf([{ layers: [basic], platform: amd64 }]);
  const { run } = await indexing({ source: layout, descriptor }, { scratch: folder });
  await (await run).close();
  expect(await readdir(folder)).toEqual([]);
});

test('several at once share scratch and cache, and each has its own', async () => {
  const folder = await scratch();
  const cache = join(folder, 'cache');
  const { layout, descriptor } = await imageOf([{ layers: [basic, links, names], platform: amd64 }]);
  const started = await Promise.all(
    Array.from({ length: 4 }, () => indexing({ source: layout, descriptor }, { scratch: folder, cache })),
  );
  const images = await Promise.all(started.map(({ run }) => run));
  expect(new Set(images.map((image) => image.descriptor.digest)).size).toBe(1);
  const [first, ...others] = images;
  await first?.close();
  for (const image of others) {
    expect(await ztocBytes(image, image.facts[0]?.layers[0]?.ztoc)).toHaveLength(
      image.facts[0]?.layers[0]?.ztoc?.bytes ?? 0,
    );
    await image.close();
  }
  expect(await readdir(folder)).toEqual(['cache']);
  expect(started.flatMap(({ notices }) => notices)).toEqual([]);
  expect(await readdir(cache)).toHaveLength(3);
});

test('threads of its own read the layers where none are lent', async () => {
  const { layout, descriptor } = await imageOf([{ layers: [basic, links], platform: amd64 }]);
  const folder = await scratch();
  const tasks = new Map<string, { total: number; seen: number; ended: boolean }>();
  const progress: Progress = {
    start(label, totalBytes = 0) {
      const task = { total: totalBytes, seen: 0, ended: false };
      tasks.set(label, task);
      return {
        advance: (bytes) => {
          task.seen += bytes;
        },
        done: () => {
          task.ended = true;
        },
      };
    },
  };
  const image = await indexImage({
    source: layout,
    descriptor,
    versions: new Set(['v2']),
    platforms: [],
    spanBytes: 65_536,
    minLayerBytes: 0,
    prefetch: [],
    onUnindexable: 'fail',
    ratioLimit: 200,
    known: [],
    cache: undefined,
    scratch: folder,
    progress,
    signal: new AbortController().signal,
    notice: (line) => expect.unreachable(line),
  });
  expect(image.facts[0]?.layers.map(({ ztoc }) => ztoc?.digest)).toEqual([basic.ztoc, links.ztoc]);
  // Each layer is a task of as many bytes as the blob has.
  expect([...tasks.values()].sort((a, b) => b.total - a.total)).toEqual(
    [basic, links].map(({ bytes }) => ({ total: bytes.length, seen: bytes.length, ended: true })),
  );
  await image.close();
});

test('closing removes what was made, and leaves the image’s own source open', async () => {
  const { layout, descriptor } = await imageOf([{ layers: [basic], platform: amd64 }]);
  const { run, left } = await indexing({ source: layout, descriptor });
  const image = await run;
  expect(await left()).toHaveLength(1);
  await image.close();
  await image.source.close();
  expect(await left()).toEqual([]);
  expect((await layout.readManifest(descriptor)).descriptor.digest).toBe(descriptor.digest);
});

test('files to prefetch are in the index; patterns that nothing fits are said', async () => {
  const files = makeLayer({ 'bin/app': Buffer.alloc(1000, 'app'), 'etc/conf': Buffer.alloc(10, 'x') });
  const { layout, descriptor } = await imageOf([{ layers: [basic, files], platform: amd64 }]);
  const settings = { prefetch: ['/bin/app', '/no/such/file'] };
  const { run, notices } = await indexing({ source: layout, descriptor }, settings);
  const image = await run;
  expect(notices).toEqual([expect.stringContaining('"/no/such/file"')]);
  const { prefetch } = await readIndex(image, image.facts[0]?.v2);
  expect(prefetch.map(({ layer }) => layer)).toEqual([files.descriptor.digest]);
  const blob = {
    mediaType: 'any',
    digest: prefetch[0]?.blob.digest as Digest,
    size: prefetch[0]?.blob.size ?? 0,
  };
  expect(JSON.parse(String(await collect(image.source.readBlob(blob), 10_000, 'test')))).toMatchObject({
    prefetch_spans: [{ start_span: 0, end_span: 0 }],
  });
});
