import { expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import type { Platform } from '../../../src/content/image/platform.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { findKnownZtocs, type KnownImage } from '../../../src/stages/soci/reuse.ts';
import {
  amd64,
  arm64,
  type BlobLayer,
  changed,
  counting,
  imageOf,
  indexing,
  vectorLayer,
} from './image-of-layers.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');

/** An indexed image. */
async function indexedImage(layers: readonly BlobLayer[], spanBytes = 65_536): Promise<KnownImage> {
  const plain = await imageOf([
    { layers, platform: amd64 },
    { layers, platform: arm64 },
  ]);
  const { run } = await indexing({ source: plain.layout, descriptor: plain.descriptor }, { spanBytes });
  return run;
}

async function known(images: readonly KnownImage[], layers: readonly Digest[], signal?: AbortSignal) {
  const notices: string[] = [];
  const found = await findKnownZtocs(images, {
    layers: new Set(layers),
    spanBytes: 65_536,
    platforms: [amd64],
    signal: signal ?? new AbortController().signal,
    notice: (line) => notices.push(line),
  });
  return { found, notices };
}

test('finds the zTOCs that an index names, for the layers that are wanted and no others', async () => {
  const image = await indexedImage([basic, links]);
  const { found, notices } = await known([image], [basic.descriptor.digest, digestOf('other')]);
  expect([...found.keys()]).toEqual([basic.descriptor.digest]);
  const [ztoc, ...more] = found.get(basic.descriptor.digest) ?? [];
  expect(more).toEqual([]);
  expect(ztoc).toMatchObject({ digest: basic.ztoc, source: image.source });
  expect(ztoc?.from).toContain(image.descriptor.digest);
  expect(digestOf(ztoc ? await collect(ztoc.read(), ztoc.size, 'test') : '')).toBe(basic.ztoc);
  expect(notices).toEqual([]);
});

test('has the first image’s zTOC first, and one that two images name once', async () => {
  const first = await indexedImage([basic]);
  const second = await indexedImage([basic, links]);
  const { found } = await known([first, second, second], [basic.descriptor.digest, links.descriptor.digest]);
  expect(found.get(basic.descriptor.digest)?.map(({ source }) => source)).toEqual([first.source]);
  expect(found.get(links.descriptor.digest)?.map(({ source }) => source)).toEqual([second.source]);
});

test('leaves out what has spans of another size', async () => {
  const image = await indexedImage([basic], 32_768);
  expect((await known([image], [basic.descriptor.digest])).found.size).toBe(0);
});

test('reads no blob, nothing of other platforms, and asks for indexes only where a layer is shared', async () => {
  const image = await indexedImage([basic]);
  const counted = counting(image.source);
  const manifests: (Platform | undefined)[] = [];
  const asked: Digest[] = [];
  const source: ImageSource = changed(counted, {
    readManifest(descriptor: Descriptor) {
      manifests.push(descriptor.platform);
      return counted.readManifest(descriptor);
    },
    async referrers(subject: Digest) {
      asked.push(subject);
      return [];
    },
  });
  await known([{ source, descriptor: image.descriptor }], [digestOf('nothing that is there')]);
  expect(asked).toEqual([]);
  await known([{ source, descriptor: image.descriptor }], [basic.descriptor.digest]);
  expect(asked).toHaveLength(1);
  expect(manifests).not.toContainEqual(arm64);
  expect(counted.read.size).toBe(0);
});

test('an image that cannot be read is a notice, and the others are asked all the same', async () => {
  const image = await indexedImage([basic]);
  const broken = changed(image.source, {
    readManifest: () => Promise.reject(new Error('the registry is down')),
  });
  const images = [{ source: broken, descriptor: image.descriptor }, image];
  const { found, notices } = await known(images, [basic.descriptor.digest]);
  expect(found.has(basic.descriptor.digest)).toBe(true);
  expect(notices).toEqual([expect.stringContaining('the registry is down')]);
});

test('an abort is no notice', async () => {
  const image = await indexedImage([basic]);
  const stop = new AbortController();
  const reason = new Error('enough');
  const source = changed(image.source, {
    async readManifest() {
      stop.abort(reason);
      throw new Error('the connection was closed');
    },
  });
  const images = [{ source, descriptor: image.descriptor }];
  await expect(known(images, [basic.descriptor.digest], stop.signal)).rejects.toBe(reason);
});
