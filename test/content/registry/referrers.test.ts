import { describe, expect, test } from 'vitest';
import { clientOf, login, manifestOf, manifestType } from './client.ts';
import { ecr, FakeRegistry } from './fake-registry.ts';

const subject = manifestOf();
const { digest } = subject.descriptor;
const tag = `sha256-${digest.slice(7)}`;
const about = (type: string, more: object = {}) =>
  manifestOf({ subject: subject.descriptor, artifactType: `application/vnd.${type}`, ...more });
const [first, second, third] = [
  about('a'),
  about('b'),
  about('a', { annotations: { made: 'later' } }),
] as const;

const digestsOf = (list: readonly { digest: string }[]) => list.map((each) => each.digest).sort();
const writes = (fake: FakeRegistry) => fake.seen('PUT', `/manifests/${tag}`);
const listOf = (fake: FakeRegistry) => JSON.parse(String(fake.manifests.get(`acme/app ${tag}`)?.bytes));

describe('a registry that keeps the list', () => {
  test.each([true, false])(
    'is asked for one type, and need not filter itself (%s)',
    async (filtersReferrers) => {
      await using fake = await FakeRegistry.start({ filtersReferrers });
      const client = clientOf(fake);
      for (const each of [first, second, third]) await client.writeManifest(each);
      expect(digestsOf(await client.referrers(digest, 'application/vnd.a'))).toEqual(
        digestsOf([first.descriptor, third.descriptor]),
      );
      expect(await client.referrers(digest)).toHaveLength(3);
      expect(writes(fake)).toHaveLength(0);
    },
  );

  test('may give it in pages', async () => {
    await using fake = await FakeRegistry.start({ pageSize: 1 });
    const client = clientOf(fake);
    for (const each of [first, second, third]) await client.writeManifest(each);
    expect(await client.referrers(digest)).toHaveLength(3);
    expect(fake.seen('GET', '/referrers/')).toHaveLength(3);
  });

  test('may not say so (ECR): it is asked once, and no tag is written', async () => {
    await using fake = await FakeRegistry.start({ ...ecr, createsRepositories: true, password: 'pw' });
    const client = clientOf(fake, { dockerConfig: login(fake, 'AWS', 'pw') });
    for (const each of [first, second]) await client.writeManifest(each);
    expect(writes(fake)).toHaveLength(0);
    expect(fake.seen('GET', `/referrers/sha256:${'0'.repeat(64)}`)).toHaveLength(1);
    expect(await client.referrers(digest)).toHaveLength(2);
  });
});

describe('a registry without the API', () => {
  test('gets a list under the fallback tag, as the specification wants its entries', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    const client = clientOf(fake);
    await client.writeManifest(first);
    await client.writeManifest(third);
    expect(listOf(fake)).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...first.descriptor, artifactType: 'application/vnd.a' },
        { ...third.descriptor, annotations: { made: 'later' }, artifactType: 'application/vnd.a' },
      ],
    });
    expect(digestsOf(await client.referrers(digest))).toEqual(
      digestsOf([first.descriptor, third.descriptor]),
    );
    expect(await client.referrers(digest, 'application/vnd.b')).toEqual([]);
  });

  test('has no referrers where there is no list', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    expect(await clientOf(fake).referrers(digest)).toEqual([]);
  });

  test('a web page in place of the API is no list', async () => {
    await using fake = await FakeRegistry.start({
      fault: ({ path }) =>
        path.includes('/referrers/')
          ? { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }
          : undefined,
    });
    expect(await clientOf(fake).referrers(digest)).toEqual([]);
  });

  test('the config type stands for an artifact type that is not there', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    await clientOf(fake).writeManifest(manifestOf({ subject: subject.descriptor }));
    expect(listOf(fake).manifests[0].artifactType).toBe('application/vnd.oci.empty.v1+json');
  });

  test('entries and fields of others stay', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    const theirs = { ...second.descriptor, artifactType: 'application/vnd.b', note: 'theirs' };
    const list = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [theirs],
      annotations: { x: 'y' },
    };
    fake.putManifest('acme/app', Buffer.from(JSON.stringify(list)), list.mediaType, tag);
    await clientOf(fake).writeManifest(first);
    expect(listOf(fake)).toMatchObject({
      annotations: { x: 'y' },
      manifests: [theirs, { digest: first.descriptor.digest }],
    });
  });

  test('an entry is repaired though the manifest itself was there, and not written twice', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    fake.putManifest('acme/app', Buffer.from(first.raw), manifestType);
    await clientOf(fake).writeManifest(first);
    await clientOf(fake).writeManifest(first);
    expect(writes(fake)).toHaveLength(1);
    expect(listOf(fake).manifests).toHaveLength(1);
  });

  test('many writers of one client lose nothing', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    const client = clientOf(fake);
    const many = [...Array(8).keys()].map((at) => about('a', { annotations: { at: String(at) } }));
    await Promise.all(many.map((each) => client.writeManifest(each)));
    expect(digestsOf(await client.referrers(digest))).toEqual(digestsOf(many.map((each) => each.descriptor)));
  });

  test('a list that another job overwrote is written again until the entry stands', async () => {
    let stolen = 0;
    await using fake = await FakeRegistry.start({
      referrers: 'none',
      fault: ({ method, path }) => {
        if (method !== 'PUT' || !path.endsWith(tag) || stolen++ >= 2) return undefined;
        // Our write is lost: another job's list, without our entry, comes right after it.
        const list = {
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: [second.descriptor],
        };
        fake.putManifest('acme/app', Buffer.from(JSON.stringify(list)), list.mediaType, tag);
        return { status: 201 };
      },
    });
    await clientOf(fake).writeManifest(first);
    expect(writes(fake)).toHaveLength(3);
    expect(digestsOf(listOf(fake).manifests)).toEqual(digestsOf([first.descriptor, second.descriptor]));
  });

  test('an entry that never stands is an error of the infrastructure', async () => {
    const lost = { status: 201 };
    await using fake = await FakeRegistry.start({
      referrers: 'none',
      fault: ({ method, path }) => (method === 'PUT' && path.endsWith(tag) ? lost : undefined),
    });
    await expect(clientOf(fake).writeManifest(first)).rejects.toMatchObject({
      code: 'referrer-lost',
      kind: 'infrastructure',
    });
  });

  test('something else under the fallback tag is left alone', async () => {
    await using fake = await FakeRegistry.start({ referrers: 'none' });
    fake.putManifest('acme/app', Buffer.from(subject.raw), manifestType, tag);
    await expect(clientOf(fake).writeManifest(first)).rejects.toMatchObject({ code: 'bad-manifest' });
    expect(writes(fake)).toHaveLength(0);
  });
});
