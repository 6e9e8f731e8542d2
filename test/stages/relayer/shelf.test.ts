import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { digestHex } from '../../../src/content/image/digest.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { LayerShelf } from '../../../src/stages/relayer/shelf.ts';
import type { MadeLayer } from '../../content/layer/made-layer.ts';
import { tableOfTar } from '../../content/rootfs/made-table.ts';
import { file } from '../../content/rootfs/merged.ts';
import { makePlace } from '../../pipeline/pipeline.ts';
import { layer, noise, scan, writeRelease } from './releases.ts';

const [one, other] = [layer(file('a', noise(100_000, 'a'))), layer(file('b', 'b'))];

async function shelfOf(keepsBlobs: boolean, read?: (made: MadeLayer) => ByteStream) {
  const place = await makePlace();
  await writeRelease(place.layout, [one, other]);
  const reads: string[] = [];
  const source: ImageSource = Object.create(place.layout, {
    readBlob: {
      value(descriptor: typeof one.descriptor) {
        reads.push(descriptor.digest);
        return read ? read(one) : place.layout.readBlob(descriptor);
      },
    },
  });
  const aborting = new AbortController();
  const shelf = new LayerShelf({
    folder: place.folder,
    scan,
    progress: silentProgress,
    signal: aborting.signal,
    keepsBlobs,
  });
  return { ...place, shelf, source, reads, aborting };
}

test('a layer is read once, however often it is asked for', async () => {
  const { shelf, source, reads } = await shelfOf(true);
  expect(shelf.has(one)).toBe(false);
  const [a, b] = await Promise.all([shelf.take(one, source), shelf.take(one, source)]);
  expect(a).toBe(b);
  expect(await shelf.take(one, source)).toBe(a);
  expect([shelf.has(one), shelf.has(other), reads.length]).toEqual([true, false, 1]);
});

test('its table is there, and its blob lies in a file', async () => {
  const { shelf, source, folder } = await shelfOf(true);
  const { table, file: kept } = await shelf.take(one, source);
  expect([table.rows, table.diffId, table.path(0).toString()]).toEqual([1, one.diffId, 'a']);
  expect(kept).toEqual({
    where: `layer ${one.descriptor.digest}`,
    blob: join(folder, digestHex(one.descriptor.digest)),
    compression: 'gzip',
    unpackedBytes: one.tar.byteLength,
  });
  expect((await readFile(kept.blob)).equals(one.bytes)).toBe(true);
});

test('its blob is not kept where nobody will read it again', async () => {
  const { shelf, source, folder } = await shelfOf(false);
  await shelf.take(one, source);
  expect(await readdir(folder)).toEqual(['layout']);
});

test('a layer that cannot be read fails whoever asks for it', async () => {
  const { shelf, source } = await shelfOf(true);
  const wrong = { ...one, diffId: other.diffId };
  await expect(shelf.take(wrong, source)).rejects.toMatchObject({ code: 'diff-id-mismatch' });
  await expect(shelf.take(wrong, source)).rejects.toMatchObject({ code: 'diff-id-mismatch' });
});

/** A blob that begins, and then is waited for. */
function stalling() {
  let began = (): void => {};
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const read = async function* (made: MadeLayer): ByteStream {
    yield made.bytes.subarray(0, 1000);
    began();
    await new Promise(() => {});
  };
  return { begun, read };
}

test('reads that nobody waits for any more end with the shelf', async () => {
  const { begun, read } = stalling();
  const { shelf, source } = await shelfOf(true, read);
  const taken = shelf.take(one, source);
  taken.catch(() => {});
  await begun;
  await shelf[Symbol.asyncDispose]();
  await expect(taken).rejects.toMatchObject({ name: 'AbortError' });
});

test('reads end when the run is interrupted, with its reason', async () => {
  const { begun, read } = stalling();
  const { shelf, source, aborting } = await shelfOf(true, read);
  const taken = shelf.take(one, source);
  await begun;
  await setImmediate();
  aborting.abort(new Error('SIGINT'));
  await expect(taken).rejects.toThrow('SIGINT');
});

describe('what a layer is said to have', () => {
  const lie = { ...tableOfTar([other.tar.subarray(0, -1024)]), diffId: one.diffId };

  test('is held against it when it is read', async () => {
    const { shelf, source } = await shelfOf(true);
    shelf.believe(lie);
    await expect(shelf.take(one, source)).rejects.toMatchObject({ code: 'bad-file-table' });
    await expect(shelf.take(other, source)).resolves.toBeDefined();
  });

  test('is held against it where it was read before', async () => {
    const { shelf, source } = await shelfOf(true);
    const { table } = await shelf.take(one, source);
    shelf.believe(table);
    expect(() => shelf.believe(lie)).toThrow('is not what the baseline');
  });
});

test('a blob that another image says to be another layer is not taken for it', async () => {
  const { shelf, source } = await shelfOf(true);
  await shelf.take(one, source);
  const taking = shelf.take({ ...one, diffId: other.diffId }, source);
  await expect(taking).rejects.toMatchObject({ code: 'diff-id-mismatch', kind: 'input' });
});

test('blobs are removed once nothing is read from them any more', async () => {
  const { shelf, source, folder } = await shelfOf(true);
  await Promise.all([shelf.take(one, source), shelf.take(other, source)]);
  expect(await readdir(folder)).toHaveLength(3);
  await shelf.removeBlobs();
  expect(await readdir(folder)).toEqual(['layout']);
});

test('what tells owners is held until others are looked for', async () => {
  const { shelf, source } = await shelfOf(true);
  await shelf.take(one, source);
  expect(shelf.keptOf(one)?.size).toBe(0);
  expect(shelf.keptOf(other)).toBeUndefined();
  shelf.retainKept(new Set([other.descriptor.digest]));
  expect(shelf.keptOf(one)).toBeUndefined();
});

describe('layers for which the disk has no room', () => {
  const large = (made: MadeLayer, size: number) => ({ ...made, descriptor: { ...made.descriptor, size } });

  test('are not begun, each of them or together', async () => {
    const { shelf, source, folder, reads } = await shelfOf(true);
    const { bavail, bsize } = await statfs(folder);
    const most = Math.round(bavail * bsize * 0.7);
    const taken = await Promise.allSettled([
      shelf.take(large(one, most), source),
      shelf.take(large(other, most), source),
    ]);
    const refusal = { status: 'rejected', reason: { code: 'disk-full', kind: 'infrastructure' } };
    expect(taken).toMatchObject([refusal, refusal]);
    expect(reads).toEqual([]);
  });

  test('are read where nothing is written', async () => {
    const { shelf, source, reads } = await shelfOf(false);
    await shelf.take(large(one, 1e18), source).catch(() => {});
    expect(reads).toHaveLength(1);
  });
});
