import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { makeLayer } from '../../content/layer/made-layer.ts';
import { manifestOf } from '../../content/store/sample-image.ts';
import {
  amd64,
  arm64,
  type BlobLayer,
  changed,
  counting,
  imageOf,
  indexing,
  vectorLayer,
} from './image-of-layers.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');
const whiteouts = vectorLayer('tar-whiteouts');

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

/** The layer with a bit of it turned, and its digest that of the damaged bytes. */
async function damaged(layer: BlobLayer): Promise<BlobLayer> {
  const bytes = Buffer.from(layer.bytes);
  const middle = bytes.byteLength >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0x10, middle);
  return { ...layer, bytes, descriptor: describeBytes(mediaTypes.ociLayerGzip, bytes) };
}
