/** Baselines that were never re-laid. */
import { expect, test } from 'vitest';
import { purging } from '../../../src/stages/relayer/purge.ts';
import { file, whiteout } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, tablesOf, writeRelease } from './releases.ts';

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

test('one with what is to be purged above its lowest layer does not stand in the way', async () => {
  const { built, pushed, named, release } = await makeHouse();
  const leaky = [
    layer(file('etc/os-release', 'x')),
    layer(file('opt/key.pem', 'PRIVATE'), file('opt/app', '1')),
  ];
  const plain = await writeRelease(built.layout, leaky);
  const next = await writeRelease(built.layout, [...leaky, layer(whiteout('opt/key.pem'))]);
  const { top, layers } = await release(next, {
    baseline: named(built.layout, plain),
    options: { isPurged: purging(['/opt/key.pem']) },
  });
  expect(layers[0]?.[0]?.origin).toBe('base');
  const paths = (await tablesOf(pushed.layout, top)).flatMap((table) => table.paths);
  expect(paths).toContain('opt/app');
  expect(paths).not.toContain('opt/key.pem');
});
