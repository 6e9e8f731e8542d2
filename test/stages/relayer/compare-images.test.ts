import { expect, test } from 'vitest';
import { silentProgress } from '../../../src/content/progress.ts';
import { compareImages } from '../../../src/stages/relayer/compare-images.ts';
import type { MadeLayer } from '../../content/layer/made-layer.ts';
import { dir, file, whiteout } from '../../content/rootfs/merged.ts';
import { makePlace } from '../../pipeline/pipeline.ts';
import { counted, layer, scan, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/x', 'x'));

async function compare(
  a: readonly MadeLayer[],
  b: readonly MadeLayer[],
  more: { mtime?: 'compared'; most?: number } = {},
) {
  const { layout, scratch, left } = await makePlace();
  await writeRelease(layout, a);
  await writeRelease(layout, b);
  const { source, reads } = counted(layout);
  const found = await compareImages({
    a: { source, layers: a },
    b: { source, layers: b },
    policy: { mtime: more.mtime ?? 'ignored' },
    names: { a: 'old', b: 'new' },
    most: more.most ?? 10,
    scan,
    scratch,
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  expect(await left()).toEqual([]);
  return { ...found, reads: [...reads.values()] };
}

test('the same files in other layers are the same, and layers of both are read once', async () => {
  const one = [base, layer(file('a', 'a')), layer(file('b', 'b'), whiteout('gone'))];
  const { isSame, a, b, count, lines, reads } = await compare(one, [
    base,
    layer(file('b', 'b'), file('a', 'a')),
  ]);
  expect([isSame, count, lines]).toEqual([true, 0, []]);
  expect(a).toBe(b);
  expect(reads).toEqual([1, 1, 1, 1]);
});

test('differences are counted, and the first of them put into words', async () => {
  const { isSame, count, lines, a, b } = await compare(
    [base, layer(file('a', 'a'), file('b', 'b'), file('c', 'c'))],
    [base, layer(file('a', 'x'), file('c', 'c', { mode: 0o755 }))],
    { most: 2 },
  );
  expect([isSame, count]).toEqual([false, 3]);
  expect(a).not.toBe(b);
  expect(lines).toEqual([expect.stringMatching(/^\/a: content .* in old, .* in new$/), '/b: only in old']);
});

test('mtimes count where they are to', async () => {
  const [now, later] = [layer(file('a', 'a')), layer(file('a', 'a', { mtime: 9 }))];
  expect(await compare([now], [later])).toMatchObject({ isSame: true });
  expect(await compare([now], [later], { mtime: 'compared' })).toMatchObject({
    isSame: false,
    lines: [expect.stringMatching(/^\/a: mtime 2023-.* in old, 1970-01-01T00:00:09Z in new$/)],
  });
});

test('an image that cannot be read leaves nothing behind', async () => {
  const { layout, scratch, left } = await makePlace();
  await writeRelease(layout, [base]);
  const missing = layer(file('a', 'a'));
  const comparing = compareImages({
    a: { source: layout, layers: [base, missing] },
    b: { source: layout, layers: [base] },
    policy: { mtime: 'ignored' },
    names: { a: 'A', b: 'B' },
    most: 1,
    scan,
    scratch,
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  await expect(comparing).rejects.toMatchObject({ code: 'not-found' });
  expect(await left()).toEqual([]);
});

test('a directory whose mtime only one of them tells is no difference, mtimes or not', async () => {
  const [named, implied] = [layer(dir('d'), file('d/a', 'a')), layer(file('d/a', 'a'))];
  expect(await compare([named], [implied], { mtime: 'compared' })).toMatchObject({ isSame: true, count: 0 });
});
