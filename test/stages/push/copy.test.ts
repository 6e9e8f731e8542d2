import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { infrastructureError } from '../../../src/content/error.ts';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { parsePlatform } from '../../../src/content/image/platform.ts';
import { type Layout, openLayout } from '../../../src/content/store/layout.ts';
import { blobName } from '../../../src/content/store/layout-source.ts';
import type { ImageSink, ImageSource } from '../../../src/content/store/store.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
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

async function emptyLayout(): Promise<Layout> {
  return openLayout(await scratch(), { create: true });
}

async function layoutOf(image: SampleImage): Promise<Layout> {
  const layout = await emptyLayout();
  await put(layout, image, 'v1');
  return layout;
}

/** Tells what is asked of a source. */
function watched(source: ImageSource): ImageSource & { readonly reads: Digest[] } {
  const reads: Digest[] = [];
  return {
    ...bound(source),
    reads,
    readBlob: (descriptor, range) => {
      reads.push(descriptor.digest);
      return source.readBlob(descriptor, range);
    },
  };
}

function bound(source: ImageSource): ImageSource {
  return {
    location: source.location,
    resolve: (target) => source.resolve(target),
    readManifest: (descriptor) => source.readManifest(descriptor),
    readBlob: (descriptor, range) => source.readBlob(descriptor, range),
    tags: () => source.tags(),
    referrers: (subject, type) => source.referrers(subject, type),
    close: () => source.close(),
  };
}

/** A sink that writes down what is done to it, and does nothing. */
function ledger(over: Partial<ImageSink> = {}): ImageSink & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    location: 'ledger',
    writeBlob: async (descriptor, open) => {
      for await (const _ of open());
      log.push(`blob ${descriptor.digest}`);
      return 'written';
    },
    writeManifest: async (manifest) => {
      log.push(`manifest ${manifest.descriptor.digest}`);
    },
    tag: async (_, tag) => {
      log.push(`tag ${tag}`);
    },
    close: async () => {},
    abort: async () => {},
    ...over,
  };
}

const arm64 = parsePlatform('linux/arm64');
const amd64 = parsePlatform('linux/amd64');

async function multiPlatform() {
  const [onAmd64, onArm64] = [await sampleImage(), await sampleImage({ platform: arm64 })];
  const attestation = await sampleImage({ layers: 1 });
  const index = sampleIndex([
    { image: onAmd64, entry: { platform: amd64 } },
    { image: onArm64, entry: { platform: arm64 } },
    {
      image: attestation,
      entry: {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.digest': onArm64.top.descriptor.digest },
      },
    },
  ]);
  return { index, onAmd64, onArm64, attestation };
}

describe('a whole image', () => {
  test('arrives byte for byte under its tags, with what it leads to', async () => {
    const { index } = await multiPlatform();
    const [source, sink] = [await layoutOf(index), await emptyLayout()];
    const result = await copyImage({ source, descriptor: index.top.descriptor, sink, tags: ['a', 'b'] });
    expect(result.descriptor.digest).toBe(index.top.descriptor.digest);
    expect(result.blobs).toEqual({ written: index.blobs.size, existed: 0, mounted: 0, skipped: 0 });
    const bytes = [...index.blobs.values()].reduce((sum, blob) => sum + blob.byteLength, 0);
    expect(result.bytesWritten).toBe(bytes);
    for (const tag of ['a', 'b'])
      expect(await readAll(sink, await sink.resolve(tag))).toEqual(digestsOf(index));
  });

  test('children come before what names them, tags last', async () => {
    const { index } = await multiPlatform();
    const sink = ledger();
    await copyImage({ source: await layoutOf(index), descriptor: index.top.descriptor, sink, tags: ['v1'] });
    const at = (entry: string) => sink.log.indexOf(entry);
    for (const manifest of index.manifests) {
      if (manifest.kind === 'image') {
        for (const part of [manifest.config, ...manifest.layers]) {
          expect(at(`blob ${part.digest}`)).toBeGreaterThanOrEqual(0);
          expect(at(`blob ${part.digest}`)).toBeLessThan(at(`manifest ${manifest.descriptor.digest}`));
        }
      }
    }
    expect(sink.log.slice(-2)).toEqual([`manifest ${index.top.descriptor.digest}`, 'tag v1']);
  });

  test('what is at the destination is not read at the source', async () => {
    const [image, more] = [await sampleImage(), await sampleImage()];
    const sink = await layoutOf(image);
    const source = watched(await layoutOf(sampleIndex([{ image }, { image: more }])));
    const result = await copyImage({ source, descriptor: await source.resolve('v1'), sink, tags: ['v2'] });
    expect(new Set(source.reads)).toEqual(new Set(more.blobs.keys()));
    expect(result.blobs).toMatchObject({ existed: image.blobs.size, written: more.blobs.size });
  });

  test('a blob that several manifests share is moved once', async () => {
    const image = await sampleImage({ layers: 1 });
    if (image.top.kind !== 'image') throw new Error('unreachable');
    const { config, layers } = image.top;
    const twin = manifestOf({
      schemaVersion: 2,
      config,
      layers: [...layers, ...layers],
      annotations: { a: 'b' },
    });
    const both = sampleIndex([{ image }, { image: { ...image, top: twin, manifests: [twin] } }]);
    const source = watched(await layoutOf(both));
    await copyImage({ source, descriptor: both.top.descriptor, sink: ledger(), tags: [] });
    expect(source.reads.toSorted()).toEqual([...image.blobs.keys()].toSorted());
  });

  test('at most `parallel` blobs are under way at once', async () => {
    const image = await sampleImage({ layers: 12, layerBytes: 100 });
    let [now, most] = [0, 0];
    const sink = ledger({
      writeBlob: async (_, open) => {
        most = Math.max(most, ++now);
        for await (const _chunk of open());
        now -= 1;
        return 'written';
      },
    });
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: [] };
    await copyImage({ ...request, parallel: 3 });
    expect(most).toBe(3);
  });

  test('progress tells each blob’s bytes once, also where a sink starts again', async () => {
    const image = await sampleImage({ layers: 1, layerBytes: 3_000_000 });
    const told = new Map<string, { total: number | undefined; seen: number; note: string | undefined }>();
    const sink = ledger({
      writeBlob: async (descriptor, open) => {
        if (descriptor.size < 1000) return 'existed';
        for await (const _ of open()) break;
        for await (const _ of open());
        return 'written';
      },
    });
    await copyImage({
      source: await layoutOf(image),
      descriptor: image.top.descriptor,
      sink,
      tags: [],
      progress: {
        start: (label, total) => {
          const task = { total, seen: 0, note: undefined as string | undefined };
          told.set(label, task);
          return { advance: (bytes) => (task.seen += bytes), done: (note) => (task.note = note) };
        },
      },
    });
    const [layer] = image.top.kind === 'image' ? image.top.layers : [];
    expect([...told].toSorted().map(([label, task]) => [label.split(' ')[0], task])).toEqual([
      ['config', expect.objectContaining({ seen: 0, note: 'exists' })],
      ['layer', { total: layer?.size, seen: layer?.size, note: undefined }],
    ]);
  });
});

describe('platforms', () => {
  test('of one, the image itself is what is tagged', async () => {
    const { index, onArm64 } = await multiPlatform();
    const sink = await emptyLayout();
    const request = { source: await layoutOf(index), descriptor: index.top.descriptor, sink, tags: ['v1'] };
    const { descriptor } = await copyImage({ ...request, platforms: [arm64] });
    expect(descriptor.digest).toBe(onArm64.top.descriptor.digest);
    expect(await readAll(sink, await sink.resolve('v1'))).toEqual(digestsOf(onArm64));
  });

  test('of several, an index names them and their attestations alone', async () => {
    const { index, onArm64, onAmd64, attestation } = await multiPlatform();
    const riscv = await sampleImage({ platform: parsePlatform('linux/riscv64') });
    const wide = sampleIndex([
      ...(index.top.kind === 'index' ? index.top.manifests : []).map((entry) => ({
        image: [onArm64, onAmd64, attestation].find(
          (one) => one.top.descriptor.digest === entry.digest,
        ) as SampleImage,
        entry,
      })),
      { image: riscv, entry: { platform: parsePlatform('linux/riscv64') } },
    ]);
    const sink = await emptyLayout();
    const request = { source: await layoutOf(wide), descriptor: wide.top.descriptor, sink, tags: ['v1'] };
    const { descriptor } = await copyImage({ ...request, platforms: [amd64, arm64] });
    expect(descriptor.digest).toBe(index.top.descriptor.digest);
    expect(await readAll(sink, await sink.resolve('v1'))).toEqual(digestsOf(index));
  });

  test('of all, nothing changes', async () => {
    const { index } = await multiPlatform();
    const request = {
      source: await layoutOf(index),
      descriptor: index.top.descriptor,
      sink: ledger(),
      tags: [],
    };
    const { descriptor } = await copyImage({ ...request, platforms: [amd64, arm64] });
    expect(descriptor.digest).toBe(index.top.descriptor.digest);
  });

  test('that are not there are an error that names those that are, before a blob moves', async () => {
    const { index, onArm64 } = await multiPlatform();
    for (const [image, there] of [
      [index, 'linux/amd64, linux/arm64'],
      [onArm64, 'linux/arm64'],
    ] as const) {
      const sink = ledger();
      const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
      await expect(
        copyImage({ ...request, platforms: [parsePlatform('linux/s390x')] }),
      ).rejects.toMatchObject({
        code: 'no-platform',
        hint: expect.stringContaining(there),
      });
      expect(sink.log).toEqual([]);
    }
  });

  test('are read from the config where an entry does not tell', async () => {
    const [onAmd64, onArm64] = [await sampleImage(), await sampleImage({ platform: arm64 })];
    const index = sampleIndex([{ image: onAmd64 }, { image: onArm64 }]);
    const nested = sampleIndex([{ image: index }]);
    const request = {
      source: await layoutOf(nested),
      descriptor: nested.top.descriptor,
      sink: ledger(),
      tags: [],
    };
    const { descriptor } = await copyImage({ ...request, platforms: [arm64] });
    expect(descriptor.digest).toBe(onArm64.top.descriptor.digest);
  });
});

describe('what is not an ordinary image', () => {
  test('a manifest of an unknown type is passed through', async () => {
    const opaque = manifestOf({ schemaVersion: 2, mediaType: 'application/vnd.acme.v1+json', z: 1, a: 2 });
    const sink = await emptyLayout();
    const source = await layoutOf({ top: opaque, manifests: [opaque], blobs: new Map() });
    await copyImage({ source, descriptor: await source.resolve('v1'), sink, tags: ['v2'] });
    expect((await sink.readManifest(await sink.resolve('v2'))).raw).toEqual(opaque.raw);
  });

  test('an entry of an index that is no manifest is a blob', async () => {
    const thing = Buffer.from('{"any":"thing"}');
    const entry = {
      mediaType: 'application/vnd.acme.thing',
      digest: digestOf(thing),
      size: thing.byteLength,
    };
    const index = manifestOf({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [entry],
    });
    const source = await layoutOf({
      top: index,
      manifests: [index],
      blobs: new Map([[entry.digest, thing]]),
    });
    const sink = ledger();
    await copyImage({ source, descriptor: index.descriptor, sink, tags: [] });
    expect(sink.log).toEqual([`blob ${entry.digest}`, `manifest ${index.descriptor.digest}`]);
  });

  test('foreign layers stay where their URLs say, and the result tells', async () => {
    const image = await sampleImage({ layers: 1 });
    if (image.top.kind !== 'image') throw new Error('unreachable');
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digestOf('windows') as Digest,
      size: 4_000_000_000,
      urls: ['https://mcr.example/layer'],
    };
    const top = manifestOf({
      schemaVersion: 2,
      config: image.top.config,
      layers: [foreign, ...image.top.layers],
    });
    const source = await layoutOf({ ...image, top, manifests: [top] });
    const result = await copyImage({
      source,
      descriptor: top.descriptor,
      sink: await emptyLayout(),
      tags: ['v1'],
    });
    expect(result.blobs).toMatchObject({ written: 2, skipped: 1 });
    expect(result.skippedLayers).toEqual([foreign]);
  });

  test('indexes that nest without end are refused', async () => {
    let image = await sampleImage({ layers: 1, layerBytes: 10 });
    for (let depth = 0; depth < 6; depth++) image = sampleIndex([{ image }]);
    const sink = ledger();
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage(request)).rejects.toMatchObject({ code: 'too-deep' });
    expect(sink.log).toEqual([]);
  });
});

describe('failures', () => {
  test('an index without one of its images names the platform that is missing', async () => {
    const { index, onArm64 } = await multiPlatform();
    const sparse = { ...index, manifests: index.manifests.filter((one) => one !== onArm64.top) };
    const sink = ledger();
    const request = { source: await layoutOf(sparse), descriptor: index.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage(request)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`linux/arm64 (${onArm64.top.descriptor.digest})`),
      hint: expect.stringContaining('set platforms'),
    });
    expect(sink.log).not.toContain('tag v1');
    await expect(copyImage({ ...request, platforms: [amd64] })).resolves.toBeDefined();
  });

  test('damaged bytes at the source are not stored, and nothing is tagged', async () => {
    const image = await sampleImage({ layers: 3 });
    const [source, sink] = [await layoutOf(image), await emptyLayout()];
    const [digest, bytes] = [...image.blobs][1] as [Digest, Uint8Array];
    await writeFile(join(source.path, blobName(digest)), Buffer.alloc(bytes.byteLength));
    const copying = copyImage({ source, descriptor: image.top.descriptor, sink, tags: ['v1'] });
    await expect(copying).rejects.toMatchObject({ code: 'digest-mismatch', kind: 'input' });
    expect(await sink.blobSize(digest)).toBeUndefined();
    expect(await sink.blobSize(image.top.descriptor.digest)).toBeUndefined();
    expect(await sink.tags()).toEqual([]);
  });

  test('the first failure ends the other transfers, even ones that wait for bytes that never come', async () => {
    const image = await sampleImage({ layers: 3 });
    const layout = await layoutOf(image);
    const [first, ...others] = image.top.kind === 'image' ? image.top.layers : [];
    const ended: Digest[] = [];
    let waiting = 0;
    let allWait = (): void => {};
    const stuck = new Promise<void>((resolve) => {
      allWait = resolve;
    });
    const source: ImageSource = {
      ...bound(layout),
      readBlob: (descriptor: Descriptor): ByteStream => {
        if (!others.some((layer) => layer.digest === descriptor.digest)) return layout.readBlob(descriptor);
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => {
              if (++waiting === others.length) allWait();
              return new Promise(() => {});
            },
            return: async () => {
              ended.push(descriptor.digest);
              return { done: true, value: undefined };
            },
          }),
        };
      },
    };
    const broken = infrastructureError('broken', 'the sink broke');
    const sink = ledger({
      writeBlob: async (descriptor, open) => {
        if (descriptor.digest === first?.digest) {
          await stuck;
          throw broken;
        }
        for await (const _ of open());
        return 'written';
      },
    });
    const copying = copyImage({ source, descriptor: image.top.descriptor, sink, tags: ['v1'] });
    await expect(copying).rejects.toBe(broken);
    expect(ended.toSorted()).toEqual(others.map((layer) => layer.digest).toSorted());
    expect(sink.log).toEqual([]);
  });

  test('an aborted signal ends the copy with its reason', async () => {
    const image = await sampleImage();
    const controller = new AbortController();
    const reason = new Error('the user stopped it');
    const sink = ledger({
      writeBlob: async (_, open) => {
        controller.abort(reason);
        for await (const _chunk of open());
        return 'written';
      },
    });
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage({ ...request, signal: controller.signal })).rejects.toBe(reason);
    expect(sink.log).toEqual([]);
  });

  test('a store that cannot hold the image refuses before a blob moves', async () => {
    const image = await sampleImage();
    const refusal = new Error('only small ones');
    const sink = ledger({
      checkImage: () => {
        throw refusal;
      },
    });
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage(request)).rejects.toBe(refusal);
    expect(sink.log).toEqual([]);
  });
});
