import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesBetween, differences } from '../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { Tree } from '../../../src/content/rootfs/tree.ts';
import { withTimes } from '../../../src/content/rootfs/tree.ts';
import { treeDigest } from '../../../src/content/rootfs/tree-digest.ts';
import { tableOfChanges } from './changes.ts';
import { dir, file, link, merged, symlink, whiteout } from './merged.ts';
import { pycContent, type Row, rowMtime } from './rows.ts';
import { relatedStacks, stacks } from './stacks.ts';

const policies = [{ mtime: 'compared' }, { mtime: 'ignored' }] as const;
const [compared, ignored] = policies;

function listed(a: Tree, b: Tree, policy = compared as (typeof policies)[number]): string[] {
  return [...differences(a, b, policy)].map(({ a: nodeA, b: nodeB, aspects }) => {
    const path = nodeA !== undefined ? a.path(nodeA) : b.path(nodeB ?? 0);
    return `${path}: ${aspects.join(' ')}`;
  });
}

/** All mtimes known, so that a digest can say all that a comparison does. */
function timed(tree: Tree): Tree {
  return withTimes(tree, {
    mtime: Float64Array.from({ length: tree.size }, (_, node) => tree.mtime(node) ?? 1),
  });
}

describe('differences', () => {
  test.each<[string, Row[], Row[], string[]]>([
    ['nothing', [file('x', 'a')], [file('x', 'a')], []],
    ['a mode', [file('x', '', { mode: 0o600 })], [file('x')], ['x: mode']],
    ['an owner', [file('x', '', { gid: 3 })], [file('x')], ['x: owner']],
    ['content of one size', [file('x', 'a')], [file('x', 'b')], ['x: content']],
    ['a target', [symlink('x', 'a')], [symlink('x', 'b')], ['x: target']],
    ['a whole directory', [dir('d'), file('d/x')], [], ['d: only-in-a', 'd/x: only-in-a']],
    [
      'a directory that is a file',
      [dir('d'), file('d/x')],
      [file('d')],
      ['d: type mode content', 'd/x: only-in-a'],
    ],
    [
      'links',
      [file('x'), link('y', 'x'), file('z')],
      [file('x'), file('y'), link('z', 'x')],
      ['y: links', 'z: links'],
    ],
    ['xattrs', [file('x', '', { xattrs: { 'user.a': '' } })], [file('x')], ['x: xattrs']],
    ['mtime', [file('x', '', { mtime: 1 })], [file('x')], ['x: mtime']],
    ['no unknown mtime', [file('d/x')], [dir('d', { mtime: 1 }), file('d/x')], []],
  ])('tell %s', (_, a, b, lines) => {
    expect(listed(merged(a), merged(b))).toEqual(lines);
  });

  test('of mtimes are none where they are ignored', () => {
    const a = merged([file('x.py'), file('x.pyc', pycContent(rowMtime))]);
    const b = merged([file('x.py', '', { mtime: 5 }), file('x.pyc', pycContent(5))]);
    expect(listed(a, b, ignored)).toEqual([]);
    expect(treeDigest(a, ignored)).toBe(treeDigest(b, ignored));
    expect(listed(a, b)).toEqual(['x.py: mtime', 'x.pyc: content']);
  });

  test('tell a .pyc that is not that of its source any more, whatever the mtimes', () => {
    const a = merged([file('x.py'), file('x.pyc', pycContent(rowMtime))]);
    const b = merged([file('x.py', '', { mtime: 5 }), file('x.pyc', pycContent(rowMtime))]);
    expect(listed(a, b, ignored)).toEqual(['x.pyc: content']);
    expect(treeDigest(a, ignored)).not.toBe(treeDigest(b, ignored));
  });
});

describe('a tree digest', () => {
  test('is that of the files, not of how layers brought them', () => {
    const one = merged([dir('d'), file('d/x', 'new'), file('e'), link('f', 'e')]);
    const many = merged(
      [file('e'), file('g')],
      [dir('d'), file('d/x', 'old'), whiteout('g')],
      [file('e'), link('f', 'e'), dir('d'), file('d/x', 'new')],
    );
    for (const policy of policies) expect(treeDigest(many, policy)).toBe(treeDigest(one, policy));
  });

  test('counts which paths are one inode', () => {
    const a = merged([file('x'), link('y', 'x'), file('z')]);
    const b = merged([file('x'), file('y'), link('z', 'x')]);
    expect(treeDigest(a, compared)).not.toBe(treeDigest(b, compared));
  });
});

test('random trees have one digest exactly where no difference is found', () => {
  fc.assert(
    fc.property(relatedStacks, fc.constantFrom(...policies), ([one, other], policy) => {
      const [a, b] = [timed(merged(...one)), timed(merged(...other))];
      expect(treeDigest(a, policy) === treeDigest(b, policy)).toBe(listed(a, b, policy).length === 0);
    }),
  );
});

test('the changes between random trees, as one more layer on the one, make the other', () => {
  fc.assert(
    fc.property(relatedStacks, ([one, other]) => {
      const [from, to] = [merged(...one), merged(...other)];
      const layer = tableOfChanges(from, to, changesBetween(from, to));
      const made = mergeLayers([...from.tables, layer], String);
      expect(listed(made, to)).toEqual([]);
      expect(treeDigest(timed(made), ignored)).toBe(treeDigest(to, ignored));
    }),
  );
});

test('one random tree as a single layer is that tree', () => {
  fc.assert(
    fc.property(stacks, (stack) => {
      const [from, to] = [merged(), merged(...stack)];
      const made = mergeLayers([tableOfChanges(from, to, changesBetween(from, to))], String);
      expect(listed(made, to)).toEqual([]);
    }),
  );
});

test('changes are the topmost paths that go, and all links of what comes', () => {
  const from = merged([dir('d'), file('d/x'), file('d/y'), dir('e'), file('e/x'), file('l'), link('m', 'l')]);
  const to = merged([file('e'), file('l'), link('m', 'l'), link('k', 'l')]);
  const { emit, remove } = changesBetween(from, to);
  expect([...emit].map((node) => to.path(node).toString())).toEqual(['e', 'k', 'l', 'm']);
  expect([...remove].map((node) => from.path(node).toString())).toEqual(['d']);
});
