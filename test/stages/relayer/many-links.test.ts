import { expect, test } from 'vitest';
import { dir, file, link } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, writeRelease } from './releases.ts';

const count = 50_000;
const base = layer(file('etc/os-release', 'x'));
/** One inode; a Nix store and a package manager's cache have many such. */
const linked = (text: string, mtime: number) =>
  layer(
    dir('store', { mtime }),
    file('store/first', text, { mtime }),
    ...Array.from({ length: count - 1 }, (_, at) => link(`store/l${at}`, 'store/first', { mtime })),
  );

test('an inode of 50,000 hard links takes seconds', { timeout: 120_000 }, async () => {
  const { built, relay } = await makeHouse();
  const one = await relay(await writeRelease(built.layout, [base, linked('one', 1_600_000_000)]));
  const two = await relay(await writeRelease(built.layout, [base, linked('two', 1_650_000_000)]), {
    baseline: one.held,
  });
  expect(two.origins).toBe('base new');
});
