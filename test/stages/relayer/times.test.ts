import { expect, test } from 'vitest';
import { differences } from '../../../src/content/rootfs/differences.ts';
import { withWantedTimes } from '../../../src/stages/relayer/times.ts';
import { dir, file, link, merged, nodeAt, symlink } from '../../content/rootfs/merged.ts';
import { pycContent } from '../../content/rootfs/rows.ts';

const [before, now] = [1_700_000_000, 1_750_000_000];
const at = (mtime: number) => ({ mtime });
const built = (mtime: number) =>
  merged([
    dir('d', at(mtime)),
    file('d/same', 'same', at(mtime)),
    file('d/other', `${mtime}`, at(mtime)),
    file('d/mode', 'same', { mtime, mode: mtime === now ? 0o755 : 0o644 }),
    { ...symlink('d/link', 'same'), mtime },
    file('m.py', 'source', at(mtime)),
    file('__pycache__/m.cpython-312.pyc', pycContent(mtime), at(mtime)),
  ]);

test('the baseline’s stay where nothing else differs', () => {
  const tree = withWantedTimes(built(now), built(before), { kind: 'baseline' }, 0);
  const times = ['d', 'd/same', 'd/other', 'd/mode', 'd/link', 'm.py'].map((path) =>
    tree.mtime(nodeAt(tree, path)),
  );
  expect(times).toEqual([before, before, now, now, before, before]);
});

test('a .pyc that differs only by its source’s time is the one of the source that is shipped', () => {
  const tree = withWantedTimes(built(now), built(before), { kind: 'baseline' }, 0);
  const pyc = nodeAt(tree, '__pycache__/m.cpython-312.pyc');
  expect([tree.mtime(pyc), tree.pycMtime(pyc)]).toEqual([before, before]);
  const paths = [...differences(built(before), tree, { mtime: 'compared' })].map(
    ({ b }) => `${tree.path(b as number)}`,
  );
  expect(paths).toEqual(['d/mode', 'd/other']);
});

test('a .pyc that is not its source’s is content like any other', () => {
  const stale = merged([file('m.py', 'source', at(now)), file('m.pyc', pycContent(before), at(now))]);
  const tree = withWantedTimes(stale, undefined, { kind: 'clamp', epoch: before }, 0);
  expect(tree.pycMtime(nodeAt(tree, 'm.pyc'))).toBeUndefined();
});

test('are one’s own without a baseline, and where they are to be kept', () => {
  const tree = built(now);
  expect(withWantedTimes(tree, undefined, { kind: 'baseline' }, 0)).toBe(tree);
  expect(withWantedTimes(tree, built(before), { kind: 'keep' }, 0)).toBe(tree);
});

test('are clamped where they are later, and not where they are earlier', () => {
  const mixed = merged([
    file('old', '', at(before - 5)),
    file('new', '', at(now)),
    file('half', '', at(before + 0.5)),
  ]);
  const tree = withWantedTimes(mixed, built(before), { kind: 'clamp', epoch: before }, 0);
  expect(['old', 'new', 'half'].map((path) => tree.mtime(nodeAt(tree, path)))).toEqual([
    before - 5,
    before,
    before,
  ]);
});

test('of an implicit directory, which has none, stay unknown', () => {
  const clamped = withWantedTimes(merged([file('a/b')]), undefined, { kind: 'clamp', epoch: 5 }, 0);
  expect(clamped.mtime(nodeAt(clamped, 'a'))).toBeUndefined();
});

test('links of one inode have one', () => {
  const linked = (mtime: number) => merged([file('a', 'x', at(mtime)), link('b', 'a', at(mtime))]);
  const tree = withWantedTimes(linked(now), linked(before), { kind: 'baseline' }, 0);
  expect([tree.mtime(nodeAt(tree, 'a')), tree.mtime(nodeAt(tree, 'b'))]).toEqual([before, before]);
});

test('links of one inode, of which one is new, have their own', () => {
  const linked = merged([file('a', 'x', at(now)), link('b', 'a', at(now))]);
  const tree = withWantedTimes(linked, merged([file('a', 'x', at(before))]), { kind: 'baseline' }, 0);
  expect([tree.mtime(nodeAt(tree, 'a')), tree.mtime(nodeAt(tree, 'b'))]).toEqual([now, now]);
});

test.each(['baseline', 'clamp'] as const)(
  'a .pyc that is not its source’s does not come to name its time (%s)',
  (kind) => {
    const python = (mtime: number) =>
      merged([file('m.py', 'source', at(mtime)), file('m.pyc', pycContent(before), at(now))]);
    const tree = withWantedTimes(python(now), python(before), { kind, epoch: before }, 0);
    expect(tree.mtime(nodeAt(tree, 'm.py'))).toBe(now);
  },
);

test.each(['baseline', 'clamp'] as const)('what the base shows keeps its own (%s)', (kind) => {
  const stack = (mtime: number) =>
    merged(
      [dir('d', at(mtime)), file('d/base', 'x', at(mtime)), file('d/both', 'x', at(mtime))],
      [file('d/both', 'y', at(mtime)), file('d/more', 'z', at(mtime))],
    );
  const tree = withWantedTimes(stack(now), stack(before), { kind, epoch: before }, 1);
  const times = ['d/base', 'd/both', 'd/more'].map((path) => tree.mtime(nodeAt(tree, path)));
  expect(times).toEqual([now, before, before]);
});

test.each([
  ['hard-linked', '__pycache__/m.cpython-312.pyc', 'copy.pyc'],
  ['that is a link to what has another name', 'copy', '__pycache__/m.cpython-312.pyc'],
])('the source of a .pyc %s keeps its own', (_, content, linked) => {
  const python = (mtime: number) =>
    merged([
      file('m.py', 'source', at(mtime)),
      file(content, pycContent(mtime), at(mtime)),
      link(linked, content, at(mtime)),
    ]);
  for (const kind of ['baseline', 'clamp'] as const) {
    const tree = withWantedTimes(python(now), python(before), { kind, epoch: before }, 0);
    expect(tree.mtime(nodeAt(tree, 'm.py'))).toBe(now);
  }
});

test('the source of a hard-linked .pyc that does not go by times has the baseline’s', () => {
  const hashed = Buffer.from(pycContent(0));
  hashed[4] = 1;
  const python = (mtime: number) =>
    merged([
      file('m.py', 'source', at(mtime)),
      file('m.pyc', hashed, at(mtime)),
      link('n.pyc', 'm.pyc', at(mtime)),
    ]);
  const tree = withWantedTimes(python(now), python(before), { kind: 'baseline' }, 0);
  expect(tree.mtime(nodeAt(tree, 'm.py'))).toBe(before);
});
