import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { parseManifest } from '../../../src/content/image/manifest.ts';
import { layerCompression, mediaTypes } from '../../../src/content/image/media-type.ts';

const digest = digestOf('x');
const config = { mediaType: mediaTypes.ociConfig, digest, size: 1 };
const layer = {
  mediaType: mediaTypes.ociLayerGzip,
  digest,
  size: 9,
  annotations: { 'a.b': 'c' },
  'x-vendor': [1, 2],
};
const image = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config,
  layers: [layer],
  'x-unknown': { deep: true },
};
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parse = (value: unknown, given = {}) => parseManifest(bytes(value), given, 'r.io/a:1');

describe('a manifest', () => {
  it('is a view on its bytes: unknown fields survive, the digest is of the bytes as they came', () => {
    const raw = Buffer.from(JSON.stringify(image, null, 7));
    const manifest = parseManifest(raw, {}, 'r.io/a:1');
    expect(manifest.raw).toBe(raw);
    expect(manifest.descriptor).toEqual({
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(raw),
      size: raw.length,
    });
    expect(manifest.kind === 'image' && manifest.layers[0]).toEqual(layer);
  });

  it('without a mediaType is known by what described it, else by its shape', () => {
    const { mediaType: _, ...bare } = image;
    expect(parse(bare).descriptor.mediaType).toBe(mediaTypes.ociManifest);
    expect(parse({ schemaVersion: 2, manifests: [] }).kind).toBe('index');
    expect(parse(bare, { mediaType: mediaTypes.dockerManifest }).descriptor.mediaType).toBe(
      mediaTypes.dockerManifest,
    );
  });

  it('keeps what its descriptor said beside digest and size', () => {
    const raw = bytes(image);
    const descriptor = {
      mediaType: mediaTypes.ociManifest,
      digest: digestOf(raw),
      size: raw.length,
      platform: { os: 'linux', architecture: 'arm64' },
    };
    expect(parseManifest(raw, { descriptor }, 'x').descriptor).toEqual(descriptor);
  });

  it('of an unknown media type is opaque, not an error', () => {
    expect(parse({ mediaType: 'application/vnd.acme.thing.v1+json', anything: 1 }).kind).toBe('opaque');
  });

  it.each([
    ['that is not JSON', Buffer.from('<html>'), 'is not JSON'],
    ['that is a list', Buffer.from('[]'), 'is not a JSON object'],
    [
      'that nests too deep',
      Buffer.from(`{"mediaType":"x","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      'nests deeper than 64',
    ],
    ['over 4 MiB', Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), 'over 4 MiB'],
    ['of schema 1', bytes({ schemaVersion: 1, fsLayers: [] }), 'schema 1'],
    ['of no kind', bytes({ hello: 1 }), 'neither an image nor an index'],
    ['without layers', bytes({ ...image, layers: 3 }), 'layers is not a list'],
    [
      'with a layer without digest',
      bytes({ ...image, layers: [{ mediaType: 'a', size: 1 }] }),
      'layers[0].digest',
    ],
    ['with a negative size', bytes({ ...image, layers: [{ ...layer, size: -1 }] }), 'has size -1'],
    ['with a size beyond 2^53', bytes({ ...image, layers: [{ ...layer, size: 2 ** 60 }] }), 'has size'],
    [
      'with annotations that are numbers',
      bytes({ ...image, annotations: { a: 1 } }),
      'annotations that are not strings',
    ],
    [
      'with a platform that is a string',
      bytes({ mediaType: mediaTypes.ociIndex, manifests: [{ ...config, platform: 'linux' }] }),
      'platform without os',
    ],
  ])('%s is refused', (_, raw, why) => {
    expect(() => parseManifest(raw, {}, 'r.io/a:1')).toThrow(why);
  });

  it('that was changed on its way is refused', () => {
    const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: 3 };
    expect(() => parse(image, { descriptor })).toThrow(`expected ${digest}`);
  });

  it('that contradicts what described it is refused', () => {
    expect(() => parse(image, { mediaType: mediaTypes.ociIndex })).toThrow('was described as');
  });
});

describe('a layer media type', () => {
  it.each([
    [mediaTypes.ociLayer, 'none'],
    [mediaTypes.ociLayerGzip, 'gzip'],
    [mediaTypes.ociLayerZstd, 'zstd'],
    [mediaTypes.dockerLayer, 'none'],
    [mediaTypes.dockerLayerGzip, 'gzip'],
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
    [mediaTypes.ociConfig, undefined],
    ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', undefined],
  ])('%s says how the layer is compressed: %s', (mediaType, compression) => {
    expect(layerCompression(mediaType)).toBe(compression);
  });
});
