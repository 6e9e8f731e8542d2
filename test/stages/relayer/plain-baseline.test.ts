/** Baselines that were never re-laid. */
import { expect, test } from 'vitest';
import { file } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, writeRelease } from './releases.ts';

test('one of 120 layers of which the last changed is built on as far as there is room', async () => {
  const { built, named, release } = await makeHouse();
  const lower = Array.from({ length: 119 }, (_, at) => layer(file(`srv/${at}`, `content ${at}`)));
  const plain = await writeRelease(built.layout, [...lower, layer(file('srv/app', '1'))]);
  const next = await writeRelease(built.layout, [...lower, layer(file('srv/app', '2'))]);
  const { layers, held } = await release(next, { baseline: named(built.layout, plain) });
  expect(layers[0]?.length).toBeLessThanOrEqual(60);
  const kept = layers[0]?.filter(({ origin }) => origin !== 'new') ?? [];
  expect(kept.length).toBeGreaterThanOrEqual(30);
  expect(kept.map(({ digest }) => digest)).toEqual(
    lower.slice(0, kept.length).map(({ descriptor }) => descriptor.digest),
  );

  const last = await writeRelease(built.layout, [...lower, layer(file('srv/app', '3'))]);
  const third = await release(last, { baseline: held });
  expect(third.layers[0]?.length).toBeLessThanOrEqual(60);
  expect(third.facts[0]?.delta.after.chain).toBeLessThan(1000);
});
