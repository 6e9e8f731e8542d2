import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/verify.ts';
import { type Digest, digestHex, digestOf } from '../../src/content/image/digest.ts';
import { parsePlatform } from '../../src/content/image/platform.ts';
import type { PlatformVerdict } from '../../src/stages/soci/verify-image.ts';
import { makePlace, writeImage, writeIndex } from '../pipeline/pipeline.ts';
import { copyConverted } from '../stages/soci/image-vectors.ts';
import { vectorNamed } from '../stages/soci/lazy-layer.ts';
import { callOf, indexedLayer, plainLayer, servedSociImage, writeSociImage } from './soci-image.ts';

interface Verdict {
  readonly verdict: string;
  readonly platformsWithoutIndex: readonly string[];
  readonly platforms: readonly PlatformVerdict[];
}

async function verify(image: string, platforms = '') {
  const { call, shown } = callOf({ image, ...(platforms === '' ? {} : { platforms }) });
  const code = await run(call);
  const [{ result, text }] = shown as [{ result: unknown; text: string }];
  const { verdict, platforms: verdicts, platformsWithoutIndex } = result as Verdict;
  const problems = verdicts.flatMap((one) => [
    ...one.problems,
    ...one.layers.flatMap((layer) => layer.problems),
  ]);
  return { code, text, verdict, verdicts, platformsWithoutIndex, problems };
}

/** Changes a blob of a layout where it lies. */
async function change(layout: string, digest: Digest, by: (bytes: Buffer) => Buffer): Promise<void> {
  const path = join(layout, 'blobs/sha256', digestHex(digest));
  await writeFile(path, by(await readFile(path)));
}

const prefetch = (first: number, last: number): Buffer =>
  Buffer.from(JSON.stringify({ version: '1.0', prefetch_spans: [{ start_span: first, end_span: last }] }));

describe('verify', () => {
  test.each([
    ['image-multi-platform', 4, 0],
    ['image-docker', 2, 0],
    ['image-attestations', 2, 0],
    ['image-mixed-layers', 1, 2],
  ])('passes what soci made: %s', async (name, checked, unchecked) => {
    const { code, text, verdict, verdicts } = await verify(`oci:${await copyConverted(name)}`);
    const layers = verdicts.flatMap((one) => one.layers);
    expect({ code, verdict }).toEqual({ code: 0, verdict: 'pass' });
    expect(layers.filter(({ ztoc }) => ztoc?.spans === 1)).toHaveLength(checked);
    expect(layers.filter(({ reason }) => reason)).toHaveLength(unchecked);
    expect(text).toContain(`pull-budget: pass, ${checked} layer`);
    if (unchecked > 0) expect(text).toMatch(/not checked: .*zstd/);
  });

  test('reads each layer with a zTOC once, and no other', async () => {
    const [lazy, plain] = [indexedLayer('stream-many-blocks'), await plainLayer([{ name: 'a' }])];
    const { name, server } = await servedSociImage([lazy, plain]);
    expect((await verify(name)).code).toBe(0);
    expect(server.traffic.sent.get(lazy.descriptor.digest)).toBe(lazy.bytes.byteLength);
    expect(server.traffic.sent.has(plain.descriptor.digest)).toBe(false);
  });

  test('names layer, span and file where a layer is damaged, and goes on', async () => {
    const [damaged, sound] = [indexedLayer('stream-many-blocks'), indexedLayer('tar-basic')];
    const { name, path } = await servedSociImage([damaged, sound]);
    const span = vectorNamed('stream-many-blocks').decoded.spans[1];
    await change(path, damaged.descriptor.digest, (bytes) => {
      bytes[(span?.start ?? 0) + 400] = (bytes[(span?.start ?? 0) + 400] ?? 0) ^ 1;
      return bytes;
    });
    const { code, text, verdicts } = await verify(name);
    const [bad, good] = verdicts[0]?.layers ?? [];
    expect(code).toBe(1);
    expect(bad?.problems[0]).toMatchObject({ span: 1, file: expect.stringContaining('data/0') });
    expect(good?.problems).toEqual([]);
    expect(text).toMatch(/^✗ pull-budget: fail, \d problems\n/);
    expect(text).toMatch(/Layer [0-9a-f]{12}, span 1 \(data\/0\S+.*\): Its bytes are sha256:/);
  });

  test('tells of a layer that is not there', async () => {
    const path = await copyConverted('image-docker');
    const { verdicts } = await verify(`oci:${path}`);
    const digest = verdicts[0]?.layers[0]?.digest as Digest;
    await change(path, digest, (bytes) => bytes.subarray(1));
    const { code, problems } = await verify(`oci:${path}`);
    expect(code).toBe(1);
    expect(problems).toEqual([{ what: expect.stringContaining(`${digest} is `) }]);
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 1000)],
    ['damaged', (bytes: Buffer) => Buffer.from(bytes.toReversed())],
  ])('tells of a zTOC that is %s in the store', async (_, by) => {
    const layer = indexedLayer('tar-basic');
    const { name, path } = await servedSociImage([layer]);
    await change(path, digestOf(layer.ztoc as Buffer), by);
    const { code, verdicts } = await verify(name);
    expect(code).toBe(1);
    expect(verdicts[0]?.layers[0]?.problems).toHaveLength(1);
  });

  test('tells of a zTOC that was made cut off', async () => {
    const layer = indexedLayer('tar-basic');
    const { name } = await servedSociImage([{ ...layer, ztoc: layer.ztoc?.subarray(0, 20_000) as Buffer }]);
    const { code, verdicts } = await verify(name);
    expect(code).toBe(1);
    expect(verdicts[0]?.layers[0]?.problems).toEqual([{ what: expect.stringContaining('the zTOC sha256:') }]);
  });

  test('tells of the zTOC of another layer', async () => {
    const layer = indexedLayer('stream-many-blocks');
    const { name } = await servedSociImage([{ ...layer, ztoc: indexedLayer('tar-basic').ztoc as Buffer }]);
    expect((await verify(name)).code).toBe(1);
  });

  test('tells of an index that the snapshotter would store under another digest', async () => {
    const rewrite = (bytes: Buffer): Buffer =>
      Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 1));
    const { name } = await servedSociImage([indexedLayer('tar-basic')], { rewrite });
    const { code, problems } = await verify(name);
    expect(code).toBe(1);
    expect(problems).toContainEqual({ what: expect.stringContaining('is not written as Go writes it') });
  });

  test('tells of an index that is named and not there', async () => {
    const { name, index } = await servedSociImage([indexedLayer('tar-basic')], { withoutIndex: true });
    const { code, problems, text } = await verify(name);
    expect(code).toBe(1);
    expect(problems).toEqual([{ what: expect.stringContaining(index.descriptor.digest) }]);
    expect(text).toContain('not checked: there is no index');
  });

  test('tells of an index that stands before its image', async () => {
    const { name } = await servedSociImage([indexedLayer('tar-basic')], { sociFirst: true });
    const { code, problems } = await verify(name);
    expect(code).toBe(1);
    expect(problems).toEqual([{ what: expect.stringContaining('stands before its image') }]);
  });

  test.each([{}, { 'com.amazon.soci.index-digest': digestOf('another') }])(
    "tells of a descriptor that does not say what the image's manifest says: %j",
    async (descriptorAnnotations) => {
      const { name } = await servedSociImage([indexedLayer('tar-basic')], { descriptorAnnotations });
      expect(await verify(name)).toMatchObject({ code: 1, problems: [{}] });
    },
  );

  test('tells of prefetch artifacts that ask for spans which are not there', async () => {
    const layer = indexedLayer('stream-many-blocks');
    const sound = await servedSociImage([{ ...layer, prefetch: prefetch(0, 4) }]);
    expect((await verify(sound.name)).code).toBe(0);
    for (const bad of [prefetch(0, 5), prefetch(3, 2), prefetch(-1, 2), Buffer.from('{"version":"1.0"}')]) {
      const { name } = await servedSociImage([{ ...layer, prefetch: bad }]);
      const { code, problems } = await verify(name);
      expect(code).toBe(1);
      expect(problems).toEqual([{ what: expect.stringMatching(/^Prefetch artifact sha256:.*: it/) }]);
    }
  });

  test('tells of prefetch artifacts of a layer that has no zTOC', async () => {
    const bare = await plainLayer([{ name: 'a' }]);
    const { name } = await servedSociImage([
      indexedLayer('tar-basic'),
      { ...bare, prefetch: prefetch(0, 0) },
    ]);
    const { code, problems } = await verify(name);
    expect(code).toBe(1);
    expect(problems).toEqual([
      { what: expect.stringContaining(`${bare.descriptor.digest}, which it has no zTOC for`) },
    ]);
  });

  test('judges nothing where the registry fails', async () => {
    const { name, server } = await servedSociImage([indexedLayer('tar-basic')]);
    await server.close();
    await expect(verify(name)).rejects.toMatchObject({ kind: 'infrastructure' });
  });

  test.each(['v1', 'v2'] as const)('checks %s indexes', async (version) => {
    const { name, index } = await servedSociImage([indexedLayer('tar-basic')], { version });
    const { code, verdicts } = await verify(name);
    expect(code).toBe(0);
    expect(verdicts[0]?.[version]).toBe(index.descriptor.digest);
  });

  test('fails, and says what that means, where there is no index at all', async () => {
    const { name } = await servedSociImage([await plainLayer([{ name: 'a' }])], {
      version: 'v1',
      withoutIndex: true,
    });
    const { code, problems, text } = await verify(name);
    expect(code).toBe(1);
    expect(problems).toEqual([{ what: 'It has no SOCI index: nodes pull all of it first' }]);
    expect(text).toContain('It has no SOCI index: nodes pull all of it first.');
  });

  test('passes an image of which a platform has no index, and says that nodes pull that whole', async () => {
    const { path, layout } = await makePlace();
    const [indexed, plain] = [parsePlatform('linux/arm64'), parsePlatform('linux/s390x')];
    const lazy = [indexedLayer('tar-basic'), await plainLayer([{ name: 'b' }])];
    const { image } = await writeSociImage(layout, lazy, { platform: indexed, version: 'v1' });
    const other = await writeImage(layout, [await plainLayer([{ name: 'a' }])], { platform: plain });
    const entries = [[image, { platform: indexed }] as const, [other, { platform: plain }] as const];
    await writeIndex(layout, entries, 'both');
    const { code, text, platformsWithoutIndex } = await verify(`oci:${path}:both`);
    expect({ code, platformsWithoutIndex }).toEqual({ code: 0, platformsWithoutIndex: ['linux/s390x'] });
    expect(text).toContain(
      'pass, 1 layer can be loaded lazily; linux/s390x has no SOCI index: nodes pull it whole\n',
    );
    expect(text).toContain('not checked: not in the index, nodes fetch it whole');
  });

  test('begins sentences with a capital, and leaves references as they are', async () => {
    const path = await copyConverted('image-docker');
    const layer = (await verify(`oci:${path}`)).verdicts[0]?.layers[0]?.digest as Digest;
    await rm(join(path, 'blobs/sha256', digestHex(layer)));
    const { code, text } = await verify(`oci:${path}`);
    expect(code).toBe(1);
    expect(text).toContain(`: oci:${path} does not hold`);
  });

  test('asks an index of every platform that is named, and only of those', async () => {
    const image = `oci:${await copyConverted('image-multi-platform')}`;
    const { code, verdicts } = await verify(image, 'linux/arm64');
    expect(code).toBe(0);
    expect(verdicts.map(({ platform }) => platform)).toEqual(['linux/arm64']);
  });
});
