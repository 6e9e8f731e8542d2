import { describe, expect, test } from 'vitest';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { maxManifestBytes, parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import {
  type IndexedLayer,
  isSociIndex,
  type PrefetchArtifact,
  parseSociIndex,
  remarshalled,
  sociIndexManifest,
} from '../../../src/stages/soci/index-manifest.ts';
import { manifestOf } from '../../content/store/sample-image.ts';
import { imageNames, imageVector } from './image-vectors.ts';
import { type LayerVector, layerVectors } from './vectors.ts';

const indexedVectors = layerVectors.filter(({ index }) => index !== undefined);

function indexedLayer({ mediaType, blob, ztoc, spanBytes }: LayerVector): IndexedLayer {
  if (!ztoc) throw new Error('it has no zTOC');
  return { layer: describeBytes(mediaType, blob), ztoc: describeBytes('', ztoc), spanBytes };
}

function digest(letter: string): Digest {
  return digestOf(letter);
}

const layer: Descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digest('layer'), size: 20_000_000 };
const indexed: IndexedLayer = {
  layer,
  ztoc: { digest: digest('ztoc'), size: 70_000 },
  spanBytes: 4_194_304,
};
const artifact: PrefetchArtifact = { layer: layer.digest, blob: { digest: digest('prefetch'), size: 66 } };
const image: Descriptor = {
  mediaType: mediaTypes.ociManifest,
  digest: digest('image'),
  size: 500,
  annotations: { not: 'part of a subject' },
};

describe('the SOCI index manifest v2', () => {
  test('there are vectors', () => {
    expect(indexedVectors.length).toBeGreaterThan(60);
  });

  test.each(indexedVectors)('$name: the bytes are those that soci makes', (vector) => {
    const made = sociIndexManifest([indexedLayer(vector)], []);
    expect(Buffer.from(made.raw).toString()).toBe(vector.index?.toString());
  });

  test('layers come in the order of the image, then the prefetch artifacts', () => {
    const other = { ...indexed, layer: { ...layer, digest: digest('other') } };
    const manifest = sociIndexManifest([indexed, other], [artifact]);
    expect(
      manifest.layers.map(({ annotations }) => annotations?.['com.amazon.soci.image-layer-digest']),
    ).toEqual([layer.digest, other.layer.digest, layer.digest]);
    expect(manifest.layers.at(-1)).toEqual({
      mediaType: 'application/vnd.amazon.soci.prefetch.v1+json',
      ...artifact.blob,
      annotations: { 'com.amazon.soci.image-layer-digest': layer.digest },
    });
  });

  test('odd media types are written as Go writes them', () => {
    const odd = sociIndexManifest([{ ...indexed, layer: { ...layer, mediaType: 'a<b>&c' } }], []);
    expect(Buffer.from(odd.raw).toString()).toContain('"a\\u003cb\\u003e\\u0026c"');
    expect(remarshalled(odd)).toEqual(Buffer.from(odd.raw));
  });

  test('one over 4 MiB is refused', () => {
    const many = Array.from({ length: 12_000 }, () => indexed);
    expect(() => sociIndexManifest(many, [])).toThrow(
      expect.objectContaining({ code: 'manifest-too-large' }),
    );
  });
});

describe('the SOCI index manifest v1', () => {
  test('is what soci 0.4.1 writes, but for the tool', () => {
    const { raw } = sociIndexManifest([indexed], [], image);
    expect(Buffer.from(raw).toString()).toBe(
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":' +
        '"application/vnd.amazon.soci.index.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21f' +
        'e77e8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/octet-stream","digest":' +
        `"${digest('ztoc')}","size":70000,"annotations":{"com.amazon.soci.image-layer-digest":"${layer.digest}",` +
        `"com.amazon.soci.image-layer-mediaType":"${layer.mediaType}"}}],"subject":{"mediaType":` +
        `"application/vnd.oci.image.manifest.v1+json","digest":"${image.digest}","size":500},"annotations":` +
        '{"com.amazon.soci.build-tool-identifier":"AWS SOCI CLI v0.2"}}',
    );
  });

  test('prefetch artifacts come first, for old snapshotters take the last blob of a layer for its zTOC', () => {
    const manifest = sociIndexManifest([indexed], [artifact], image);
    expect(manifest.layers.map(({ digest }) => digest)).toEqual([artifact.blob.digest, indexed.ztoc.digest]);
  });

  test('survives being written again', () => {
    const manifest = sociIndexManifest([indexed], [artifact], image);
    expect(remarshalled(manifest)).toEqual(Buffer.from(manifest.raw));
  });
});

describe('reading a SOCI index', () => {
  test.each(imageNames)('%s: those of the real tool are read, and survive being written again', (name) => {
    const indexes = imageVector(name).converted.sociIndexes();
    expect(indexes.length).toBeGreaterThan(0);
    for (const manifest of indexes) {
      const { version, layers, prefetch, subject } = parseSociIndex(manifest);
      expect({ version, prefetch, subject }).toEqual({ version: 'v2', prefetch: [], subject: undefined });
      expect(layers.map(({ ztoc }) => ztoc.digest)).toEqual(manifest.layers.map(({ digest }) => digest));
      expect(layers.every(({ spanBytes }) => spanBytes === 65_536)).toBe(true);
      expect(remarshalled(manifest)).toEqual(Buffer.from(manifest.raw));
    }
  });

  test.each([
    ['v2', undefined],
    ['v1', image],
  ] as const)('what was written as %s is read as it was meant', (version, subject) => {
    expect(parseSociIndex(sociIndexManifest([indexed], [artifact], subject))).toEqual({
      version,
      subject: subject?.digest,
      layers: [
        {
          layer: layer.digest,
          layerMediaType: layer.mediaType,
          ztoc: expect.objectContaining({ ...indexed.ztoc, mediaType: 'application/octet-stream' }),
          spanBytes: version === 'v2' ? 4_194_304 : undefined,
        },
      ],
      prefetch: [artifact],
    });
  });

  test('a layer that the image has twice may stand twice in the index', () => {
    expect(parseSociIndex(sociIndexManifest([indexed, indexed], [])).layers).toHaveLength(2);
  });

  const good = JSON.parse(Buffer.from(sociIndexManifest([indexed], []).raw).toString());
  const blob = good.layers[0];
  function withBlob(change: object) {
    return { ...good, layers: [{ ...blob, ...change }] };
  }
  test.each<[string, object, RegExp]>([
    [
      'another config',
      { ...good, config: { ...good.config, mediaType: mediaTypes.ociConfig } },
      /no SOCI index's/,
    ],
    [
      'another media type',
      withBlob({ mediaType: mediaTypes.ociLayer }),
      /layers\[0\] is "application.*tar"; a zTOC is/,
    ],
    ['no annotations', withBlob({ annotations: null }), /layers\[0\] has no annotation .*image-layer-digest/],
    [
      'no digest of a layer',
      withBlob({ annotations: { 'com.amazon.soci.image-layer-digest': '../x' } }),
      /layers\[0\] is for the layer "\.\.\/x", which is no digest/,
    ],
    ...['0', '-1', '4e6', '', '99999999999999999999'].map(
      (size) =>
        [
          `span size "${size}"`,
          withBlob({ annotations: { ...blob.annotations, 'com.amazon.soci.span-size': size } }),
          /layers\[0\] has the span size/,
        ] as [string, object, RegExp],
    ),
    [
      'two zTOCs for one layer',
      { ...good, layers: [blob, { ...blob, digest: digest('another') }] },
      /layers\[1\] is a second zTOC of layer/,
    ],
  ])('%s is refused', (_, json, message) => {
    const manifest = manifestOf(json);
    expect(() => parseSociIndex(manifest)).toThrow(expect.objectContaining({ code: 'bad-soci-index' }));
    expect(() => parseSociIndex(manifest)).toThrow(message);
  });

  test('one over 4 MiB is refused', () => {
    const manifest = sociIndexManifest([indexed], []);
    const large = { ...manifest, raw: new Uint8Array(maxManifestBytes + 1) };
    expect(() => parseSociIndex(large)).toThrow(/is over 4 MiB$/);
  });

  test('an image and an OCI index are none', () => {
    const { top } = imageVector('image-multi-platform').input;
    const single = imageVector('image-docker').input.top;
    expect([isSociIndex(top), isSociIndex(single)]).toEqual([false, false]);
    expect(() => parseSociIndex(top)).toThrow(/which is no SOCI index's$/);
    expect(isSociIndex(parseManifest(Buffer.from(JSON.stringify(good)), {}, 'sample'))).toBe(true);
  });
});
