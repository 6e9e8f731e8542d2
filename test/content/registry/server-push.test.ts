import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, symlink } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { openRegistry } from '../../../src/content/registry/registry.ts';
import { Refusal } from '../../../src/content/registry/server-refusal.ts';
import { Uploads } from '../../../src/content/registry/server-uploads.ts';
import { Layout, openLayout } from '../../../src/content/store/layout.ts';
import { scratch, streamOf } from '../store/sample-image.ts';
import { openUpload, pushBlob, type Served, serve } from './served.ts';

const bytes = randomBytes(100_000);
const digest = digestOf(bytes);

const pulled = async (served: Served, wanted = digest) =>
  (await served.send('GET', `/v2/app/blobs/${wanted}`)).body;

test('a blob is pushed in one request', async () => {
  const served = await serve();
  const answer = await served.send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: bytes });
  expect([answer.status, answer.headers.location]).toEqual([201, `/v2/app/blobs/${digest}`]);
  expect((await pulled(served)).equals(bytes)).toBe(true);
});

test('a blob is pushed by opening an upload and one PUT', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const answer = await served.send('PUT', `${upload}?digest=${digest}`, { body: bytes });
  expect([answer.status, answer.headers['docker-content-digest']]).toEqual([201, digest]);
  expect((await pulled(served)).equals(bytes)).toBe(true);
  expect(await served.unfinished()).toEqual([]);
});

test('a blob is pushed in chunks, the last of them with the PUT that ends it', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const chunk = (start: number, end: number) => ({
    headers: { 'Content-Range': `${start}-${end - 1}` },
    body: bytes.subarray(start, end),
  });
  expect((await served.send('PATCH', upload, chunk(0, 40_000))).headers.range).toBe('0-39999');
  expect((await served.send('PATCH', upload, chunk(40_000, 70_000))).headers.range).toBe('0-69999');
  const state = await served.send('GET', upload);
  expect([state.status, state.headers.range, state.headers.location]).toEqual([204, '0-69999', upload]);
  const last = await served.send('PUT', `${upload}?digest=${digest}`, chunk(70_000, 100_000));
  expect(last.status).toBe(201);
  expect((await pulled(served)).equals(bytes)).toBe(true);
});

test('a blob is pushed as a stream of unknown length', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const headers = { 'Transfer-Encoding': 'chunked' };
  expect((await served.send('PATCH', upload, { headers, body: bytes })).status).toBe(202);
  expect((await served.send('PUT', `${upload}?digest=${digest}`)).status).toBe(201);
  expect((await pulled(served)).equals(bytes)).toBe(true);
});

test('a blob can be named by its sha512', async () => {
  const served = await serve();
  const named = digestOf(bytes, 'sha512');
  const upload = await openUpload(served);
  expect((await served.send('PUT', `${upload}?digest=${named}`, { body: bytes })).status).toBe(201);
  expect((await pulled(served, named)).equals(bytes)).toBe(true);
});

test('a chunk out of order is refused, and the answer says where the upload stands', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const headers = { 'Content-Range': '10-19' };
  const early = await served.send('PATCH', upload, { headers, body: bytes.subarray(10, 20) });
  expect([early.status, early.headers.location]).toEqual([416, upload]);
  await served.send('PATCH', upload, { headers: { 'Content-Range': '0-9' }, body: bytes.subarray(0, 10) });
  const again = await served.send('PATCH', upload, {
    headers: { 'Content-Range': '0-9' },
    body: bytes.subarray(0, 10),
  });
  expect([again.status, again.headers.range]).toEqual([416, '0-9']);
  const end = await served.send('PUT', `${upload}?digest=${digest}`, {
    headers: { 'Content-Range': '20-29' },
    body: bytes.subarray(20, 30),
  });
  expect(end.status).toBe(416);
  expect((await served.send('GET', upload)).headers.range).toBe('0-9');
});

test.each([
  ['9-0', {}, 'BLOB_UPLOAD_INVALID'],
  ['everything', {}, 'BLOB_UPLOAD_INVALID'],
  ['0-4', {}, 'SIZE_INVALID'],
  ['0-4', { 'Transfer-Encoding': 'chunked' }, 'SIZE_INVALID'],
  ['0-14', { 'Transfer-Encoding': 'chunked' }, 'SIZE_INVALID'],
])('ten bytes as a chunk of "%s" %j are refused and not kept', async (range, more, code) => {
  const served = await serve();
  const upload = await openUpload(served);
  const answer = await served.send('PATCH', upload, {
    headers: { 'Content-Range': range, ...more },
    body: bytes.subarray(0, 10),
  });
  expect([answer.status, answer.code]).toEqual([400, code]);
  const rest = await served.send('PUT', `${upload}?digest=${digest}`, { body: bytes });
  expect(rest.status).toBe(201);
});

test.each([
  ['no digest', '', 'DIGEST_INVALID'],
  ['a digest that is none', '?digest=sha256:abc', 'DIGEST_INVALID'],
  ['an algorithm that nobody knows', `?digest=md5:${'a'.repeat(32)}`, 'DIGEST_INVALID'],
  ['the digest of other bytes', `?digest=${digestOf('other')}`, 'DIGEST_INVALID'],
])('an upload that ends with %s is refused', async (_, query, code) => {
  const served = await serve();
  const upload = await openUpload(served);
  const answer = await served.send('PUT', `${upload}${query}`, { body: bytes });
  expect([answer.status, answer.code]).toEqual([400, code]);
});

test('bytes under a wrong digest are stored nowhere', async () => {
  const served = await serve();
  const wrong = digestOf('other');
  const upload = await openUpload(served);
  await served.send('PUT', `${upload}?digest=${wrong}`, { body: bytes });
  await served.send('POST', `/v2/app/blobs/uploads/?digest=${wrong}`, { body: bytes });
  expect(await readdir(join(served.folder, 'blobs', 'sha256'))).toEqual([]);
  expect(await served.unfinished()).toEqual([]);
  expect((await served.send('GET', upload)).code).toBe('BLOB_UPLOAD_UNKNOWN');
});

test('an upload is found only by its own id in its own repository', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const others = [
    upload.replace('/app/', '/other/'),
    '/v2/app/blobs/uploads/1234',
    '/v2/app/blobs/uploads/..',
    '/v2/app/blobs/uploads/%2e%2e',
  ];
  for (const path of others) {
    for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
      const answer = await served.send(method, path);
      expect([answer.status, answer.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    }
  }
  expect((await served.send('GET', upload)).status).toBe(204);
});

test('a cancelled upload is gone', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  await served.send('PATCH', upload, { body: bytes });
  expect(await served.unfinished()).toHaveLength(1);
  expect((await served.send('DELETE', upload)).status).toBe(204);
  expect(await served.unfinished()).toEqual([]);
  expect((await served.send('GET', upload)).status).toBe(404);
});

/** Sends part of a body and drops the connection once the server has taken some of it. */
async function breakOff(served: Served, method: string, path: string): Promise<void> {
  const sent = request(`${served.url}${path}`, {
    method,
    headers: { 'Content-Length': 200_000, Expect: '100-continue' },
  });
  sent.on('error', () => {});
  sent.flushHeaders();
  await once(sent, 'continue');
  await new Promise((written) => sent.write(bytes, written));
  sent.destroy();
  await served.logged(new RegExp(`^${method} \\S+ broken off`));
}

test.each(['PATCH', 'PUT'])(
  'a %s that breaks off leaves the upload as it was, to be sent again',
  async (method) => {
    const served = await serve();
    const upload = await openUpload(served);
    await served.send('PATCH', upload, { body: bytes.subarray(0, 1000) });
    await breakOff(served, method, `${upload}?digest=${digest}`);
    expect((await served.send('GET', upload)).headers.range).toBe('0-999');
    const rest = await served.send('PUT', `${upload}?digest=${digest}`, { body: bytes.subarray(1000) });
    expect(rest.status).toBe(201);
    expect((await pulled(served)).equals(bytes)).toBe(true);
  },
);

test('a push in one request that breaks off leaves nothing', async () => {
  const served = await serve();
  await breakOff(served, 'POST', `/v2/app/blobs/uploads/?digest=${digest}`);
  expect(await served.unfinished()).toEqual([]);
  expect((await served.send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404);
});

test('a client that stops sending is given up, and its upload can go on', async () => {
  const served = await serve({ limits: { idleSeconds: 1 } });
  const upload = await openUpload(served);
  const stuck = request(`${served.url}${upload}`, { method: 'PATCH', headers: { 'Content-Length': 20 } });
  const broken = once(stuck, 'response').catch((error) => error.code);
  stuck.write(bytes.subarray(0, 10));
  expect(await broken).toBe('ECONNRESET');
  await served.logged(/^PATCH \S+ broken off/);
  expect((await served.send('GET', upload)).status).toBe(204);
});

test('two pushes of one blob at once both succeed', async () => {
  const served = await serve();
  const uploads = await Promise.all([openUpload(served, 'one'), openUpload(served, 'two')]);
  const answers = await Promise.all(
    uploads.map((upload) => served.send('PUT', `${upload}?digest=${digest}`, { body: bytes })),
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect((await pulled(served)).equals(bytes)).toBe(true);
  expect(await served.unfinished()).toEqual([]);
});

test('two requests cannot write to one upload at once', async () => {
  const served = await serve();
  const upload = await openUpload(served);
  const slow = request(`${served.url}${upload}`, {
    method: 'PATCH',
    agent: new Agent(),
    headers: { 'Content-Length': 20, Expect: '100-continue' },
  });
  slow.flushHeaders();
  await once(slow, 'continue');
  slow.write(bytes.subarray(0, 10));
  const second = await served.send('PATCH', upload, { body: bytes });
  expect([second.status, second.code]).toEqual([400, 'BLOB_UPLOAD_INVALID']);
  slow.end(bytes.subarray(10, 20));
  const [response] = await once(slow, 'response');
  response.resume();
  expect(response.headers.range).toBe('0-19');
});

test('a blob that is here is mounted in any repository', async () => {
  const served = await serve();
  await pushBlob(served, bytes, 'one');
  for (const from of ['&from=one', '']) {
    const answer = await served.send('POST', `/v2/two/blobs/uploads/?mount=${digest}${from}`);
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/two/blobs/${digest}`]);
  }
});

test('a mount of what is not here becomes an upload', async () => {
  const served = await serve();
  const answer = await served.send('POST', `/v2/two/blobs/uploads/?mount=${digest}&from=one`);
  expect(answer.status).toBe(202);
  const end = await served.send('PUT', `${answer.headers.location}?digest=${digest}`, { body: bytes });
  expect(end.status).toBe(201);
});

test.each([
  ['mount=sha256:1&from=one', 'DIGEST_INVALID'],
  [`mount=${digest}&from=../one`, 'NAME_INVALID'],
  ['digest=sha256:1', 'DIGEST_INVALID'],
])('an upload for "%s" is refused', async (query, code) => {
  const served = await serve();
  const answer = await served.send('POST', `/v2/two/blobs/uploads/?${query}`);
  expect([answer.status, answer.code]).toEqual([400, code]);
  expect(await served.unfinished()).toEqual([]);
});

test('no more uploads are open at once than allowed', async () => {
  const served = await serve({ limits: { uploads: 1 } });
  const upload = await openUpload(served);
  const second = await served.send('POST', '/v2/app/blobs/uploads/');
  expect([second.status, second.code]).toEqual([429, 'TOOMANYREQUESTS']);
  expect(second.headers['retry-after']).toBeDefined();
  await served.send('DELETE', upload);
  expect((await served.send('POST', '/v2/app/blobs/uploads/')).status).toBe(202);
});

test('an upload that nobody goes on with is dropped when another starts', async () => {
  const layout = await openLayout(await scratch(), { create: true });
  const uploads = new Uploads(layout, { most: 1, idleSeconds: 0 });
  const left = await uploads.start('app');
  await uploads.append(left, streamOf(bytes));
  await uploads.start('app');
  expect(() => uploads.find('app', left.id)).toThrow(Refusal);
  expect(await readdir(join(layout.path, 'ingest'))).toHaveLength(1);
  await uploads.close();
  await layout.close();
});

/** A layout on a disk where nothing fits. */
class FullLayout extends Layout {
  override async spool(): Promise<string> {
    const path = await super.spool();
    await rm(path);
    await symlink('/dev/full', path);
    return path;
  }
}

test('a full disk is told to the client without its path, and with it in the log', async () => {
  const folder = await scratch();
  await (await openLayout(folder, { create: true })).close();
  const served = await serve({ layout: new FullLayout(folder) });
  const pushes = [
    await served.send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: bytes }),
    await served.send('PUT', `${await openUpload(served)}?digest=${digest}`, { body: bytes }),
  ];
  for (const { status, body } of pushes) {
    expect(status).toBe(507);
    expect(JSON.parse(body.toString()).errors).toEqual([
      { code: 'UNKNOWN', message: 'no space is left on the disk of the registry' },
    ]);
  }
  expect(await served.logged(/^PUT .* 507 /)).toContain(`no space is left on the disk that holds ${folder}`);
  const client = openRegistry({ host: served.host, repository: 'app' }, { attempts: 3 });
  const error = await client.writeBlob(describeBytes('a/b', bytes), () => streamOf(bytes)).catch((e) => e);
  expect(error).toMatchObject({ code: 'registry-full', kind: 'infrastructure' });
  await client.close();
});

test('closing removes what unfinished uploads left', async () => {
  const served = await serve();
  await served.send('PATCH', await openUpload(served), { body: bytes });
  await served.close();
  expect(await readdir(served.folder)).toEqual(['blobs', 'index.json', 'oci-layout']);
});

test('a read-only registry refuses every write and leaves the layout as it is', async () => {
  const folder = await scratch();
  await (await openLayout(folder, { create: true })).close();
  const before = await readdir(folder, { recursive: true });
  const index = await readFile(join(folder, 'index.json'));
  const served = await serve({ layout: folder, readOnly: true });
  const writes = [
    ['POST', '/v2/app/blobs/uploads/'],
    ['POST', `/v2/app/blobs/uploads/?digest=${digest}`],
    ['PUT', '/v2/app/manifests/v1'],
    ['PATCH', '/v2/app/blobs/uploads/1'],
  ] as const;
  for (const [method, path] of writes) {
    const answer = await served.send(method, path, { body: bytes });
    expect([answer.status, answer.code]).toEqual([405, 'UNSUPPORTED']);
    expect(answer.headers.allow ?? '').not.toContain('PUT');
  }
  await served.close();
  expect(await readdir(folder, { recursive: true })).toEqual(before);
  expect(await readFile(join(folder, 'index.json'))).toEqual(index);
});
