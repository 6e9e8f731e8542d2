import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { registryOrigin } from '../../../src/content/registry/connection.ts';
import { networkFailure } from '../../../src/content/registry/failure.ts';
import { openRegistry } from '../../../src/content/registry/registry.ts';
import { clientOf, dockerConfig, manifestOf, manifestType, manualClock } from './client.ts';
import type { Fault } from './fake-auth.ts';
import { type FakeOptions, FakeRegistry } from './fake-registry.ts';

const certificates = join(import.meta.dirname, 'certificates');
const pem = (name: string) => readFileSync(join(certificates, name));
const tls = { cert: pem('server.crt'), key: pem('server.key') };
const caFile = join(certificates, 'ca.crt');

const manifest = manifestOf();
async function holding(options: FakeOptions = {}) {
  const fake = await FakeRegistry.start(options);
  fake.putManifest('acme/app', Buffer.from(manifest.raw), manifestType, '1');
  return fake;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('should have failed'),
    (error) => error,
  );

/** A fault for the first so many requests. */
function first(count: number, fault: Fault): () => Fault | undefined {
  let seen = 0;
  return () => (seen++ < count ? fault : undefined);
}

describe('where a registry is', () => {
  test.each([
    ['docker.io', {}, 'https://registry-1.docker.io'],
    ['ghcr.io', {}, 'https://ghcr.io'],
    ['registry.example:80', {}, 'https://registry.example:80'],
    ['registry.example:5000', { plainHttp: ['registry.example:5000'] }, 'http://registry.example:5000'],
    ['registry.example', { plainHttp: ['registry.example:5000'] }, 'https://registry.example'],
    ['localhost:5000', {}, 'http://localhost:5000'],
    ['127.8.9.1:5000', {}, 'http://127.8.9.1:5000'],
    ['[::1]:5000', {}, 'http://[::1]:5000'],
    ['localhost:443', {}, 'https://localhost'],
    ['localhost:5000', { caFile: 'ca.crt' }, 'https://localhost:5000'],
    ['localhost:5000', { caFile: 'ca.crt', plainHttp: ['localhost:5000'] }, 'http://localhost:5000'],
    ['localhost.example', {}, 'https://localhost.example'],
    ['127.0.0.1.example', {}, 'https://127.0.0.1.example'],
  ])('%s with %j is at %s', (host, options, origin) => {
    expect(registryOrigin(host, options)).toBe(origin);
  });
});

describe('what is tried again', () => {
  test.each([408, 500, 502, 503, 504])('%i is, with growing waits', async (status) => {
    await using fake = await holding({ fault: first(3, { status }) });
    const clock = manualClock();
    expect(await clientOf(fake, { clock }).resolve('1')).toEqual(manifest.descriptor);
    expect(clock.slept).toEqual([1_000, 2_000, 4_000]);
  });

  test('429 waits as long as the registry asks for, and a minute at most', async () => {
    const hour = { status: 429, headers: { 'retry-after': '3600' } };
    const two = { status: 429, headers: { 'retry-after': '2' } };
    let seen = 0;
    await using fake = await holding({ fault: () => [two, hour][seen++] });
    const clock = manualClock();
    const notices: string[] = [];
    await clientOf(fake, { clock, onRetry: (message) => notices.push(message) }).resolve('1');
    expect(clock.slept).toEqual([2_000, 60_000]);
    expect(notices[0]).toMatch(/429 Too Many Requests.*trying again in 2\.0 s \(2 of 5\)$/);
  });

  test('a connection that breaks is', async () => {
    await using fake = await holding({ fault: first(2, { hangUpAfter: 0 }) });
    expect(await clientOf(fake).resolve('1')).toEqual(manifest.descriptor);
    expect(fake.requests).toHaveLength(3);
  });

  test.each([
    [503, 'registry-unavailable'],
    [429, 'rate-limited'],
  ])('%i on every attempt is an error of the infrastructure', async (status, code) => {
    await using fake = await holding({ fault: () => ({ status }) });
    const error = await failureOf(clientOf(fake, { attempts: 3 }).resolve('1'));
    expect(error).toMatchObject({ code, kind: 'infrastructure' });
    expect(fake.requests).toHaveLength(3);
  });

  test.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'denied'],
    [405, 'not-allowed'],
    [406, 'unsupported'],
    [415, 'unsupported'],
    [418, 'refused'],
    [501, 'unsupported'],
  ])('%i is not', async (status, code) => {
    await using fake = await holding({ fault: () => ({ status }) });
    const error = await failureOf(clientOf(fake).tags());
    expect(error).toMatchObject({ code, kind: 'input' });
    expect(error.hint).toMatch(/\w.*[.)]$/);
    expect(fake.requests).toHaveLength(1);
  });

  test('a host that nobody answers at is an error of the infrastructure that names it', async () => {
    const fake = await FakeRegistry.start();
    await fake[Symbol.asyncDispose]();
    const clock = manualClock();
    const error = await failureOf(clientOf(fake, { clock }).resolve('1'));
    expect(error).toMatchObject({ code: 'registry-unavailable', kind: 'infrastructure' });
    expect(error.message).toContain(`no answer from ${fake.host}`);
    // On this machine: nobody will be there in a moment either.
    expect(error.hint).toContain(`Is a registry listening on ${fake.host}?`);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    ['ENOTFOUND', 'r.example', false],
    ['EAI_AGAIN', 'r.example', true],
    ['ECONNREFUSED', 'r.example:5000', true],
    ['ECONNREFUSED', 'localhost:5000', false],
    ['ECONNREFUSED', '127.0.0.2:5000', false],
    ['ECONNREFUSED', '[::1]:5000', false],
    ['ECONNRESET', 'localhost:5000', true],
  ])('%s of %s: whether another try can help is %s', (code, host, transient) => {
    const failure = networkFailure('app', host, Object.assign(new Error('connect'), { code }));
    expect(failure).toMatchObject({ code: 'registry-unavailable', kind: 'infrastructure', transient });
    expect(failure.hint?.includes(`Is a registry listening on ${host}?`)).toBe(!transient);
  });

  test('someone who asks to stop is not made to wait', async () => {
    const stop = new AbortController();
    await using fake = await holding({ fault: () => ({ status: 503, headers: { 'retry-after': '50' } }) });
    const { systemClock } = await import('../../../src/content/registry/retry.ts');
    const onRetry = () => stop.abort(new Error('interrupted'));
    const client = clientOf(fake, { clock: systemClock, signal: stop.signal, onRetry });
    await expect(client.resolve('1')).rejects.toThrow('interrupted');
  });
});

describe('what a registry says', () => {
  const said = async (body: string, type = 'application/json') => {
    await using fake = await holding({
      fault: () => ({ status: 403, body, headers: { 'content-type': type } }),
    });
    return (await failureOf(clientOf(fake).tags())).message as string;
  };

  test('stands in the error: all its codes and messages', async () => {
    const errors = [{ code: 'DENIED', message: 'no push' }, { code: 'UNSUPPORTED' }];
    expect(await said(JSON.stringify({ errors }))).toMatch(
      /403 Forbidden to GET: DENIED: no push; UNSUPPORTED$/,
    );
    expect(await said('Client sent an HTTP request to an HTTPS server.\n', 'text/plain')).toMatch(
      /an HTTPS server\.$/,
    );
  });

  test('stands on one line without control characters, and not at any length', async () => {
    const message = await said(
      JSON.stringify({ errors: [{ code: 'X', message: `\u001b[31m\n::error::${'long '.repeat(1_000)}` }] }),
    );
    expect(message).toContain(': X: [31m ::error::long');
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message.length).toBeLessThan(500);
  });

  test('is left out where it is a web page or no error at all', async () => {
    expect(await said('<html>secret</html>', 'text/html')).toMatch(/to GET$/);
    expect(await said('[1]')).toMatch(/to GET$/);
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%i is followed', async (status) => {
    const location = '/v2/acme/app/manifests/1?moved=yes';
    await using fake = await holding({
      fault: ({ query }) => (query.has('moved') ? undefined : { status, headers: { location } }),
    });
    expect(await clientOf(fake).resolve('1')).toEqual(manifest.descriptor);
    expect(fake.requests.map((seen) => seen.method)).toEqual(['HEAD', 'HEAD']);
  });

  test('that go in circles end', async () => {
    const fault = () => ({ status: 307, headers: { location: '/v2/acme/app/manifests/1' } });
    await using fake = await holding({ fault });
    const error = await failureOf(clientOf(fake).resolve('1'));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('over 5 redirects'),
    });
    expect(fake.requests).toHaveLength(6);
  });

  test('to another origin take no Authorization along, nor answer its challenges', async () => {
    await using thief = await FakeRegistry.start({ auth: 'basic', user: 'me', password: 'pw' });
    const location = `http://${thief.host}/v2/acme/app/manifests/1`;
    await using fake = await holding({
      auth: 'basic',
      user: 'me',
      password: 'pw',
      fault: ({ headers }) => (headers.authorization ? { status: 307, headers: { location } } : undefined),
    });
    const auth = Buffer.from('me:pw').toString('base64');
    const config = dockerConfig({ auths: { [fake.host]: { auth }, [thief.host]: { auth } } });
    const error = await failureOf(clientOf(fake, { dockerConfig: config }).resolve('1'));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(thief.requests.map((seen) => seen.headers.authorization)).toEqual([undefined]);
  });

  test('never give up TLS', async () => {
    const location = 'http://storage.example/blob?signature=canary';
    await using fake = await holding({ tls, fault: () => ({ status: 307, headers: { location } }) });
    const error = await failureOf(clientOf(fake, { caFile }).resolve('1'));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.message).toMatch(/from TLS to http:\/\/storage\.example$/);
  });
});

describe('TLS', () => {
  test('an own authority is trusted where its file is named', async () => {
    await using fake = await holding({ tls });
    expect(await clientOf(fake, { caFile }).resolve('1')).toEqual(manifest.descriptor);
  });

  test('a certificate that is not trusted is an error at once, with what to do', async () => {
    await using fake = await holding({ tls });
    const own = { certFile: join(certificates, 'client.crt'), keyFile: join(certificates, 'client.key') };
    const clock = manualClock();
    const error = await failureOf(clientOf(fake, { ...own, clock }).resolve('1'));
    expect(error).toMatchObject({ code: 'tls', kind: 'input' });
    expect(error.hint).toContain('certificate authority');
    expect(clock.slept).toEqual([]);
  });

  test('a registry without TLS where TLS is meant is an error that says so', async () => {
    await using fake = await holding();
    const error = await failureOf(clientOf(fake, { caFile }).resolve('1'));
    expect(error).toMatchObject({ code: 'tls', kind: 'input' });
    expect(error.hint).toContain('plain-HTTP');
  });

  test('the client certificate is shown to the registry, and not to its storage', async () => {
    const mutual = { ...tls, ca: pem('ca.crt'), requestCert: true, rejectUnauthorized: true };
    await using fake = await holding({ tls: mutual, storage: { signatureUses: 1 } });
    const own = { certFile: join(certificates, 'client.crt'), keyFile: join(certificates, 'client.key') };
    const client = clientOf(fake, { caFile, ...own });
    expect(await client.resolve('1')).toEqual(manifest.descriptor);
    // The storage of this fake wants one too, and gets none.
    const bytes = Buffer.from('content');
    fake.putBlob('acme/app', bytes);
    const digest = (await import('../../../src/content/image/digest.ts')).digestOf(bytes);
    const reading = client.readBlob({ mediaType: 'x', digest, size: bytes.length })[Symbol.asyncIterator]();
    const error = await failureOf(reading.next());
    expect(error.message).toContain(`no answer from ${new URL(fake.originOf('storage')).host}`);
  });

  test('a token server without TLS gets no credentials for a registry with it', async () => {
    const challenge = { 'www-authenticate': 'Bearer realm="http://tokens.example/token"' };
    await using fake = await holding({ tls, fault: () => ({ status: 401, headers: challenge }) });
    const error = await failureOf(clientOf(fake, { caFile }).resolve('1'));
    expect(error).toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('names no token server'),
    });
  });

  test.each([
    ['absent.crt', 'cannot read'],
    ['make.sh', 'not a PEM file'],
  ])('a certificate file like %s is an error that names it', (name, what) => {
    const open = () =>
      openRegistry({ host: 'a.example', repository: 'b' }, { caFile: join(certificates, name) });
    expect(open).toThrow(
      expect.objectContaining({ code: 'bad-certificate', message: expect.stringContaining(what) }),
    );
  });
});

describe('a proxy of the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('stands before Docker Hub, and not before loopback', async () => {
    const asked: string[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) vi.stubEnv(name, address);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
    await using fake = await holding();
    expect(await clientOf(fake).resolve('1')).toEqual(manifest.descriptor);
    expect(asked).toEqual([]);
    const hub = openRegistry(
      { host: 'docker.io', repository: 'library/alpine' },
      { attempts: 1, dockerConfig: dockerConfig() },
    );
    const error = await failureOf(hub.resolve('latest'));
    expect(asked).toEqual(['registry-1.docker.io:443']);
    expect(error).toMatchObject({ code: 'registry-unavailable' });
    await hub.close();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  test('that is no address is an error that does not quote it', async () => {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) vi.stubEnv(name, 'canary:SECRET@nowhere');
    const client = openRegistry(
      { host: 'a.example', repository: 'b' },
      { attempts: 1, dockerConfig: dockerConfig() },
    );
    const error = await failureOf(client.resolve('1'));
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('SECRET');
    expect(error.code).toBe('bad-proxy');
  });
});

test('a closed client leaves no connection', async () => {
  await using fake = await holding();
  const client = clientOf(fake);
  await client.resolve('1');
  await client.close();
  await expect.poll(() => fake.openConnections()).toBe(0);
});
