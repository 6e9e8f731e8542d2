import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  all,
  blobOf,
  clientOf,
  dockerConfig,
  login,
  manifestOf,
  manualClock,
  noise,
  streamOf,
} from './client.ts';
import { type FakeOptions, FakeRegistry } from './fake-registry.ts';

const bytes = noise(1_000);
const blob = blobOf(bytes);

async function scene(options: FakeOptions) {
  const fake = await FakeRegistry.start(options);
  fake.putBlob('acme/app', bytes);
  const manifest = manifestOf();
  fake.putManifest('acme/app', Buffer.from(manifest.raw), manifest.descriptor.mediaType, '1');
  return fake;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('should have failed'),
    (error) => error,
  );

test('a registry that asks for nothing is given nothing', async () => {
  await using fake = await scene({});
  await clientOf(fake, { dockerConfig: login(fake, 'me', 'pw') }).resolve('1');
  expect(fake.requests.map((seen) => seen.headers.authorization)).toEqual([undefined]);
});

test('basic: the password is sent once it was asked for, and from then on at once', async () => {
  await using fake = await scene({ auth: 'basic', user: 'me', password: 'pw' });
  const client = clientOf(fake, { dockerConfig: login(fake, 'me', 'pw') });
  await client.resolve('1');
  await client.tags();
  expect(fake.requests.map((seen) => seen.headers.authorization !== undefined)).toEqual([false, true, true]);
});

test('bearer: without credentials an anonymous token for pulling is asked for', async () => {
  await using fake = await scene({ auth: 'bearer' });
  await clientOf(fake).resolve('1');
  const [asked] = fake.seen('GET', '/token', 'token');
  expect(asked?.query.getAll('scope')).toEqual(['repository:acme/app:pull']);
  expect(asked?.query.get('service')).toBe('fake');
  expect(asked?.headers.authorization).toBeUndefined();
});

test('bearer: a push asks for both actions with the password, once for all requests at the same time', async () => {
  await using fake = await scene({ auth: 'bearer', user: 'me', password: 'pw' });
  const client = clientOf(fake, { dockerConfig: login(fake, 'me', 'pw') });
  const blobs = [1, 2, 3, 4].map((seed) => noise(500, seed));
  const outcomes = blobs.map((each) => client.writeBlob(blobOf(each), streamOf(each)));
  expect(await Promise.all(outcomes)).toEqual(['written', 'written', 'written', 'written']);
  const asked = fake.seen('GET', '/token', 'token');
  expect(asked.map((seen) => seen.query.getAll('scope'))).toEqual([['repository:acme/app:pull,push']]);
  expect(asked[0]?.query.get('account')).toBe('me');
});

test('a mount asks for a token that may also pull from the other repository', async () => {
  await using fake = await scene({ auth: 'bearer' });
  const client = clientOf(fake, {}, 'acme/new');
  expect(await client.writeBlob(blob, streamOf(bytes), clientOf(fake))).toBe('mounted');
  const scopes = fake.seen('GET', '/token', 'token').map((seen) => seen.query.getAll('scope'));
  expect(scopes.at(-1)).toEqual(['repository:acme/new:pull,push', 'repository:acme/app:pull']);
});

test('a token that ends in the middle of a push is renewed once, and the bytes are sent again', async () => {
  // Each token is good for two requests: HEAD and POST; the PUT finds it spent.
  await using fake = await scene({ auth: 'bearer', tokenUses: 2 });
  const fresh = noise(3 * 1024 * 1024, 7);
  let opened = 0;
  const open = () => {
    opened++;
    return streamOf(fresh)();
  };
  expect(await clientOf(fake).writeBlob(blobOf(fresh), open)).toBe('written');
  expect(opened).toBe(2);
  expect(fake.seen('PUT', '/uploads/')).toHaveLength(2);
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(2);
  expect(fake.blobs.get(`acme/app ${blobOf(fresh).digest}`)?.equals(fresh)).toBe(true);
});

test.each(['HEAD', 'POST', 'PUT'])(
  'a password that ends in the middle of a push, as ECR says it to %s, is read again',
  async (method) => {
    let [password, pushing] = ['first', false];
    const expired = { errors: [{ code: 'DENIED', message: 'Your authorization token has expired.' }] };
    await using fake = await scene({
      fault: (seen) => {
        if (pushing && seen.method === method) password = 'second';
        const given = Buffer.from(seen.headers.authorization?.slice(6) ?? '', 'base64').toString();
        if (given === `AWS:${password}`) return undefined;
        if (given === '') return { status: 401, headers: { 'www-authenticate': 'Basic realm="ecr"' } };
        return { status: 403, body: seen.method === 'HEAD' ? '' : JSON.stringify(expired) };
      },
    });
    const directory = login(fake, 'AWS', 'first');
    const client = clientOf(fake, { dockerConfig: directory });
    await client.tags();
    const renewed = await readFile(join(login(fake, 'AWS', 'second'), 'config.json'));
    await writeFile(join(directory, 'config.json'), renewed);
    pushing = true;
    const fresh = noise(10_000, 5);
    expect(await client.writeBlob(blobOf(fresh), streamOf(fresh))).toBe('written');
    expect(fake.blobs.get(`acme/app ${blobOf(fresh).digest}`)?.equals(fresh)).toBe(true);
  },
);

test('a refusal that another password would not change is final', async () => {
  await using fake = await scene({
    fault: ({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': 'Basic realm="ecr"' } }
        : { status: 403 },
  });
  const client = clientOf(fake, { dockerConfig: login(fake, 'AWS', 'pw') });
  expect(await failureOf(client.resolve('1'))).toMatchObject({ code: 'denied' });
  expect(fake.requests).toHaveLength(2);
});

test('a token that has aged is renewed before it is refused', async () => {
  await using fake = await scene({ auth: 'bearer' });
  const clock = manualClock();
  const client = clientOf(fake, { clock });
  await client.resolve('1');
  clock.advance(250_000);
  await client.resolve('1');
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(1);
  clock.advance(25_000);
  await client.resolve('1');
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(2);
  expect(fake.seen('HEAD', '/manifests/')).toHaveLength(4);
});

test('an identity token is traded by POST', async () => {
  await using fake = await scene({ auth: 'bearer', identityToken: 'refresh-me', user: 'nobody' });
  const config = dockerConfig({ auths: { [fake.host]: { identitytoken: 'refresh-me' } } });
  await clientOf(fake, { dockerConfig: config }).resolve('1');
  const [asked] = fake.seen('POST', '/token', 'token');
  expect(Object.fromEntries(asked?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    client_id: 'pull-budget',
    service: 'fake',
    scope: 'repository:acme/app:pull',
    refresh_token: 'refresh-me',
  });
});

test('an identity token does not follow a redirect of the token server', async () => {
  await using other = await FakeRegistry.start();
  await using fake = await scene({
    auth: 'bearer',
    fault: ({ at }) =>
      at === 'token'
        ? { status: 307, headers: { location: `${other.originOf('registry')}/v2/` } }
        : undefined,
  });
  const config = dockerConfig({ auths: { [fake.host]: { identitytoken: 'refresh-me' } } });
  const error = await failureOf(clientOf(fake, { dockerConfig: config }).resolve('1'));
  expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('token server') });
  expect(other.requests).toEqual([]);
});

test('where the token server knows no POST, the identity token is sent as a password', async () => {
  const user = '00000000-0000-0000-0000-000000000000';
  await using fake = await scene({ auth: 'bearer', user, password: 'refresh-me' });
  const auth = Buffer.from(`${user}:`).toString('base64');
  const config = dockerConfig({ auths: { [fake.host]: { auth, identitytoken: 'refresh-me' } } });
  await clientOf(fake, { dockerConfig: config }).resolve('1');
  expect(fake.seen('POST', '/token', 'token')).toHaveLength(1);
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(1);
});

test('a registry token is used as it is', async () => {
  await using fake = await scene({ auth: 'bearer' });
  const config = dockerConfig({ auths: { [fake.host]: { registrytoken: 'given' } } });
  const error = await failureOf(clientOf(fake, { dockerConfig: config }).resolve('1'));
  expect(error.code).toBe('unauthorized');
  expect(fake.seen('HEAD', '/manifests/').at(-1)?.headers.authorization).toBe('Bearer given');
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(0);
});

test('access_token is understood, and a token answer of nonsense is an error that does not quote it', async () => {
  await using fake = await scene({ auth: 'bearer', tokenAnswer: (token) => ({ access_token: token }) });
  await clientOf(fake).resolve('1');
  for (const answer of ['canary-SECRET', { token: 'canary\r\nSECRET' }, { nothing: 'canary-SECRET' }]) {
    await using broken = await scene({ auth: 'bearer', tokenAnswer: () => answer });
    const error = await failureOf(clientOf(broken).resolve('1'));
    expect(error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('token server') });
    expect(inspect(error, { depth: 10 })).not.toContain('SECRET');
  }
});

test('a token server that fails is asked as often as the registry would be', async () => {
  await using fake = await scene({
    auth: 'bearer',
    fault: ({ at }) => (at === 'token' ? { status: 503 } : undefined),
  });
  const error = await failureOf(clientOf(fake, { attempts: 3 }).resolve('1'));
  expect(error).toMatchObject({ code: 'registry-unavailable', kind: 'infrastructure' });
  expect(fake.seen('GET', '/token', 'token')).toHaveLength(3);
});

test('a password that was replaced while we work is read again', async () => {
  let password = 'first';
  await using fake = await FakeRegistry.start({
    fault: ({ headers }) =>
      headers.authorization === `Basic ${Buffer.from(`me:${password}`).toString('base64')}`
        ? { status: 200, body: '{"tags":[]}' }
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
  });
  const directory = login(fake, 'me', 'first');
  const client = clientOf(fake, { dockerConfig: directory });
  await client.tags();
  password = 'second';
  const renewed = await readFile(join(login(fake, 'me', 'second'), 'config.json'));
  await writeFile(join(directory, 'config.json'), renewed);
  expect(await client.tags()).toEqual([]);
  expect(fake.requests).toHaveLength(4);
});

test('a token that ends in the middle of a download is renewed', async () => {
  await using fake = await scene({ auth: 'bearer', tokenUses: 4 });
  const large = noise(300_000, 5);
  fake.putBlob('acme/app', large);
  const client = clientOf(fake, { rangeBytes: 20_000, connections: 2 });
  expect((await all(client.readBlob(blobOf(large)))).equals(large)).toBe(true);
  expect(fake.seen('GET', '/token', 'token').length).toBeGreaterThanOrEqual(4);
});

describe('who was refused', () => {
  test('without credentials the advice is to log in, and where they were looked for', async () => {
    await using fake = await scene({ auth: 'basic', user: 'me', password: 'pw' });
    const error = await failureOf(clientOf(fake).resolve('1'));
    expect(error).toMatchObject({ code: 'unauthorized', kind: 'input' });
    expect(error.hint).toContain(`docker login ${fake.host}`);
    expect(error.hint).toMatch(/No credentials .*config\.json/);
  });

  test('with credentials the advice names the entry that they came from', async () => {
    await using fake = await scene({ auth: 'basic', user: 'me', password: 'pw' });
    const error = await failureOf(clientOf(fake, { dockerConfig: login(fake, 'me', 'wrong') }).resolve('1'));
    expect(error.hint).toContain(`"${fake.host}" in auths of`);
    expect(fake.seen('HEAD', '/manifests/')).toHaveLength(2);
  });

  test('a token server that refuses the password is quoted', async () => {
    await using fake = await scene({ auth: 'bearer', user: 'me', password: 'pw' });
    const error = await failureOf(clientOf(fake, { dockerConfig: login(fake, 'me', 'wrong') }).resolve('1'));
    expect(error).toMatchObject({ code: 'unauthorized' });
    expect(error.message).toContain('incorrect username or password');
  });
});

test('every secret is told before it could be printed, and stands in no error', async () => {
  const secrets: string[] = [];
  const canary = 'canary-PASSWORD';
  let told: string[] = [];
  await using fake = await FakeRegistry.start({
    auth: 'bearer',
    user: 'me',
    password: canary,
    tokenAnswer: (token) => ({ token: `${token}`, refresh_token: 'unused' }),
    // A registry that repeats what it was sent.
    fault: ({ at, headers }) => {
      if (at !== 'registry' || headers.authorization === undefined) return undefined;
      told = [...secrets];
      return {
        status: 403,
        body: JSON.stringify({ errors: [{ code: 'DENIED', message: `${headers.authorization} ${canary}` }] }),
      };
    },
  });
  const client = clientOf(fake, {
    dockerConfig: login(fake, 'me', canary),
    onSecret: (value) => secrets.push(value),
  });
  const error = await failureOf(client.tags());
  expect(error.message).toContain('DENIED: Bearer *** ***');
  expect(told).toContain(canary);
  expect(told.some((secret) => secret.startsWith('token-'))).toBe(true);
  for (const secret of secrets) expect(inspect(error, { depth: 10 })).not.toContain(secret);
});
