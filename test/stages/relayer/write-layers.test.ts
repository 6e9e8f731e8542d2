import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import { compressZstd } from '../../../src/stages/relayer/compress-zstd.ts';
import type { NewLayer } from '../../../src/stages/relayer/plan.ts';
import { verifyTree } from '../../../src/stages/relayer/verify.ts';
import { type WriteRequest, writeLayers } from '../../../src/stages/relayer/write-layers.ts';
import { gather } from '../../content/layer/made-layer.ts';
import { rowsOf, tableOfTar } from '../../content/rootfs/made-table.ts';
import { dir, file, nodeAt } from '../../content/rootfs/merged.ts';
import { makePlace } from '../../pipeline/pipeline.ts';
import { layer, noise, usual } from './releases.ts';

const image = layer(dir('opt'), file('opt/a', noise(100_000, 'a')), file('opt/b', 'b'));
const tree = mergeLayers([tableOfTar([image.tar.subarray(0, -1024)])], String);
const layerOf = (paths: readonly string[], whiteouts: readonly string[] = []): NewLayer => ({
  kind: 'new',
  nodes: Uint32Array.from(paths.map((path) => nodeAt(tree, path))).sort(),
  whiteouts: whiteouts.map((path) => Buffer.from(path)),
  bytes: 0,
  title: 'made',
  reason: 'test',
});
const both = [layerOf(['opt', 'opt/a']), layerOf(['opt', 'opt/b'], ['opt/gone'])];

async function write(layers: readonly NewLayer[], more: Partial<WriteRequest> = {}) {
  const { folder } = await makePlace();
  const into = join(folder, 'new');
  await mkdir(into);
  const written = await writeLayers(tree, layers, {
    folder: into,
    compress: usual.compress,
    compression: 'gzip',
    read: async function* (_, start, bytes) {
      yield image.tar.subarray(start, start + bytes);
    },
    known: new Map(),
    progress: silentProgress,
    signal: new AbortController().signal,
    ...more,
  });
  return { written, left: () => readdir(into) };
}

test('layers are what their descriptors and tables say', async () => {
  const { written } = await write(both);
  expect(written.map(({ descriptor }) => descriptor.mediaType)).toEqual(
    Array(2).fill('application/vnd.oci.image.layer.v1.tar+gzip'),
  );
  for (const { descriptor, path } of written) {
    const blob = await readFile(path as string);
    expect([digestOf(blob), blob.byteLength]).toEqual([descriptor.digest, descriptor.size]);
  }
  expect(written.map(({ table }) => rowsOf(table).map(({ path, kind }) => `${kind} ${path}`))).toEqual([
    ['directory opt', 'file opt/a'],
    ['directory opt', 'whiteout opt/gone', 'file opt/b'],
  ]);
  expect(written.map(({ table }) => table.diffId)).toEqual(written.map(({ diffId }) => diffId));
});

test('the same tree and plan give the same blobs', async () => {
  const [a, b] = [await write(both), await write(both)];
  expect(b.written.map(({ descriptor }) => descriptor)).toEqual(
    a.written.map(({ descriptor }) => descriptor),
  );
});

test('a layer that the baseline has takes its blob, and leaves no file', async () => {
  const { written } = await write(both);
  const descriptor = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    digest: digestOf('older'),
    size: 5,
  };
  const diffId = written[0]?.diffId ?? digestOf('');
  const again = await write(both, { known: new Map([[diffId, { diffId, descriptor }]]) });
  expect(again.written[0]).toMatchObject({ descriptor, diffId, path: undefined });
  expect(again.written[1]?.descriptor).toEqual(written[1]?.descriptor);
  expect(await again.left()).toEqual(['layer-2-of-2']);
});

test('content that is not what the tree says is found by the proof, whose tables are of what was written', async () => {
  const read: WriteRequest['read'] = async function* (_, __, bytes) {
    yield Buffer.alloc(bytes, 'x');
  };
  const { written } = await write(both, { read });
  const tables = written.map(({ table }) => table);
  expect(() => verifyTree(tree, tables, tree)).toThrow(/\/opt\/a: content/);
});

test('writing ends when the run is interrupted', async () => {
  await expect(write(both, { signal: AbortSignal.abort(new Error('SIGINT')) })).rejects.toThrow('SIGINT');
});

describe('zstd', () => {
  const options = { compress: compressZstd, compression: 'zstd' } as const;

  test('has the same tar in it, and the same bytes each time', async () => {
    const [gzip, a, b] = [await write(both), await write(both, options), await write(both, options)];
    expect(a.written.map(({ diffId }) => diffId)).toEqual(gzip.written.map(({ diffId }) => diffId));
    expect(b.written.map(({ descriptor }) => descriptor)).toEqual(
      a.written.map(({ descriptor }) => descriptor),
    );
    for (const { descriptor, diffId, path } of a.written) {
      const blob = await readFile(path as string);
      expect([digestOf(blob), blob.byteLength]).toEqual([descriptor.digest, descriptor.size]);
      expect(digestOf(zstdDecompressSync(blob))).toBe(diffId);
      expect(descriptor.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
    }
  });

  test('passes on what reading fails with', async () => {
    const read: WriteRequest['read'] = async function* () {
      yield Buffer.alloc(10);
      throw new Error('the disk is gone');
    };
    await expect(write(both, { ...options, read })).rejects.toThrow('the disk is gone');
  });

  test('passes on what writing fails with, and closes what it reads', async () => {
    let isClosed = false;
    const tar = async function* () {
      try {
        for (;;) yield image.tar;
      } finally {
        isClosed = true;
      }
    };
    const writing = compressZstd({
      tar: tar(),
      where: 'made',
      file: 'none',
      subscribers: [],
      async write(blob) {
        for await (const _ of blob) throw new Error('the disk is full');
      },
    });
    await expect(writing).rejects.toThrow('the disk is full');
    await expect.poll(() => isClosed).toBe(true);
  });

  test('takes chunks that are only lent', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const tar = async function* () {
      for (let at = 0; at < image.tar.byteLength; at += chunk.byteLength) {
        yield chunk.subarray(0, image.tar.copy(chunk, 0, at));
      }
      chunk.fill(0xdb);
    };
    let blob: Buffer = Buffer.alloc(0);
    const { diffId, uncompressedBytes } = await compressZstd({
      tar: tar(),
      where: 'made',
      file: 'none',
      subscribers: [],
      async write(bytes) {
        blob = await gather(bytes);
      },
    });
    expect([diffId, uncompressedBytes]).toEqual([image.diffId, image.tar.byteLength]);
    expect(zstdDecompressSync(blob).equals(image.tar)).toBe(true);
  });
});
