import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { decodeOwners, encodeOwners, ownersByRow } from '../../../src/stages/relayer/owner-list.ts';
import type { Owners } from '../../../src/stages/relayer/owners.ts';
import { withPlans } from '../../../src/stages/relayer/relayer-image.ts';
import { dir, file, link, merged, nodeAt, whiteout } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, noise, wheel, writeRelease } from './releases.ts';

const diffId = digestOf('layer');
const owners: Owners = {
  owners: [
    { name: 'files /', class: 'system' },
    { name: 'python torch', version: '2.9.1', class: 'heavy', pinned: ['python nvidia-cublas'] },
    { name: 'files /caf\u00e9  x', class: 'app' },
  ],
  of: new Uint32Array(),
};

async function roundTrip(of: readonly number[]) {
  const list = await decodeOwners(await encodeOwners(diffId, Int32Array.from(of), owners), diffId, 'it');
  return of.map((_, row) => list.owner(row));
}

describe('a list of owners', () => {
  test.each([[[]], [[0]], [[-1, -1]], [[1, 1, 0, -1, 2, 2, 1]], [[2, -1, 2, -1, 0, 0, 0]]])(
    'says of each row what it was made of: %j',
    async (of) => {
      expect(await roundTrip(of)).toEqual(of.map((owner) => owners.owners[owner]));
    },
  );

  test('knows nothing of rows beyond its own', async () => {
    const list = await decodeOwners(await encodeOwners(diffId, Int32Array.of(0, 1), owners), diffId, 'it');
    expect([list.owner(2), list.owner(1e9)]).toEqual([undefined, undefined]);
  });

  test('is short for many rows of few owners', async () => {
    const of = Int32Array.from({ length: 100_000 }, (_, row) => Math.floor(row / 1000) % 3);
    expect((await encodeOwners(diffId, of, owners)).byteLength).toBeLessThan(1000);
  });

  test('tells of rows that the tree shows', () => {
    const tree = merged(
      [dir('a'), file('a/x', 'x'), file('a/gone')],
      [dir('a'), whiteout('a/gone'), file('b'), link('c', 'b'), file('a/x', 'y')],
    );
    const of = Uint32Array.from({ length: tree.size }, (_, node) => node);
    const node = (path: string) => nodeAt(tree, path);
    expect([...ownersByRow(tree, { owners: [], of }).values()].map((rows) => [...rows])).toEqual([
      [-1, -1, -1],
      [node('a'), -1, node('b'), node('c'), node('a/x')],
    ]);
  });

  const list = { schemaVersion: 1, diffId, owners: [{ name: 'x', class: 'app' }], runs: [1, 5] };
  const packed = (value: unknown) =>
    zstdCompressSync(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

  test.each<[string, Uint8Array, RegExp]>([
    ['not compressed', Buffer.from(JSON.stringify(list)), /cannot be read/],
    ['not JSON', packed('{'), /JSON/],
    ['a bomb', zstdCompressSync(Buffer.alloc(65 * 2 ** 20)), /cannot be read/],
    ['of another layer', packed({ ...list, diffId: digestOf('other') }), /is of another layer/],
    ['of a later version', packed({ ...list, schemaVersion: 2 }), /schemaVersion/],
    ['of a class that is none', packed({ ...list, owners: [{ name: 'x', class: '__proto__' }] }), /class/],
    [
      'a name that a terminal acts on',
      packed({ ...list, owners: [{ name: '\x1b[2J', class: 'app' }] }),
      /name/,
    ],
    ['runs of fractions', packed({ ...list, runs: [1, 0.5] }), /runs/],
    ['runs below nothing', packed({ ...list, runs: [-1, 5] }), /runs/],
  ])('is refused where it is %s', async (_, bytes, why) => {
    const refusal = expect(decodeOwners(bytes, diffId, 'it')).rejects;
    await refusal.toMatchObject({ code: 'bad-owner-list', kind: 'input' });
    await expect(decodeOwners(bytes, diffId, 'it')).rejects.toThrow(why);
  });

  test('of numbers that are nobody’s, or no pairs, tells of nobody', async () => {
    const odd = await decodeOwners(packed({ ...list, runs: [7, 3, 1, 2, 1] }), diffId, 'it');
    expect([0, 3, 5].map((row) => odd.owner(row)?.name)).toEqual([undefined, 'x', undefined]);
  });
});

test('packages of a layer that is not read are known by what was found when it was', async () => {
  const { built, named, release, requestFor } = await makeHouse();
  const base = layer(dir('etc'), file('etc/x', 'x'));
  const wheels = layer(
    ...wheel('numpy', '2.0', { 'numpy/core.so': noise(100_000, 'numpy'), 'other/x.py': noise(500, 'x') }),
  );
  const app = (text: string) => layer(file('srv/main.py', text));
  const one = await release(await writeRelease(built.layout, [base, wheels, app('1')]));
  const two = await release(await writeRelease(built.layout, [base, wheels, app('2')]), {
    baseline: one.held,
  });
  expect(two.reads).toEqual([0, 0, 1]);
  const three = await writeRelease(built.layout, [base, wheels, app('3')]);
  const found = await withPlans(
    requestFor(named(built.layout, three), { baseline: two.held }),
    ([planned]) => {
      const { tree, owners: known } = planned ?? {};
      const node = tree?.find(Buffer.from('usr/lib/python3/site-packages/other/x.py'));
      return known?.owners[known.of[node ?? 0] as number];
    },
  );
  expect(found).toEqual({ name: 'python numpy', version: '2.0', class: 'library' });
});
