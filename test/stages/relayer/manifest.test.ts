import { describe, expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { parseManifest } from '../../../src/content/image/manifest.ts';
import { relaidManifest } from '../../../src/stages/relayer/manifest.ts';

const [config, plan] = [Buffer.from('{"config":1}'), Buffer.from('{"plan":1}')];
const layer = (mediaType: string, more = {}) => ({
  ...describeBytes(mediaType, Buffer.from('layer')),
  ...more,
});
const oci = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: describeBytes('application/vnd.oci.image.config.v1+json', Buffer.from('{}')),
  layers: [layer('application/vnd.oci.image.layer.v1.tar+gzip')],
};
const planAnnotations = {
  'vnd.pull-budget.layer-plan.digest': digestOf(plan),
  'vnd.pull-budget.layer-plan.size': '10',
};

function relaid(json: object, layers = oci.layers) {
  const before = parseManifest(Buffer.from(JSON.stringify(json)), {}, 'it');
  if (before.kind !== 'image') throw new Error('no image');
  const { raw } = relaidManifest(before, config, layers, plan);
  return JSON.parse(Buffer.from(raw).toString());
}

describe('the manifest of a re-laid image', () => {
  test('names new config and layers, and binds the plan', () => {
    const layers = [layer('application/vnd.oci.image.layer.v1.tar+zstd', { annotations: { a: 'b' } })];
    expect(relaid(oci, layers)).toEqual({
      ...oci,
      config: { ...oci.config, digest: digestOf(config), size: config.byteLength },
      layers,
      annotations: planAnnotations,
    });
  });

  test('keeps annotations and unknown fields, but for the SOCI index and an older plan', () => {
    const annotations = {
      'org.opencontainers.image.base.name': 'debian',
      'com.amazon.soci.index-digest': digestOf('soci'),
      'vnd.pull-budget.layer-plan.digest': digestOf('older'),
    };
    const after = relaid({ ...oci, annotations, 'x-unknown': [1] });
    expect(after['x-unknown']).toEqual([1]);
    expect(after.annotations).toEqual({
      'org.opencontainers.image.base.name': 'debian',
      ...planAnnotations,
    });
  });

  test('is an OCI one, with OCI’s layers, where it was Docker’s', () => {
    const docker = {
      ...oci,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { ...oci.config, mediaType: 'application/vnd.docker.container.image.v1+json' },
    };
    const after = relaid(docker, [
      layer('application/vnd.docker.image.rootfs.diff.tar.gzip'),
      layer('application/vnd.docker.image.rootfs.diff.tar'),
      layer('application/vnd.docker.image.rootfs.diff.tar.zstd'),
      layer('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'),
    ]);
    expect(after.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(after.config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
    expect(after.layers.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.oci.image.layer.v1.tar',
      'application/vnd.oci.image.layer.v1.tar+zstd',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    ]);
  });

  test('has no copy of the config that was', () => {
    const after = relaid({ ...oci, config: { ...oci.config, data: 'e30=', annotations: { a: 'b' } } });
    expect(after.config).toEqual({
      ...oci.config,
      annotations: { a: 'b' },
      digest: digestOf(config),
      size: config.byteLength,
    });
  });
});
