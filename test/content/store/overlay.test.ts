import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { overlay } from '../../../src/content/store/overlay.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { amd64, changed, imageManifest, imageOf, vectorLayer } from '../../stages/soci/image-of-layers.ts';
import { manifestOf, scratch } from './sample-image.ts';

async function made() {
  const base = await imageOf([{ layers: [vectorLayer('tar-basic')], platform: amd64 }]);
  const folder = await scratch();
  const bytes = Buffer.from('0123456789'.repeat(300_000));
  const file = { digest: digestOf(bytes), size: bytes.byteLength, path: join(folder, 'file') };
  await writeFile(file.path, bytes);
  const document = Buffer.from('{}');
  const top = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
  const referrer = manifestOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: 'application/x.index', digest: digestOf(document), size: 2 },
    layers: [],
    subject: base.descriptor,
  });
  let closed = 0;
  const source = overlay(
    base.layout,
    {
      original: base.descriptor,
      descriptor: top.descriptor,
      manifests: [top, referrer],
      documents: [document],
      files: [file],
    },
    async () => {
      closed++;
    },
  );
  return { base, source, file, bytes, document, top, referrer, closed: () => closed };
}

const blob = (digest: ReturnType<typeof digestOf>, size: number) => ({ mediaType: 'any', digest, size });

test('has what the other source has, and the new manifests and blobs', async () => {
  const { base, source, file, bytes, document, top, referrer } = await made();
  const original = await source.readManifest(base.descriptor);
  expect(original.raw).toEqual(base.manifests[0]?.raw);
  if (original.kind !== 'image') throw new Error('no image');
  for (const part of [original.config, ...original.layers]) {
    expect(digestOf(await collect(source.readBlob(part), part.size, 'test'))).toBe(part.digest);
  }
  for (const manifest of [top, referrer]) {
    expect((await source.readManifest(manifest.descriptor)).raw).toEqual(manifest.raw);
  }
  const whole = await collect(source.readBlob(blob(file.digest, file.size)), file.size, 'test');
  expect(whole.equals(bytes)).toBe(true);
  expect(await collect(source.readBlob(blob(digestOf(document), 2)), 2, 'test')).toEqual(document);
});

test('gives parts of blobs in files and in memory', async () => {
  const { source, file, bytes, document } = await made();
  const range = { start: 1_500_000, end: 2_900_001 };
  const part = await collect(source.readBlob(blob(file.digest, file.size), range), file.size, 'test');
  expect(part.equals(bytes.subarray(range.start, range.end))).toBe(true);
  const last = { start: 1, end: 10 };
  expect(String(await collect(source.readBlob(blob(digestOf(document), 2), last), 9, 'test'))).toBe('}');
});

test('names of the image lead to what stands for it now, its digest to what it was', async () => {
  const { base, source, top } = await made();
  expect(await source.resolve()).toEqual(top.descriptor);
  expect(await source.resolve('image')).toEqual(top.descriptor);
  expect(await source.resolve(base.descriptor.digest)).toMatchObject({ digest: base.descriptor.digest });
  expect(await source.resolve(top.descriptor.digest)).toEqual(top.descriptor);
  expect(await source.tags()).toEqual(['image']);
  await expect(source.resolve('other')).rejects.toMatchObject({ code: 'not-found' });
});

test('lists the new referrers beside the old ones, of one type where one is asked for', async () => {
  const { base, source, referrer } = await made();
  const old = { ...referrer.descriptor, digest: digestOf('old'), artifactType: 'application/x.signature' };
  const both = overlay(
    changed(source, { referrers: async () => [old] }),
    {
      original: base.descriptor,
      descriptor: base.descriptor,
      manifests: [referrer],
      documents: [],
      files: [],
    },
    async () => {},
  );
  const { digest } = base.descriptor;
  expect((await both.referrers(digest)).map((one) => one.digest).sort()).toEqual(
    [referrer.descriptor.digest, old.digest].sort(),
  );
  expect((await both.referrers(digest, 'application/x.index')).map((one) => one.digest)).toEqual([
    referrer.descriptor.digest,
  ]);
  expect(await source.referrers(digestOf('nobody'))).toEqual([]);
});

test('a file that was changed since it was made is found out as it is read', async () => {
  const { source, file, bytes } = await made();
  const changedBytes = Buffer.from(bytes);
  changedBytes[2_000_000] = 0;
  await writeFile(file.path, changedBytes);
  const descriptor = blob(file.digest, file.size);
  await expect(collect(source.readBlob(descriptor), file.size, 'test')).rejects.toMatchObject({
    code: 'digest-mismatch',
  });
  await truncate(file.path, 10);
  await expect(collect(source.readBlob(descriptor), file.size, 'test')).rejects.toMatchObject({
    code: 'size-mismatch',
  });
});

test('a manifest that was described with another size is refused', async () => {
  const { source, top } = await made();
  const wrong = { ...top.descriptor, size: top.descriptor.size + 1 };
  await expect(source.readManifest(wrong)).rejects.toMatchObject({ code: 'size-mismatch' });
});

test('says where blobs come from that it passes on: a registry may mount them from there', async () => {
  const { base, source, file, document } = await made();
  const [layer] = (await imageManifest(base.layout, base.descriptor)).layers;
  expect(layer && source.origin?.(layer)).toBe(base.layout);
  expect(source.origin?.(blob(file.digest, file.size))).toBeUndefined();
  expect(source.origin?.(blob(digestOf(document), 2))).toBeUndefined();
  const { descriptor } = base;
  const files = [{ ...file, origin: base.layout }];
  const none = { original: descriptor, descriptor, manifests: [], documents: [] };
  const over = overlay(source, { ...none, files }, async () => {});
  expect(over.origin?.(blob(file.digest, file.size))).toBe(base.layout);
  expect(layer && over.origin?.(layer)).toBe(base.layout);
});

test('closing it leaves the other source open', async () => {
  const { base, source, closed } = await made();
  await source.close();
  expect(closed()).toBe(1);
  expect(await base.layout.resolve('image')).toMatchObject({ digest: base.descriptor.digest });
});
