import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { type Platform, splitPlatform } from '../../../src/content/image/platform.ts';
import { sociIndexTypes } from '../../../src/content/image/soci.ts';
import { type ConvertedPlatform, convertImage } from '../../../src/stages/soci/convert.ts';
import { sociIndexManifest } from '../../../src/stages/soci/index-manifest.ts';
import { manifestOf } from '../../content/store/sample-image.ts';
import { type ImageVector, imageVector } from './image-vectors.ts';

const indexDigest = 'com.amazon.soci.index-digest';
const imageDigest = 'com.amazon.soci.image-manifest-digest';

function textOf({ raw }: Manifest): string {
  return Buffer.from(raw).toString();
}

function entriesOf(manifest: Manifest): readonly Descriptor[] {
  if (manifest.kind !== 'index') throw new Error('no index');
  return manifest.manifests;
}

function digestsOf(manifest: Manifest): Digest[] {
  return entriesOf(manifest).map(({ digest }) => digest);
}

function oracle(name: string): ImageVector {
  const vector = imageVector(name);
  expect(vector.platforms.every(({ sociIndex }) => sociIndex)).toBe(true);
  return vector;
}

const amd64: Platform = { os: 'linux', architecture: 'amd64' };

function sampleImage(name: string, more: object = {}): ImageManifest {
  const image = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(`config of ${name}`), size: 7 },
    layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(`layer of ${name}`), size: 9 }],
    ...more,
  });
  if (image.kind !== 'image') throw new Error('no image');
  return image;
}

function sociIndexOf({ layers: [layer] }: ImageManifest, ztoc = 'ztoc'): ImageManifest {
  if (layer === undefined) throw new Error('no layer');
  return sociIndexManifest([{ layer, ztoc: { digest: digestOf(ztoc), size: 1 }, spanBytes: 4_194_304 }], []);
}

function indexOf(...manifests: readonly object[]): Manifest {
  return manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

function indexed(manifest: ImageManifest, ztoc?: string, platform = amd64): ConvertedPlatform {
  return { manifest, platform, sociIndex: sociIndexOf(manifest, ztoc) };
}

describe('images that the real tool converted', () => {
  test.each(['image-multi-platform', 'image-docker', 'image-mixed-layers'])('%s: the same bytes', (name) => {
    const { input, converted, platforms } = oracle(name);
    const { top, manifests, notices } = convertImage(input.top, platforms);
    expect(textOf(top)).toBe(textOf(converted.top));
    for (const manifest of manifests) {
      expect(textOf(manifest)).toBe(converted.blob(manifest.descriptor.digest).toString());
    }
    expect(new Set([top, ...manifests].map(({ descriptor }) => descriptor.digest))).toEqual(
      new Set([converted.top.descriptor.digest, ...digestsOf(converted.top)]),
    );
    expect(notices).toEqual([]);
  });

  test('image-attestations: the same manifests, but descriptors keep their annotations and attestations are dropped', () => {
    const { input, converted, platforms } = oracle('image-attestations');
    const { top, manifests, notices } = convertImage(input.top, platforms);
    for (const manifest of manifests) {
      expect(textOf(manifest)).toBe(converted.blob(manifest.descriptor.digest).toString());
    }
    const theirs = entriesOf(converted.top);
    const ours = entriesOf(top);
    const images = theirs.slice(0, 2).map((entry) => ({
      ...entry,
      annotations: {
        [indexDigest]: entry.annotations?.[indexDigest],
        'org.example.on-the-descriptor': 'kept?',
      },
    }));
    expect(theirs.slice(2, 4).map(({ platform }) => platform?.os)).toEqual(['unknown', 'unknown']);
    expect(ours).toEqual([...images, ...theirs.slice(4)]);
    expect(notices).toEqual([
      expect.stringMatching(
        /^linux\/amd64: the attestation 21609e5ce2a6 .* speaks of 016751428236, .* 9d0e41e423e1\./,
      ),
      expect.stringMatching(
        /^linux\/arm64: the attestation e42f77abd5b3 .* speaks of 435461b988a6, .* 954f5fe34623\./,
      ),
    ]);
  });

  test('a platform that is not indexed stays byte for byte, and so do its attestations', () => {
    const { input, converted, platforms } = oracle('image-attestations');
    const [first, second] = platforms as [ConvertedPlatform, ConvertedPlatform];
    const { top, notices } = convertImage(input.top, [first, { ...second, sociIndex: undefined }]);
    const before = entriesOf(input.top);
    const after = entriesOf(top);
    expect(after.slice(1, 3)).toEqual([before[1], before[3]]);
    expect(after[3]).toEqual(entriesOf(converted.top)[4]);
    expect(after).toHaveLength(4);
    expect(notices).toHaveLength(1);
  });
});

describe('what is new', () => {
  test('comes with children first, and is found by what the image was', () => {
    const image = sampleImage('a');
    const { manifests, converted } = convertImage(image, [indexed(image)]);
    const after = converted.get(image.descriptor.digest) as ImageManifest;
    expect(manifests).toEqual([sociIndexOf(image), after]);
    expect(after.annotations).toEqual({ [indexDigest]: sociIndexOf(image).descriptor.digest });
  });

  test('nothing, where no platform got an index', () => {
    const image = sampleImage('a');
    const platform: ConvertedPlatform = { manifest: image, platform: amd64, sociIndex: undefined };
    expect(convertImage(image, [platform])).toEqual({
      top: image,
      manifests: [],
      converted: new Map(),
      notices: [],
    });
  });

  test('keeps fields that OCI does not name, of the image, its layers and the index', () => {
    const image = sampleImage('a', {
      'x-first': 1,
      layers: [{ mediaType: 'm', digest: digestOf('l'), size: 1, 'x-layer': '<' }],
    });
    const top = manifestOf({
      schemaVersion: 2,
      'x-top': [true],
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...image.descriptor, platform: amd64, 'x-entry': { a: null } }],
    });
    const result = convertImage(top, [indexed(image)]);
    const after = result.converted.get(image.descriptor.digest) as ImageManifest;
    expect(JSON.parse(textOf(after))).toMatchObject({ 'x-first': 1, layers: [{ 'x-layer': '<' }] });
    expect(JSON.parse(textOf(result.top))).toMatchObject({
      'x-top': [true],
      manifests: [{ 'x-entry': { a: null } }, {}],
    });
  });

  test('does not embed the manifest that was', () => {
    const image = sampleImage('a');
    const top = indexOf({ ...image.descriptor, data: Buffer.from(image.raw).toString('base64') });
    expect(entriesOf(convertImage(top, [indexed(image)]).top)[0]).not.toHaveProperty('data');
  });
});

describe('a single image', () => {
  // What platforms.Normalize of containerd/platforms v1.0.0-rc.4 makes of each.
  test.each([
    ['linux/amd64/', 'linux/amd64/'],
    ['linux/amd64/v1', 'linux/amd64/'],
    ['linux/amd64/v2', 'linux/amd64/v2'],
    ['linux/x86_64/', 'linux/amd64/'],
    ['Linux/ARM64/V8', 'linux/arm64/'],
    ['linux/arm64/8', 'linux/arm64/'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm64/9', 'linux/arm64/v9'],
    ['linux/aarch64/', 'linux/arm64/'],
    ['linux/arm/', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/arm/5', 'linux/arm/v5'],
    ['linux/arm/8', 'linux/arm/v8'],
    ['linux/armhf/', 'linux/arm/v7'],
    ['linux/armel/', 'linux/arm/v6'],
    ['linux/armel/v7', 'linux/arm/v6'],
    ['linux/i386/x', 'linux/386/'],
    ['macOS/arm64/v8', 'darwin/arm64/'],
    ['linux/s390x/', 'linux/s390x/'],
    ['linux/riscv64/rva23', 'linux/riscv64/rva23'],
  ])('%s stands in the index around it as %s', (given, normal) => {
    const [os = '', architecture = '', variant = ''] = given.split('/');
    const image = sampleImage('a');
    const { top } = convertImage(image, [indexed(image, 'z', { os, architecture, variant })]);
    for (const { platform } of entriesOf(top)) {
      expect([platform?.os, platform?.architecture, platform?.variant ?? ''].join('/')).toBe(normal);
    }
    expect(entriesOf(top)).toHaveLength(2);
  });

  test('keeps os.version and os.features', () => {
    const windows: Platform = {
      os: 'windows',
      architecture: 'amd64',
      'os.version': '10.0.20348.1',
      'os.features': ['win32k', 'a', 'a'],
    };
    const image = sampleImage('a');
    expect(entriesOf(convertImage(image, [indexed(image, 'z', windows)]).top)[0]?.platform).toEqual({
      ...windows,
      'os.features': ['a', 'win32k'],
    });
  });
});

describe('an image that was indexed before', () => {
  function indexedBefore(): { image: ImageManifest; top: Manifest } {
    const image = sampleImage('a');
    const { top, converted } = convertImage(indexOf({ ...image.descriptor, platform: amd64 }), [
      indexed(image, 'old'),
    ]);
    return { image: converted.get(image.descriptor.digest) as ImageManifest, top };
  }

  function withEntry(top: Manifest, change: (entry: Descriptor) => object): Manifest {
    const [image, soci] = entriesOf(top) as [Descriptor, Descriptor];
    const other = sampleImage('other').descriptor;
    return indexOf(image, change(soci), { ...other, platform: splitPlatform('linux/s390x') });
  }

  test.each([
    ['', (entry: Descriptor): object => entry],
    [
      ' though its entry lost the artifact type',
      ({ artifactType: _, ...entry }: Descriptor): object => entry,
    ],
    [
      ' though its entry lost artifact type and annotations',
      ({ mediaType, digest, size }: Descriptor): object => ({ mediaType, digest, size }),
    ],
    [
      ' though it is for an image that is gone',
      (entry: Descriptor): object => ({
        ...entry,
        digest: digestOf('gone'),
        platform: { os: 'linux', architecture: 'x86_64' },
        annotations: { [imageDigest]: digestOf('gone image') },
      }),
    ],
  ])('gets the new index in the place of the old one%s', (_, change) => {
    const { image, top } = indexedBefore();
    const result = convertImage(withEntry(top, change), [indexed(image, 'new')]);
    const after = result.converted.get(image.descriptor.digest) as ImageManifest;
    const soci = sociIndexOf(image, 'new').descriptor.digest;
    expect(digestsOf(result.top)).toEqual([
      after.descriptor.digest,
      soci,
      sampleImage('other').descriptor.digest,
    ]);
    expect(after.annotations).toEqual({ [indexDigest]: soci });
    expect(entriesOf(result.top)[0]?.annotations).toEqual({ [indexDigest]: soci });
    expect(entriesOf(result.top)[1]?.annotations).toEqual({ [imageDigest]: after.descriptor.digest });
  });

  test('keeps the index of another image of the same platform', () => {
    const { image, top } = indexedBefore();
    const twin = sampleImage('twin');
    const entry = { ...twin.descriptor, platform: amd64 };
    const [first, soci] = entriesOf(top) as [Descriptor, Descriptor];
    const result = convertImage(indexOf(first, soci, entry), [indexed(twin, 'twin')]);
    expect(digestsOf(result.top)).toEqual([
      image.descriptor.digest,
      soci.digest,
      result.converted.get(twin.descriptor.digest)?.descriptor.digest,
      sociIndexOf(twin, 'twin').descriptor.digest,
    ]);
  });

  test('keeps digest and attestations with the same index', () => {
    const { image, top } = indexedBefore();
    const attestation = {
      ...sampleImage('attestation').descriptor,
      platform: splitPlatform('unknown/unknown'),
      annotations: { 'vnd.docker.reference.digest': image.descriptor.digest },
    };
    const attested = indexOf(...entriesOf(top), attestation);
    const result = convertImage(
      attested,
      [indexed(image, 'old')],
      new Map([[image.descriptor.digest, [attestation]]]),
    );
    expect(entriesOf(result.top)).toEqual(entriesOf(attested));
    expect(result.notices).toEqual([]);
  });
});

describe('what refers to an image by its digest', () => {
  const signature: Descriptor = {
    mediaType: mediaTypes.ociManifest,
    digest: digestOf('signature'),
    size: 1,
    artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  };

  test('is told of where it is known', () => {
    const image = sampleImage('a');
    const top = indexOf({ ...image.descriptor, platform: amd64 });
    const referrers = new Map([
      [image.descriptor.digest, [signature, { ...signature, artifactType: sociIndexTypes.v1 }]],
      [top.descriptor.digest, [signature]],
    ]);
    const { notices, converted, top: after } = convertImage(top, [indexed(image)], referrers);
    const hex = (digest: string | undefined) => digest?.slice(7, 19);
    expect(notices).toEqual([
      `What refers to ${hex(image.descriptor.digest)} (${signature.artifactType}) does not hold for ` +
        `${hex(converted.get(image.descriptor.digest)?.descriptor.digest)}, which it is with its SOCI index. ` +
        'Sign and attest after indexing.',
      expect.stringContaining(
        `${hex(top.descriptor.digest)} (${signature.artifactType}) does not hold for ${hex(after.descriptor.digest)}`,
      ),
    ]);
  });

  test('is told of once for a single image', () => {
    const image = sampleImage('a');
    const referrers = new Map([[image.descriptor.digest, [signature]]]);
    expect(convertImage(image, [indexed(image)], referrers).notices).toHaveLength(1);
  });
});

describe('refused', () => {
  test('an artifact', () => {
    const artifact = manifestOf({ schemaVersion: 2, mediaType: 'application/vnd.example+json' });
    expect(() => convertImage(artifact, [indexed(sampleImage('a'))])).toThrow(
      /is neither an image nor an index of images$/,
    );
  });

  test('an image that is not an entry of the index', () => {
    const top = indexOf(sampleImage('b').descriptor);
    expect(() => convertImage(top, [indexed(sampleImage('a'))])).toThrow(
      expect.objectContaining({ code: 'bad-manifest' }),
    );
  });
});
