import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { parsePlatform } from '../../src/content/image/platform.ts';
import type { Layout } from '../../src/content/store/layout.ts';
import { imageBytes } from '../../src/facts/delta.ts';
import { describeImages } from '../../src/pipeline/describe.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { makePlace, writeBlob, writeImage, writeIndex, writeManifest } from './pipeline.ts';

const base = makeLayer({ base: Buffer.alloc(3000, 'base') });
const app = makeLayer({ app: Buffer.from('app') });
const amd64 = parsePlatform('linux/amd64');
const arm64 = parsePlatform('linux/arm64');

const describeTop = (layout: Layout, top: Manifest, ...platforms: string[]) =>
  describeImages(
    { name: 'it', source: layout, descriptor: top.descriptor },
    undefined,
    platforms.map(parsePlatform),
  ).then(({ image }) => image);

/** What is no image: a manifest with a config of its own, or the empty one. */
async function artifact(layout: Layout, more: object = {}, configType: string = mediaTypes.ociEmpty) {
  const config = await writeBlob(layout, configType, Buffer.from('{}'));
  const layer = await writeBlob(layout, 'application/octet-stream', Buffer.from('what it holds'));
  return writeManifest(layout, mediaTypes.ociManifest, { config, layers: [layer], ...more });
}

describe('an image is described', () => {
  test('by its manifest and config alone, layers in the order of their stack', async () => {
    const { layout, path } = await makePlace();
    const top = await writeImage(layout, [base, app]);
    for (const { descriptor } of [base, app]) {
      await rm(join(path, 'blobs', ...descriptor.digest.split(':')));
    }
    const facts = await describeTop(layout, top);
    expect(facts).toMatchObject({ name: 'it', digest: top.descriptor.digest, beside: [] });
    const [image] = facts.platforms;
    expect(image?.layers.map(({ digest, diffId, bytes }) => [digest, diffId, bytes])).toEqual(
      [base, app].map(({ descriptor, diffId }) => [descriptor.digest, diffId, descriptor.size]),
    );
    expect(image && imageBytes(image)).toBe(
      top.raw.byteLength + (image?.configBytes ?? 0) + base.descriptor.size + app.descriptor.size,
    );
  });

  test('with its attestations, SOCI indexes and referrers beside it, each once and none of them counted', async () => {
    const { layout } = await makePlace();
    const image = await writeImage(layout, [base], { platform: amd64 });
    const attestation = await artifact(layout, { about: 1 }, mediaTypes.ociConfig);
    const soci = await artifact(layout, { artifactType: 'application/vnd.amazon.soci.index.v2+json' });
    const top = await writeIndex(layout, [
      [image, { platform: amd64 }],
      [
        attestation,
        {
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': image.descriptor.digest,
          },
        },
      ],
      // As soci writes it: a platform, and a type that says what it is.
      [soci, { platform: amd64, artifactType: 'application/vnd.amazon.soci.index.v2+json' }],
    ]);
    const subject = image.descriptor;
    const sociV1 = await artifact(layout, { subject }, 'application/vnd.amazon.soci.index.v1+json');
    const report = await artifact(layout, {
      subject: top.descriptor,
      artifactType: 'application/vnd.pull-budget.report.v1+json',
    });
    const other = await artifact(layout, { subject, artifactType: 'application/spdx+json' });

    const { platforms, beside } = await describeTop(layout, top);
    expect(platforms.map(({ platform, digest }) => [platform, digest])).toEqual([
      ['linux/amd64', image.descriptor.digest],
    ]);
    expect(beside.map(({ kind, digest }) => [kind, digest]).toSorted()).toEqual(
      [
        ['attestation', attestation.descriptor.digest],
        ['soci-index', soci.descriptor.digest],
        ['soci-index', sociV1.descriptor.digest],
        ['report', report.descriptor.digest],
        ['artifact', other.descriptor.digest],
      ].toSorted(),
    );
    const holds = Buffer.byteLength('{}') + Buffer.byteLength('what it holds');
    for (const one of beside) {
      const { size } = await layout.resolve(one.digest);
      expect(one.bytes).toBe(size + holds);
    }
  });

  test('of an index for each platform, or for those that are asked for, though the others are not here', async () => {
    const { layout, path } = await makePlace();
    const [first, second] = [
      await writeImage(layout, [base, app], { platform: amd64 }),
      await writeImage(layout, [base], { platform: arm64 }),
    ];
    const top = await writeIndex(layout, [
      [first, { platform: amd64 }],
      [second, { platform: { ...arm64, variant: 'v8' } }],
    ]);
    expect((await describeTop(layout, top)).platforms.map(({ platform }) => platform)).toEqual([
      'linux/amd64',
      'linux/arm64',
    ]);
    await rm(join(path, 'blobs', ...first.descriptor.digest.split(':')));
    const { platforms } = await describeTop(layout, top, 'linux/arm64');
    expect(platforms.map(({ digest }) => digest)).toEqual([second.descriptor.digest]);
    await expect(describeTop(layout, top)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('by the platform of its config where the index names none', async () => {
    const { layout } = await makePlace();
    const top = await writeIndex(layout, [
      [await writeImage(layout, [base], { platform: amd64 }), {}],
      [await writeImage(layout, [app], { platform: arm64 }), {}],
    ]);
    const { platforms } = await describeTop(layout, top, 'linux/arm64');
    expect(platforms.map(({ platform }) => platform)).toEqual(['linux/arm64']);
  });
});

describe('what cannot be described is refused', () => {
  test('a platform that is not there, with those that are', async () => {
    const { layout } = await makePlace();
    const index = await writeIndex(layout, [
      [await writeImage(layout, [base], { platform: amd64 }), { platform: amd64 }],
      [await writeImage(layout, [app], { platform: arm64 }), { platform: arm64 }],
    ]);
    await expect(describeTop(layout, index, 'linux/amd64', 'linux/s390x')).rejects.toMatchObject({
      code: 'no-platform',
      kind: 'input',
      message: 'it has no image for linux/s390x',
      hint: 'Set platforms to what the image has: linux/amd64, linux/arm64, or leave it out.',
    });
    const single = await writeImage(layout, [app], { platform: amd64 });
    await expect(describeTop(layout, single, 'linux/arm64')).rejects.toMatchObject({
      code: 'no-platform',
      hint: 'Set platforms to what the image has: linux/amd64, or leave it out.',
    });
  });

  test('a baseline without the platform is described without it', async () => {
    const { layout } = await makePlace();
    const image = await writeImage(layout, [base], { platform: arm64 });
    const baseline = await writeImage(layout, [base], { platform: amd64 });
    const open = (top: Manifest) => ({ name: 'it', source: layout, descriptor: top.descriptor });
    const described = await describeImages(open(image), open(baseline), [arm64]);
    expect(described.image.platforms).toHaveLength(1);
    expect(described.baseline?.platforms).toEqual([]);
  });

  test('an artifact, alone or in an index', async () => {
    const { layout } = await makePlace();
    const alone = await artifact(layout);
    const index = await writeIndex(layout, [[alone, { artifactType: 'application/spdx+json' }]]);
    for (const top of [alone, index]) {
      await expect(describeTop(layout, top)).rejects.toMatchObject({ code: 'not-an-image', kind: 'input' });
    }
  });

  test('an index within an index: a budget would silently not hold for what it holds', async () => {
    const { layout } = await makePlace();
    const inner = await writeIndex(layout, [
      [await writeImage(layout, [base], { platform: amd64 }), { platform: amd64 }],
    ]);
    const image = await writeImage(layout, [app], { platform: arm64 });
    const top = await writeIndex(layout, [
      [image, { platform: arm64 }],
      [inner, {}],
    ]);
    await expect(describeTop(layout, top)).rejects.toMatchObject({
      code: 'nested-index',
      message: expect.stringContaining(inner.descriptor.digest),
    });
  });

  test('a manifest of a media type that nobody knows', async () => {
    const { layout } = await makePlace();
    const top = await writeManifest(layout, 'application/vnd.acme.model.v1+json', { weights: [] });
    await expect(describeTop(layout, top)).rejects.toMatchObject({
      code: 'unknown-media-type',
      hint: expect.stringContaining('copy passes others through'),
    });
  });

  test('a config that is another image’s', async () => {
    const { layout } = await makePlace();
    const { config } = (await writeImage(layout, [base, app])) as Extract<Manifest, { kind: 'image' }>;
    await writeBlob(layout, base.descriptor.mediaType, base.bytes);
    const top = await writeManifest(layout, mediaTypes.ociManifest, { config, layers: [base.descriptor] });
    await expect(describeTop(layout, top)).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('2 diff_ids for 1 layers'),
    });
  });
});
