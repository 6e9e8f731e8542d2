import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { inflate } from '../../../src/content/gzip/inflate.ts';
import { CheckpointSpool } from '../../../src/content/layer/checkpoint-spool.ts';
import { LayerReader } from '../../../src/content/layer/layer-reader.ts';
import type { LayerFile } from '../../../src/content/layer/pieces.ts';
import { compressors, memberCompressors } from '../../layers/compressors.ts';
import { contentOf } from '../../layers/content.ts';
import { makeTar } from '../../layers/corpus.ts';
import { type Random, seededRandom } from '../../layers/random.ts';
import { chunked } from './made-layer.ts';

const where = 'layer sha256:made';
const spanBytes = 20_000;
let folder: string;
let made = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layer-reader-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** All bytes of a stream, whose chunks are lent. */
async function gather(stream: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Puts a layer's blob into a file, with the checkpoints of a first read where it is gzip. */
async function layerFile(
  tar: Buffer,
  blob: Buffer,
  compression: LayerFile['compression'] = 'gzip',
  between = spanBytes,
): Promise<LayerFile> {
  const path = join(folder, `blob-${made++}`);
  await writeFile(path, blob);
  const layer = { where, blob: path, compression, unpackedBytes: tar.byteLength };
  if (compression !== 'gzip') return layer;
  const checkpoints = `${path}.checkpoints`;
  using spool = new CheckpointSpool(checkpoints, between);
  await gather(inflate(chunked(blob), where, spool));
  spool.end();
  return { ...layer, checkpoints };
}

/** Reads at random places, and beside the place before. */
async function checkReads(reader: LayerReader, tars: readonly Buffer[], random: Random): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const layer = random.integer(tars.length);
    const tar = tars[layer] as Buffer;
    let start = random.integer(tar.byteLength);
    for (let step = 0; step < 4; step++) {
      const bytes = random.integer(Math.min(tar.byteLength - start, random.pick([10, 5000, 200_000])) + 1);
      const read = await gather(reader.read(layer, start, bytes));
      if (!read.equals(tar.subarray(start, start + bytes))) expect.unreachable(`at ${start}, ${bytes} bytes`);
      start += bytes;
    }
  }
}

describe('reads anywhere give what the tar has there', () => {
  test.each(Object.entries({ ...compressors, ...memberCompressors }))('of %s', async (name, compress) => {
    for (let seed = 0; seed < 4; seed++) {
      const { tar, random } = makeTar(`${name} ${seed}`, spanBytes);
      const layer = await layerFile(tar, compress(tar, random));
      await using reader = new LayerReader([layer], folder, 100_000);
      await checkReads(reader, [tar], random);
    }
  });

  test('of layers that are compressed in different ways, in turn', async () => {
    const random = seededRandom('in turn');
    const tars = [0, 1, 2, 3].map(() => contentOf(random, 'mixed', 3_000_000 + random.integer(1000)));
    const [plain, gzip, zstd, bare] = tars as [Buffer, Buffer, Buffer, Buffer];
    const { checkpoints: _, ...withoutCheckpoints } = await layerFile(bare, gzipSync(bare));
    const layers = [
      await layerFile(plain, plain, 'none'),
      await layerFile(gzip, gzipSync(gzip)),
      await layerFile(zstd, zstdCompressSync(zstd), 'zstd'),
      withoutCheckpoints,
    ];
    await using reader = new LayerReader(layers, folder);
    await checkReads(reader, tars, random);
  });

  test('where there is more between two checkpoints than is held, as where a block is that long', async () => {
    const tar = contentOf(seededRandom('long block'), 'text', 20_000_000);
    const layer = await layerFile(tar, gzipSync(tar, { level: 1 }), 'gzip', Number.POSITIVE_INFINITY);
    await using reader = new LayerReader([layer], folder);
    await checkReads(reader, [tar], seededRandom('long block'));
  });
});

test('a gzip layer that is read in another order than its own is decompressed to the disk', async () => {
  const tar = contentOf(seededRandom('back and forth'), 'text', 400_000);
  const layer = await layerFile(tar, gzipSync(tar));
  // Room for one span at a time.
  await using reader = new LayerReader([layer], folder, 1);
  const read = async (start: number) => {
    const content = await gather(reader.read(0, start, 10));
    expect(content.equals(tar.subarray(start, start + 10))).toBe(true);
  };
  for (let round = 0; round < 200; round++) await read((round * 150_001) % 399_000);
  // Nobody looks at the blob any more.
  await writeFile(layer.blob, '');
  for (let round = 0; round < 50; round++) await read((round * 150_011) % 399_000);
});

test('nothing is left in the scratch folder, nor is there a name in it meanwhile', async () => {
  const tar = Buffer.alloc(100_000, 'x');
  const layer = await layerFile(tar, zstdCompressSync(tar), 'zstd');
  const before = await readdir(folder);
  await using reader = new LayerReader([layer], folder);
  await gather(reader.read(0, 5, 10));
  expect(await readdir(folder)).toEqual(before);
});

test('several reads at once get what each asked for', async () => {
  const tar = contentOf(seededRandom('at once'), 'mixed', 1_000_000);
  const layer = await layerFile(tar, gzipSync(tar));
  await using reader = new LayerReader([layer], folder, 50_000);
  const starts = Array.from({ length: 30 }, (_, at) => (at * 97_003) % 900_000);
  const read = await Promise.all(starts.map((start) => gather(reader.read(0, start, 60_000))));
  for (const [at, start] of starts.entries()) {
    expect(read[at]?.equals(tar.subarray(start, start + 60_000))).toBe(true);
  }
});

describe('is refused:', () => {
  const tar = contentOf(seededRandom('refused'), 'text', 300_000);

  test.each([
    [-1, 10],
    [0, 300_001],
    [300_000, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ])('a place that is not in the layer (%d, %d bytes)', async (start, bytes) => {
    await using reader = new LayerReader([await layerFile(tar, gzipSync(tar))], folder);
    await expect(gather(reader.read(0, start, bytes))).rejects.toMatchObject({
      code: 'bad-layer',
      message: expect.stringContaining(where),
    });
  });

  test('a blob that was cut off meanwhile, naming layer and byte', async () => {
    for (const compression of ['none', 'gzip', 'zstd'] as const) {
      const blob = { none: tar, gzip: gzipSync(tar), zstd: zstdCompressSync(tar) }[compression];
      const layer = await layerFile(tar, blob, compression);
      await writeFile(layer.blob, blob.subarray(0, blob.byteLength - 2000));
      await using reader = new LayerReader([layer], folder);
      await expect(gather(reader.read(0, tar.byteLength - 100, 100))).rejects.toMatchObject({
        code: 'bad-layer',
        message: expect.stringMatching(compression === 'zstd' ? where : `^${where}.* byte`),
      });
    }
  });

  test('a blob that unpacks to more than it did', async () => {
    const layer = { ...(await layerFile(tar, zstdCompressSync(tar), 'zstd')), unpackedBytes: 1000 };
    await using reader = new LayerReader([layer], folder);
    await expect(gather(reader.read(0, 0, 10))).rejects.toMatchObject({ code: 'bad-layer' });
  });

  test('a layer for which the disk has no room, before anything is written', async () => {
    const layer = { ...(await layerFile(tar, zstdCompressSync(tar), 'zstd')), unpackedBytes: 2 ** 52 };
    await using reader = new LayerReader([layer], folder);
    await expect(gather(reader.read(0, 0, 10))).rejects.toMatchObject({ code: 'disk-full' });
  });
});
