import { describe, expect, onTestFinished, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { layerPlanTypes } from '../../../src/content/image/layer-plan.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { openRegistry } from '../../../src/content/registry/registry.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { FakeRegistry } from '../../content/registry/fake-registry.ts';
import { manifestOf, put, sampleImage } from '../../content/store/sample-image.ts';
import { layoutOf } from './copying.ts';

describe('a registry that refuses what is about an image', () => {
  async function artifactFor(type: string) {
    const image = await sampleImage({ layers: 1 });
    const [config, table] = [Buffer.from('{}'), Buffer.from('table')];
    const top = manifestOf({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: type,
      config: describeBytes(type, config),
      layers: [describeBytes('application/octet-stream', table)],
      subject: image.top.descriptor,
    });
    const blobs = new Map([config, table].map((bytes) => [describeBytes('', bytes).digest, bytes] as const));
    const source = await layoutOf(image);
    await put(source, { top, blobs, manifests: [top] });
    return { image, artifact: top.descriptor, source };
  }

  async function registryRefusing(digest: Digest, status: number) {
    const body = '{"errors":[{"code":"MANIFEST_INVALID","message":"unknown artifact type"}]}';
    const fake = await FakeRegistry.start({
      fault: ({ method, path }) =>
        method === 'PUT' && path.endsWith(`/manifests/${digest}`) ? { status, body } : undefined,
    });
    onTestFinished(() => fake[Symbol.asyncDispose]());
    const registry = openRegistry({ host: fake.host, repository: 'app' }, { attempts: 1 });
    onTestFinished(() => registry.close());
    return registry;
  }

  async function pushWith(type: string, status: number) {
    const { image, artifact, source } = await artifactFor(type);
    const sink = await registryRefusing(artifact.digest, status);
    const notices: string[] = [];
    const copying = copyImage({
      source,
      descriptor: image.top.descriptor,
      sink,
      tags: ['v1'],
      referrers: [artifact],
      notice: (line) => void notices.push(line),
    });
    return { copying, sink, notices, image };
  }

  test.each([400, 403, 415])('tags it without its layer plan (%i), and says so', async (status) => {
    const { copying, sink, notices, image } = await pushWith(layerPlanTypes.plan, status);
    await copying;
    expect((await sink.resolve('v1')).digest).toBe(image.top.descriptor.digest);
    expect(notices).toEqual([expect.stringMatching(/does not take the layer plan.*unknown artifact type/)]);
  });

  test('fails the push where it fails, rather than refuses', async () => {
    const { copying, sink, notices } = await pushWith(layerPlanTypes.plan, 503);
    await expect(copying).rejects.toMatchObject({ code: 'registry-unavailable' });
    await expect(sink.resolve('v1')).rejects.toMatchObject({ code: 'not-found' });
    expect(notices).toEqual([]);
  });
});
