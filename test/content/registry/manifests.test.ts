import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { maxManifestBytes } from '../../../src/content/image/manifest.ts';
import { clientOf, login, manifestOf, manifestType, noise } from './client.ts';
import { ecr, type FakeOptions, FakeRegistry } from './fake-registry.ts';

const manifest = manifestOf();
const other = manifestOf({ annotations: { a: 'b' } });

async function holding(options: FakeOptions = {}, tag = '1') {
  const fake = await FakeRegistry.start(options);
  fake.putManifest('acme/app', Buffer.from(manifest.raw), manifestType, tag);
  return fake;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('should have failed'),
    (error) => error,
  );

describe('resolving', () => {
  test.each(['1', manifest.descriptor.digest])('%s is asked for by HEAD alone', async (name) => {
    await using fake = await holding();
    expect(await clientOf(fake).resolve(name)).toEqual(manifest.descriptor);
    expect(fake.requests.map((seen) => seen.method)).toEqual(['HEAD']);
  });

  test('latest is meant where nothing is named', async () => {
    await using fake = await holding({}, 'latest');
    expect(await clientOf(fake).resolve()).toEqual(manifest.descriptor);
  });

  test.each<[string, FakeOptions]>([
    ['tells no digest', { headTellsDigest: false }],
    ['is not allowed', { fault: ({ method }) => (method === 'HEAD' ? { status: 405 } : undefined) }],
  ])('the manifest is read where HEAD %s', async (_, options) => {
    await using fake = await holding(options);
    expect(await clientOf(fake).resolve('1')).toEqual(manifest.descriptor);
    expect(fake.requests.map((seen) => seen.method)).toEqual(['HEAD', 'GET']);
  });

  test('what is not there is named as the user would write it', async () => {
    await using fake = await holding();
    const { digest } = other.descriptor;
    for (const [name, text] of [
      ['2', `${fake.host}/acme/app:2`],
      [digest, `${fake.host}/acme/app@${digest}`],
    ] as const) {
      const error = await failureOf(clientOf(fake).resolve(name));
      expect(error).toMatchObject({ code: 'not-found', kind: 'input', message: `${text} is not there` });
    }
  });
});

describe('reading', () => {
  test('the bytes are those of the registry, and all known types are accepted', async () => {
    await using fake = await holding();
    const read = await clientOf(fake).readManifest(manifest.descriptor);
    expect(Buffer.from(read.raw).equals(manifest.raw)).toBe(true);
    const accepted = fake.requests[0]?.headers.accept?.split(', ');
    expect(accepted).toContain('application/vnd.docker.distribution.manifest.list.v2+json');
    expect(accepted?.some((type) => type.includes(';'))).toBe(false);
  });

  test('a manifest of a type that nobody knows passes as it is', async () => {
    await using fake = await FakeRegistry.start();
    const bytes = Buffer.from('{"mediaType":"application/vnd.future.v9+json","x":1}');
    fake.putManifest('acme/app', bytes, 'application/vnd.future.v9+json', 'new');
    const client = clientOf(fake);
    const read = await client.readManifest(await client.resolve('new'));
    expect(read).toMatchObject({ kind: 'opaque', raw: bytes });
    await client.writeManifest(read);
    await client.tag(read, 'again');
    expect(fake.manifests.get('acme/app again')).toEqual({
      bytes,
      mediaType: 'application/vnd.future.v9+json',
    });
  });

  test('other bytes than the digest says are an error', async () => {
    await using fake = await holding({ fault: () => ({ status: 200, body: '{"schemaVersion":2}' }) });
    expect(await failureOf(clientOf(fake).readManifest(manifest.descriptor))).toMatchObject({
      code: 'digest-mismatch',
      kind: 'infrastructure',
    });
  });

  test('a size other than that of the bytes is an error, as it is to container engines', async () => {
    await using fake = await holding();
    const wrong = { ...manifest.descriptor, size: manifest.descriptor.size + 1 };
    expect(await failureOf(clientOf(fake).readManifest(wrong))).toMatchObject({
      code: 'size-mismatch',
      kind: 'input',
    });
  });

  test('a manifest over 4 MiB is not read to its end', async () => {
    await using fake = await FakeRegistry.start();
    const huge = noise(maxManifestBytes + 1);
    fake.putManifest('acme/app', huge, manifestType, 'huge');
    const descriptor = { mediaType: manifestType, digest: digestOf(huge), size: huge.length };
    expect(await failureOf(clientOf(fake).readManifest(descriptor))).toMatchObject({
      code: 'manifest-too-large',
    });
  });

  test('a manifest that is cut off on its way is read again', async () => {
    let cuts = 0;
    await using fake = await holding({ fault: () => (cuts++ === 0 ? { cutAfter: 10 } : undefined) });
    expect((await clientOf(fake).readManifest(manifest.descriptor)).descriptor).toEqual(manifest.descriptor);
  });
});

describe('writing', () => {
  test('the bytes go out as they are, by digest, with their type', async () => {
    await using fake = await FakeRegistry.start();
    await clientOf(fake).writeManifest(manifest);
    expect(fake.manifests.get(`acme/app ${manifest.descriptor.digest}`)).toEqual({
      bytes: Buffer.from(manifest.raw),
      mediaType: manifestType,
    });
  });

  test('a manifest that is there is not sent', async () => {
    await using fake = await holding();
    await clientOf(fake).writeManifest(manifest);
    expect(fake.requests.map((seen) => seen.method)).toEqual(['HEAD']);
  });

  test('a Docker manifest stays one', async () => {
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    await using fake = await FakeRegistry.start();
    const docker = manifestOf({ mediaType });
    await clientOf(fake).writeManifest(docker);
    await clientOf(fake).tag(docker, '1');
    expect(fake.manifests.get('acme/app 1')).toEqual({ bytes: Buffer.from(docker.raw), mediaType });
  });
});

describe('tagging', () => {
  test('moves the tag with identical bytes', async () => {
    await using fake = await holding();
    await clientOf(fake).tag(other, '1');
    expect(fake.manifests.get('acme/app 1')?.bytes.equals(other.raw)).toBe(true);
  });

  test('a tag that is there already is left alone, also where it may not change', async () => {
    await using fake = await holding({ ...ecr, password: 'pw' });
    await clientOf(fake, { dockerConfig: login(fake, 'AWS', 'pw') }).tag(manifest, '1');
    expect(fake.seen('PUT', '/manifests/')).toHaveLength(0);
  });

  test.each([
    ['ECR', ecr.immutable],
    [
      'Harbor',
      { status: 412, code: 'PRECONDITION', message: 'Failed to process request due to immutable tag' },
    ],
    ['a registry that answers 409', { status: 409, code: 'CONFLICT', message: 'no' }],
  ] as const)('an immutable tag of %s is an error that names what it holds', async (_, immutable) => {
    await using fake = await holding(immutable === undefined ? {} : { immutable });
    const error = await failureOf(clientOf(fake).tag(other, '1'));
    expect(error).toMatchObject({ code: 'tag-immutable', kind: 'input' });
    expect(error.message).toContain(
      `${fake.host}/acme/app:1 is immutable and holds ${manifest.descriptor.digest}`,
    );
  });

  test('somebody who pushes the very same at the same moment is no failure', async () => {
    await using fake = await FakeRegistry.start({
      fault: ({ method }) => {
        if (method !== 'PUT') return undefined;
        fake.putManifest('acme/app', Buffer.from(manifest.raw), manifestType, '1');
        return { status: 400, body: '{"errors":[{"code":"TAG_INVALID","message":"tag is immutable"}]}' };
      },
    });
    await clientOf(fake).tag(manifest, '1');
    expect(fake.seen('PUT', '/manifests/1')).toHaveLength(1);
  });

  test('another refusal stays what it is', async () => {
    const body = '{"errors":[{"code":"MANIFEST_INVALID","message":"layer is missing"}]}';
    await using fake = await holding({
      fault: ({ method }) => (method === 'PUT' ? { status: 400, body } : undefined),
    });
    const error = await failureOf(clientOf(fake).tag(other, '1'));
    expect(error).toMatchObject({ code: 'refused', message: expect.stringContaining('layer is missing') });
  });
});

describe('listing tags', () => {
  test('goes through all pages, and sorts', async () => {
    await using fake = await FakeRegistry.start({ pageSize: 2 });
    for (const tag of ['c', 'a', 'e', 'b', 'd'])
      fake.putManifest('acme/app', Buffer.from(manifest.raw), manifestType, tag);
    expect(await clientOf(fake).tags()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(fake.requests).toHaveLength(3);
  });

  test('a list without tags is empty, and one that links to itself ends', async () => {
    const headers = { link: '</v2/acme/app/tags/list>; rel="next"' };
    await using fake = await FakeRegistry.start({
      fault: () => ({ status: 200, body: '{"tags":null}', headers }),
    });
    expect(await clientOf(fake).tags()).toEqual([]);
    expect(fake.requests).toHaveLength(1);
  });

  test('pages stay on the registry, whatever host their link names', async () => {
    let pages = 0;
    const headers = { link: '<http://169.254.169.254/v2/acme/app/tags/list?last=1>; rel="next"' };
    await using fake = await FakeRegistry.start({
      fault: () =>
        pages++ === 0
          ? { status: 200, body: '{"tags":["a"]}', headers }
          : { status: 200, body: '{"tags":["b"]}' },
    });
    expect(await clientOf(fake).tags()).toEqual(['a', 'b']);
    expect(fake.requests[1]?.query.get('last')).toBe('1');
  });

  test('pages without end are given up', async () => {
    const long = `"${'x'.repeat(1024 * 1024)}"`;
    let pages = 0;
    await using fake = await FakeRegistry.start({
      fault: () => ({
        status: 200,
        headers: { link: `<?last=${++pages}>; rel="next"` },
        body: `{"tags":[${long}]}`,
      }),
    });
    expect(await failureOf(clientOf(fake).tags())).toMatchObject({ code: 'too-large' });
    expect(pages).toBe(64);
  });

  test('a link may be relative to its page', async () => {
    const page = (tag: string, link: string) => ({
      status: 200,
      body: `{"tags":["${tag}"]}`,
      headers: { link },
    });
    await using fake = await FakeRegistry.start({
      fault: ({ query }) => (query.has('last') ? page('b', '') : page('a', '<?last=1>; rel=next')),
    });
    expect(await clientOf(fake).tags()).toEqual(['a', 'b']);
  });

  test('a repository that is not there is an error', async () => {
    await using fake = await FakeRegistry.start();
    expect(await failureOf(clientOf(fake).tags())).toMatchObject({ code: 'not-found' });
  });
});
