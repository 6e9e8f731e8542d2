import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestHex, parseDigest } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Progress } from '../../../src/content/progress.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { lazyBytes } from '../../../src/facts/soci.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { type IndexedImage, indexImage } from '../../../src/stages/soci/index-image.ts';
import { parseSociIndex, sociIndexManifest } from '../../../src/stages/soci/index-manifest.ts';
import { makeLayer } from '../../content/layer/made-layer.ts';
import { manifestOf, scratch } from '../../content/store/sample-image.ts';
import {
  amd64,
  arm64,
  type BlobLayer,
  blobPath,
  changed,
  counting,
  imageManifest,
  imageOf,
  indexing,
  vectorLayer,
} from './image-of-layers.ts';
import { imageNames, imageVector } from './image-vectors.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');
const names = vectorLayer('tar-pax-names');
const whiteouts = vectorLayer('tar-whiteouts');

/** The SOCI index of a digest, and what it names. */
async function readIndex(image: IndexedImage, digest: string | undefined) {
  const descriptor = await image.source.resolve(parseDigest(digest, 'test'));
  return parseSociIndex(await image.source.readManifest(descriptor));
}

async function ztocBytes(image: IndexedImage, ztoc: { digest: string; bytes: number } | undefined) {
  const descriptor = {
    mediaType: 'application/octet-stream',
    digest: parseDigest(ztoc?.digest, 'test'),
    size: ztoc?.bytes ?? 0,
  };
  return collect(image.source.readBlob(descriptor), descriptor.size, 'test');
}

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

describe('an image without any layer to index', () => {
  const image = () => imageOf([{ layers: [basic, links], platform: amd64 }]);

  test('is refused before anything of it is read, with what could be done', async () => {
    const { layout, descriptor } = await image();
    const source = counting(layout);
    const { run, left } = await indexing({ source, descriptor }, { minLayerBytes: 10_000_000 });
    await expect(run).rejects.toMatchObject({
      kind: 'input',
      code: 'nothing-to-index',
      message: expect.stringContaining('2 layers: smaller than the minimum of 10.0 MB'),
      hint: expect.stringMatching(/^Lower min-layer-size (?!.*gzip)/),
    });
    expect(source.read.has(basic.descriptor.digest)).toBe(false);
    expect(await left()).toEqual([]);
  });

  test('is refused where that shows only as its layers are read', async () => {
    const { layout, descriptor } = await imageOf([
      { layers: [vectorLayer('fail-gnu-sparse')], platform: amd64 },
    ]);
    const { run, left } = await indexing({ source: layout, descriptor });
    await expect(run).rejects.toMatchObject({
      code: 'nothing-to-index',
      message: expect.stringMatching(/can be indexed: 1 layer: .* sparse file/),
      hint: 'To leave such an image as it is, set on-unindexable to pass.',
    });
    expect(await left()).toEqual([]);
  });

  test.each([new Set(['v2'] as const), new Set(['v1', 'v2'] as const)])(
    'passes as it is where that is wanted, and it is said',
    async (versions) => {
      const { layout, descriptor } = await image();
      const settings = { minLayerBytes: 10_000_000, onUnindexable: 'pass', versions } as const;
      const { run, notices } = await indexing({ source: layout, descriptor }, settings);
      const passed = await run;
      expect(passed.descriptor.digest).toBe(descriptor.digest);
      expect(passed.referrers).toEqual([]);
      expect(passed.facts).toMatchObject([{ image: descriptor.digest, indexBytes: 0 }]);
      expect(notices).toEqual([expect.stringContaining('linux/amd64')]);
    },
  );

  test('for one of its platforms passes with the others indexed, or is refused', async () => {
    const two = await imageOf([
      { layers: [basic], platform: amd64 },
      { layers: [whiteouts], platform: arm64 },
    ]);
    const settings = { minLayerBytes: 10_000 } as const;
    const refused = await indexing({ source: two.layout, descriptor: two.descriptor }, settings);
    await expect(refused.run).rejects.toMatchObject({ message: expect.stringContaining('linux/arm64') });
    const passing = { ...settings, onUnindexable: 'pass' } as const;
    const { run } = await indexing({ source: two.layout, descriptor: two.descriptor }, passing);
    const { facts, source, descriptor } = await run;
    expect(facts.map(({ v2 }) => typeof v2)).toEqual(['string', 'undefined']);
    const top = await source.readManifest(descriptor);
    const digests = top.kind === 'index' ? top.manifests.map(({ digest }) => digest) : [];
    expect(digests).toContain(two.manifests[1]?.descriptor.digest);
  });
});

describe('what was indexed before', () => {
  /** An indexed image of these layers in a layout of its own. */
  async function baselineOf(layers: readonly BlobLayer[], versions: ReadonlySet<'v1' | 'v2'>) {
    const plain = await imageOf([{ layers, platform: amd64 }]);
    const { run } = await indexing({ source: plain.layout, descriptor: plain.descriptor }, { versions });
    const image = await run;
    const sink = await openLayout(await scratch(), { create: true });
    for (const descriptor of [image.descriptor, ...image.referrers]) {
      await copyImage({ source: image.source, descriptor, sink, tags: [] });
    }
    await sink.close();
    return { source: await openLayout(sink.path), descriptor: image.descriptor };
  }

  test.each(['v1', 'v2'] as const)(
    'in a baseline (%s) is taken over, its layer’s blob need not be here',
    async (version) => {
      const baseline = await baselineOf([basic, links], new Set([version]));
      const added = await imageOf([{ layers: [basic, links, names], platform: amd64 }], [basic, links]);
      const source = counting(baseline.source);
      const known = [{ source, descriptor: baseline.descriptor }];
      const { run, notices } = await indexing(
        { source: added.layout, descriptor: added.descriptor },
        { known },
      );
      const { facts } = await run;
      expect(notices).toEqual([]);
      expect(facts[0]?.layers.map(({ ztoc }) => ztoc?.digest)).toEqual([basic.ztoc, links.ztoc, names.ztoc]);
      expect(facts[0]?.layers.map(({ ztoc }) => ztoc?.reused !== undefined)).toEqual([true, true, false]);
      expect(facts[0]?.layers[0]?.ztoc?.reused).toContain(baseline.descriptor.digest);
      // Of the baseline nothing but manifests, its config and the zTOCs was read.
      expect([...source.read.keys()]).toEqual(expect.arrayContaining([basic.ztoc, links.ztoc]));
      expect(source.read.has(basic.descriptor.digest)).toBe(false);
    },
  );

  test('in the image’s own index is taken over: indexing it again needs none of its layers, and gives the same', async () => {
    const { source, descriptor } = await baselineOf([basic, links], new Set(['v2']));
    for (const layer of [basic, links]) await rm(blobPath(source, layer.descriptor.digest));
    const { run, notices } = await indexing({ source, descriptor });
    const again = await run;
    expect(again.descriptor.digest).toBe(descriptor.digest);
    expect(notices).toEqual([]);
  });

  test('under the name of a layer that it is not of is not believed', async () => {
    const liar = await imageOf([{ layers: [basic], platform: amd64 }]);
    const other = await imageOf([{ layers: [names], platform: amd64 }]);
    const theirs = await (await indexing({ source: other.layout, descriptor: other.descriptor })).run;
    const ztoc = { digest: names.ztoc, size: theirs.facts[0]?.layers[0]?.ztoc?.bytes ?? 0 };
    const index = sociIndexManifest(
      [{ layer: basic.descriptor, ztoc, spanBytes: 65_536 }],
      [],
      liar.descriptor,
    );
    await liar.layout.writeManifest(index);
    const blob = { mediaType: 'application/octet-stream', ...ztoc };
    await liar.layout.writeBlob(blob, () => theirs.source.readBlob(blob));
    const image = await imageOf([{ layers: [basic], platform: amd64 }]);
    const known = [{ source: liar.layout, descriptor: liar.descriptor }];
    const { run, notices } = await indexing(
      { source: image.layout, descriptor: image.descriptor },
      { known },
    );
    expect((await run).facts[0]?.layers[0]?.ztoc).toMatchObject({ digest: basic.ztoc });
    expect(notices).toEqual([expect.stringContaining('is not taken over from')]);
  });

  test('with spans of another size is not taken over', async () => {
    const baseline = await baselineOf([basic], new Set(['v2']));
    const image = await imageOf([{ layers: [basic], platform: amd64 }]);
    const settings = { known: [baseline], spanBytes: 32_768 };
    const { run, notices } = await indexing({ source: image.layout, descriptor: image.descriptor }, settings);
    const { facts } = await run;
    expect(facts[0]?.layers[0]?.ztoc).toMatchObject({ spanBytes: 32_768 });
    expect(facts[0]?.layers[0]?.ztoc?.reused).toBeUndefined();
    expect(notices).toEqual([]);
  });

  test('in a baseline that cannot be read is made anew, and that is said', async () => {
    const baseline = await baselineOf([basic], new Set(['v2']));
    await rm(blobPath(baseline.source, baseline.descriptor.digest));
    const image = await imageOf([{ layers: [basic], platform: amd64 }]);
    const { run, notices } = await indexing(
      { source: image.layout, descriptor: image.descriptor },
      { known: [baseline] },
    );
    expect((await run).facts[0]?.layers[0]?.ztoc).not.toHaveProperty('reused');
    expect(notices).toEqual([expect.stringContaining('No zTOC is taken over from')]);
  });
});

describe('the cache', () => {
  const image = () => imageOf([{ layers: [basic, links], platform: amd64 }]);

  test('has what the last run made: no layer is read then', async () => {
    const cache = join(await scratch(), 'cache');
    const { layout, descriptor } = await image();
    const first = await indexing({ source: layout, descriptor }, { cache });
    const { digest } = (await first.run).descriptor;
    const source = counting(layout);
    const second = await indexing({ source, descriptor }, { cache });
    const again = await second.run;
    expect(again.descriptor.digest).toBe(digest);
    expect(again.facts[0]?.layers[0]?.ztoc?.reused).toContain(cache);
    for (const layer of [basic, links]) expect(source.read.has(layer.descriptor.digest)).toBe(false);
  });

  /** A cache with the zTOCs of `image`, and the name of the file that has the one of `layer`. */
  async function filledCache(source: ImageSource, descriptor: Descriptor, layer: BlobLayer) {
    const cache = join(await scratch(), 'cache');
    await (await indexing({ source, descriptor }, { cache })).run;
    const found = (await readdir(cache)).filter((file) => file.includes(digestHex(layer.descriptor.digest)));
    return { cache, file: found[0] ?? '' };
  }

  test('with a damaged entry is repaired: the layer is indexed anew, and that is said', async () => {
    const { layout, descriptor } = await image();
    const { cache, file } = await filledCache(layout, descriptor, basic);
    const good = await readFile(join(cache, file));
    await writeFile(join(cache, file), good.subarray(0, good.byteLength - 1));
    const { run, notices } = await indexing({ source: layout, descriptor }, { cache });
    const { facts } = await run;
    expect(facts[0]?.layers.map(({ ztoc }) => ztoc?.reused !== undefined)).toEqual([false, true]);
    expect(facts[0]?.layers[0]?.ztoc?.digest).toBe(basic.ztoc);
    expect(notices).toEqual([expect.stringContaining(basic.descriptor.digest)]);
    expect((await readFile(join(cache, file))).equals(good)).toBe(true);
  });

  test.each([
    ['another layer’s zTOC', 65_536, ['bytes, and this one has']],
    ['a zTOC with spans of another size', 32_768, []],
  ])('with %s under the name of a layer is not believed, and repaired', async (_, spanBytes, said) => {
    const { layout, descriptor } = await image();
    const { cache, file } = await filledCache(layout, descriptor, basic);
    const other = spanBytes === 65_536 ? names : basic;
    const { layout: layout2, descriptor: image2 } = await imageOf([{ layers: [other], platform: amd64 }]);
    const made = await (await indexing({ source: layout2, descriptor: image2 }, { spanBytes })).run;
    const ztoc = made.facts[0]?.layers[0]?.ztoc;
    const poison = file.replace(digestHex(basic.ztoc), digestHex(parseDigest(ztoc?.digest, 'test')));
    await writeFile(join(cache, poison), await ztocBytes(made, ztoc));
    await rm(join(cache, file));
    const { run, notices } = await indexing({ source: layout, descriptor }, { cache });
    expect((await run).facts[0]?.layers[0]?.ztoc).toMatchObject({ digest: basic.ztoc });
    expect(notices).toEqual(said.map((why) => expect.stringContaining(why)));
    const files = await readdir(cache);
    expect(files).toContain(file);
    expect(files).not.toContain(poison);
  });

  test('that cannot be written to is a notice', async () => {
    const { layout, descriptor } = await image();
    const file = join(await scratch(), 'file');
    await writeFile(file, '');
    const { run, notices } = await indexing({ source: layout, descriptor }, { cache: join(file, 'cache') });
    await run;
    expect(notices).toEqual([expect.stringContaining('not kept for the next run')]);
  });
});

describe('a failure', () => {
  const failing = new Error('the line is dead');

  test('of the source in the middle of a layer is the error, and nothing is left', async () => {
    const large = makeLayer({ 'large.bin': Buffer.alloc(3_000_000, 'large ') }, 'none');
    const { layout, descriptor } = await imageOf([{ layers: [basic, large, links], platform: amd64 }]);
    const source = changed(layout, {
      async *readBlob(blob: Parameters<typeof layout.readBlob>[0]): ByteStream {
        for await (const chunk of layout.readBlob(blob)) {
          yield chunk.subarray(0, 1000);
          if (blob.digest === large.descriptor.digest) throw failing;
          yield chunk.subarray(1000);
        }
      },
    });
    const { run, left } = await indexing({ source, descriptor });
    await expect(run).rejects.toBe(failing);
    expect(await left()).toEqual([]);
  });

  test('of a layer that is damaged names the layer, and nothing is left', async () => {
    const bad = await damaged(basic);
    const { layout, descriptor } = await imageOf([{ layers: [links, bad], platform: amd64 }]);
    const { run, left } = await indexing({ source: layout, descriptor });
    await expect(run).rejects.toMatchObject({ kind: 'input', code: 'bad-layer' });
    await expect(run).rejects.toThrow(bad.descriptor.digest);
    expect(await left()).toEqual([]);
  });

  test('because a layer is not here names it', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [links, basic], platform: amd64 }], [basic]);
    const { run, left } = await indexing({ source: layout, descriptor });
    await expect(run).rejects.toMatchObject({ code: 'not-found' });
    await expect(run).rejects.toThrow(basic.descriptor.digest);
    expect(await left()).toEqual([]);
  });

  test('an abort while a layer does not come ends all at once, and nothing is left', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [basic, links], platform: amd64 }]);
    const reason = new Error('enough');
    const stop = new AbortController();
    const source = changed(layout, {
      async *readBlob(blob: Parameters<typeof layout.readBlob>[0]): ByteStream {
        if (blob.digest !== basic.descriptor.digest) return yield* layout.readBlob(blob);
        queueMicrotask(() => stop.abort(reason));
        await new Promise(() => {});
      },
    });
    const { run, left } = await indexing({ source, descriptor }, { signal: stop.signal });
    await expect(run).rejects.toBe(reason);
    expect(await left()).toEqual([]);
  });

  test.each([
    ['an index without images', [], 'not-an-image'],
    ['attestations alone', ['unknown'], 'not-an-image'],
    ['an index in an index', ['index'], 'nested-index'],
  ])('of %s says what is wrong', async (_, entries, code) => {
    const { layout, descriptor } = await imageOf([{ layers: [basic], platform: amd64 }]);
    const manifests = entries.map((entry) =>
      entry === 'index'
        ? { ...descriptor, mediaType: mediaTypes.ociIndex }
        : { ...descriptor, platform: { os: 'unknown', architecture: 'unknown' } },
    );
    const top = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
    await layout.writeManifest(top);
    const { run } = await indexing({ source: layout, descriptor: top.descriptor });
    await expect(run).rejects.toMatchObject({ kind: 'input', code });
  });

  test('of a layer that two images tell differently names it', async () => {
    const wrong = { ...basic, diffId: links.diffId };
    const { layout, descriptor } = await imageOf([
      { layers: [basic], platform: amd64 },
      { layers: [wrong], platform: arm64 },
    ]);
    const { run } = await indexing({ source: layout, descriptor });
    await expect(run).rejects.toThrow(basic.descriptor.digest);
  });

  test('for a platform that the image does not have comes before any layer', async () => {
    const { layout, descriptor } = await imageOf([{ layers: [basic], platform: amd64 }]);
    const source = counting(layout);
    const { run } = await indexing({ source, descriptor }, { platforms: [arm64] });
    await expect(run).rejects.toMatchObject({
      code: 'no-platform',
      hint: 'Set platforms to what the image has: linux/amd64, or leave it out.',
    });
    expect(source.read.has(basic.descriptor.digest)).toBe(false);
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

/** The layer with a bit of it turned, and its digest that of the damaged bytes. */
async function damaged(layer: BlobLayer): Promise<BlobLayer> {
  const bytes = Buffer.from(layer.bytes);
  const middle = bytes.byteLength >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0x10, middle);
  return { ...layer, bytes, descriptor: describeBytes(mediaTypes.ociLayerGzip, bytes) };
}
