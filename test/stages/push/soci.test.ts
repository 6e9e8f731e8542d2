import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Manifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { parsePlatform } from '../../../src/content/image/platform.ts';
import { openRegistry } from '../../../src/content/registry/registry.ts';
import { writeDockerArchive } from '../../../src/content/store/docker-archive.ts';
import { type Layout, openLayout } from '../../../src/content/store/layout.ts';
import { openOciArchive, writeOciArchive } from '../../../src/content/store/oci-archive.ts';
import type { ImageSink } from '../../../src/content/store/store.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import type { Fault } from '../../content/registry/fake-auth.ts';
import { FakeRegistry } from '../../content/registry/fake-registry.ts';
import {
  digestsOf,
  manifestOf,
  put,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
  scratch,
} from '../../content/store/sample-image.ts';

const amd64 = parsePlatform('linux/amd64');
const arm64 = parsePlatform('linux/arm64');

/** A SOCI index, and the image of its platform that names it. */
async function converted(platform = amd64, version: 'v1' | 'v2' = 'v2') {
  const image = await sampleImage({ platform, layers: 1 });
  const ztoc = Buffer.from(`zTOC of ${image.top.descriptor.digest}`);
  const config = Buffer.from('{}');
  const type = `application/vnd.amazon.soci.index.${version}+json`;
  const top = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describeBytes(type, config),
    layers: [describeBytes('application/octet-stream', ztoc)],
    ...(version === 'v1' ? { subject: image.top.descriptor } : {}),
  });
  const blobs = new Map([config, ztoc].map((bytes) => [describeBytes('', bytes).digest, bytes] as const));
  const soci: SampleImage = { top, blobs, manifests: [top] };
  const json = JSON.parse(Buffer.from(image.top.raw).toString());
  const naming = manifestOf({
    ...json,
    annotations: { 'com.amazon.soci.index-digest': top.descriptor.digest },
  });
  const indexed: SampleImage = { ...image, top: naming, manifests: [naming] };
  return { image, indexed, soci, platform };
}

type Converted = Awaited<ReturnType<typeof converted>>;

/** As `soci convert` lays an image out: the images first, then their SOCI indexes. */
function convertedIndex(parts: readonly Converted[]): SampleImage {
  return sampleIndex([
    ...parts.map(({ indexed, platform }) => ({ image: indexed, entry: { platform } })),
    ...parts.map((part) => ({ image: part.soci, entry: sociEntry(part) })),
  ]);
}

const sociEntry = ({ indexed, platform }: Converted) => ({
  platform,
  artifactType: 'application/vnd.amazon.soci.index.v2+json',
  annotations: { 'com.amazon.soci.image-manifest-digest': indexed.top.descriptor.digest },
});

async function layoutOf(...images: readonly SampleImage[]): Promise<Layout> {
  const layout = await openLayout(await scratch(), { create: true });
  for (const [at, image] of images.entries()) await put(layout, image, `v${at + 1}`);
  return layout;
}

const emptyLayout = () => layoutOf();

describe('an image with SOCI indexes', () => {
  test('arrives whole, and keeps the indexes of the platforms that are chosen', async () => {
    const [one, other, third] = [
      await converted(),
      await converted(arm64),
      await converted(parsePlatform('linux/s390x')),
    ];
    const all = convertedIndex([one, other, third]);
    const source = await layoutOf(all);
    const request = { source, descriptor: all.top.descriptor, tags: ['v1'] };
    const whole = await emptyLayout();
    await copyImage({ ...request, sink: whole });
    expect(await readAll(whole, await whole.resolve('v1'))).toEqual(digestsOf(all));
    const two = await emptyLayout();
    await copyImage({ ...request, sink: two, platforms: [amd64, arm64] });
    expect(await readAll(two, await two.resolve('v1'))).toEqual(
      new Set([
        (await two.resolve('v1')).digest,
        ...[one, other].flatMap((part) => [...digestsOf(part.indexed), ...digestsOf(part.soci)]),
      ]),
    );
  });

  test('of one platform stays an index, which holds image and SOCI index; without one it stands alone', async () => {
    const [one, plain] = [await converted(), await converted(arm64)];
    const top = sampleIndex([
      { image: plain.image, entry: { platform: arm64 } },
      { image: one.indexed, entry: { platform: amd64 } },
      { image: one.soci, entry: sociEntry(one) },
    ]);
    const request = { source: await layoutOf(top), descriptor: top.top.descriptor, tags: ['v1'] };
    const sink = await emptyLayout();
    const { descriptor } = await copyImage({ ...request, sink, platforms: [amd64] });
    expect(descriptor.mediaType).toBe(mediaTypes.ociIndex);
    expect(await readAll(sink, descriptor)).toEqual(
      new Set([descriptor.digest, ...digestsOf(one.indexed), ...digestsOf(one.soci)]),
    );
    const alone = await copyImage({ ...request, sink: await emptyLayout(), platforms: [arm64] });
    expect(alone.descriptor.digest).toBe(plain.image.top.descriptor.digest);
  });

  test('goes into a docker archive as its image alone: docker reads no annotation', async () => {
    const one = await converted();
    const all = convertedIndex([one]);
    const sink = await writeDockerArchive(join(await scratch(), 'image.tar'));
    const request = { source: await layoutOf(all), descriptor: all.top.descriptor, tags: ['app:1'] };
    const { descriptor } = await copyImage({ ...request, sink, platforms: [amd64] });
    await sink.close();
    expect(descriptor.digest).toBe(one.indexed.top.descriptor.digest);
  });

  test('goes into an OCI archive and comes out of it whole', async () => {
    const all = convertedIndex([await converted()]);
    const path = join(await scratch(), 'image.tar');
    const sink = await writeOciArchive(path);
    await copyImage({ source: await layoutOf(all), descriptor: all.top.descriptor, sink, tags: ['v1'] });
    await sink.close();
    const archive = await openOciArchive(path);
    expect(await readAll(archive, await archive.resolve('v1'))).toEqual(digestsOf(all));
    await archive.close();
  });
});

describe('a SOCI index that an image names and that is not there', () => {
  test('refuses the image before a blob of it moves, and nothing is tagged', async () => {
    const { indexed, soci } = await converted();
    const index = sampleIndex([{ image: indexed, entry: { platform: amd64 } }]);
    for (const image of [indexed, index]) {
      const sink = await emptyLayout();
      const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
      await expect(copyImage(request)).rejects.toMatchObject({
        code: 'dangling-soci-index',
        kind: 'input',
        message: expect.stringContaining(
          `${indexed.top.descriptor.digest} names the SOCI index ${soci.top.descriptor.digest}`,
        ),
        hint: expect.stringContaining('pull-budget index'),
      });
      expect(await sink.tags()).toEqual([]);
      for (const digest of indexed.blobs.keys()) expect(await sink.blobSize(digest)).toBeUndefined();
    }
  });

  test('does not hinder where the destination has it, or where nobody will read the copy', async () => {
    const { indexed, soci } = await converted();
    const request = { source: await layoutOf(indexed), descriptor: indexed.top.descriptor, tags: ['v1'] };
    const sink = await layoutOf(soci);
    await expect(copyImage({ ...request, sink })).resolves.toBeDefined();
    await expect(
      copyImage({ ...request, sink: await emptyLayout(), unpublished: true }),
    ).resolves.toBeDefined();
    const fake = await FakeRegistry.start();
    onTestFinished(() => fake[Symbol.asyncDispose]());
    const registry = openRegistry({ host: fake.host, repository: 'app' });
    onTestFinished(() => registry.close());
    await expect(copyImage({ ...request, sink: registry })).rejects.toMatchObject({
      code: 'dangling-soci-index',
    });
    await put(registry, soci);
    await expect(copyImage({ ...request, sink: registry })).resolves.toBeDefined();
  });
});

describe('referrers of an image', () => {
  test('are there before its tags, and are found as such', async () => {
    const { image, soci } = await converted(amd64, 'v1');
    const source = await layoutOf(image, soci);
    const sink = await emptyLayout();
    const log: string[] = [];
    const watched: ImageSink = {
      location: 'watched',
      writeBlob: async (...args) => sink.writeBlob(...args),
      writeManifest: async (manifest) => {
        log.push(manifest.descriptor.digest);
        await sink.writeManifest(manifest);
      },
      tag: async (manifest, tag) => {
        log.push(tag);
        await sink.tag(manifest, tag);
      },
      close: () => sink.close(),
      abort: () => sink.abort(),
    };
    await copyImage({
      source,
      descriptor: image.top.descriptor,
      sink: watched,
      tags: ['a', 'b'],
      referrers: [soci.top.descriptor],
    });
    expect(log).toEqual([image.top.descriptor.digest, soci.top.descriptor.digest, 'a', 'b']);
    const found = await sink.referrers(image.top.descriptor.digest);
    expect(found.map(({ digest }) => digest)).toEqual([soci.top.descriptor.digest]);
    expect(await readAll(sink, soci.top.descriptor)).toEqual(digestsOf(soci));
  });

  test.each(['full', 'silent', 'none'] as const)(
    'are found in a registry whose list of them is %s',
    async (referrers) => {
      const { image, soci } = await converted(amd64, 'v1');
      const fake = await FakeRegistry.start({ referrers });
      onTestFinished(() => fake[Symbol.asyncDispose]());
      const sink = openRegistry({ host: fake.host, repository: 'app' });
      onTestFinished(() => sink.close());
      const request = { source: await layoutOf(image, soci), descriptor: image.top.descriptor, tags: ['a'] };
      await copyImage({ ...request, sink, referrers: [soci.top.descriptor] });
      const found = await sink.referrers(image.top.descriptor.digest);
      expect(found.map(({ digest }) => digest)).toEqual([soci.top.descriptor.digest]);
    },
  );

  test('that are missing leave the image without its tag', async () => {
    const { image, soci } = await converted(amd64, 'v1');
    const sink = await emptyLayout();
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['a'] };
    await expect(copyImage({ ...request, referrers: [soci.top.descriptor] })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await sink.tags()).toEqual([]);
  });
});

describe('a registry that takes no SOCI index', () => {
  /** Refuses one manifest. */
  async function refusing({ descriptor }: Manifest, fault: Fault): Promise<ImageSink> {
    const fake = await FakeRegistry.start({
      fault: ({ method, path }) =>
        method === 'PUT' && path.endsWith(`/manifests/${descriptor.digest}`) ? fault : undefined,
    });
    onTestFinished(() => fake[Symbol.asyncDispose]());
    const registry = openRegistry({ host: fake.host, repository: 'app' }, { attempts: 1 });
    onTestFinished(() => registry.close());
    return registry;
  }
  const push = async (sink: ImageSink, image: SampleImage, ...more: readonly SampleImage[]) =>
    copyImage({
      source: await layoutOf(image, ...more),
      descriptor: image.top.descriptor,
      sink,
      tags: ['v1'],
      referrers: more.map(({ top }) => top.descriptor),
    });
  const saying = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });

  test.each([
    ['manifest', 400, 'MANIFEST_INVALID', 'unknown config media type'],
    ['manifest', 415, 'UNSUPPORTED', 'unsupported media type'],
    ['index', 405, 'UNSUPPORTED', 'Invalid parameter at artifactType'],
  ] as const)('as a %s (%i) says what to set', async (what, status, code, message) => {
    const part = await converted();
    const image = convertedIndex([part]);
    const refused = what === 'index' ? image.top : part.soci.top;
    const failing = push(await refusing(refused, { status, body: saying(code, message) }), image);
    await expect(failing).rejects.toMatchObject({
      code: 'soci-refused',
      kind: 'input',
      message: expect.stringMatching(new RegExp(`app does not take the SOCI index \\(v2\\) .*${message}`)),
      hint: expect.stringMatching(/soci to v1.*off.*soci-tag-suffix/),
    });
  });

  test('of v1 says to set v2 or off', async () => {
    const { image, soci } = await converted(amd64, 'v1');
    const sink = await refusing(soci.top, { status: 400, body: saying('MANIFEST_INVALID', 'no') });
    await expect(push(sink, image, soci)).rejects.toMatchObject({
      code: 'soci-refused',
      hint: expect.stringMatching(/soci to v2.*off/),
    });
  });

  test('is told from one that refuses the account, that fails, or that refuses any other image', async () => {
    const part = await converted();
    const image = convertedIndex([part]);
    for (const [status, code] of [
      [403, 'denied'],
      [503, 'registry-unavailable'],
    ] as const)
      await expect(push(await refusing(part.soci.top, { status }), image)).rejects.toMatchObject({ code });
    const gone = await refusing(part.soci.top, {
      status: 400,
      body: saying('MANIFEST_BLOB_UNKNOWN', 'blob unknown'),
    });
    await expect(push(gone, image)).rejects.toMatchObject({ code: 'refused' });
    const plain = await refusing(part.image.top, { status: 400 });
    await expect(push(plain, part.image)).rejects.toMatchObject({ code: 'refused' });
  });
});
