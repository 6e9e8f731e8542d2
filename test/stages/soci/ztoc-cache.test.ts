import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { ZtocCache } from '../../../src/stages/soci/ztoc-cache.ts';
import { scratch } from '../../content/store/sample-image.ts';

const layer = digestOf('layer');
const spanBytes = 4_194_304;

async function ztocIn(folder: string, size = 1000): Promise<{ digest: Digest; path: string; bytes: Buffer }> {
  const bytes = randomBytes(size);
  const path = join(folder, bytes.toString('hex', 0, 8));
  await writeFile(path, bytes);
  return { digest: digestOf(bytes), path, bytes };
}

test('gives back what was stored for a layer and a span size, and nothing for others', async () => {
  const folder = await scratch();
  const cache = new ZtocCache(join(folder, 'deep', 'cache'));
  expect(await cache.find(layer, spanBytes)).toEqual([]);
  const ztoc = await ztocIn(folder);
  await cache.store(layer, spanBytes, ztoc);
  const [found, ...more] = await cache.find(layer, spanBytes);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ digest: ztoc.digest, size: 1000 });
  expect(found && (await collect(found.read(), 1000, 'test'))).toEqual(ztoc.bytes);
  expect(await cache.find(layer, spanBytes * 2)).toEqual([]);
  expect(await cache.find(digestOf('other'), spanBytes)).toEqual([]);
});

test('an entry whose bytes are not those of its name fails as it is read', async () => {
  const folder = await scratch();
  const cache = new ZtocCache(join(folder, 'cache'));
  await cache.store(layer, spanBytes, await ztocIn(folder));
  const [name = ''] = await readdir(join(folder, 'cache'));
  await writeFile(join(folder, 'cache', name), randomBytes(1000));
  const [found] = await cache.find(layer, spanBytes);
  await expect(found && collect(found.read(), 1000, 'test')).rejects.toMatchObject({
    code: 'digest-mismatch',
  });
});

test('what is no entry is left alone: other names, folders', async () => {
  const folder = await scratch();
  const cache = new ZtocCache(folder, 0);
  const hex = layer.slice(7);
  await writeFile(join(folder, 'notes.txt'), 'mine');
  await writeFile(join(folder, `sha256-${hex}-${spanBytes}-short.ztoc`), 'x');
  await mkdir(join(folder, `sha256-${hex}-${spanBytes}-${hex}.ztoc`));
  expect(await cache.find(layer, spanBytes)).toEqual([]);
  await cache.prune();
  expect(await readdir(folder)).toHaveLength(3);
});

test('a dropped entry is gone; dropping and touching what is not there is no matter', async () => {
  const folder = await scratch();
  const cache = new ZtocCache(join(folder, 'cache'));
  const ztoc = await ztocIn(folder);
  await cache.drop(layer, spanBytes, ztoc.digest);
  await cache.touch(layer, spanBytes, ztoc.digest);
  await cache.store(layer, spanBytes, ztoc);
  await cache.drop(layer, spanBytes, ztoc.digest);
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});

test('pruning keeps what was of use last, up to the limit, and removes what killed writers left', async () => {
  const folder = await scratch();
  const cache = new ZtocCache(join(folder, 'cache'), 2500);
  const ztocs = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    const ztoc = await ztocIn(folder);
    ztocs.push({ name, ...ztoc });
    await cache.store(digestOf(name), spanBytes, ztoc);
  }
  const long = new Date(Date.now() - 3_600_000);
  for (const file of await readdir(join(folder, 'cache')))
    await utimes(join(folder, 'cache', file), long, long);
  for (const { name, digest } of ztocs.slice(1, 3)) await cache.touch(digestOf(name), spanBytes, digest);
  const living = join(folder, 'cache', `tmp-${newMark()}`);
  const dead = join(folder, 'cache', `tmp-${newMark().replace(/-\d+-/, '-4194305-')}`);
  for (const path of [living, dead]) await writeFile(path, 'unfinished');
  await cache.prune();
  const kept = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => cache.find(digestOf(name), spanBytes).then((found) => found.length)),
  );
  expect(kept).toEqual([0, 1, 1, 0]);
  expect((await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('tmp-'))).toEqual([
    living.split('/').at(-1),
  ]);
});

test('many writers of the same entry leave one, whole, and nothing unfinished', async () => {
  const folder = await scratch();
  const ztoc = await ztocIn(folder, 3_000_000);
  const caches = Array.from({ length: 8 }, () => new ZtocCache(join(folder, 'cache')));
  await Promise.all(caches.map((cache) => cache.store(layer, spanBytes, ztoc)));
  const names = await readdir(join(folder, 'cache'));
  expect(names).toHaveLength(1);
  expect((await readFile(join(folder, 'cache', names[0] ?? ''))).equals(ztoc.bytes)).toBe(true);
});

test('a folder that cannot be made is an error that names it', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'file'), '');
  const cache = new ZtocCache(join(folder, 'file', 'cache'));
  const ztoc = await ztocIn(folder);
  expect(await cache.find(layer, spanBytes)).toEqual([]);
  await expect(cache.store(layer, spanBytes, ztoc)).rejects.toThrow(join(folder, 'file', 'cache'));
});
