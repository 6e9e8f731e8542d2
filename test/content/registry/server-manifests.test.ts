import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { Agent, get, request } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { type Manifest, maxManifestBytes } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import {
  digestsOf,
  manifestOf,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
} from '../store/sample-image.ts';
import { type Answer, pushBlob, pushManifest, type Served, serve } from './served.ts';

let served: Served;
let image: SampleImage;

beforeEach(async () => {
  served = await serve();
  image = await sampleImage({ layers: 1 });
});

async function pushBlobs({ blobs }: SampleImage): Promise<void> {
  for (const bytes of blobs.values()) await pushBlob(served, bytes);
}

const refused = ({ status, code }: Answer) => [status, code];

test('a pushed image is whole in the layout, for every other tool', async () => {
  const other = await sampleImage();
  await pushBlobs(image);
  await pushBlobs(other);
  const index = sampleIndex([{ image }, { image: other }]);
  for (const manifest of index.manifests.slice(0, -1)) {
    expect((await pushManifest(served, manifest, manifest.descriptor.digest)).status).toBe(201);
  }
  const answer = await pushManifest(served, index.top, 'v1');
  const { digest } = index.top.descriptor;
  expect([answer.status, answer.headers.location]).toEqual([201, `/v2/app/manifests/${digest}`]);
  expect(answer.headers['docker-content-digest']).toBe(digest);
  await served.close();
  const layout = await openLayout(served.folder);
  expect(await layout.tags()).toEqual(['v1']);
  expect(await readAll(layout, await layout.resolve('v1'))).toEqual(digestsOf(index));
  expect((await layout.index()).entries.map((entry) => entry.digest)).toEqual([digest]);
});

test('a tag is only given to what the same push made whole', async () => {
  await pushBlobs(image);
  const missing = describeBytes(mediaTypes.ociLayer, Buffer.from('never pushed'));
  const json = JSON.parse(Buffer.from(image.top.raw).toString());
  const incomplete = manifestOf({ ...json, layers: [...json.layers, missing] });
  expect(refused(await pushManifest(served, incomplete, 'v1'))).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
  expect((await served.send('GET', '/v2/app/manifests/v1')).status).toBe(404);
});

test('an index is refused before its manifests are here', async () => {
  const index = sampleIndex([{ image }]);
  expect(refused(await pushManifest(served, index.top, 'v1'))).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
});

test('a manifest that gives a wrong size for its blob is refused', async () => {
  await pushBlobs(image);
  const json = JSON.parse(Buffer.from(image.top.raw).toString());
  const lying = manifestOf({ ...json, config: { ...json.config, size: json.config.size + 1 } });
  expect(refused(await pushManifest(served, lying, 'v1'))).toEqual([400, 'SIZE_INVALID']);
  const [config] = [json.config as Descriptor];
  expect((await served.send('GET', `/v2/app/blobs/${config.digest}`)).status).toBe(200);
});

test('layers that are to be had elsewhere only need not be here', async () => {
  await pushBlobs(image);
  const json = JSON.parse(Buffer.from(image.top.raw).toString());
  const foreign = {
    ...describeBytes('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('windows')),
    urls: ['https://example.com/layer'],
  };
  const manifest = manifestOf({ ...json, layers: [foreign, ...json.layers] });
  expect((await pushManifest(served, manifest, 'v1')).status).toBe(201);
});

test('a manifest of a type that nobody knows comes back under its type', async () => {
  const bytes = Buffer.from('{"anything":[1,2]}');
  const digest = digestOf(bytes);
  const headers = { 'Content-Type': 'application/vnd.example.thing.v1+json; charset=utf-8' };
  const answer = await served.send('PUT', `/v2/app/manifests/${digest}`, { headers, body: bytes });
  expect(answer.status).toBe(201);
  const back = await served.send('GET', `/v2/app/manifests/${digest}`);
  expect(back.headers['content-type']).toBe('application/vnd.example.thing.v1+json');
  expect(back.body.equals(bytes)).toBe(true);
});

const ociManifest = { 'Content-Type': mediaTypes.ociManifest };

describe('nothing is stored of', () => {
  const cases: readonly [string, string, string | Buffer, object, readonly [number, string]][] = [
    ['what is not JSON', 'v1', 'not JSON', ociManifest, [400, 'MANIFEST_INVALID']],
    ['what is no object', 'v1', '[]', ociManifest, [400, 'MANIFEST_INVALID']],
    ['an empty body', 'v1', '', ociManifest, [400, 'MANIFEST_INVALID']],
    ['what nests too deep', 'v1', '{"a":'.repeat(100), ociManifest, [400, 'MANIFEST_INVALID']],
    ['an image without a config', 'v1', '{"layers":[]}', ociManifest, [400, 'MANIFEST_INVALID']],
    ['schema 1', 'v1', '{"schemaVersion":1}', {}, [400, 'MANIFEST_INVALID']],
    [
      'what is called an index and says it is an image',
      'v1',
      JSON.stringify({ mediaType: mediaTypes.ociManifest, manifests: [] }),
      { 'Content-Type': mediaTypes.ociIndex },
      [400, 'MANIFEST_INVALID'],
    ],
    [
      'a media type that could be more than a header',
      'v1',
      JSON.stringify({ mediaType: 'a/b\r\nX: y' }),
      {},
      [400, 'MANIFEST_INVALID'],
    ],
    ['a tag that is none', '-v1', '{}', ociManifest, [400, 'TAG_INVALID']],
    ['a digest that is none', 'sha256:1', '{}', ociManifest, [400, 'DIGEST_INVALID']],
    ['a digest of other bytes', digestOf('other'), '{"a":1}', ociManifest, [400, 'DIGEST_INVALID']],
    ['over 4 MiB', 'v1', Buffer.alloc(maxManifestBytes + 1, ' '), ociManifest, [413, 'SIZE_INVALID']],
  ];
  test.each(cases)('%s', async (_, reference, body, headers, expected) => {
    const before = await readdir(served.folder, { recursive: true });
    const index = await readFile(join(served.folder, 'index.json'), 'utf8');
    const answer = await served.send('PUT', `/v2/app/manifests/${reference}`, {
      headers: { ...headers },
      body,
    });
    expect(refused(answer)).toEqual(expected);
    expect(await readdir(served.folder, { recursive: true })).toEqual(before);
    expect(await readFile(join(served.folder, 'index.json'), 'utf8')).toBe(index);
  });
});

test('a manifest without an end is refused at 4 MiB, and the connection can be used again', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(`${served.url}/v2/app/manifests/v1`, { method: 'PUT', agent }, (response) => {
    response.resume().on('end', () => resolve(response.statusCode));
  });
  sent.on('error', reject);
  const socket = once(sent, 'socket');
  sent.write(Buffer.alloc(maxManifestBytes, ' '));
  sent.end(Buffer.alloc(maxManifestBytes, ' '));
  expect(await promise).toBe(413);
  const next = get(`${served.url}/v2/`, { agent });
  const [response] = await once(next, 'response');
  expect(response.resume().statusCode).toBe(200);
  expect([next.socket]).toEqual(await socket);
  agent.destroy();
});

describe('referrers', () => {
  const about = (subject: Descriptor, artifactType: string): Manifest =>
    manifestOf({
      ...JSON.parse(Buffer.from(image.top.raw).toString()),
      artifactType,
      subject,
      annotations: { note: artifactType },
    });
  const listed = async (query = '') => {
    const answer = await served.send('GET', `/v2/app/referrers/${image.top.descriptor.digest}${query}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(mediaTypes.ociIndex);
    return { ...answer, manifests: JSON.parse(answer.body.toString()).manifests as Descriptor[] };
  };

  test('of what has none are an empty index', async () => {
    expect((await listed()).manifests).toEqual([]);
    expect((await listed('?artifactType=a/b')).manifests).toEqual([]);
  });

  test('are taken before their subject, and the answer says that it was understood', async () => {
    await pushBlobs(image);
    const referrer = about(image.top.descriptor, 'application/vnd.example.report');
    const answer = await pushManifest(served, referrer, referrer.descriptor.digest);
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, image.top.descriptor.digest]);
    expect((await listed()).manifests).toEqual([
      {
        ...referrer.descriptor,
        artifactType: 'application/vnd.example.report',
        annotations: { note: 'application/vnd.example.report' },
      },
    ]);
  });

  test('are listed by type where asked for', async () => {
    await pushBlobs(image);
    await pushManifest(served, image.top, 'v1');
    for (const type of ['application/vnd.example.a+json', 'application/vnd.example.b+json']) {
      const referrer = about(image.top.descriptor, type);
      await pushManifest(served, referrer, referrer.descriptor.digest);
    }
    const all = await listed();
    expect(all.manifests).toHaveLength(2);
    expect(all.headers['oci-filters-applied']).toBeUndefined();
    const some = await listed(`?artifactType=${encodeURIComponent('application/vnd.example.b+json')}`);
    expect(some.manifests.map((entry) => entry.artifactType)).toEqual(['application/vnd.example.b+json']);
    expect(some.headers['oci-filters-applied']).toBe('artifactType');
  });

  test('of what is no digest are refused', async () => {
    expect(refused(await served.send('GET', '/v2/app/referrers/sha256:1'))).toEqual([400, 'DIGEST_INVALID']);
  });
});

describe('tags', () => {
  const list = async (query = '') => {
    const answer = await served.send('GET', `/v2/app/tags/list${query}`);
    return { tags: JSON.parse(answer.body.toString()).tags, next: answer.headers.link };
  };

  test('are those of the repository, in the order of their bytes, and come in pages', async () => {
    await pushBlobs(image);
    for (const tag of ['v10', 'V1', 'b', 'a']) await pushManifest(served, image.top, tag);
    await pushManifest(served, image.top, 'elsewhere', 'other');
    const answer = await served.send('GET', '/v2/app/tags/list');
    expect(JSON.parse(answer.body.toString())).toEqual({ name: 'app', tags: ['V1', 'a', 'b', 'v10'] });
    expect(JSON.parse((await served.send('GET', '/v2/new/tags/list')).body.toString()).tags).toEqual([]);
    expect(await list('?n=3')).toEqual({
      tags: ['V1', 'a', 'b'],
      next: '</v2/app/tags/list?n=3&last=b>; rel="next"',
    });
    expect(await list('?n=3&last=b')).toEqual({ tags: ['v10'], next: undefined });
    expect(await list('?n=4')).toEqual({ tags: ['V1', 'a', 'b', 'v10'], next: undefined });
    expect(await list('?last=a')).toEqual({ tags: ['b', 'v10'], next: undefined });
    expect(await list('?last=aa')).toEqual({ tags: ['b', 'v10'], next: undefined });
    expect(await list('?n=0')).toEqual({ tags: [], next: undefined });
  });

  test.each(['-1', 'x', '1.5', ''])('cannot be listed "%s" at a time', async (n) => {
    expect((await served.send('GET', `/v2/app/tags/list?n=${n}`)).status).toBe(400);
  });

  test('of the same name in two repositories do not clash', async () => {
    await pushBlobs(image);
    await pushManifest(served, image.top, 'a');
    const other = await sampleImage({ layers: 1 });
    await pushBlobs(other);
    await pushManifest(served, other.top, 'a', 'other');
    const digestIn = async (repository: string) =>
      (await served.send('HEAD', `/v2/${repository}/manifests/a`)).headers['docker-content-digest'];
    expect(await digestIn('app')).toBe(image.top.descriptor.digest);
    expect(await digestIn('other')).toBe(other.top.descriptor.digest);
    expect(await digestIn('third')).toBeUndefined();
  });
});
