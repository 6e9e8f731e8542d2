import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import {
  digestsOf,
  manifestOf,
  readAll,
  sampleImage,
  sampleIndex,
} from '../../content/store/sample-image.ts';
import { emptyLayout, layoutOf, ledger, multiPlatform, watched } from './copying.ts';

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
