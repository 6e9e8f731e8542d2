import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { TarScanner, type TarSubscriber } from '../../../src/content/tar/scanner.ts';
import { compressLayer } from '../../../src/stages/soci/compress.ts';
import { LayerIndexer } from '../../../src/stages/soci/layer-indexer.ts';
import { chunked, tarOf } from '../../content/layer/made-layer.ts';
import { scratch } from '../../content/store/sample-image.ts';

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;

async function fixture(name: string): Promise<Buffer> {
  return gunzipSync(await readFile(join(fixtures, name, 'layer.tar.gz')));
}

/** Files of lines that differ, more than one member of them. */
function manyFiles(): Buffer {
  const lines = (from: number, count: number) =>
    Buffer.from(Array.from({ length: count }, (_, at) => `line ${(from + at) * 7919} of many\n`).join(''));
  return tarOf({ 'etc/a': lines(1, 3000), 'usr/b': lines(9000, 10_000), 'usr/c': lines(1, 100) });
}

interface Options {
  spanBytes?: number;
  level?: number;
  subscribers?: TarSubscriber[];
  withZtoc?: boolean;
}

async function compress(tar: Buffer, options: Options = {}) {
  const { spanBytes = 32_768, level = 6, subscribers = [], withZtoc = true } = options;
  const folder = await scratch();
  const parts: Buffer[] = [];
  const layer = await compressLayer({
    tar: chunked(tar),
    where: 'layer made',
    spanBytes,
    level,
    subscribers,
    ...(withZtoc && { file: join(folder, 'ztoc') }),
    write: async (blob) => {
      for await (const chunk of blob) parts.push(Buffer.from(chunk));
    },
  });
  return { layer, blob: Buffer.concat(parts), folder };
}

/** What an indexer makes of the finished blob. */
async function index(blob: Buffer, tar: Buffer, spanBytes: number) {
  const file = join(await scratch(), 'ztoc');
  await using indexer = new LayerIndexer();
  const descriptor = describeBytes(mediaTypes.ociLayerGzip, blob);
  const layer = { descriptor, diffId: digestOf(tar) };
  const outcome = await indexer.index(
    { layer, spanBytes, ratioLimit: 1000, open: () => chunked(blob), file },
    new AbortController().signal,
  );
  return { outcome, bytes: await readFile(file) };
}

describe('a layer compressed here', () => {
  test.each([
    ['of many members', manyFiles, 32_768, 6],
    ['of members whose windows reach over several', manyFiles, 4_096, 1],
    ['of one member', manyFiles, 4 * 1024 * 1024, 9],
    ['by GNU tar', () => fixture('soci/writer-gnu-tar'), 2_048, 6],
    ['with long names', () => fixture('soci/tar-gnu-long-names'), 1_024, 6],
    ['with padding after its end', () => fixture('soci/tar-blocking-10240'), 1_024, 6],
    ['without end blocks', () => fixture('soci/tar-no-end-blocks'), 1_024, 6],
    ['without entries', () => fixture('soci/tar-empty'), 1_024, 6],
  ])('%s has the zTOC that the indexer makes of its blob', async (_, make, spanBytes, level) => {
    const tar = await make();
    const { layer, blob, folder } = await compress(tar, { spanBytes, level });
    expect(gunzipSync(blob).equals(tar)).toBe(true);
    expect(layer).toMatchObject({ digest: digestOf(blob), diffId: digestOf(tar) });
    const indexed = await index(blob, tar, spanBytes);
    expect(layer.outcome).toEqual(indexed.outcome);
    expect((await readFile(join(folder, 'ztoc'))).equals(indexed.bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['ztoc']);
  });

  test('has a span for each member', async () => {
    const tar = manyFiles();
    const { layer } = await compress(tar, { spanBytes: 32_768 });
    expect(layer.outcome).toMatchObject({ spans: Math.ceil(tar.byteLength / 32_769) });
  });

  test('with something that no zTOC can have is compressed all the same, and says why there is none', async () => {
    const tar = await fixture('soci/fail-gnu-sparse');
    const { layer, blob, folder } = await compress(tar);
    expect(layer.outcome).toEqual({ kind: 'unindexable', reason: expect.stringContaining('sparse') });
    expect(gunzipSync(blob).equals(tar)).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  test('tells others what is in its tar, also after something that no zTOC can have', async () => {
    for (const tar of [manyFiles(), await fixture('soci/fail-gnu-sparse')]) {
      const found = new Told();
      await compress(tar, { subscribers: [found] });
      const expected = new Told();
      const scanner = new TarScanner('here', [expected]);
      scanner.push(tar);
      scanner.end();
      expect(found.contents.size).toBeGreaterThan(0);
      expect(found.contents).toEqual(expected.contents);
    }
  });

  test('without a zTOC is the same blob, and nothing is written beside it', async () => {
    const tar = manyFiles();
    const seen: string[] = [];
    const subscribers = [{ entry: ({ path }: { path: string }) => seen.push(path) }];
    const withZtoc = await compress(tar);
    const without = await compress(tar, { subscribers, withZtoc: false });
    expect(without.blob.equals(withZtoc.blob)).toBe(true);
    expect(without.layer).toEqual({ ...withZtoc.layer, outcome: undefined });
    expect(seen).toEqual(['etc/a', 'usr/b', 'usr/c']);
    expect(await readdir(without.folder)).toEqual([]);
  });
});

describe('nothing is left', () => {
  test('of a tar that is none', async () => {
    const folder = await scratch();
    const tar = manyFiles().subarray(0, 100_000);
    const made = compressLayer({
      tar: chunked(tar),
      where: 'layer made',
      spanBytes: 4_096,
      file: join(folder, 'ztoc'),
      write: async (blob) => {
        for await (const _ of blob);
      },
    });
    await expect(made).rejects.toMatchObject({
      code: 'bad-tar',
      message: expect.stringContaining('layer made'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('when the blob cannot be written', async () => {
    const folder = await scratch();
    const made = compressLayer({
      tar: chunked(manyFiles()),
      where: 'layer made',
      spanBytes: 4_096,
      file: join(folder, 'ztoc'),
      write: async (blob) => {
        for await (const _ of blob) throw new Error('the registry hung up');
      },
    });
    await expect(made).rejects.toThrow('the registry hung up');
    expect(await readdir(folder)).toEqual([]);
  });
});

/** Content by path, as a subscriber is told it. */
class Told implements TarSubscriber {
  readonly contents = new Map<string, string>();

  data(part: Buffer, { path }: { path: string }): void {
    this.contents.set(path, (this.contents.get(path) ?? '') + part.toString('hex'));
  }
}
