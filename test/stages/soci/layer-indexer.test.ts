import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { Layer } from '../../../src/content/layer/read.ts';
import { problemsOf } from '../../../src/stages/soci/check.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import { LayerIndexer } from '../../../src/stages/soci/layer-indexer.ts';
import { describeLayer, type MadeLayer, makeLayer, tarOf } from '../../content/layer/made-layer.ts';
import { paxArchive } from './pax-archive.ts';
import { type LayerVector, layerVectors } from './vectors.ts';

const never = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layer-indexer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Lent chunks that are spoilt when the next one is asked for. */
async function* lent(bytes: Buffer, size = 50_000): ByteStream {
  for (let at = 0; at < bytes.byteLength; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0xee);
  }
}

/** soci took these; its snapshotter refuses the layer or fails on reads of its files, so that ours makes no zTOC. */
const unloadable: Readonly<Record<string, RegExp>> = {
  'tar-pax-sparse-1.0': /sparse/,
  'tar-sized-links': /size/,
  'tar-hardlink-before-target': /link/,
  'tar-mtime-beyond-year-9999': /time of modification/,
  'tar-ids-beyond-32-bits': /owner/,
};
/** soci gave up on the whole image over these. */
const unreadable: Readonly<Record<string, RegExp>> = {
  'fail-contiguous-file': /contiguous/,
  'fail-gnu-sparse': /sparse/,
  'fail-pax-global-header': /global/,
};
/** Damaged, or not what their media type says. */
const damaged: Readonly<Record<string, string>> = {
  'fail-bad-crc': 'bad-layer',
  'fail-garbage-after-gzip': 'bad-layer',
  'fail-gzip-declared-as-tar': 'bad-tar',
  'fail-tar-declared-as-gzip': 'bad-layer',
  'fail-truncated': 'bad-layer',
  'fail-zeros-after-gzip': 'bad-layer',
};
/** soci makes two checkpoints before the first byte, and its snapshotter refuses them. */
const doubled = ['stream-empty-first-member', 'stream-leading-empty-block'];
/** Refused before anybody reads the layer. */
const elsewhere = ['fail-zstd', 'fail-below-min-layer-size'];

const vectors = layerVectors.filter(({ name }) => !elsewhere.includes(name));
const named = (names: Readonly<Record<string, unknown>>) => vectors.filter(({ name }) => name in names);

function layerOf({ mediaType, blob }: LayerVector): Layer {
  const tar = () => {
    try {
      return gunzipSync(blob);
    } catch {
      return blob;
    }
  };
  return {
    descriptor: describeBytes(mediaType, blob),
    diffId: digestOf(mediaType.endsWith('gzip') ? tar() : blob),
  };
}

describe.each([
  ['by one thread', Number.POSITIVE_INFINITY],
  ['by two threads', 0],
])('a layer that is read %s', (_, fatBytes) => {
  const indexer = new LayerIndexer({ fatBytes, threads: 2 });
  afterAll(() => indexer[Symbol.asyncDispose]());

  const index = (vector: LayerVector, layer = layerOf(vector)) =>
    indexer.index(
      {
        layer,
        spanBytes: vector.spanBytes,
        ratioLimit: 5000,
        open: () => lent(vector.blob),
        file: join(folder, 'ztoc'),
      },
      never,
    );

  it.each(vectors.filter(({ name, ztoc }) => ztoc && !(name in unloadable) && !doubled.includes(name)))(
    '$name: gets the zTOC that soci made, byte for byte',
    async (vector) => {
      const outcome = await index(vector);
      const bytes = await readFile(join(folder, 'ztoc'));
      expect(bytes.equals(vector.ztoc as Buffer)).toBe(true);
      const { digest, size } = describeBytes('', bytes);
      expect(outcome).toMatchObject({ kind: 'indexed', digest, size });
      expect(await readdir(folder)).toEqual(['ztoc']);
    },
  );

  it.each([
    ['gzip-zlib-6', false],
    ['stream-multi-member', true],
    ['stream-members-of-span-plus-1', false],
    ['plain-tar', false],
  ])('%s: says whether spans go on from one gzip member into the next: %s', async (name, crossesMembers) => {
    const vector = vectors.find((one) => one.name === name) as LayerVector;
    expect(await index(vector)).toMatchObject({ crossesMembers });
  });

  it.each(named(Object.fromEntries(doubled.map((name) => [name, true]))))(
    '$name: gets one checkpoint before the first byte',
    async (vector) => {
      await index(vector);
      const ours = decodeZtoc(await readFile(join(folder, 'ztoc')), 'ours');
      expect(problemsOf(ours, vector.blob.byteLength)).toEqual([]);
      const theirs = vector.expected?.checkpoints ?? [];
      expect(ours.spans.map(({ outStart }) => outStart)).toEqual([...new Set(theirs.map(({ out }) => out))]);
    },
  );

  it.each(named({ ...unloadable, ...unreadable }))('$name: gets none, and a reason', async (vector) => {
    const reason = { ...unloadable, ...unreadable }[vector.name];
    expect(await index(vector)).toEqual({
      kind: 'unindexable',
      reason: expect.stringMatching(reason as RegExp),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(named(damaged))('$name: is an error, and leaves nothing', async (vector) => {
    const layer = layerOf(vector);
    await expect(index(vector, layer)).rejects.toMatchObject({
      kind: 'input',
      code: damaged[vector.name],
      message: expect.stringContaining(layer.descriptor.digest),
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the indexer of layers', () => {
  const fatBytes = 1_000_000;
  const indexer = new LayerIndexer({ fatBytes, threads: 2 });
  afterAll(() => indexer[Symbol.asyncDispose]());

  const input = (layer: MadeLayer, open: () => ByteStream, name = 'ztoc') => ({
    layer: { descriptor: layer.descriptor, diffId: layer.diffId },
    spanBytes: 100_000,
    ratioLimit: 200,
    open,
    file: join(folder, name),
  });
  const content = (seed: number, size: number) =>
    Buffer.from(Array.from({ length: size }, (_, at) => (at * (seed + at)) >> 3));

  it('reads several at once, each to its own file', async () => {
    const layers = [1, 2, 3, 4, 5].map((seed) => makeLayer({ a: content(seed, 700_000) }));
    const outcomes = await Promise.all(
      layers.map((layer, at) =>
        indexer.index(
          input(layer, () => lent(layer.bytes), `${at}`),
          never,
        ),
      ),
    );
    for (const [at, outcome] of outcomes.entries()) {
      const ztoc = decodeZtoc(await readFile(join(folder, `${at}`)), 'ours');
      expect(ztoc.compressedBytes).toBe(layers[at]?.bytes.byteLength);
      expect(outcome).toMatchObject({ kind: 'indexed', spans: ztoc.spans.length, files: 1 });
    }
  });

  it.each([
    ['one thread', 10_000],
    ['two threads', fatBytes],
  ])('gives the source its own error with %s, and leaves nothing', async (_, size) => {
    const layer = makeLayer({ a: randomBytes(size) });
    const broken = async function* (): ByteStream {
      yield* lent(layer.bytes.subarray(0, layer.bytes.byteLength / 2));
      throw new TypeError('the line is dead');
    };
    await expect(indexer.index(input(layer, broken), never)).rejects.toThrow(TypeError);
    expect(await readdir(folder)).toEqual([]);
    await expect(
      indexer.index(
        input(layer, () => lent(layer.bytes)),
        never,
      ),
    ).resolves.toMatchObject({ kind: 'indexed' });
  });

  it('refuses a layer whose config has another diffID', async () => {
    const layer = { ...makeLayer({ a: content(1, 100) }), diffId: digestOf('other') };
    await expect(
      indexer.index(
        input(layer, () => lent(layer.bytes)),
        never,
      ),
    ).rejects.toMatchObject({ code: 'diff-id-mismatch' });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['of a whole span', 1024, 'unindexable'],
    ['within a span', 1000, 'indexed'],
  ])(
    'takes an uncompressed layer that ends with its last file, but at the end %s',
    async (_, spanBytes, kind) => {
      // One header and one block of data, and no end blocks: 1,024 bytes.
      const layer = describeLayer(tarOf({ a: Buffer.alloc(512, 1) }).subarray(0, 1024), 'none');
      const outcome = await indexer.index({ ...input(layer, () => lent(layer.bytes)), spanBytes }, never);
      expect(outcome.kind).toBe(kind);
      if (kind === 'unindexable') return;
      const ztoc = decodeZtoc(await readFile(join(folder, 'ztoc')), 'ours');
      expect(problemsOf(ztoc, layer.bytes.byteLength)).toEqual([]);
    },
  );

  it('reads no more of a layer once it is known that it gets no zTOC', async () => {
    const odd = paxArchive([{ name: 'odd', type: '7' }]);
    const layer = describeLayer(Buffer.concat([odd, tarOf({ large: randomBytes(16_000_000) })]), 'gzip');
    let given = 0;
    const open = async function* (): ByteStream {
      for await (const chunk of lent(layer.bytes)) {
        given += chunk.byteLength;
        yield chunk;
      }
    };
    expect(await indexer.index(input(layer, open), never)).toEqual({
      kind: 'unindexable',
      reason: 'odd is a contiguous file',
    });
    expect(given).toBeLessThan(8_000_000);
  });

  it('refuses a bomb before it has gone off', async () => {
    const layer = makeLayer({ a: Buffer.alloc(200_000_000) });
    await expect(
      indexer.index(
        input(layer, () => lent(layer.bytes)),
        never,
      ),
    ).rejects.toMatchObject({ code: 'unpack-ratio' });
  });

  it.each([
    ['of a damaged layer', Buffer.from('no gzip at all'), { code: 'bad-layer' }],
    ['of one that gets no zTOC', gzipSync(Buffer.alloc(1024)).fill(0x10, 3, 4).fill(0x61, 10), undefined],
  ])('does not wait for the rest %s', async (_, head, error) => {
    const layer = makeLayer({ a: content(1, 500_000) });
    const endless = async function* (): ByteStream {
      yield head;
      for (let at = 0; at < 200; at++) yield Buffer.alloc(1000, 0x61);
      await new Promise(() => {});
    };
    const indexing = indexer.index(input(layer, endless), never);
    if (error) await expect(indexing).rejects.toMatchObject(error);
    else await expect(indexing).resolves.toMatchObject({ kind: 'unindexable' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('opens a layer when there is a thread for it, and no sooner', async () => {
    const fat = makeLayer({ a: randomBytes(fatBytes) });
    const small = makeLayer({ a: content(1, 1000) });
    const { promise: gate, resolve: go } = Promise.withResolvers<void>();
    const opened: string[] = [];
    const start = (name: string, { bytes }: MadeLayer, pause: Promise<void>) => {
      const layer = name === 'fat' ? fat : small;
      const open = async function* (): ByteStream {
        opened.push(name);
        yield* lent(bytes.subarray(0, 500));
        await pause;
        yield* lent(bytes.subarray(500));
      };
      return indexer.index(input(layer, open, name), never);
    };
    const all = [start('fat', fat, gate), start('second', small, gate)];
    await vi.waitUntil(() => opened.length === 2);
    all.push(start('third', small, Promise.resolve()));
    await new Promise((resolve) => setImmediate(resolve));
    expect(opened).toEqual(['fat', 'second']);
    go();
    expect(await Promise.all(all)).toMatchObject(Array(3).fill({ kind: 'indexed' }));
  });

  it('stops when it is told to, even while its source has nothing to give', async () => {
    const layer = makeLayer({ a: content(1, 500_000) });
    const abort = new AbortController();
    const hanging = async function* (): ByteStream {
      yield layer.bytes.subarray(0, 10_000);
      await new Promise(() => {});
    };
    const indexing = indexer.index(input(layer, hanging), abort.signal);
    setImmediate(() => abort.abort('enough'));
    await expect(indexing).rejects.toBe('enough');
    expect(await readdir(folder)).toEqual([]);
  });
});
