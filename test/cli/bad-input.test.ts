import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { describeBytes } from '../../src/content/image/descriptor.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { parsePlatform } from '../../src/content/image/platform.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import type { Fault } from '../content/registry/fake-auth.ts';
import { FakeRegistry } from '../content/registry/fake-registry.ts';
import { makePlace, writeBlob, writeImage, writeManifest } from '../pipeline/pipeline.ts';

const layer = makeLayer({ base: Buffer.alloc(3000, 'base') });
const config = digestOf('the config of nothing');

async function call(...args: string[]) {
  const written = { out: '', err: '' };
  const code = await runCommandLine([...args, '--quiet'], {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    environment: {},
  });
  return { code, ...written };
}

/** What happened, to what, and what to do: in two lines, with nothing on standard output. */
function complains(result: Awaited<ReturnType<typeof call>>, code: 2 | 3, ...parts: (string | RegExp)[]) {
  expect(result).toMatchObject({ code, out: '' });
  const [error = '', hint = '', ...rest] = result.err.split('\n');
  expect(error).toMatch(/^error: /);
  for (const part of parts) {
    if (typeof part === 'string') expect(error).toContain(part);
    else expect(error).toMatch(part);
  }
  expect(hint).toMatch(/^\S.*\w.*[.)]$/);
  expect(rest).toEqual(['']);
}

/** A layout with one image, tagged 1. */
async function layoutOf() {
  const place = await makePlace();
  const image = await writeImage(place.layout, [layer], { tag: '1', platform: parsePlatform('linux/amd64') });
  const file = (digest: string) => join(place.path, 'blobs', ...digest.split(':'));
  return {
    ...place,
    image,
    name: `oci:${place.path}:1`,
    file,
    copyTo: `oci:${join(place.folder, 'copy')}:1`,
  };
}

/** A layout whose tag 1 names bytes that say of themselves what they like. */
async function layoutWith(bytes: Buffer, mediaType: string = mediaTypes.ociManifest) {
  const place = await layoutOf();
  const descriptor = describeBytes(mediaType, bytes);
  await writeFile(place.file(descriptor.digest), bytes);
  const annotations = { 'org.opencontainers.image.ref.name': '1' };
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] };
  await writeFile(join(place.path, 'index.json'), JSON.stringify(index));
  return { ...place, descriptor };
}

describe('a name', () => {
  test.each([
    ['that is malformed', 'Registry.example/App:1', '"Registry.example/App:1"'],
    ['of an unknown transport', 'dockre://r.example/a:1', 'unknown transport "dockre"'],
    ['of a layout that is not there', 'oci:/absent/layout:1', '/absent/layout'],
    ['of an archive that is not there', 'oci-archive:/absent/image.tar', '/absent/image.tar'],
    ['of an archive of docker that is not there', 'docker-archive:/absent/image.tar', '/absent/image.tar'],
  ])('%s', async (_, name, part) => {
    complains(await call('inspect', name), 2, part);
  });

  test('of a tag that is not there', async () => {
    const { path } = await layoutOf();
    complains(await call('inspect', `oci:${path}:2`), 2, path, /\b2\b/);
  });

  test('with a platform that the image is not for', async () => {
    const { name, copyTo } = await layoutOf();
    complains(await call('inspect', name, '--platforms', 'linux/arm64'), 2, 'linux/arm64');
    complains(await call('copy', name, copyTo, '--platforms', 'linux/arm64'), 2, 'linux/arm64');
  });
});

describe('content at rest', () => {
  test.each([
    ['that is gone', (file: string) => rm(file), layer.descriptor.digest],
    ['that is cut off', (file: string) => truncate(file, 40), layer.descriptor.digest],
    [
      'that was changed',
      async (file: string) => writeFile(file, (await readFile(file)).fill(0, 20)),
      /the bytes of sha256:[0-9a-f]{64} are sha256:/,
    ],
  ])('%s', async (_, damage, part) => {
    const { name, file, copyTo, folder } = await layoutOf();
    await damage(file(layer.descriptor.digest));
    complains(await call('copy', name, copyTo), 2, part);
    complains(await call('inspect', `oci:${join(folder, 'copy')}:1`), 2, 'copy');
  });

  test.each([
    ['that is not JSON', Buffer.from('<html>'), 'is not JSON'],
    ['over 4 MiB', Buffer.alloc(4 * 1024 * 1024 + 1, ' '), 'over 4194304 bytes'],
    ['that nests too deep', Buffer.from(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`), 'nests deeper than'],
    ['of schema 1', Buffer.from('{"schemaVersion":1,"name":"a"}'), 'schema 1'],
  ])('a manifest %s', async (_, bytes, part) => {
    const type = part === 'schema 1' ? mediaTypes.dockerSchema1 : mediaTypes.ociManifest;
    const { name, copyTo } = await layoutWith(bytes, type);
    complains(await call('inspect', name), 2, part);
    complains(await call('copy', name, copyTo), 2, part);
  });

  test('a manifest of a type that nobody knows is passed through by copy, and refused where it must be understood', async () => {
    const { layout, name, copyTo } = await layoutOf();
    const top = await writeManifest(layout, 'application/vnd.acme.model.v1+json', { weights: [] }, '1');
    complains(await call('inspect', name), 2, 'application/vnd.acme.model.v1+json');
    const copied = await call('copy', name, copyTo);
    expect(copied).toMatchObject({ code: 0, out: expect.stringContaining(top.descriptor.digest) });
  });

  test('foreign layers are left to those that their URLs name, and said to be', async () => {
    const { layout, image, name, copyTo } = await layoutOf();
    if (image.kind !== 'image') throw new Error('no image');
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf('far away'),
      size: 8,
      urls: ['https://r.example/layer'],
    };
    await writeManifest(layout, mediaTypes.ociManifest, { config: image.config, layers: [foreign] }, '1');
    expect(await call('copy', name, copyTo)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 foreign layer'),
    });
  });

  test('a layer that unpacks to far more than it is', async () => {
    const { layout, name } = await layoutOf();
    const bomb = makeLayer({ zeros: Buffer.alloc(70 * 1024 * 1024) });
    await writeImage(layout, [bomb], { tag: '1' });
    complains(await call('gate', name, '--budgets', 'unpacked <= 1 GB'), 2, bomb.descriptor.digest);
  });
});

describe('a registry', () => {
  const faultOn =
    (method: string, part: string, fault: Fault) =>
    (seen: { method: string; path: string }): Fault | undefined =>
      seen.method === method && seen.path.includes(part) ? fault : undefined;

  test.each([
    ['PUT', 401, 2],
    ['PUT', 403, 2],
    ['POST', 404, 2],
    ['PUT', 405, 2],
    ['PUT', 413, 2],
    ['PUT', 429, 3],
    ['PUT', 500, 3],
    ['PUT', 503, 3],
  ] as const)('that answers the %s of an upload with %i', async (method, status, code) => {
    const { name } = await layoutOf();
    await using fake = await FakeRegistry.start({ fault: faultOn(method, '/blobs/uploads/', { status }) });
    complains(
      await call('copy', name, `${fake.host}/app:1`, '--attempts', '1'),
      code,
      `${fake.host}/app`,
      String(status),
    );
    expect([...fake.manifests.keys()]).toEqual([]);
  });

  test('that closes in the middle of an upload, every time', async () => {
    const { name } = await layoutOf();
    await using fake = await FakeRegistry.start({
      fault: faultOn('PUT', '/blobs/uploads/', { hangUpAfter: 1 }),
    });
    complains(await call('copy', name, `${fake.host}/app:1`, '--attempts', '1'), 3, `${fake.host}/app`);
    expect([...fake.manifests.keys()]).toEqual([]);
  });

  test('whose tag may not change', async () => {
    const { name } = await layoutOf();
    const immutable = { status: 409, code: 'CONFLICT', message: 'tag invalid: it is immutable' };
    await using fake = await FakeRegistry.start({ immutable });
    fake.putManifest('app', Buffer.from('{}'), mediaTypes.ociManifest, '1');
    complains(await call('copy', name, `${fake.host}/app:1`), 2, `${fake.host}/app`, 'immutable');
  });

  test.each([
    ['sends other bytes', { corrupt: true }],
    ['breaks off', { cutAfter: 10 }],
  ] as const)('that %s', async (_, spoil) => {
    const { layout, image, copyTo } = await layoutOf();
    if (image.kind !== 'image') throw new Error('no image');
    await using fake = await FakeRegistry.start({ fault: faultOn('GET', layer.descriptor.digest, spoil) });
    fake.putManifest('app', Buffer.from(image.raw), image.descriptor.mediaType, '1');
    fake.putBlob('app', layer.bytes);
    const bytes: Uint8Array[] = [];
    for await (const chunk of layout.readBlob(image.config)) bytes.push(Uint8Array.from(chunk));
    fake.putBlob('app', Buffer.concat(bytes));
    complains(
      await call('copy', `${fake.host}/app:1`, copyTo, '--attempts', '1'),
      3,
      layer.descriptor.digest,
      `${fake.host}/app`,
    );
    complains(await call('inspect', copyTo), 2);
  });
});

test('a config that is none is refused with its digest', async () => {
  const { layout, name } = await layoutOf();
  const descriptor = await writeBlob(layout, mediaTypes.ociConfig, Buffer.from('the config of nothing'));
  await writeManifest(layout, mediaTypes.ociManifest, { config: descriptor, layers: [] }, '1');
  complains(await call('inspect', name), 2, config);
});
