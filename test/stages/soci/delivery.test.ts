import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import type { Deliver } from '../../../src/stages/soci/delivery.ts';
import { describeLayer, makeLayer, tarOf } from '../../content/layer/made-layer.ts';
import { scratch } from '../../content/store/sample-image.ts';
import {
  amd64,
  type BlobLayer,
  changed,
  counting,
  imageOf,
  indexing,
  vectorLayer,
} from './image-of-layers.ts';

const fat = makeLayer({ 'srv/data': randomBytes(3_000_000) });
const links = vectorLayer('tar-links');
const sparse = gunzipSync(vectorLayer('fail-gnu-sparse').bytes);
const beforeEnd = sparse.subarray(0, 512 * Math.ceil(sparse.findLastIndex((byte) => byte !== 0) / 512));
/** Gets no zTOC, which its first entry tells. */
const unindexable = describeLayer(
  Buffer.concat([beforeEnd, tarOf({ 'srv/data': randomBytes(3_000_000) })]),
  'gzip',
);

/** A source that counts what is read of it, and gives it in chunks of 64 KiB. */
async function counted(layers: readonly BlobLayer[]) {
  const { layout, descriptor } = await imageOf([{ layers, platform: amd64 }]);
  const source = counting(layout);
  const readOf = ({ descriptor: layer }: BlobLayer) => source.read.get(layer.digest) ?? 0;
  return { layout, source, descriptor, readOf };
}

/** A sink that calls what it is told to for each layer, and keeps what it got whole. */
function taking(take: (layer: Descriptor, open: () => ByteStream) => Promise<Buffer | undefined>) {
  const got = new Map<string, Buffer>();
  const deliver: Deliver = async (layer, open) => {
    const bytes = await take(layer, open);
    if (bytes) got.set(layer.digest, bytes);
  };
  return { deliver, got };
}

async function all(bytes: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function first(bytes: ByteStream): Promise<number> {
  for await (const chunk of bytes) return chunk.byteLength;
  return 0;
}

describe('a layer that is delivered while it is indexed', () => {
  test('is read once, and gets the zTOC that it gets alone', async () => {
    const { source, descriptor, readOf } = await counted([fat, links]);
    const { deliver, got } = taking((_, open) => all(open()));
    const delivered = await (await indexing({ source, descriptor }, { deliver })).run;
    for (const layer of [fat, links]) {
      expect(got.get(layer.descriptor.digest)?.equals(layer.bytes)).toBe(true);
      expect(readOf(layer)).toBe(layer.bytes.byteLength);
    }
    const alone = await (await indexing({ source, descriptor })).run;
    expect(delivered.descriptor.digest).toBe(alone.descriptor.digest);
  });

  test('is read for its index alone where the sink has it', async () => {
    const { source, descriptor, readOf } = await counted([fat]);
    const { deliver } = taking(async () => undefined);
    const image = await (await indexing({ source, descriptor }, { deliver })).run;
    expect(image.facts[0]?.layers[0]?.ztoc).toBeDefined();
    expect(readOf(fat)).toBe(fat.bytes.byteLength);
  });

  test('is not read at all where its zTOC is known', async () => {
    const { layout, source, descriptor } = await counted([fat]);
    const before = await (await indexing({ source: layout, descriptor })).run;
    const known = { name: 'before', source: before.source, descriptor: before.descriptor };
    const { deliver, got } = taking((_, open) => all(open()));
    source.read.clear();
    await (await indexing({ source, descriptor }, { deliver, known: [known] })).run;
    expect(got.size).toBe(0);
    expect(source.read.has(fat.descriptor.digest)).toBe(false);
  });

  test('is read anew by a sink that tries again, and indexed by the first read to its end', async () => {
    const { source, descriptor, readOf } = await counted([fat]);
    let broken = 0;
    const { deliver, got } = taking(async (_, open) => {
      broken = await first(open());
      return all(open());
    });
    const image = await (await indexing({ source, descriptor }, { deliver })).run;
    expect(broken).toBeLessThan(fat.bytes.byteLength);
    expect(got.get(fat.descriptor.digest)?.equals(fat.bytes)).toBe(true);
    expect(readOf(fat)).toBe(2 * fat.bytes.byteLength);
    const alone = await (await indexing({ source, descriptor })).run;
    expect(image.descriptor.digest).toBe(alone.descriptor.digest);
  });

  test('does not wait for a stream that the sink has dropped without ending it', async () => {
    const { source, descriptor, readOf } = await counted([fat]);
    const { deliver, got } = taking(async (_, open) => {
      await open()[Symbol.asyncIterator]().next();
      const bytes = await all(open());
      return bytes;
    });
    await (await indexing({ source, descriptor }, { deliver })).run;
    expect(got.get(fat.descriptor.digest)?.equals(fat.bytes)).toBe(true);
    expect(readOf(fat)).toBe(2 * fat.bytes.byteLength);
  });

  test('that gets no zTOC is delivered to its end all the same', async () => {
    const { source, descriptor, readOf } = await counted([unindexable, links]);
    const { deliver, got } = taking((_, open) => all(open()));
    const image = await (await indexing({ source, descriptor }, { deliver })).run;
    expect(image.facts[0]?.layers[0]).toMatchObject({ reason: expect.stringContaining('sparse') });
    expect(got.get(unindexable.descriptor.digest)?.equals(unindexable.bytes)).toBe(true);
    expect(readOf(unindexable)).toBe(unindexable.bytes.byteLength);
  });

  test('is told of once a read', async () => {
    const { source, descriptor } = await counted([fat, links]);
    const told = new Map<string, number>();
    const progress = {
      start: (label: string) => ({
        advance: (bytes: number) => void told.set(label, (told.get(label) ?? 0) + bytes),
        done: () => {},
      }),
    };
    const { deliver } = taking((_, open) => all(open()));
    await (await indexing({ source, descriptor }, { deliver, progress })).run;
    expect([...told.values()].sort()).toEqual([fat, links].map(({ bytes }) => bytes.byteLength).sort());
  });
});

describe('what fails ends the other side too, and leaves nothing', () => {
  test('a sink that fails in the middle', async () => {
    const { source, descriptor, readOf } = await counted([fat, links]);
    const { deliver } = taking(async (_, open) => {
      await first(open());
      throw new Error('no room there');
    });
    const { run, left } = await indexing({ source, descriptor }, { deliver });
    await expect(run).rejects.toThrow('no room there');
    expect(readOf(fat)).toBeLessThan(fat.bytes.byteLength);
    expect(await left()).toEqual([]);
  });

  test('a sink that fails before it reads', async () => {
    const { source, descriptor, readOf } = await counted([fat]);
    const { deliver } = taking(async () => Promise.reject(new Error('denied')));
    const { run, left } = await indexing({ source, descriptor }, { deliver });
    await expect(run).rejects.toThrow('denied');
    expect(readOf(fat)).toBe(0);
    expect(await left()).toEqual([]);
  });

  test('a layer that is not what its config says', async () => {
    const { layout, descriptor } = await imageOf([
      { layers: [{ ...fat, diffId: links.diffId }], platform: amd64 },
    ]);
    const sink = await openLayout(await scratch(), { create: true });
    const { deliver } = taking(async (layer, open) => {
      await sink.writeBlob(layer, open, layout);
      return undefined;
    });
    const { run, left } = await indexing({ source: layout, descriptor }, { deliver });
    await expect(run).rejects.toMatchObject({ code: 'diff-id-mismatch' });
    expect(await left()).toEqual([]);
    await expect(readdir(`${sink.path}/ingest`)).resolves.toEqual([]);
  });

  test('a source that breaks off', async () => {
    const { layout, descriptor } = await counted([fat]);
    const broken = changed(layout, {
      async *readBlob(blob: Descriptor): ByteStream {
        for await (const chunk of layout.readBlob(blob)) {
          yield chunk;
          if (blob.digest === fat.descriptor.digest) throw new Error('the cable');
        }
      },
    });
    const failed = vi.fn();
    const { deliver } = taking((_, open) =>
      all(open()).catch((error) => {
        failed(error.message);
        throw error;
      }),
    );
    const { run, left } = await indexing({ source: broken, descriptor }, { deliver });
    await expect(run).rejects.toThrow('the cable');
    expect(failed).toHaveBeenCalledWith('the cable');
    expect(await left()).toEqual([]);
  });

  test('an abort from outside', async () => {
    const { source, descriptor } = await counted([fat]);
    const controller = new AbortController();
    const { deliver } = taking(async (_, open) => {
      await first(open());
      controller.abort(new Error('Ctrl-C'));
      return all(open());
    });
    const { run, left } = await indexing({ source, descriptor }, { deliver, signal: controller.signal });
    await expect(run).rejects.toThrow('Ctrl-C');
    expect(await left()).toEqual([]);
  });
});
