import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { openDockerArchive, writeDockerArchive } from '../../../src/content/store/docker-archive.ts';
import { openOciArchive } from '../../../src/content/store/oci-archive.ts';
import {
  digestsOf,
  manifestOf,
  put,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
  scratch,
  tarOf,
} from './sample-image.ts';

const run = promisify(execFile);

/** What `docker save` of docker 24 makes of an image, with one layer linked to another's file. */
async function legacyArchive(
  options: { compress?: boolean; change?: (folder: string) => Promise<void> } = {},
) {
  const folder = await scratch();
  const layers = await Promise.all([tarOf({ a: '1' }), tarOf({ b: '2' })]);
  const diffIds = [...layers, layers[0] as Buffer].map((layer) => digestOf(layer));
  const config = Buffer.from(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
  const id = digestHex(digestOf(config));
  await writeFile(join(folder, `${id}.json`), config);
  for (const [at, layer] of layers.entries()) {
    await mkdir(join(folder, `layer${at}`));
    await writeFile(join(folder, `layer${at}`, 'layer.tar'), options.compress ? gzipSync(layer) : layer);
  }
  await mkdir(join(folder, 'layer2'));
  await symlink('../layer0/layer.tar', join(folder, 'layer2', 'layer.tar'));
  const saved = [
    {
      Config: `${id}.json`,
      RepoTags: ['acme/server:1.4', 'acme/server:latest'],
      Layers: [0, 1, 2].map((at) => `layer${at}/layer.tar`),
    },
  ];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(saved));
  await options.change?.(folder);
  const path = join(await scratch(), 'saved.tar');
  await run('tar', ['-cf', path, '-C', folder, '.']);
  return { path, diffIds, config, id };
}

describe('what docker saved before version 25', () => {
  test('becomes an OCI image of uncompressed layers, each read once and checked', async () => {
    const { path, diffIds, config } = await legacyArchive();
    const source = await openDockerArchive(path);
    const descriptor = await source.resolve('acme/server:1.4');
    const manifest = await source.readManifest(descriptor);
    expect(manifest).toMatchObject({
      kind: 'image',
      descriptor: { mediaType: mediaTypes.ociManifest },
      config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.byteLength },
      layers: diffIds.map((digest) => ({ mediaType: mediaTypes.ociLayer, digest })),
    });
    expect(await readAll(source, descriptor)).toEqual(
      new Set([descriptor.digest, digestOf(config), ...diffIds]),
    );
    expect(await source.tags()).toEqual(['acme/server:1.4', 'acme/server:latest']);
    await source.close();
  });

  test('gives the same manifest each time, by any of its names or none', async () => {
    const { path, id } = await legacyArchive();
    const digests = new Set<string>();
    for (const name of [undefined, 'acme/server', 'docker.io/acme/server:1.4', `sha256:${id}`]) {
      const source = await openDockerArchive(path);
      digests.add((await source.resolve(name)).digest);
      await source.close();
    }
    expect(digests.size).toBe(1);
  });

  test('layers that another tool compressed stay as they are', async () => {
    const { path } = await legacyArchive({ compress: true });
    const source = await openDockerArchive(path);
    const descriptor = await source.resolve();
    const manifest = await source.readManifest(descriptor);
    expect(manifest).toMatchObject({ layers: Array(3).fill({ mediaType: mediaTypes.ociLayerGzip }) });
    expect(await readAll(source, descriptor)).toHaveLength(4);
    await source.close();
  });

  test.each<[string, (folder: string) => Promise<void>, string]>([
    [
      'a changed layer',
      async (folder) => writeFile(join(folder, 'layer1/layer.tar'), await tarOf({ b: '3' })),
      'digest-mismatch',
    ],
    [
      'a layer that is not there',
      async (folder) => {
        await run('rm', [join(folder, 'layer1/layer.tar')]);
      },
      'bad-archive',
    ],
    [
      'a changed config',
      async (folder) => {
        const [saved] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
        await writeFile(join(folder, saved.Config), '{"rootfs":{"diff_ids":[]}}');
      },
      'digest-mismatch',
    ],
    [
      'another number of layers than the config has',
      async (folder) => {
        const [saved] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
        await writeFile(join(folder, 'manifest.json'), JSON.stringify([{ ...saved, Layers: [] }]));
      },
      'bad-archive',
    ],
    [
      'a path that leads out of it',
      async (folder) => {
        const outside = [{ Config: '../../../etc/hostname', RepoTags: null, Layers: [] }];
        await writeFile(join(folder, 'manifest.json'), JSON.stringify(outside));
      },
      'bad-archive',
    ],
  ])('%s is refused', async (_, change, code) => {
    const { path } = await legacyArchive({ change });
    const source = await openDockerArchive(path);
    await expect(source.resolve()).rejects.toMatchObject({ code, kind: 'input' });
    await source.close();
  });

  test.each(['{', '{}', '[1]', '[{"Config":"a"}]', '[{"Config":"a","Layers":[1]}]'])(
    'a manifest.json %s is refused',
    async (content) => {
      const path = join(await scratch(), 'saved.tar');
      await writeFile(path, await tarOf({ 'manifest.json': content }));
      await expect(openDockerArchive(path)).rejects.toMatchObject({ code: 'bad-archive' });
    },
  );

  test('several images need a name, and the error lists them', async () => {
    const { path } = await legacyArchive({
      change: async (folder) => {
        const [saved] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
        const both = [saved, { ...saved, Config: 'other.json', RepoTags: ['alpine:3.19'] }];
        await writeFile(join(folder, 'manifest.json'), JSON.stringify(both));
      },
    });
    const source = await openDockerArchive(path);
    await expect(source.resolve()).rejects.toMatchObject({
      code: 'ambiguous',
      message: expect.stringContaining('acme/server:1.4, acme/server:latest, alpine:3.19'),
    });
    await expect(source.resolve('busybox')).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('alpine:3.19'),
    });
    await source.resolve('acme/server');
    await source.close();
  });

  test('an archive of something else is refused', async () => {
    const path = join(await scratch(), 'exported.tar');
    await writeFile(path, await tarOf({ 'etc/hostname': 'x' }));
    await expect(openDockerArchive(path)).rejects.toMatchObject({
      code: 'bad-archive',
      hint: expect.stringContaining('docker export'),
    });
  });
});

async function written(image: SampleImage, ...tags: readonly string[]): Promise<string> {
  const path = join(await scratch(), 'image.tar');
  const sink = await writeDockerArchive(path);
  await put(sink, image, ...tags);
  await sink.close();
  return path;
}

describe('what docker loads', () => {
  test('is a layout with names, and a manifest.json for older dockers', async () => {
    const image = await sampleImage();
    const path = await written(image, 'alpine:3.19', 'ghcr.io/acme/server');
    const source = await openDockerArchive(path);
    expect(await source.tags()).toEqual(['docker.io/library/alpine:3.19', 'ghcr.io/acme/server:latest']);
    for (const name of ['alpine:3.19', 'ghcr.io/acme/server', 'ghcr.io/acme/server:latest', undefined]) {
      expect(await readAll(source, await source.resolve(name))).toEqual(digestsOf(image));
    }
    await expect(source.resolve('alpine')).rejects.toMatchObject({ code: 'not-found' });
    await source.close();

    const { stdout } = await run('tar', ['-xOf', path, 'manifest.json']);
    const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;
    if (image.top.kind !== 'image') throw new Error('unreachable');
    expect(JSON.parse(stdout)).toEqual([
      {
        Config: blob(image.top.config.digest),
        RepoTags: ['alpine:3.19', 'ghcr.io/acme/server:latest'],
        Layers: image.top.layers.map((layer) => blob(layer.digest)),
      },
    ]);
  });

  test('is an oci-archive too', async () => {
    const image = await sampleImage();
    const source = await openOciArchive(await written(image, 'acme/server:1.4'));
    expect(await readAll(source, await source.resolve('1.4'))).toEqual(digestsOf(image));
    await source.close();
  });

  test('can be without a name', async () => {
    const image = await sampleImage();
    const path = await written(image);
    const { stdout } = await run('tar', ['-xOf', path, 'manifest.json']);
    expect(JSON.parse(stdout)).toMatchObject([{ RepoTags: null }]);
    const source = await openDockerArchive(path);
    expect(await source.resolve()).toEqual(image.top.descriptor);
    await source.close();
  });

  test('is one platform’s image: an index is refused with the platforms to choose from', async () => {
    const sink = await writeDockerArchive(join(await scratch(), 'image.tar'));
    const image = await sampleImage();
    const index = sampleIndex([
      { image, entry: { platform: { os: 'linux', architecture: 'amd64' } } },
      { image, entry: { platform: { os: 'unknown', architecture: 'unknown' } } },
    ]);
    expect(() => sink.checkImage?.(index.top)).toThrow(
      expect.objectContaining({
        code: 'needs-platform',
        hint: expect.stringMatching(/--platforms; .* linux\/amd64\.$/),
      }),
    );
    await expect(sink.writeManifest(index.top)).rejects.toMatchObject({ code: 'needs-platform' });
    await sink.abort();
  });

  test('is no artifact, and is called by no digest', async () => {
    const sink = await writeDockerArchive(join(await scratch(), 'image.tar'));
    const image = await sampleImage();
    if (image.top.kind !== 'image') throw new Error('unreachable');
    const config = { ...image.top.config, mediaType: mediaTypes.ociEmpty };
    const artifact = manifestOf({ schemaVersion: 2, config, layers: [] });
    await expect(sink.writeManifest(artifact)).rejects.toMatchObject({ code: 'not-an-image' });
    const opaque = manifestOf({ mediaType: 'application/vnd.acme+json' });
    await expect(sink.writeManifest(opaque)).rejects.toMatchObject({ code: 'not-an-image' });
    const named = sink.tag(image.top, `alpine@${image.top.config.digest}`);
    await expect(named).rejects.toMatchObject({ code: 'bad-reference' });
    await sink.abort();
  });
});
