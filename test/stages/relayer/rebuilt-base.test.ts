import { expect, test } from 'vitest';
import { dir, file } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, noise, usual, writeRelease } from './releases.ts';

const [before, now] = [1_600_000_000, 1_650_000_000];
/** The same files, built at another time. */
const base = (mtime: number) =>
  layer(
    dir('usr', { mtime }),
    ...Array.from({ length: 10 }, (_, at) => file(`usr/f${at}`, noise(30_000, at), { mtime })),
  );
const app = (text: string) => layer(dir('app'), file('app/main.py', text));

test.each(['chain', 'blobs'] as const)(
  'a base that was built again ships once (reuse: %s)',
  async (reuse) => {
    const { built, release } = await makeHouse();
    const options = { limits: { ...usual.limits, reuse } };
    const one = await release(await writeRelease(built.layout, [base(before), app('1')]), { options });
    const two = await release(await writeRelease(built.layout, [base(now), app('2')]), {
      options,
      baseline: one.held,
    });
    expect(two.layers[0]?.[0]).toMatchObject({ origin: 'base', diffId: base(now).diffId });
    const all = two.layers[0]?.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(all).toBeLessThan(base(now).descriptor.size + 10_000);
  },
);

test('clamped times do not ship a base that was built after them', async () => {
  const { built, release } = await makeHouse();
  const { layers } = await release(await writeRelease(built.layout, [base(now), app('1')]), {
    options: { times: { kind: 'clamp', epoch: before } },
  });
  expect(layers[0]?.map(({ origin }) => origin)).toEqual(['base', 'new']);
  expect(layers[0]?.[1]?.bytes).toBeLessThan(2000);
});
