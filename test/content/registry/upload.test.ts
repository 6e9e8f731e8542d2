import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { blobOf, clientOf, login, manifestOf, manualClock, noise, streamOf } from './client.ts';
import type { Seen } from './fake-auth.ts';
import { ecr, FakeRegistry } from './fake-registry.ts';

const bytes = noise(3 * 1024 * 1024 + 5);
const blob = blobOf(bytes);
const stored = (fake: FakeRegistry, repository = 'acme/app') =>
  fake.blobs.get(`${repository} ${blob.digest}`);
const steps = (fake: FakeRegistry) => fake.requests.map((seen) => seen.method);
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('should have failed'),
    (error) => error,
  );

const never = () => expect.unreachable('its bytes are not needed');

test('a blob is asked for first, then sent as one PUT of known length', async () => {
  await using fake = await FakeRegistry.start();
  expect(await clientOf(fake).writeBlob(blob, streamOf(bytes))).toBe('written');
  expect(steps(fake)).toEqual(['HEAD', 'POST', 'PUT']);
  expect(fake.requests[2]?.headers).toMatchObject({
    'content-length': String(bytes.length),
    'content-type': 'application/octet-stream',
  });
  expect(stored(fake)?.equals(bytes)).toBe(true);
});

test('an empty blob is sent too', async () => {
  await using fake = await FakeRegistry.start();
  const empty = Buffer.alloc(0);
  expect(await clientOf(fake).writeBlob(blobOf(empty), streamOf(empty))).toBe('written');
  expect(fake.blobs.get(`acme/app ${blobOf(empty).digest}`)).toHaveLength(0);
});

test('a blob that is there is not read', async () => {
  await using fake = await FakeRegistry.start();
  fake.putBlob('acme/app', bytes);
  expect(await clientOf(fake).writeBlob(blob, never)).toBe('existed');
  expect(steps(fake)).toEqual(['HEAD']);
});

test('the same blob wanted twice at once is sent once', async () => {
  await using fake = await FakeRegistry.start();
  const client = clientOf(fake);
  const outcomes = [client.writeBlob(blob, streamOf(bytes)), client.writeBlob(blob, streamOf(bytes))];
  expect(await Promise.all(outcomes)).toEqual(['written', 'existed']);
  expect(fake.seen('PUT', '/uploads/')).toHaveLength(1);
});

test('two clients that push the same blob at once both succeed', async () => {
  await using fake = await FakeRegistry.start();
  const pushes = [clientOf(fake), clientOf(fake)].map((client) => client.writeBlob(blob, streamOf(bytes)));
  expect(await Promise.all(pushes)).toEqual(['written', 'written']);
});

test('a Location that is relative or absolute keeps its query', async () => {
  for (const absoluteLocations of [false, true]) {
    await using fake = await FakeRegistry.start({ absoluteLocations });
    expect(await clientOf(fake).writeBlob(blob, streamOf(bytes))).toBe('written');
  }
});

test.each([201, 202, 204])('a registry may end an upload with %i', async (status) => {
  await using fake = await FakeRegistry.start({
    fault: ({ method }) => (method === 'PUT' ? { status } : undefined),
  });
  expect(await clientOf(fake).writeBlob(blob, streamOf(bytes))).toBe('written');
});

describe('mounting', () => {
  test('takes the blob over from another repository of the same registry', async () => {
    await using fake = await FakeRegistry.start();
    fake.putBlob('acme/base', bytes);
    expect(await clientOf(fake).writeBlob(blob, never, clientOf(fake, {}, 'acme/base'))).toBe('mounted');
    expect(stored(fake)?.equals(bytes)).toBe(true);
    expect(fake.requests[1]?.query.get('from')).toBe('acme/base');
  });

  test('goes on with the upload where the registry began one instead', async () => {
    await using fake = await FakeRegistry.start({ mounts: false });
    fake.putBlob('acme/base', bytes);
    expect(await clientOf(fake).writeBlob(blob, streamOf(bytes), clientOf(fake, {}, 'acme/base'))).toBe(
      'written',
    );
    expect(steps(fake)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  test('gives way to an upload where the registry refuses it', async () => {
    const fault = ({ query }: Seen) => (query.has('mount') ? { status: 403 } : undefined);
    await using fake = await FakeRegistry.start({ fault });
    expect(await clientOf(fake).writeBlob(blob, streamOf(bytes), clientOf(fake, {}, 'acme/base'))).toBe(
      'written',
    );
  });

  test('is not tried from another registry', async () => {
    await using fake = await FakeRegistry.start();
    await using other = await FakeRegistry.start();
    await clientOf(fake).writeBlob(blob, streamOf(bytes), clientOf(other, {}, 'acme/base'));
    expect(fake.requests.some((seen) => seen.query.has('mount'))).toBe(false);
  });
});

describe('an upload that breaks', () => {
  test('begins anew with new bytes when the registry hangs up in the middle', async () => {
    let hangUps = 0;
    const fault = ({ method }: Seen) =>
      method === 'PUT' && hangUps++ < 2 ? { hangUpAfter: 1_000_000 } : undefined;
    await using fake = await FakeRegistry.start({ fault });
    const clock = manualClock();
    const notices: string[] = [];
    const client = clientOf(fake, { clock, onRetry: (message) => notices.push(message) });
    expect(await client.writeBlob(blob, streamOf(bytes))).toBe('written');
    expect(steps(fake)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD', 'POST', 'PUT', 'HEAD', 'POST', 'PUT']);
    expect(clock.slept).toEqual([1_000, 2_000]);
    expect(notices[0]).toMatch(/upload of blob sha256:.*; trying again in 1\.0 s \(2 of 5\)/);
  });

  test('is found done when only its answer was lost', async () => {
    await using fake = await FakeRegistry.start({
      fault: ({ method }) => {
        if (method !== 'PUT') return undefined;
        fake.putBlob('acme/app', bytes);
        return { hangUpAfter: bytes.length };
      },
    });
    expect(await clientOf(fake).writeBlob(blob, streamOf(bytes))).toBe('written');
    expect(steps(fake)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD']);
  });

  test('fails with what failed its source, at once', async () => {
    await using fake = await FakeRegistry.start();
    const broken = new Error('the disk is gone');
    const open = async function* () {
      yield bytes.subarray(0, 2_000_000);
      throw broken;
    };
    expect(await failureOf(clientOf(fake).writeBlob(blob, open))).toBe(broken);
    expect(fake.seen('PUT', '/uploads/').length).toBeLessThanOrEqual(1);
    expect(stored(fake)).toBeUndefined();
  });

  test('is not tried again when its source fails, even by what another registry might mend', async () => {
    await using fake = await FakeRegistry.start();
    await using other = await FakeRegistry.start({ fault: () => ({ status: 503 }) });
    const clock = manualClock();
    const source = clientOf(other, { attempts: 1 });
    const work = clientOf(fake, { clock }).writeBlob(blob, () => source.readBlob(blob), source);
    expect(await failureOf(work)).toMatchObject({ status: 503, transient: true });
    expect(clock.slept).toEqual([]);
    expect(other.requests).toHaveLength(1);
  });

  test('begins anew when the registry has lost it', async () => {
    let lost = 0;
    const fault = ({ method }: Seen) =>
      method === 'PUT' && lost++ === 0
        ? { status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' }
        : undefined;
    await using fake = await FakeRegistry.start({ fault });
    const notices: string[] = [];
    const client = clientOf(fake, { onRetry: (message) => notices.push(message) });
    expect(await client.writeBlob(blob, streamOf(bytes))).toBe('written');
    expect(steps(fake)).toEqual(['HEAD', 'POST', 'PUT', 'HEAD', 'POST', 'PUT']);
    expect(notices).toEqual([expect.stringContaining('BLOB_UPLOAD_UNKNOWN')]);
  });

  test.each<[string, Descriptor, string]>([
    ['other bytes', blobOf(noise(bytes.length, 2)), 'digest-mismatch'],
    ['fewer bytes', { ...blob, size: blob.size + 1 }, 'size-mismatch'],
    ['more bytes', { ...blob, size: blob.size - 1 }, 'size-mismatch'],
  ])('%s than the descriptor says are noticed here', async (_, wrong, code) => {
    await using fake = await FakeRegistry.start();
    const error = await failureOf(clientOf(fake).writeBlob(wrong, streamOf(bytes)));
    expect(error).toMatchObject({ code, kind: 'input' });
    expect(fake.blobs.size).toBe(0);
  });

  test('bytes of another source that the registry finds wrong are an error that says so', async () => {
    await using fake = await FakeRegistry.start();
    const wrong = blobOf(noise(bytes.length, 2));
    const error = await failureOf(clientOf(fake).writeBlob(wrong, streamOf(bytes), clientOf(fake, {}, 'x')));
    expect(error).toMatchObject({ code: 'digest-mismatch' });
  });
});

test('an upload that is told to stop stops with the reason', async () => {
  await using fake = await FakeRegistry.start();
  const stop = new AbortController();
  const open = async function* () {
    yield bytes.subarray(0, 1_500_000);
    stop.abort(new Error('interrupted'));
    yield bytes.subarray(1_500_000);
  };
  await expect(clientOf(fake, { signal: stop.signal }).writeBlob(blob, open)).rejects.toThrow('interrupted');
  expect(stored(fake)).toBeUndefined();
});

test('a whole image goes to a registry like ECR, which mounts nothing and names absolute locations', async () => {
  await using fake = await FakeRegistry.start({ ...ecr, password: 'pw' });
  // Somebody created the repository.
  fake.putBlob('acme/app', Buffer.from('{}'));
  const client = clientOf(fake, { dockerConfig: login(fake, 'AWS', 'pw') });
  const manifest = manifestOf({ layers: [blob] });
  fake.putBlob('acme/base', bytes);
  const base = clientOf(fake, { dockerConfig: login(fake, 'AWS', 'pw') }, 'acme/base');
  expect(await client.writeBlob(blob, streamOf(bytes), base)).toBe('written');
  await client.writeManifest(manifest);
  await client.tag(manifest, '1');
  await client.tag(manifest, '1');
  expect(fake.manifests.get('acme/app 1')?.bytes.equals(manifest.raw)).toBe(true);
  expect(steps(fake)).not.toContain('PATCH');
});

describe('refusals', () => {
  test('413 points at the limit of the registry or its proxy', async () => {
    await using fake = await FakeRegistry.start({ maxUpload: 1_000 });
    const error = await failureOf(clientOf(fake).writeBlob(blob, streamOf(bytes)));
    expect(error).toMatchObject({ code: 'upload-too-large', kind: 'input' });
    expect(error.hint).toContain('client_max_body_size');
  });

  test('405 says that the registry does not take pushes', async () => {
    const fault = ({ method }: Seen) => (method === 'POST' ? { status: 405 } : undefined);
    await using fake = await FakeRegistry.start({ fault });
    const error = await failureOf(clientOf(fake).writeBlob(blob, streamOf(bytes)));
    expect(error).toMatchObject({ code: 'not-allowed' });
    expect(error.hint).toContain('read-only');
  });

  test('a repository that has to be created first', async () => {
    await using fake = await FakeRegistry.start({ ...ecr, auth: 'none' });
    const error = await failureOf(clientOf(fake).writeBlob(blob, streamOf(bytes)));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(error.hint).toContain('Create the repository first');
  });

  test('an upload that begins without a Location', async () => {
    const fault = ({ method }: Seen) => (method === 'POST' ? { status: 202 } : undefined);
    await using fake = await FakeRegistry.start({ fault });
    const error = await failureOf(clientOf(fake).writeBlob(blob, streamOf(bytes)));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('without a Location'),
    });
  });
});
