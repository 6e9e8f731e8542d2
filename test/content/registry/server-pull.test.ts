import { once } from 'node:events';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { put, type SampleImage, sampleImage, sampleIndex } from '../store/sample-image.ts';
import { blobPath, pushBlob, type Served, serve, sparseBlob } from './served.ts';

async function serveImage(image: SampleImage): Promise<Served> {
  const served = await serve();
  const layout = await openLayout(served.folder);
  await put(layout, image, 'v1');
  await layout.close();
  return served;
}

test('an image that another tool put into the layout is pulled byte for byte', async () => {
  const image = sampleIndex([{ image: await sampleImage() }, { image: await sampleImage() }]);
  const served = await serveImage(image);
  const top = await served.send('GET', '/v2/any/name/manifests/v1');
  expect(top.status).toBe(200);
  expect(top.headers['content-type']).toBe(mediaTypes.ociIndex);
  expect(top.headers['docker-content-digest']).toBe(image.top.descriptor.digest);
  for (const { raw, descriptor } of image.manifests) {
    const { body, headers } = await served.send('GET', `/v2/any/name/manifests/${descriptor.digest}`);
    expect(body.equals(raw)).toBe(true);
    expect(headers['content-type']).toBe(descriptor.mediaType);
  }
  for (const [digest, bytes] of image.blobs) {
    const { body, headers } = await served.send('GET', `/v2/any/name/blobs/${digest}`);
    expect(body.equals(bytes)).toBe(true);
    expect(headers['docker-content-digest']).toBe(digest);
  }
});

test('HEAD tells of blobs and manifests what GET tells, without their bytes', async () => {
  const image = await sampleImage();
  const served = await serveImage(image);
  const [blob] = image.blobs.keys();
  for (const path of ['/v2/app/manifests/v1', `/v2/app/blobs/${blob}`]) {
    const head = await served.send('HEAD', path);
    const whole = await served.send('GET', path);
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(Number(head.headers['content-length'])).toBe(whole.body.length);
    const { date: _one, ...told } = head.headers;
    const { date: _other, ...expected } = whole.headers;
    expect(told).toEqual(expected);
  }
});

test('an empty blob is pulled too', async () => {
  const served = await serve();
  const digest = await pushBlob(served, Buffer.alloc(0));
  const { status, body, headers } = await served.send('GET', `/v2/app/blobs/${digest}`);
  expect([status, body.length, headers['content-length']]).toEqual([200, 0, '0']);
});

test.each([
  ['bytes=0-4', 206, 'bytes 0-4/26', 'abcde'],
  ['bytes=20-', 206, 'bytes 20-25/26', 'uvwxyz'],
  ['bytes=-3', 206, 'bytes 23-25/26', 'xyz'],
  ['bytes=0-99', 206, 'bytes 0-25/26', 'abcdefghijklmnopqrstuvwxyz'],
  ['bytes=0-1,4-5', 200, undefined, 'abcdefghijklmnopqrstuvwxyz'],
  ['bytes=nonsense', 200, undefined, 'abcdefghijklmnopqrstuvwxyz'],
])('of a blob, "%s" is answered %d', async (range, status, contentRange, text) => {
  const served = await serve();
  const digest = await pushBlob(served, Buffer.from('abcdefghijklmnopqrstuvwxyz'));
  const answer = await served.send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: range } });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-range']).toBe(contentRange);
  expect(answer.body.toString()).toBe(text);
});

test('a range beyond the end is refused with the size', async () => {
  const served = await serve();
  const digest = await pushBlob(served, Buffer.from('abc'));
  const answer = await served.send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: 'bytes=3-' } });
  expect(answer.status).toBe(416);
  expect(answer.headers['content-range']).toBe('bytes */3');
});

test('a download goes on only with the same content', async () => {
  const served = await serve();
  const digest = await pushBlob(served, Buffer.from('abc'));
  const path = `/v2/app/blobs/${digest}`;
  const { etag = '' } = (await served.send('HEAD', path)).headers;
  const same = await served.send('GET', path, { headers: { Range: 'bytes=1-', 'If-Range': etag } });
  const other = await served.send('GET', path, { headers: { Range: 'bytes=1-', 'If-Range': '"other"' } });
  expect([same.status, other.status]).toEqual([206, 200]);
});

test('what the client has already is not sent again', async () => {
  const served = await serveImage(await sampleImage());
  const { etag = '' } = (await served.send('HEAD', '/v2/app/manifests/v1')).headers;
  const headers = { 'If-None-Match': `"other", ${etag}` };
  expect((await served.send('GET', '/v2/app/manifests/v1', { headers })).status).toBe(304);
});

const nowhere = digestOf('nowhere');

test.each([
  ['GET', `/v2/app/blobs/${nowhere}`, 404, 'BLOB_UNKNOWN'],
  ['GET', `/v2/app/manifests/${nowhere}`, 404, 'MANIFEST_UNKNOWN'],
  ['GET', '/v2/app/manifests/missing', 404, 'MANIFEST_UNKNOWN'],
  ['GET', '/v2/app/manifests/.no-tag', 404, 'MANIFEST_UNKNOWN'],
  ['GET', '/v2/app/blobs/sha256:12', 400, 'DIGEST_INVALID'],
  ['GET', '/v2/app/manifests/sha256:12', 400, 'DIGEST_INVALID'],
  ['GET', '/v2/App/manifests/v1', 400, 'NAME_INVALID'],
  ['GET', '/v2/../oci-layout/manifests/v1', 400, 'NAME_INVALID'],
  ['DELETE', '/v2/app/manifests/v1', 405, 'UNSUPPORTED'],
  ['DELETE', `/v2/app/blobs/${nowhere}`, 405, 'UNSUPPORTED'],
  ['GET', '/v2/app/blobs/uploads/', 405, 'UNSUPPORTED'],
  ['SEARCH', '/v2/', 405, 'UNSUPPORTED'],
])('%s %s is refused with %d %s', async (method, path, status, code) => {
  const served = await serve();
  const answer = await served.send(method, path);
  expect([answer.status, answer.code]).toEqual([status, code]);
});

test('a blob is no manifest', async () => {
  const served = await serve();
  for (const bytes of ['not JSON', '{"architecture":"amd64"}', '{"config":1,"layers":2}']) {
    const digest = await pushBlob(served, Buffer.from(bytes));
    const answer = await served.send('GET', `/v2/app/manifests/${digest}`);
    expect([answer.status, answer.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
  }
});

test('a blob that was cut short on the disk is not served, and a push puts it right', async () => {
  const image = await sampleImage({ layers: 1 });
  const served = await serveImage(image);
  const [digest, bytes] = [...image.blobs][0] as [Digest, Uint8Array];
  await served.send('GET', '/v2/app/manifests/v1');
  await truncate(blobPath(served.folder, { digest }), bytes.length - 1);
  for (const method of ['HEAD', 'GET']) {
    expect((await served.send(method, `/v2/app/blobs/${digest}`)).status).toBe(404);
  }
  await pushBlob(served, bytes);
  expect((await served.send('GET', `/v2/app/blobs/${digest}`)).body.equals(bytes)).toBe(true);
});

test('a blob that becomes shorter while it is served breaks off', async () => {
  const served = await serve();
  const digest = await sparseBlob(served, 64 * 1024 * 1024);
  const [response] = (await once(get(`${served.url}/v2/app/blobs/${digest}`), 'response')) as [
    IncomingMessage,
  ];
  await truncate(blobPath(served.folder, { digest }), 1000);
  const ended = once(response, 'end');
  response.resume();
  await expect(ended).rejects.toThrow('aborted');
  await served.logged(/became shorter while it was served/);
});

test('a manifest whose bytes were changed on the disk is not served', async () => {
  const image = await sampleImage();
  const served = await serveImage(image);
  const path = blobPath(served.folder, image.top.descriptor);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"schemaVersion":2', '"schemaVersion":3'));
  const answer = await served.send('GET', '/v2/app/manifests/v1');
  expect([answer.status, answer.code]).toEqual([500, 'UNKNOWN']);
  expect(answer.body.toString()).not.toContain(served.folder);
  await served.logged(/manifests\/v1 500 .*are sha256:/);
});

test('a media type that is no media type never becomes a header', async () => {
  const served = await serve();
  const raw = JSON.stringify({ mediaType: 'text/html\r\nSet-Cookie: x' });
  const digest = await pushBlob(served, Buffer.from(raw));
  expect((await served.send('GET', `/v2/app/manifests/${digest}`)).status).toBe(404);
});

test('a client that leaves in the middle harms nobody', async () => {
  const served = await serve();
  const digest = await sparseBlob(served, 32 * 1024 * 1024);
  const [response] = (await once(get(`${served.url}/v2/app/blobs/${digest}`), 'response')) as [
    IncomingMessage,
  ];
  response.destroy();
  await served.logged(/blobs\/sha256:\S+ broken off/);
  expect((await served.send('GET', `/v2/app/blobs/${digest}`)).status).toBe(200);
});

test('bytes are counted by digest as they are sent and received', async () => {
  const served = await serve();
  const digest = await pushBlob(served, Buffer.from('0123456789'));
  await served.send('HEAD', `/v2/app/blobs/${digest}`);
  await served.send('GET', `/v2/app/blobs/${digest}`);
  await served.send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: 'bytes=4-6' } });
  expect(served.traffic.received.get(digest)).toBe(10);
  expect(served.traffic.sent.get(digest)).toBe(13);
});
