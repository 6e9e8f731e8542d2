import { expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { disqualify, distinctLayers, surprisingLayers } from '../../../src/stages/soci/layers.ts';
import type { PlatformImage } from '../../../src/stages/soci/platform-images.ts';

const layerOf = (mediaType: string, size = 100, name = mediaType): Descriptor => ({
  mediaType,
  digest: digestOf(name),
  size,
});
const image = (...layers: readonly Layer[]): PlatformImage => ({ layers }) as PlatformImage;
const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';

test.each([
  'application/vnd.oci.image.layer.v1.tar',
  gzip,
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
])('a layer of %s may get a zTOC', (mediaType) => {
  expect(disqualify(layerOf(mediaType), 100)).toBeUndefined();
});

test.each([
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'compressed with zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'foreign'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'foreign'],
  ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', 'encrypted'],
  ['application/vnd.oci.image.layer.v1.tar+xz', '"application/vnd.oci.image.layer.v1.tar+xz"'],
  ['text/\u001b[31mhtml', '"text/\\u001b[31mhtml"'],
])('a layer of %j gets none, and the reason says why', (mediaType, reason) => {
  expect(disqualify(layerOf(mediaType), 100)).toMatchObject({ by: 'type' });
  expect(disqualify(layerOf(mediaType), 100)?.reason).toContain(reason);
});

test('a layer below the minimum gets none, whatever it is', () => {
  const small = layerOf('application/vnd.oci.image.layer.v1.tar+zstd', 99);
  expect(disqualify(small, 100)).toEqual({ by: 'size', reason: 'smaller than the minimum of 100 B' });
});

test('layers that platforms share stand once, the largest first', () => {
  const [small, large] = [1000, 3000].map((size) => ({
    descriptor: layerOf(gzip, size, `${size}`),
    diffId: digestOf(`tar ${size}`),
  })) as [Layer, Layer];
  const tiny = { descriptor: layerOf(gzip, 5, 'tiny'), diffId: digestOf('tiny tar') };
  expect(distinctLayers([image(small, tiny), image(small, large, small)], 10)).toEqual([large, small]);
});

test('a layer of which two platforms say different things is refused by name', () => {
  const descriptor = layerOf(gzip);
  const images = [image({ descriptor, diffId: digestOf('a') }), image({ descriptor, diffId: digestOf('b') })];
  expect(() => distinctLayers(images, 0)).toThrow(descriptor.digest);
});

test('large layers of a type that cannot be indexed are worth a word, small ones are not', () => {
  const zstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
  const [large, small] = [layerOf(zstd, 100, 'large'), layerOf(zstd, 99, 'small')];
  const images = [
    image(...[large, small, large].map((descriptor) => ({ descriptor, diffId: digestOf('x') }))),
  ];
  expect(surprisingLayers(images, 100).map(({ layer }) => layer)).toEqual([large]);
});
