import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveLayout } from '../../../src/content/registry/server.ts';
import { isLoopbackAddress } from '../../../src/content/registry/server-callers.ts';
import { Layout, openLayout } from '../../../src/content/store/layout.ts';
import { scratch } from '../store/sample-image.ts';
import { openUpload, pushBlob, send, serve, sparseBlob } from './served.ts';

test('a registry listens on loopback, on a port of its own, and says that it is one', async () => {
  const served = await serve();
  expect(served.host).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(served.url).toBe(`http://${served.host}`);
  const answer = await served.send('GET', '/v2/');
  expect([answer.status, answer.headers['docker-distribution-api-version']]).toEqual([200, 'registry/2.0']);
});

test.each(['localhost:5000', 'LOCALHOST', 'registry.localhost', '127.8.9.1:80', '[::1]:5000'])(
  'it answers to the name %s',
  async (host) => {
    const served = await serve();
    expect((await served.send('GET', '/v2/', { headers: { host } })).status).toBe(200);
  },
);

test.each([
  'evil.example',
  'evil.example:80',
  '127.0.0.1.evil.example',
  '192.168.0.1',
  'localhost.evil.example',
])('it does not answer to the name "%s", which someone else can make mean this machine', async (host) => {
  const served = await serve();
  const answer = await served.send('GET', '/v2/', { headers: { host } });
  expect([answer.status, answer.code]).toEqual([403, 'DENIED']);
});

test('it does not answer web pages', async () => {
  const served = await serve();
  const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  const answer = await served.send('POST', '/v2/app/blobs/uploads/', { headers });
  expect([answer.status, answer.code]).toEqual([403, 'DENIED']);
});

test('where it is asked to listen for other machines, it answers to any name', async () => {
  const served = await serve({ host: '0.0.0.0' });
  const port = served.host.split(':')[1];
  expect(served.host).toBe(`0.0.0.0:${port}`);
  const answer = await send(`127.0.0.1:${port}`, 'GET', '/v2/', { headers: { host: 'builder.example' } });
  expect(answer.status).toBe(200);
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['localhost', false],
])('the address %s is loopback: %s', (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
});

test('headers beyond all reason are refused', async () => {
  const served = await serve();
  const sent = served.send('GET', '/v2/', { headers: { authorization: 'x'.repeat(100_000) } });
  // The server hangs up while the client may still be sending, who then may not see the answer.
  expect(await sent.then(({ status }) => status).catch((error) => error.code)).toBeOneOf([
    431,
    'ECONNRESET',
    'EPIPE',
  ]);
  expect(served.lines).toEqual([]);
  expect((await served.send('GET', '/v2/')).status).toBe(200);
});

test('each request is a line of the log, which holds no secret and no control characters', async () => {
  const served = await serve();
  await served.send('GET', '/v2/app/tags/list?n=1', { headers: { authorization: 'Bearer canary' } });
  await served.send('GET', '/v2/%0a::error::');
  expect(await served.logged(/tags/)).toMatch(/^GET \/v2\/app\/tags\/list\?n=1 200 \d+ ms$/);
  expect(await served.logged(/error/)).toMatch(/^GET \/v2\/%0a::error:: 404 \d+ ms$/);
  expect(served.lines.join()).not.toContain('canary');
});

test('a failure of its own is told in the log and not to the client', async () => {
  const served = await serve();
  await writeFile(join(served.folder, 'index.json'), 'broken');
  const answer = await served.send('GET', '/v2/app/tags/list');
  expect([answer.status, answer.code]).toEqual([500, 'UNKNOWN']);
  expect(answer.body.toString()).not.toContain(served.folder);
  expect(await served.logged(/tags/)).toContain(served.folder);
});

test('closing lets a download that is under way end, then the connection', async () => {
  const served = await serve();
  const size = 32 * 1024 * 1024;
  const digest = await sparseBlob(served, size);
  const agent = new Agent({ keepAlive: true });
  const sent = get(`${served.url}/v2/app/blobs/${digest}`, { agent });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const closed = served.close();
  let read = 0;
  for await (const chunk of response) read += (chunk as Buffer).length;
  await closed;
  expect(read).toBe(size);
  await expect(served.send('GET', '/v2/')).rejects.toThrow('ECONNREFUSED');
  agent.destroy();
});

test('closing waits no longer than allowed for a client that takes nothing', async () => {
  const served = await serve({ limits: { closeSeconds: 0 } });
  const digest = await sparseBlob(served, 32 * 1024 * 1024);
  const sent = get(`${served.url}/v2/app/blobs/${digest}`);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const broken = expect(
    once(
      response.on('data', () => response.pause()),
      'end',
    ),
  ).rejects.toThrow('aborted');
  await served.close();
  response.removeAllListeners('data').resume();
  await broken;
  expect(served.lines.at(-1)).toContain('broken off');
});

test('closing twice is closing once', async () => {
  const served = await serve();
  await openUpload(served);
  await Promise.all([served.close(), served.close()]);
  await served.close();
  expect(await served.unfinished()).toEqual([]);
});

test('a layout that was handed over open stays open', async () => {
  const layout = await openLayout(await scratch(), { create: true });
  const served = await serve({ layout });
  const digest = await pushBlob({ ...served, folder: layout.path }, Buffer.from('kept'));
  await served.close();
  expect(layout).toBeInstanceOf(Layout);
  expect(await layout.blobSize(digest)).toBe(4);
  await layout.close();
});

test('what cannot be served is said before anything listens', async () => {
  const folder = await scratch();
  await expect(serveLayout({ layout: folder, readOnly: true })).rejects.toMatchObject({ code: 'no-layout' });
  const served = await serve();
  const port = Number(served.host.split(':')[1]);
  await expect(serveLayout({ layout: folder, port })).rejects.toMatchObject({
    code: 'port-in-use',
    hint: expect.stringContaining('--port 0'),
  });
  await expect(serveLayout({ layout: folder, host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'bad-host',
  });
});
