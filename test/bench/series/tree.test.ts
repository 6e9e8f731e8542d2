import { describe, expect, test } from 'vitest';
import {
  changedPaths,
  differingPaths,
  type Entry,
  liveBytes,
  mergeEntries,
} from '../../../bench/series/tree.ts';

const entry = (path: string, over: Partial<Entry> = {}): Entry => ({
  path,
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 10,
  content: 'a',
  xattrs: '',
  ...over,
});
const folder = (path: string): Entry => entry(path, { kind: 'directory', mode: 0o755, size: 0, content: '' });
const paths = (...layers: Entry[][]): string[] => [...mergeEntries(layers).keys()].sort();

describe('merging layers', () => {
  test('a whiteout removes a file of a layer below, and all that is in a folder', () => {
    expect(
      paths(
        [folder('d'), entry('d/x'), entry('d/y'), folder('e'), entry('e/x')],
        [entry('d/.wh.x'), entry('.wh.e')],
      ),
    ).toEqual(['d', 'd/y']);
  });

  test('a whiteout does not remove what its own layer brings', () => {
    expect(paths([folder('d'), entry('d/x')], [folder('d'), entry('d/y'), entry('.wh.d')])).toEqual([
      'd',
      'd/y',
    ]);
  });

  test('an opaque folder hides what is below it in lower layers', () => {
    expect(paths([folder('d'), entry('d/x')], [folder('d'), entry('d/y'), entry('d/.wh..wh..opq')])).toEqual([
      'd',
      'd/y',
    ]);
  });

  test('a file in the place of a folder hides what was in it', () => {
    expect(paths([folder('d'), entry('d/x')], [entry('d')])).toEqual(['d']);
  });

  test('a folder that comes again keeps what is in it', () => {
    expect(paths([folder('d'), entry('d/x')], [folder('d')])).toEqual(['d', 'd/x']);
  });

  test('hard links are one inode, which the removal of one of them leaves to the others', () => {
    const tree = mergeEntries([
      [entry('x'), entry('y', { kind: 'hardlink', content: 'x', size: 0 })],
      [entry('x', { content: 'b' })],
    ]);
    expect(tree.get('y')?.entry.content).toBe('a');
    expect(tree.get('x')?.entry.content).toBe('b');
  });

  test('an entry below a symlink is refused', () => {
    expect(() => paths([entry('lib', { kind: 'symlink', content: 'usr/lib' })], [entry('lib/x')])).toThrow(
      'lib/x',
    );
  });
});

describe('what changed between two trees', () => {
  const before = mergeEntries([
    [entry('same'), entry('edited'), entry('gone'), entry('chmodded'), folder('d')],
  ]);
  const after = mergeEntries([
    [
      entry('same'),
      entry('edited', { content: 'b' }),
      entry('chmodded', { mode: 0o755 }),
      entry('new'),
      { ...folder('d'), size: 4096 },
    ],
  ]);

  test('is what is new, and what differs in content or mode, but not what is gone', () => {
    expect(changedPaths(before, after)).toEqual(['chmodded', 'edited', 'new']);
  });

  test('two trees differ in what only one of them has, too', () => {
    expect(differingPaths(before, after)).toEqual(['chmodded', 'edited', 'new', 'gone']);
    expect(differingPaths(before, before)).toEqual([]);
  });
});

test('live bytes of a layer are those of its files that the tree shows, hard links once', () => {
  const layers = [
    [
      entry('x', { size: 7 }),
      entry('y', { size: 5 }),
      entry('z', { kind: 'hardlink', content: 'y', size: 0 }),
    ],
    [entry('x', { size: 3 }), entry('.wh.z', { size: 0 })],
  ];
  expect(liveBytes(layers, mergeEntries(layers))).toEqual([
    { brought: 12, live: 5 },
    { brought: 3, live: 3 },
  ]);
});
