import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import type { Manifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { formatPlatform, parsePlatform } from '../../../src/content/image/platform.ts';
import {
  imageManifests,
  noPlatform,
  platformEntries,
  readPlatforms,
  refuseMissing,
} from '../../../src/content/store/platforms.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { manifestOf, type SampleImage, sampleImage, sampleIndex, streamOf } from './sample-image.ts';

const amd64 = parsePlatform('linux/amd64');
const arm64 = parsePlatform('linux/arm64');
const s390x = parsePlatform('linux/s390x');
const unknown = { os: 'unknown', architecture: 'unknown' };

/** A source that tells what was read of it. */
function sourceOf({ manifests, blobs }: SampleImage): ImageSource & { readonly read: Digest[] } {
  const read: Digest[] = [];
  const known = new Map(manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const source: Partial<ImageSource> = {
    location: 'here',
    readManifest: async ({ digest }) => {
      read.push(digest);
      const manifest = known.get(digest);
      if (!manifest) throw new Error(`${digest} is not here`);
      return manifest;
    },
    readBlob: ({ digest }) => {
      read.push(digest);
      return streamOf(blobs.get(digest) as Uint8Array);
    },
  };
  return Object.assign(source as ImageSource, { read });
}

const digests = (found: readonly { readonly digest: Digest }[]): Digest[] =>
  found.map(({ digest }) => digest);
const digestOfTop = ({ top }: SampleImage): Digest => top.descriptor.digest;

async function platformsIn(image: SampleImage, wanted: readonly (typeof amd64)[] = []) {
  const { images, left, beside } = await readPlatforms(sourceOf(image), image.top, wanted);
  return {
    images: images.map(({ manifest, platform }) => [manifest.descriptor.digest, formatPlatform(platform)]),
    left: left.map(formatPlatform),
    beside: digests(beside),
  };
}

async function twoPlatforms() {
  const [onAmd64, onArm64] = [
    await sampleImage({ layers: 1 }),
    await sampleImage({ layers: 1, platform: arm64 }),
  ];
  const index = sampleIndex([
    { image: onAmd64, entry: { platform: amd64 } },
    { image: onArm64, entry: { platform: { ...arm64, variant: 'v8' } } },
  ]);
  return { onAmd64, onArm64, index };
}

describe('the images of platforms', () => {
  test('of a single image are itself, by its config', async () => {
    const { onArm64 } = await twoPlatforms();
    expect(await platformsIn(onArm64)).toEqual({
      images: [[digestOfTop(onArm64), 'linux/arm64']],
      left: [],
      beside: [],
    });
    expect(await platformsIn(onArm64, [amd64])).toEqual({ images: [], left: ['linux/arm64'], beside: [] });
  });

  test('of an index are in its order, with manifest, config and the normal form of their names', async () => {
    const { onAmd64, onArm64, index } = await twoPlatforms();
    const { images } = await readPlatforms(sourceOf(index), index.top, []);
    expect(images.map(({ manifest, platform }) => [manifest, platform])).toEqual([
      [onAmd64.top, amd64],
      [onArm64.top, arm64],
    ]);
    for (const { manifest, config } of images) expect(config.diffIds).toHaveLength(manifest.layers.length);
  });

  test('that are not wanted are named, and nothing of them is read', async () => {
    const { onArm64, index } = await twoPlatforms();
    const source = sourceOf(index);
    const { images, left } = await readPlatforms(source, index.top, [arm64]);
    expect(images.map(({ manifest }) => manifest)).toEqual([onArm64.top]);
    expect(left).toEqual([amd64]);
    expect(source.read).toEqual([
      digestOfTop(onArm64),
      onArm64.top.kind === 'image' && onArm64.top.config.digest,
    ]);
  });

  test('are told by the config where the index does not say', async () => {
    const { onAmd64, onArm64 } = await twoPlatforms();
    const index = sampleIndex([{ image: onAmd64 }, { image: onArm64 }]);
    expect(await platformsIn(index, [arm64])).toEqual({
      images: [[digestOfTop(onArm64), 'linux/arm64']],
      left: ['linux/amd64'],
      beside: [],
    });
  });

  test('come once for each platform that they are said to be for', async () => {
    const { onAmd64 } = await twoPlatforms();
    const entries = [amd64, s390x, amd64].map((platform) => ({ image: onAmd64, entry: { platform } }));
    expect((await platformsIn(sampleIndex(entries))).images).toEqual([
      [digestOfTop(onAmd64), 'linux/amd64'],
      [digestOfTop(onAmd64), 'linux/s390x'],
    ]);
  });

  test.each<[string, Partial<Descriptor>]>([
    ['for no platform that there is', { platform: unknown }],
    ['with a type of its own', { artifactType: 'application/spdx+json', platform: amd64 }],
    ['that is an attestation', { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }],
    ['that is a SOCI index', { annotations: { 'com.amazon.soci.image-manifest-digest': 'sha256:0' } }],
  ])('are not an entry %s: it is beside them, and not read', async (_, entry) => {
    const { onAmd64, onArm64 } = await twoPlatforms();
    const index = sampleIndex([
      { image: onAmd64, entry: { platform: amd64 } },
      { image: onArm64, entry },
    ]);
    const source = sourceOf(index);
    const { images, beside } = await readPlatforms(source, index.top, []);
    expect(images.map(({ manifest }) => manifest)).toEqual([onAmd64.top]);
    expect(digests(beside)).toEqual([digestOfTop(onArm64)]);
    expect(source.read).not.toContain(digestOfTop(onArm64));
  });

  test('may have the type of an image as a list of referrers would say it', async () => {
    const { onAmd64 } = await twoPlatforms();
    const index = sampleIndex([{ image: onAmd64, entry: { artifactType: mediaTypes.ociConfig } }]);
    expect((await platformsIn(index)).images).toHaveLength(1);
  });

  test('are not what turns out to have no config of an image', async () => {
    const { onAmd64 } = await twoPlatforms();
    const artifact = artifactOf();
    const index = sampleIndex([{ image: onAmd64 }, { image: artifact, entry: { platform: arm64 } }]);
    expect(await platformsIn(index)).toEqual({
      images: [[digestOfTop(onAmd64), 'linux/amd64']],
      left: [],
      beside: [digestOfTop(artifact)],
    });
  });

  test('are refused where an index holds an index, but for one of a platform that nobody wants', async () => {
    const { onArm64, index: inner } = await twoPlatforms();
    const nested = (entry: Partial<Descriptor>) =>
      sampleIndex([
        { image: onArm64, entry: { platform: arm64 } },
        { image: inner, entry },
      ]);
    await expect(platformsIn(nested({}))).rejects.toMatchObject({
      code: 'nested-index',
      message: expect.stringContaining(digestOfTop(inner)),
    });
    expect((await platformsIn(nested({ platform: s390x }), [arm64])).left).toEqual(['linux/s390x']);
  });

  test.each([
    ['an artifact', () => artifactOf(), 'not-an-image'],
    ['an empty index', () => sampleIndex([]), 'not-an-image'],
    ['an index of artifacts', () => sampleIndex([{ image: artifactOf() }]), 'not-an-image'],
    ['a manifest of an unknown type', () => opaque(), 'unknown-media-type'],
  ])('are not in %s, which is an error whatever platform is wanted', async (_, make, code) => {
    const image = make();
    for (const wanted of [[], [amd64]]) {
      await expect(readPlatforms(sourceOf(image), image.top, wanted, 'the image')).rejects.toMatchObject({
        kind: 'input',
        code,
        message: expect.stringContaining('the image'),
      });
    }
  });

  test('that are wanted and not there are refused, with those that are', async () => {
    const { index } = await twoPlatforms();
    const found = await readPlatforms(sourceOf(index), index.top, [amd64, s390x]);
    expect(() => refuseMissing(found, [amd64], 'it')).not.toThrow();
    expect(() => refuseMissing(found, [amd64, s390x], 'it')).toThrow(
      expect.objectContaining({
        code: 'no-platform',
        message: 'it has no image for linux/s390x',
        hint: 'Set platforms to what the image has: linux/amd64, linux/arm64, or leave it out.',
      }),
    );
  });
});

test('a hint names no more than twenty platforms, and none where there are none', () => {
  const many = Array.from({ length: 30 }, (_, at) => parsePlatform(`linux/cpu${at}`));
  expect(noPlatform(amd64, many, 'it')).toMatchObject({
    hint: expect.stringMatching(/linux\/cpu19, and others, or leave it out/),
  });
  expect(noPlatform(amd64, [], 'it')).toMatchObject({ hint: expect.stringContaining('leave platforms out') });
});

test('manifests of images come without their configs being read', async () => {
  const { onAmd64, onArm64, index } = await twoPlatforms();
  const artifact = artifactOf();
  const wide = sampleIndex([
    ...[onAmd64, onArm64].map((image) => ({ image })),
    { image: artifact },
    { image: index, entry: { platform: s390x } },
  ]);
  const source = sourceOf(wide);
  const found: Manifest[] = [];
  for await (const manifest of imageManifests(source, wide.top, [amd64])) found.push(manifest);
  expect(found).toEqual([onAmd64.top, onArm64.top]);
  expect(source.read).toEqual([onAmd64, onArm64, artifact].map(digestOfTop));
});

describe('entries for platforms', () => {
  test('are found through indexes in an index, and read only where nobody says what they are for', async () => {
    const { onAmd64, onArm64, index } = await twoPlatforms();
    const onS390x = await sampleImage({ layers: 1, platform: s390x });
    const top = sampleIndex([{ image: sampleIndex([{ image: index }]) }, { image: onS390x }]);
    const source = sourceOf(top);
    const entries = await platformEntries(source, top.top);
    expect(entries.map(({ descriptor, platform }) => [descriptor.digest, formatPlatform(platform)])).toEqual([
      [digestOfTop(onAmd64), 'linux/amd64'],
      [digestOfTop(onArm64), 'linux/arm64'],
      [digestOfTop(onS390x), 'linux/s390x'],
    ]);
    expect(source.read).not.toContain(digestOfTop(onAmd64));
  });

  test('are not looked for in depths that no image has', async () => {
    let image = await sampleImage({ layers: 1 });
    for (let depth = 0; depth < 6; depth++) image = sampleIndex([{ image }]);
    await expect(platformEntries(sourceOf(image), image.top)).rejects.toMatchObject({ code: 'nested-index' });
  });
});

function artifactOf(): SampleImage {
  const config = { mediaType: mediaTypes.ociEmpty, digest: `sha256:${'0'.repeat(64)}`, size: 2 };
  const top = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] });
  return { top, manifests: [top], blobs: new Map() };
}

function opaque(): SampleImage {
  const top = manifestOf({ mediaType: 'application/vnd.acme.model.v1+json', weights: [] });
  return { top, manifests: [top], blobs: new Map() };
}
