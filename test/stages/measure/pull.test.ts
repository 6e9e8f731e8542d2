import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LayerPool } from '../../../src/content/layer/layer-pool.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { type PullOptions, pull } from '../../../src/stages/measure/pull.ts';
import { makeLayer } from '../../content/layer/made-layer.ts';
import { amd64, TestRegistry } from './made-image.ts';

const gzip = makeLayer({ 'a/one': randomBytes(900_000), two: Buffer.from('2') });
const zstd = makeLayer({ three: randomBytes(500_000) }, 'zstd');
const plain = makeLayer({ four: Buffer.alloc(5000, '4') }, 'none');

let registry: TestRegistry;
let source: ImageSource;
const pool = new LayerPool(2);
beforeAll(async () => {
  registry = await TestRegistry.start();
  source = registry.open();
  await mkdir(registry.scratch);
  await pool.start();
});
afterAll(async () => {
  await source.close();
  await pool[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

let folder: string;
let pulls = 0;
beforeEach(() => {
  folder = join(registry.scratch, `pull-${pulls++}`);
});

const options = (rest: Pick<PullOptions, 'target'> & Partial<PullOptions>): PullOptions => ({
  source,
  platform: amd64,
  folder,
  pool,
  held: [],
  unpackRatioLimit: 200,
  unpackedBytes: new Map(),
  progress: silentProgress,
  label: 'pull',
  signal: new AbortController().signal,
  ...rest,
});

describe('a pull', () => {
  it('refuses an image with a foreign layer: that one lies in no registry', async () => {
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const urls = ['https://base.example/layer.tar.gz'];
    const target = await registry.add([
      { ...gzip, descriptor: { ...gzip.descriptor, mediaType, urls } },
      plain,
    ]);
    await expect(pull(options({ target }))).rejects.toMatchObject({ code: 'foreign-layer', kind: 'input' });
  });

  it('downloads and unpacks every layer, and tells when each was done', async () => {
    const target = await registry.add([gzip, zstd, plain, gzip]);
    const pulled = await pull(options({ target }));
    const layers = [gzip, zstd, plain, gzip];
    expect(pulled.diffIds).toEqual(layers.map(({ diffId }) => diffId));
    expect(pulled.unpackedBytes).toBe(layers.reduce((sum, { tar }) => sum + tar.byteLength, 0));
    expect(pulled.files).toBe(2 + 1 + 1 + 2);
    expect(pulled.unpackedBytesByLayer.get(zstd.descriptor.digest)).toBe(zstd.tar.byteLength);

    const phases = Map.groupBy(pulled.spans, ({ phase }) => phase);
    // A blob that stands twice is downloaded once, and unpacked twice.
    expect(phases.get('fetch')?.map(({ layer }) => layer)).toEqual(
      [gzip, zstd, plain].map(({ descriptor }) => descriptor.digest),
    );
    expect(phases.get('unpack')?.map(({ layer }) => layer)).toEqual(
      layers.map(({ descriptor }) => descriptor.digest),
    );
    for (const span of pulled.spans) {
      expect(span.startSeconds).toBeGreaterThanOrEqual(0);
      expect(span.endSeconds).toBeGreaterThan(span.startSeconds);
      expect(span.endSeconds).toBeLessThanOrEqual(pulled.pullSeconds);
    }
    const extent = (phase: 'fetch' | 'unpack') => {
      const spans = phases.get(phase) ?? [];
      const starts = spans.map(({ startSeconds }) => startSeconds);
      return Math.max(...spans.map(({ endSeconds }) => endSeconds)) - Math.min(...starts);
    };
    expect(pulled.fetchSeconds).toBe(extent('fetch'));
    expect(pulled.unpackSeconds).toBe(extent('unpack'));
    for (const fetch of phases.get('fetch') ?? []) {
      expect(fetch.startSeconds).toBeGreaterThanOrEqual(pulled.resolveSeconds);
    }
    for (const unpack of phases.get('unpack') ?? []) {
      const fetch = phases.get('fetch')?.find(({ layer }) => layer === unpack.layer);
      expect(unpack.startSeconds).toBeGreaterThan(fetch?.endSeconds ?? Number.POSITIVE_INFINITY);
    }
    expect(pulled.resolveSeconds).toBeGreaterThan(0);
    const blobs = [gzip, zstd, plain].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    expect(pulled.downloadedBytes).toBe(blobs + (phases.get('resolve')?.[0]?.bytes ?? 0));
    expect((await readdir(folder)).filter((name) => name.startsWith('layer-'))).toHaveLength(4);
    expect((await lstat(join(folder, 'layer-2', 'f0'))).size).toBe(5000);
  });

  it('shows fetching and unpacking apart, and ends both', async () => {
    const target = await registry.add([gzip, plain]);
    const under = new Set<string>();
    const told: [label: string, totalBytes?: number][] = [];
    await pull(
      options({
        target,
        label: 'image',
        progress: {
          start: (label, totalBytes) => {
            told.push(totalBytes === undefined ? [label] : [label, totalBytes]);
            under.add(label);
            return { advance: () => {}, done: () => under.delete(label) };
          },
        },
      }),
    );
    expect(told).toEqual([['fetch image', gzip.bytes.byteLength + plain.bytes.byteLength], ['unpack image']]);
    expect([...under]).toEqual([]);
  });

  it('leaves out what the node holds from the bottom up, and nothing else', async () => {
    const target = await registry.add([plain, gzip, zstd]);
    const pulled = await pull(options({ target, held: [plain.diffId, zstd.diffId, gzip.diffId] }));
    expect([...pulled.unpackedBytesByLayer.keys()]).toEqual([gzip.descriptor.digest, zstd.descriptor.digest]);
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('does nothing but resolve where the node holds everything', async () => {
    const target = await registry.add([plain]);
    const pulled = await pull(options({ target, held: [plain.diffId, gzip.diffId] }));
    expect(pulled).toMatchObject({ fetchSeconds: 0, unpackSeconds: 0, files: 0, unpackedBytes: 0 });
    expect(pulled.spans.map(({ phase }) => phase)).toEqual(['resolve']);
  });

  it('finds its platform in an index', async () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    const index = await registry.addIndex([
      { digest: await registry.add([plain], arm64), platform: arm64 },
      { digest: await registry.add([gzip]), platform: amd64 },
    ]);
    expect((await pull(options({ target: index }))).diffIds).toEqual([gzip.diffId]);
    const s390x = { os: 'linux', architecture: 's390x' };
    await expect(pull(options({ target: index, platform: s390x }))).rejects.toMatchObject({
      code: 'no-platform',
    });
  });

  it('refuses what cannot fit on the disk before its first byte', async () => {
    const target = await registry.add([gzip, plain]);
    const unpackedBytes = new Map([[plain.descriptor.digest, 2 ** 52]]);
    await expect(pull(options({ target, unpackedBytes }))).rejects.toMatchObject({
      kind: 'infrastructure',
      code: 'disk-full',
      message: expect.stringContaining('4504 TB'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('throws what is wrong with a layer, and leaves nothing going on', async () => {
    const damaged = { ...gzip, diffId: zstd.diffId };
    const target = await registry.add([makeLayer({ big: randomBytes(3_000_000) }), damaged]);
    await expect(pull(options({ target }))).rejects.toMatchObject({
      kind: 'input',
      code: 'diff-id-mismatch',
    });
    const target2 = await registry.add([plain]);
    await expect(pull(options({ target: target2, folder: `${folder}-2` }))).resolves.toMatchObject({
      files: 1,
    });
  });

  it('ends as soon as it is aborted, though the registry sends nothing', async () => {
    const target = await registry.add([gzip]);
    const abort = new AbortController();
    const silent: ImageSource = Object.assign(registry.open(), {
      readBlob: (...[descriptor]: Parameters<ImageSource['readBlob']>) =>
        descriptor.digest === gzip.descriptor.digest
          ? stalled(() => abort.abort('late'))
          : source.readBlob(descriptor),
    });
    await expect(pull(options({ target, source: silent, signal: abort.signal }))).rejects.toBe('late');
    await silent.close();
  });
});

/** A stream that never yields; `asked` is called when it is read. */
function stalled(asked: () => void): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        asked();
        return new Promise(() => {});
      },
    }),
  };
}
