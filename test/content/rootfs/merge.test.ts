import { describe, expect, test } from 'vitest';
import { dir, file, link, merged, nodeAt, opaque, paths, symlink, whiteout } from './merged.ts';
import { tableOfRows } from './rows.ts';

const content = (text: string): Buffer => tableOfRows([file('x', text)]).digest(0);

describe('layers merge', () => {
  test('a tree of no layers is an empty root', () => {
    const tree = merged();
    expect([tree.size, tree.kind(0), tree.mode(0), tree.mtime(0), tree.row(0)]).toEqual([
      1,
      'directory',
      0o755,
      undefined,
      -1,
    ]);
  });

  test('paths are sorted by names, a directory before what is in it', () => {
    const tree = merged([file('b/z'), file('b-c'), file('a')], [file('b/a'), dir('b/k/l')]);
    expect(paths(tree)).toEqual(['a', 'b', 'b/a', 'b/k', 'b/k/l', 'b/z', 'b-c']);
    expect([...tree.children(nodeAt(tree, 'b'))].map((node) => tree.name(node).toString())).toEqual([
      'a',
      'k',
      'z',
    ]);
    expect(tree.parent(nodeAt(tree, 'b/k/l'))).toBe(nodeAt(tree, 'b/k'));
  });

  test('a file is what the highest layer has', () => {
    const tree = merged([file('a', 'old'), file('b')], [file('a', 'new', { mode: 0o600, uid: 5 })]);
    const a = nodeAt(tree, 'a');
    expect([tree.mode(a), tree.uid(a), tree.bytes(a), tree.layer(a), tree.row(a)]).toEqual([
      0o600, 5, 3, 1, 0,
    ]);
    expect(tree.digest(a)).toEqual(content('new'));
  });

  test('names are bytes, and case counts', () => {
    const raw = Buffer.from([0xff, 0xfe]);
    const tree = merged([file('A', 'A'), file('a', 'a'), { path: raw, kind: 'file' }]);
    expect(tree.size).toBe(4);
    expect(tree.find(raw)).toBe(3);
    expect(tree.digest(nodeAt(tree, 'A'))).toEqual(content('A'));
  });

  test('a whiteout removes what lower layers have, with all below it', () => {
    expect(paths(merged([dir('d'), file('d/x'), file('e')], [whiteout('d'), whiteout('nothing')]))).toEqual([
      'e',
    ]);
  });

  test('what was removed can come again, without what was in it', () => {
    expect(paths(merged([dir('d'), file('d/x')], [whiteout('d')], [dir('d'), file('d/y')]))).toEqual([
      'd',
      'd/y',
    ]);
  });

  test.each([
    ['before', [dir('d'), opaque('d'), file('d/new'), dir('d/sub')]],
    ['after', [dir('d'), file('d/new'), dir('d/sub'), opaque('d')]],
  ])('an opaque marker %s its siblings hides the lower ones alone', (_, layer) => {
    const lower = [dir('d'), file('d/old'), dir('d/sub'), file('d/sub/old'), file('e')];
    expect(paths(merged(lower, layer))).toEqual(['d', 'd/new', 'd/sub', 'e']);
  });

  test('a file in place of a directory hides what is in it, and a directory in place of a file shows it no more', () => {
    const layers = [[dir('d'), file('d/x')], [file('d')], [dir('d')]];
    expect(paths(merged(...layers.slice(0, 2)))).toEqual(['d']);
    expect(paths(merged(...layers))).toEqual(['d']);
  });

  test("a directory over a directory has its own header and the others' files", () => {
    const tree = merged(
      [dir('d', { mode: 0o700, xattrs: { 'user.a': '1' } }), file('d/x')],
      [dir('d', { uid: 7, mtime: 5 })],
    );
    const d = nodeAt(tree, 'd');
    expect([tree.mode(d), tree.uid(d), tree.mtime(d), tree.xattrs(d).toString()]).toEqual([0o755, 7, 5, '']);
    expect(paths(tree)).toEqual(['d', 'd/x']);
  });

  test('of two entries for one path in one layer the later counts', () => {
    const tree = merged([
      file('a', 'first'),
      link('b', 'a'),
      file('a', 'second'),
      dir('d'),
      dir('d', { mode: 0o700 }),
    ]);
    expect(tree.digest(nodeAt(tree, 'a'))).toEqual(content('second'));
    expect(tree.digest(nodeAt(tree, 'b'))).toEqual(content('first'));
    expect(tree.links(nodeAt(tree, 'b'))).toEqual([nodeAt(tree, 'b')]);
    expect(tree.mode(nodeAt(tree, 'd'))).toBe(0o700);
  });
});

describe('a directory without an entry', () => {
  test('is 0755 of root, at an unknown time', () => {
    const tree = merged([file('a/b/c')]);
    const a = nodeAt(tree, 'a');
    expect([tree.mode(a), tree.uid(a), tree.gid(a), tree.mtime(a), tree.row(a)]).toEqual([
      0o755,
      0,
      0,
      undefined,
      -1,
    ]);
  });

  test('has what the lower layers say, but not their time', () => {
    const tree = merged(
      [dir('tmp', { mode: 0o1777, uid: 3, xattrs: { 'user.a': '1' } })],
      [file('tmp/x')],
      [file('tmp/y')],
    );
    const tmp = nodeAt(tree, 'tmp');
    expect([tree.mode(tmp), tree.uid(tmp), tree.mtime(tmp), tree.layer(tmp)]).toEqual([
      0o1777,
      3,
      undefined,
      2,
    ]);
    expect(tree.xattrs(tmp).toString()).toBe('12 user.a=1\n');
  });

  test('has the group of a directory with the setgid bit', () => {
    const local = dir('local', { mode: 0o2775, gid: 50 });
    const tree = merged([local, file('local/lib/python/x')], [file('local/share/doc/y')]);
    const groups = ['local/lib', 'local/lib/python', 'local/share'].map((path) =>
      tree.gid(nodeAt(tree, path)),
    );
    expect(groups).toEqual([50, 0, 50]);
  });

  test("has its entry's header where that comes later in the layer", () => {
    const tree = merged([file('d/x'), dir('d', { mode: 0o711, mtime: 9 })]);
    expect([tree.mode(nodeAt(tree, 'd')), tree.mtime(nodeAt(tree, 'd'))]).toEqual([0o711, 9]);
  });
});

describe('hard links', () => {
  test('are one inode, whose header is that of the last', () => {
    const tree = merged([
      file('z', 'text', { mode: 0o600 }),
      link('a', 'z', { mode: 0o640, mtime: 3 }),
      link('m', 'a'),
    ]);
    const nodes = ['a', 'm', 'z'].map((path) => nodeAt(tree, path));
    for (const node of nodes) {
      expect(tree.links(node)).toEqual(nodes);
      expect(tree.firstLink(node)).toBe(nodes[0]);
      expect([tree.mode(node), tree.kind(node), tree.bytes(node)]).toEqual([0o644, 'file', 4]);
      expect(tree.content(node)).toEqual({ layer: 0, row: 0 });
    }
  });

  test('keep the content when what they link to is removed or overwritten above', () => {
    const lower = [file('a', 'text'), link('b', 'a'), link('c', 'a')];
    const tree = merged(lower, [whiteout('a'), file('c', 'other')]);
    expect(paths(tree)).toEqual(['b', 'c']);
    expect(tree.digest(nodeAt(tree, 'b'))).toEqual(content('text'));
    expect(tree.links(nodeAt(tree, 'b'))).toEqual([nodeAt(tree, 'b')]);
  });

  test('that became directories are no links any more', () => {
    const local = dir('d', { mode: 0o2755, gid: 2 ** 31 });
    const links = [local, file('d/a'), link('d/b', 'd/a'), link('d/c', 'd/a')];
    const tree = merged(
      links,
      [whiteout('d/a'), whiteout('d/b'), dir('d/c')],
      [file('d/a/x'), file('d/b/x')],
    );
    for (const path of ['d/a', 'd/b', 'd/c', 'd/a/x'])
      expect(tree.links(nodeAt(tree, path))).toEqual([nodeAt(tree, path)]);
  });

  test('to a symlink are symlinks', () => {
    const tree = merged([symlink('s', 'nowhere'), link('t', 's')]);
    expect(tree.kind(nodeAt(tree, 't'))).toBe('symlink');
    expect(tree.target(nodeAt(tree, 't')).toString()).toBe('nowhere');
  });
});
