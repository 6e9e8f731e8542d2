import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDockerArchive, writeDockerArchive } from '../../../src/content/store/docker-archive.ts';
import { openDockerDaemon, writeDockerDaemon } from '../../../src/content/store/docker-daemon.ts';
import { digestsOf, put, readAll, sampleImage, sampleIndex, scratch } from './sample-image.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Answers as docker does (the real one is in the engine tier); gives the DOCKER_HOST. */
async function daemon(
  handlers: Readonly<Record<string, Handler>>,
  scheme: 'unix' | 'tcp' = 'unix',
): Promise<{ DOCKER_HOST: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://docker');
    asked.push(`${request.method} ${request.url}`);
    const handler = handlers[`${request.method} ${decodeURIComponent(pathname)}`];
    if (handler) await handler(request, response);
    else response.writeHead(404).end('{"message":"No such image"}');
  });
  onTestFinished(() => void server.close());
  const socket = join(await scratch(), 'docker.sock');
  await new Promise<void>((resolve) => {
    if (scheme === 'unix') server.listen(socket, resolve);
    else server.listen(0, '127.0.0.1', resolve);
  });
  const DOCKER_HOST =
    scheme === 'unix' ? `unix://${socket}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { DOCKER_HOST, asked };
}

const ping: Readonly<Record<string, Handler>> = { 'GET /_ping': (_, response) => void response.end('OK') };
const name = 'ghcr.io/acme/server:1.4';

async function savedArchive() {
  const image = await sampleImage();
  const path = join(await scratch(), 'image.tar');
  const sink = await writeDockerArchive(path);
  await put(sink, image, name);
  await sink.close();
  return { image, bytes: await readFile(path) };
}

const spools = async () => (await readdir(tmpdir())).filter((file) => file.includes(`-${process.pid}-`));

describe('reading', () => {
  test.each(['unix', 'tcp'] as const)('an image of a daemon at %s:// is saved and read', async (scheme) => {
    const { image, bytes } = await savedArchive();
    const { asked, ...environment } = await daemon(
      {
        [`GET /images/${name}/json`]: (_, response) => void response.end('{}'),
        'GET /images/get': (_, response) => void response.end(bytes),
      },
      scheme,
    );
    const source = await openDockerDaemon('ghcr.io/acme/server:1.4', environment);
    expect(await readAll(source, await source.resolve())).toEqual(digestsOf(image));
    await source.close();
    expect(asked[1]).toBe('GET /images/get?names=ghcr.io%2Facme%2Fserver%3A1.4');
  });

  test('a name without a tag means latest: docker would save every tag of the repository', async () => {
    const { asked, ...environment } = await daemon({});
    await expect(openDockerDaemon('alpine', environment)).rejects.toMatchObject({
      code: 'not-found',
      kind: 'input',
      message: expect.stringContaining('"alpine"'),
    });
    expect(asked.map(decodeURIComponent)).toEqual(['GET /images/docker.io/library/alpine:latest/json']);
  });

  test('docker’s own message is told, and an answer that breaks off is an error', async () => {
    const { bytes } = await savedArchive();
    const found: Record<string, Handler> = {
      [`GET /images/${name}/json`]: (_, response) => void response.end('{}'),
    };
    const { DOCKER_HOST } = await daemon({
      ...found,
      'GET /images/get': (_, response) => void response.writeHead(500).end('{"message":"layer is corrupt"}'),
    });
    await expect(openDockerDaemon(name, { DOCKER_HOST })).rejects.toMatchObject({
      code: 'docker-failed',
      kind: 'infrastructure',
      message: expect.stringContaining('layer is corrupt'),
    });
    const broken = await daemon({
      ...found,
      'GET /images/get': (_, response) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 5000), () => response.destroy());
      },
    });
    await expect(openDockerDaemon(name, broken as never)).rejects.toMatchObject({ code: 'docker-failed' });
  });
});

describe('writing', () => {
  test('the archive that docker gets holds the image under its name; nothing is left of it here', async () => {
    const image = await sampleImage();
    let received = Buffer.alloc(0);
    const { DOCKER_HOST } = await daemon({
      ...ping,
      'POST /images/load': async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        received = Buffer.concat(chunks);
        response.end('{"stream":"Loaded image: ghcr.io/acme/server:1.4\\n"}\n');
      },
    });
    const sink = await writeDockerDaemon({ DOCKER_HOST });
    await put(sink, image, name);
    const [spooled, ...more] = await spools();
    expect(more).toEqual([]);
    // Nobody else on the machine may look into it.
    expect((await stat(join(tmpdir(), spooled ?? ''))).mode & 0o077).toBe(0);
    await sink.close();
    expect(await spools()).toEqual([]);
    const path = join(await scratch(), 'received.tar');
    await writeFile(path, received);
    const source = await openDockerArchive(path);
    expect(await readAll(source, await source.resolve(name))).toEqual(digestsOf(image));
    await source.close();
  });

  test('an error among the messages of a load that began well is told', async () => {
    const { DOCKER_HOST } = await daemon({
      ...ping,
      'POST /images/load': (request, response) => {
        request.resume();
        const said = [
          { status: 'Loading layer' },
          { errorDetail: { message: 'no space' }, error: 'no space' },
        ];
        response.end(said.map((message) => JSON.stringify(message)).join('\r\n'));
      },
    });
    const sink = await writeDockerDaemon({ DOCKER_HOST });
    await put(sink, await sampleImage(), name);
    await expect(sink.close()).rejects.toMatchObject({
      code: 'docker-failed',
      message: expect.stringContaining('no space'),
    });
    expect(await spools()).toEqual([]);
  });

  test('an index is refused at once, and abort leaves nothing', async () => {
    const { DOCKER_HOST } = await daemon(ping);
    const sink = await writeDockerDaemon({ DOCKER_HOST });
    const index = sampleIndex([{ image: await sampleImage() }]);
    expect(() => sink.checkImage?.(index.top)).toThrow(expect.objectContaining({ code: 'needs-platform' }));
    await sink.abort();
    expect(await spools()).toEqual([]);
  });
});

describe('no daemon', () => {
  test.each([
    ['a socket that is not there', 'unix:///nonexistent/docker.sock', 'no-daemon', 'infrastructure'],
    ['a port where nobody listens', 'tcp://127.0.0.1:1', 'no-daemon', 'infrastructure'],
    ['an address that is not understood', 'ssh://build-host', 'bad-docker-host', 'input'],
  ])('%s is said', async (_, DOCKER_HOST, code, kind) => {
    const expected = { code, kind, message: expect.stringContaining(DOCKER_HOST) };
    await expect(openDockerDaemon('alpine', { DOCKER_HOST })).rejects.toMatchObject(expected);
    await expect(writeDockerDaemon({ DOCKER_HOST })).rejects.toMatchObject(expected);
  });

  test('missing certificates are said', async () => {
    const environment = {
      DOCKER_HOST: 'tcp://127.0.0.1:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: await scratch(),
    };
    await expect(openDockerDaemon('alpine', environment)).rejects.toMatchObject({
      message: expect.stringContaining('.pem'),
    });
  });
});
