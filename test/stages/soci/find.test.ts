import { describe, expect, test } from 'vitest';
import { infrastructureError } from '../../../src/content/error.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { sociIndexTypes } from '../../../src/content/image/soci.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { convertImage } from '../../../src/stages/soci/convert.ts';
import { findSociIndexes } from '../../../src/stages/soci/find.ts';
import { isSociIndex, sociConfig, sociIndexManifest } from '../../../src/stages/soci/index-manifest.ts';
import { manifestOf, put, scratch, streamOf } from '../../content/store/sample-image.ts';
import { imageNames, imageVector } from './image-vectors.ts';

const indexDigest = 'com.amazon.soci.index-digest';
const imageDigest = 'com.amazon.soci.image-manifest-digest';
const silently = /a snapshotter pulls every layer of the image whole then, and says nothing\.$/;

const layer = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('layer'), size: 9 };
const blobs = new Map([
  [digestOf('layer'), Buffer.from('layer')],
  [digestOf('ztoc'), Buffer.from('ztoc')],
  [digestOf(sociConfig), Buffer.from(sociConfig)],
]);

function asImage(manifest: Manifest): ImageManifest {
  if (manifest.kind !== 'image') throw new Error('no image');
  return manifest;
}

function imageNaming(annotations: Record<string, string> = {}): ImageManifest {
  return asImage(
    manifestOf({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(sociConfig), size: 2 },
      layers: [{ ...layer, size: 5 }],
      annotations,
    }),
  );
}

function sociIndex(subject?: Manifest): ImageManifest {
  return sociIndexManifest(
    [{ layer, ztoc: { digest: digestOf('ztoc'), size: 4 }, spanBytes: 4_194_304 }],
    [],
    subject?.descriptor,
  );
}

/** The same index with something of its JSON changed, written with `spaces`. */
function changed(index: ImageManifest, change: object, spaces?: number): ImageManifest {
  const json = { ...JSON.parse(Buffer.from(index.raw).toString()), ...change };
  return asImage(parseManifest(Buffer.from(JSON.stringify(json, undefined, spaces)), {}, 'sample'));
}

async function layoutOf(...manifests: readonly Manifest[]): Promise<ImageSource> {
  const layout = await openLayout(await scratch(), { create: true });
  await put(layout, { top: manifests[0] as Manifest, blobs, manifests }, 'v1');
  return layout;
}

function indexOf(...manifests: readonly object[]): Manifest {
  return manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

describe('v2', () => {
  test.each(imageNames)('of %s, which the real tool converted, is found for every platform', async (name) => {
    const oracle = imageVector(name).converted;
    const source = await openLayout(oracle.path);
    const images = oracle.images();
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) {
      const { v1, v2, complaints } = await findSociIndexes(source, image, oracle.top);
      expect(v2?.manifest.descriptor.digest).toBe(image.annotations[indexDigest]);
      expect(v2?.index.version).toBe('v2');
      expect({ v1, complaints }).toEqual({ v1: undefined, complaints: [] });
    }
  });

  test('is found where no OCI index is at hand', async () => {
    const index = sociIndex();
    const image = imageNaming({ [indexDigest]: index.descriptor.digest });
    const source = await layoutOf(image, index);
    const { v2, complaints } = await findSociIndexes(source, image, undefined);
    expect(v2?.manifest.descriptor.digest).toBe(index.descriptor.digest);
    expect(complaints).toEqual([]);
  });

  test('is not there without the annotation, and that is nothing to complain of', async () => {
    for (const image of [imageNaming(), imageNaming({ [indexDigest]: '' })]) {
      const source = await layoutOf(image);
      expect(await findSociIndexes(source, image, indexOf(image.descriptor))).toEqual({
        v1: undefined,
        v2: undefined,
        complaints: [],
      });
    }
  });

  async function complaintsOf(named: string, ...others: readonly Manifest[]): Promise<readonly string[]> {
    const image = imageNaming({ [indexDigest]: named });
    const source = await layoutOf(image, ...others);
    const { v2, complaints } = await findSociIndexes(source, image, undefined);
    expect(v2).toBeUndefined();
    return complaints;
  }

  test('a dangling digest is complained of', async () => {
    const digest = digestOf('nowhere');
    expect(await complaintsOf(digest)).toEqual([
      expect.stringMatching(new RegExp(`names, ${digest}, cannot be used \\(.* does not hold ${digest}\\)`)),
    ]);
    expect(await complaintsOf(digest)).toEqual([expect.stringMatching(silently)]);
  });

  test('what is no digest is complained of', async () => {
    expect(await complaintsOf('latest')).toEqual([
      expect.stringMatching(/names, latest, is no digest: a snap/),
    ]);
  });

  test('another manifest in its place is complained of', async () => {
    const other = imageNaming({ other: 'image' });
    expect(await complaintsOf(other.descriptor.digest, other)).toEqual([
      expect.stringMatching(/is none: its type is "application\/vnd\.oci\.image\.config\.v1\+json"/),
    ]);
    const index = indexOf(other.descriptor);
    expect(await complaintsOf(index.descriptor.digest, other, index)).toEqual([
      expect.stringMatching(/is none: its type is "application\/vnd\.oci\.image\.index\.v1\+json"/),
    ]);
  });

  test.each([
    ['an artifact type', {}, { artifactType: sociIndexTypes.v2 }],
    ['a field that is not known', {}, { extra: 1 }],
    ['white space', { spaces: 1 }, {}],
    ['annotations in another order', {}, { annotations: { z: '1', a: '2' } }],
    ['characters that Go escapes', {}, { annotations: { a: '<' } }],
  ])(
    'one with %s, which Go would not write, is complained of',
    async (_, { spaces }: { spaces?: number }, change) => {
      const index = changed(sociIndex(), change, spaces);
      expect(isSociIndex(index)).toBe(true);
      expect(await complaintsOf(index.descriptor.digest, index)).toEqual([
        expect.stringMatching(/is not written as Go writes it .* says nothing\.$/),
      ]);
    },
  );

  test('one that a snapshotter would not use is complained of', async () => {
    const index = changed(sociIndex(), {
      layers: [{ mediaType: 'application/octet-stream', digest: digestOf('ztoc'), size: 4 }],
    });
    expect(await complaintsOf(index.descriptor.digest, index)).toEqual([
      expect.stringMatching(/cannot be used \(SOCI index sha256:.*: layers\[0\] has no annotation/),
    ]);
  });

  test('one over 4 MiB is complained of, and not read', async () => {
    const image = imageNaming({ [indexDigest]: digestOf('large') });
    const top = indexOf(image.descriptor, {
      mediaType: mediaTypes.ociManifest,
      digest: digestOf('large'),
      size: 4_194_305,
    });
    const source = await layoutOf(image);
    expect((await findSociIndexes(source, image, top)).complaints).toEqual([
      expect.stringMatching(/has 4194305 bytes, over 4 MiB: a snapshotter/),
    ]);
  });

  test('only the manifest counts: an index that the OCI index alone knows is complained of', async () => {
    const image = imageNaming();
    const index = sociIndex();
    const source = await layoutOf(image, index);
    const listed = { ...index.descriptor, annotations: { [imageDigest]: image.descriptor.digest } };
    const promised = { ...image.descriptor, annotations: { [indexDigest]: digestOf('promised') } };
    const { v2, complaints } = await findSociIndexes(source, image, indexOf(promised, listed));
    expect(v2).toBeUndefined();
    expect(complaints).toEqual([
      expect.stringMatching(
        new RegExp(`${digestOf('promised')} for image .* names none: no snapshotter finds it\\.$`),
      ),
      expect.stringMatching(
        new RegExp(`${index.descriptor.digest} for image .* names none: no snapshotter finds it\\.$`),
      ),
    ]);
  });

  test('what convertImage makes is found', async () => {
    const image = imageNaming();
    const platform = { os: 'linux', architecture: 'amd64' };
    const index = sociIndex();
    const { top, manifests, converted } = convertImage(image, [
      { manifest: image, platform, sociIndex: index },
    ]);
    const source = await layoutOf(...manifests, top);
    const after = converted.get(image.descriptor.digest) as ImageManifest;
    const { v2, complaints } = await findSociIndexes(source, after, top);
    expect(v2?.manifest.raw).toEqual(Buffer.from(index.raw));
    expect(complaints).toEqual([]);
  });
});

describe('v1', () => {
  test('is found among the referrers', async () => {
    const image = imageNaming();
    const index = sociIndex(image);
    const source = await layoutOf(image, index);
    const { v1, v2, complaints } = await findSociIndexes(source, image, undefined);
    expect(v1?.manifest.descriptor.digest).toBe(index.descriptor.digest);
    expect(v1?.index).toMatchObject({ version: 'v1', subject: image.descriptor.digest });
    expect({ v2, complaints }).toEqual({ v2: undefined, complaints: [] });
  });

  test('is looked for beside v2, whatever became of that', async () => {
    const image = imageNaming({ [indexDigest]: digestOf('nowhere') });
    const source = await layoutOf(image, sociIndex(image));
    const { v1, complaints } = await findSociIndexes(source, image, undefined);
    expect(v1?.index.version).toBe('v1');
    expect(complaints).toHaveLength(1);
  });

  function listing(source: ImageSource, digests: readonly Digest[]): ImageSource {
    return {
      location: source.location,
      resolve: (target) => source.resolve(target),
      readManifest: (descriptor) => source.readManifest(descriptor),
      readBlob: () => streamOf(),
      tags: () => source.tags(),
      referrers: async (_, artifactType) => {
        const all = await Promise.all(digests.map((digest) => source.resolve(digest)));
        return all.map((descriptor) => ({ ...descriptor, artifactType: artifactType ?? '' }));
      },
      close: () => source.close(),
    };
  }

  test('of several the first that is listed is taken, and no other', async () => {
    const image = imageNaming();
    const good = sociIndex(image);
    const bad = changed(good, { extra: 1 });
    const source = await layoutOf(image, good, bad);
    const [one, two] = [good.descriptor.digest, bad.descriptor.digest];
    const goodFirst = await findSociIndexes(listing(source, [one, two]), image, undefined);
    expect(goodFirst.v1?.manifest.descriptor.digest).toBe(one);
    expect(goodFirst.complaints).toEqual([
      expect.stringContaining(`has 2 v1 indexes: a snapshotter takes the one`),
    ]);
    const badFirst = await findSociIndexes(listing(source, [two, one]), image, undefined);
    expect(badFirst.v1).toBeUndefined();
    expect(badFirst.complaints).toEqual([
      expect.stringContaining(`lists first, ${two}`),
      expect.stringMatching(/is not written as Go writes it/),
    ]);
  });

  test('a v2 index in its place is complained of', async () => {
    const image = imageNaming();
    const index = sociIndex();
    const source = await layoutOf(image, index);
    const { v1, complaints } = await findSociIndexes(
      listing(source, [index.descriptor.digest]),
      image,
      undefined,
    );
    expect(v1).toBeUndefined();
    expect(complaints).toEqual([
      expect.stringMatching(/says of itself that it is v2: snapshotters before 0\.10/),
    ]);
  });

  test('a registry that does not answer is no complaint', async () => {
    const image = imageNaming();
    const source = await layoutOf(image);
    const failing: ImageSource = {
      ...listing(source, []),
      referrers: () => Promise.reject(infrastructureError('timeout', 'no answer')),
    };
    await expect(findSociIndexes(failing, image, undefined)).rejects.toThrow('no answer');
    const naming = imageNaming({ [indexDigest]: digestOf('x') });
    const unreadable: ImageSource = {
      ...listing(source, []),
      resolve: () => Promise.reject(infrastructureError('timeout', 'no answer')),
    };
    await expect(findSociIndexes(unreadable, naming, undefined)).rejects.toThrow('no answer');
  });
});
