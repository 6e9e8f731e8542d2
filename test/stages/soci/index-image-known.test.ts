import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { digestHex, parseDigest } from '../../../src/content/image/digest.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { sociIndexManifest } from '../../../src/stages/soci/index-manifest.ts';
import { scratch } from '../../content/store/sample-image.ts';
import {
  amd64,
  type BlobLayer,
  blobPath,
  counting,
  imageOf,
  indexing,
  vectorLayer,
  ztocBytes,
} from './image-of-layers.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');
const names = vectorLayer('tar-pax-names');

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
