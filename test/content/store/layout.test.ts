import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { blobName } from '../../../src/content/store/layout-source.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import { collect } from '../../../src/content/store/verify.ts';
import {
  digestsOf,
  manifestOf,
  put,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
  scratch,
  streamOf,
} from './sample-image.ts';

const refName = 'org.opencontainers.image.ref.name';

async function layoutWith(image: SampleImage, ...tags: readonly string[]) {
  const path = await scratch();
  const layout = await openLayout(path, { create: true });
  await put(layout, image, ...tags);
  await layout.close();
  return { path, layout: await openLayout(path) };
}

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

describe('writing', () => {
  test('what was written is read back by its tag, whole', async () => {
    const image = sampleIndex([
      { image: await sampleImage() },
      { image: await sampleImage({ platform: { os: 'linux', architecture: 'arm64' } }) },
    ]);
    const { layout, path } = await layoutWith(image, 'v1');
    const found = await layout.resolve('v1');
    expect(found).toMatchObject(image.top.descriptor);
    expect(await readAll(layout, found)).toEqual(digestsOf(image));
    expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('a blob that is here is not asked for', async () => {
    const image = await sampleImage();
    const { layout } = await layoutWith(image, 'v1');
    const [[digest, bytes]] = [...image.blobs] as [[never, Uint8Array]];
    const outcome = await layout.writeBlob({ mediaType: 'any', digest, size: bytes.byteLength }, () => {
      throw new Error('opened');
    });
    expect(outcome).toBe('existed');
  });

  test('a blob of another size at rest is replaced by the right bytes', async () => {
    const image = await sampleImage();
    const { layout, path } = await layoutWith(image, 'v1');
    const [digest] = image.blobs.keys();
    await truncate(join(path, blobName(digest as never)), 10);
    await put(layout, image);
    expect(await readAll(layout, image.top.descriptor)).toEqual(digestsOf(image));
  });

  test.each([
    ['other bytes', Buffer.from('1234x'), 'digest-mismatch'],
    ['fewer bytes', Buffer.from('1234'), 'size-mismatch'],
    ['more bytes', Buffer.from('123456'), 'size-mismatch'],
  ])('%s than described never become visible, and nothing of them is left', async (_, bytes, code) => {
    const path = await scratch();
    const layout = await openLayout(path, { create: true });
    const digest = 'sha256:5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5' as never;
    const writing = layout.writeBlob({ mediaType: 'any', digest, size: 5 }, () => streamOf(bytes));
    await expect(writing).rejects.toMatchObject({ code, kind: 'infrastructure' });
    await layout.abort();
    expect(await layout.blobSize(digest)).toBeUndefined();
    expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('sha512 content has a folder of its own', async () => {
    const layout = await openLayout(await scratch(), { create: true });
    const bytes = Buffer.from('content');
    const descriptor = { mediaType: 'any', digest: digestOf(bytes, 'sha512'), size: bytes.byteLength };
    await layout.writeBlob(descriptor, () => streamOf(bytes));
    expect((await collect(layout.readBlob(descriptor), 100, '')).toString()).toBe('content');
  });

  test('a tag moves to the image that got it last; the other image stays readable by digest', async () => {
    const [first, second] = [await sampleImage(), await sampleImage()];
    const { layout } = await layoutWith(first, 'v1', 'old');
    await put(layout, second, 'v1');
    expect((await layout.resolve('v1')).digest).toBe(second.top.descriptor.digest);
    expect((await layout.resolve('old')).digest).toBe(first.top.descriptor.digest);
    expect(await layout.tags()).toEqual(['old', 'v1']);
  });

  test('fields and entries that others put into index.json survive', async () => {
    const { path, layout } = await layoutWith(await sampleImage(), 'v1');
    const index = await readJson(join(path, 'index.json'));
    const foreign = {
      mediaType: 'application/vnd.acme+json',
      digest: index.manifests[0].digest,
      size: 7,
      'x-acme': [1, { two: 3 }],
      annotations: { 'com.acme': 'yes' },
    };
    await writeFile(
      join(path, 'index.json'),
      JSON.stringify({
        ...index,
        annotations: { a: 'b' },
        'x-top': { keep: true },
        manifests: [foreign, ...index.manifests],
      }),
    );
    await put(layout, await sampleImage(), 'v2');
    const after = await readJson(join(path, 'index.json'));
    expect(after).toMatchObject({ annotations: { a: 'b' }, 'x-top': { keep: true } });
    expect(after.manifests).toHaveLength(3);
    expect(after.manifests[0]).toEqual(foreign);
  });

  test('names from another store are not carried over with a descriptor', async () => {
    const image = await sampleImage();
    const elsewhere = {
      ...image.top,
      descriptor: {
        ...image.top.descriptor,
        annotations: {
          [refName]: 'other',
          'io.containerd.image.name': 'docker.io/library/a:other',
          kept: 'yes',
        },
      },
    };
    const { layout } = await layoutWith({ ...image, top: elsewhere, manifests: [elsewhere] }, 'mine');
    expect((await layout.resolve('mine')).annotations).toEqual({ [refName]: 'mine', kept: 'yes' });
    expect(await layout.tags()).toEqual(['mine']);
  });

  test('an image without a tag is the layout’s only one after close', async () => {
    const image = sampleIndex([{ image: await sampleImage() }]);
    const { layout } = await layoutWith(image);
    expect(await layout.resolve()).toEqual(image.top.descriptor);
    expect(await layout.tags()).toEqual([]);
  });
});

describe('resolving', () => {
  test('a digest finds entries, and manifests that only an index names', async () => {
    const child = await sampleImage();
    const { layout } = await layoutWith(sampleIndex([{ image: child }]), 'v1');
    expect(await layout.resolve(child.top.descriptor.digest)).toEqual(child.top.descriptor);
  });

  test('what stands in place of a blob and is no file is not waited for', async () => {
    const image = await sampleImage({ layers: 1 });
    const { layout, path } = await layoutWith(image, 'v1');
    const [digest] = image.blobs.keys();
    await rm(join(path, blobName(digest as Digest)));
    await promisify(execFile)('mkfifo', [join(path, blobName(digest as Digest))]);
    const layer = { mediaType: mediaTypes.ociLayer, digest: digest as Digest, size: 1 };
    await expect(collect(layout.readBlob(layer), 1, path)).rejects.toMatchObject({ code: 'not-found' });
    expect(await layout.blobSize(layer.digest)).toBeUndefined();
  });

  test('an empty artifact type of a referrer means that of its config', async () => {
    const image = await sampleImage();
    const { layout } = await layoutWith(image, 'v1');
    const referrer = await sampleImage({ subject: image.top.descriptor, artifactType: '' });
    await put(layout, referrer);
    const found = await layout.referrers(image.top.descriptor.digest, mediaTypes.ociConfig);
    expect(found.map((entry) => entry.digest)).toEqual([referrer.top.descriptor.digest]);
  });

  test('the digest of a layer is no manifest', async () => {
    const image = await sampleImage({ layers: 1 });
    const { layout } = await layoutWith(image, 'v1');
    const [layer] = image.blobs.keys();
    await expect(layout.resolve(layer)).rejects.toMatchObject({ code: 'bad-manifest' });
  });

  test('no target finds the only image, whatever is attached to it', async () => {
    const image = await sampleImage();
    const { layout } = await layoutWith(image, 'v1', 'latest');
    await put(
      layout,
      await sampleImage({ subject: image.top.descriptor, artifactType: 'application/x-sbom' }),
    );
    expect((await layout.resolve()).digest).toBe(image.top.descriptor.digest);
  });

  test('no target is ambiguous where there are several images, and their tags are named', async () => {
    const { layout } = await layoutWith(await sampleImage(), 'v1');
    await put(layout, await sampleImage(), 'v2');
    await expect(layout.resolve()).rejects.toMatchObject({
      code: 'ambiguous',
      message: expect.stringContaining('v1, v2'),
    });
  });

  test('a tag that two repositories of a served layout have is ambiguous, and the error says which they are', async () => {
    const { layout } = await layoutWith(await sampleImage());
    const served = ['acme/one', 'acme/two'].map((repository) => ({
      ...describeBytes(mediaTypes.ociManifest, Buffer.from(repository)),
      annotations: { 'org.opencontainers.image.ref.name': 'v1', 'dev.pull-budget.repository': repository },
    }));
    await layout.changeIndex((index) => ({ ...index, entries: [...index.entries, ...served] }));
    const error = await layout.resolve('v1').catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ambiguous', hint: expect.stringContaining('@sha256:') });
    for (const { digest, annotations } of served) {
      expect(error.message).toContain(`${digest} (${annotations['dev.pull-budget.repository']})`);
    }
  });

  test.each(['v9', `sha256:${'0'.repeat(64)}`])(
    '%s is not found, and the error says where',
    async (target) => {
      const { layout, path } = await layoutWith(await sampleImage(), 'v1');
      await expect(layout.resolve(target)).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining(path),
      });
    },
  );

  test('containerd’s names end in the tag', async () => {
    const { path, layout } = await layoutWith(await sampleImage(), 'v1');
    const index = await readJson(join(path, 'index.json'));
    index.manifests[0].annotations = { 'io.containerd.image.name': 'ghcr.io/acme/server:1.4' };
    await writeFile(join(path, 'index.json'), JSON.stringify(index));
    expect((await layout.resolve('1.4')).digest).toBe(index.manifests[0].digest);
    expect((await layout.resolve('ghcr.io/acme/server:1.4')).digest).toBe(index.manifests[0].digest);
    await expect(layout.resolve('4')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('referrers', () => {
  test('are found among entries and in indexes, and filtered by type', async () => {
    const image = await sampleImage();
    const subject = image.top.descriptor;
    const sbom = await sampleImage({ layers: 1, subject, artifactType: 'application/x-sbom' });
    const attestation = await sampleImage({
      layers: 1,
      subject,
      artifactType: 'application/vnd.in-toto+json',
    });
    const { layout } = await layoutWith(sampleIndex([{ image }, { image: attestation }]), 'v1');
    expect((await layout.referrers(subject.digest)).map((one) => one.digest)).toEqual([
      attestation.top.descriptor.digest,
    ]);
    await put(layout, sbom);
    expect(await layout.referrers(subject.digest)).toHaveLength(2);
    expect(await layout.referrers(subject.digest, 'application/x-sbom')).toEqual([
      { ...sbom.top.descriptor, artifactType: 'application/x-sbom' },
    ]);
    expect(await layout.referrers(sbom.top.descriptor.digest)).toEqual([]);
  });

  test('are found also after a tag that they had names another', async () => {
    const image = await sampleImage();
    const sbom = () =>
      sampleImage({ layers: 1, subject: image.top.descriptor, artifactType: 'application/x-sbom' });
    const { layout } = await layoutWith(image, 'v1');
    await put(layout, await sbom(), 'sbom');
    await put(layout, await sbom(), 'sbom');
    expect(await layout.referrers(image.top.descriptor.digest)).toHaveLength(2);
  });

  test('platforms that were left out of the layout are passed over', async () => {
    const image = await sampleImage();
    const index = sampleIndex([{ image }, { image: await sampleImage() }]);
    const { layout } = await layoutWith({ ...index, manifests: [image.top, index.top] }, 'v1');
    expect(await layout.referrers(image.top.descriptor.digest)).toEqual([]);
  });
});

describe('damage at rest', () => {
  test.each([
    ['cut off', (path: string) => truncate(path, 100), 'size-mismatch'],
    ['too long', (path: string) => writeFile(path, 'more', { flag: 'a' }), 'size-mismatch'],
    [
      'changed',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
        await writeFile(path, bytes);
      },
      'digest-mismatch',
    ],
    ['gone', (path: string) => rm(path), 'not-found'],
  ])('a blob that is %s is an error of the input', async (_, damage, code) => {
    const image = await sampleImage();
    const { path, layout } = await layoutWith(image, 'v1');
    for (const digest of digestsOf(image)) await damage(join(path, blobName(digest)));
    const [digest, bytes] = [...image.blobs][0] as [never, Uint8Array];
    const blob = { mediaType: 'any', digest, size: bytes.byteLength };
    const reading = collect(layout.readBlob(blob), 1e6, '');
    await expect(reading).rejects.toMatchObject({
      code,
      kind: 'input',
      message: expect.stringContaining(path),
    });
    await expect(layout.readManifest(image.top.descriptor)).rejects.toMatchObject({ code, kind: 'input' });
  });

  test('a range of a cut off blob is refused, though a range cannot be checked by digest', async () => {
    const image = await sampleImage();
    const { path, layout } = await layoutWith(image, 'v1');
    const [digest, bytes] = [...image.blobs][0] as [never, Uint8Array];
    const blob = { mediaType: 'any', digest, size: bytes.byteLength };
    const range = { start: 10, end: 30 };
    expect(await collect(layout.readBlob(blob, range), 100, '')).toEqual(Buffer.from(bytes.subarray(10, 30)));
    await truncate(join(path, blobName(digest)), 100);
    await expect(collect(layout.readBlob(blob, range), 100, '')).rejects.toMatchObject({
      code: 'size-mismatch',
    });
  });

  test.each([
    ['{', 'bad-manifest'],
    ['[]', 'bad-manifest'],
    ['{"manifests":3}', 'bad-manifest'],
    ['{"manifests":[{"mediaType":"a","digest":"../../etc/passwd","size":1}]}', 'bad-digest'],
  ])('index.json %s is refused', async (content, code) => {
    const { path, layout } = await layoutWith(await sampleImage(), 'v1');
    await writeFile(join(path, 'index.json'), content);
    await expect(layout.resolve('v1')).rejects.toMatchObject({ code });
  });
});

describe('opening', () => {
  test('a folder that is not there, or holds no layout, is no layout', async () => {
    const path = await scratch();
    await expect(openLayout(join(path, 'none'))).rejects.toMatchObject({ code: 'no-layout', kind: 'input' });
    await expect(openLayout(path)).rejects.toMatchObject({ code: 'no-layout' });
  });

  test('a layout of another version is refused', async () => {
    const { path } = await layoutWith(await sampleImage(), 'v1');
    await writeFile(join(path, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    await expect(openLayout(path)).rejects.toMatchObject({ code: 'unsupported-layout' });
  });

  test('a file where the folder should be is said', async () => {
    const path = join(await scratch(), 'file');
    await writeFile(path, '');
    await expect(openLayout(path, { create: true })).rejects.toMatchObject({
      code: 'bad-path',
      kind: 'input',
    });
    await expect(openLayout(path)).rejects.toMatchObject({ code: 'no-layout' });
  });

  test('creating again keeps what is there', async () => {
    const image = await sampleImage();
    const { path } = await layoutWith(image, 'v1');
    const again = await openLayout(path, { create: true });
    expect(await readAll(again, await again.resolve('v1'))).toEqual(digestsOf(image));
  });

  test('temporary files of ended processes go, those of living ones stay', async () => {
    const { path } = await layoutWith(await sampleImage(), 'v1');
    const mine = newMark();
    const [machine, , random] = mine.split('-');
    const [dead, alive] = [`${machine}-4194305-${random}`, `${machine}-${process.ppid}-${random}`];
    await mkdir(join(path, 'ingest'));
    for (const name of [mine, dead, alive]) await writeFile(join(path, 'ingest', name), 'part');
    await openLayout(path, { create: true });
    expect((await readdir(join(path, 'ingest'))).sort()).toEqual([mine, alive].sort());
  });

  test('a lock whose owner was killed does not stop the next writer', async () => {
    const { path, layout } = await layoutWith(await sampleImage(), 'v1');
    const [machine, , random] = newMark().split('-');
    await symlink(`${machine}-4194305-${random}`, join(path, 'index.json.lock'));
    await put(layout, await sampleImage(), 'v2');
    expect(await layout.tags()).toEqual(['v1', 'v2']);
    expect((await readdir(path)).filter((name) => name.includes('lock'))).toEqual([]);
  });
});

test('a manifest of a type nobody knows is kept as it is', async () => {
  const opaque = manifestOf({ schemaVersion: 2, mediaType: 'application/vnd.acme.thing.v1+json', any: [1] });
  const { layout } = await layoutWith({ top: opaque, manifests: [opaque], blobs: new Map() }, 'v1');
  const found = await layout.resolve('v1');
  expect(found.mediaType).toBe('application/vnd.acme.thing.v1+json');
  expect(await layout.readManifest(found)).toMatchObject({ kind: 'opaque', raw: opaque.raw });
});
