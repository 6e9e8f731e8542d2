/** Layers of which nodes make different things, or nothing: they are refused, by layer and path. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PullBudgetError } from '../../../src/content/error.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import { dir, file, link, merged, opaque, paths, symlink, whiteout } from './merged.ts';
import { type Row, tableOfRows } from './rows.ts';
import { stacks } from './stacks.ts';

/** Layers, the last of which is odd, and the path that is named. */
const odd: readonly [what: string, path: string, ...layers: Row[][]][] = [
  ['an entry through a symlink of a lower layer', 'odd/b', [symlink('odd', 'usr')], [file('odd/b')]],
  ['an entry through a file of a lower layer', 'odd/b', [file('odd')], [file('odd/b')]],
  ['a whiteout through a symlink of a lower layer', 'odd/b', [symlink('odd', 'usr')], [whiteout('odd/b')]],
  ['a whiteout and then a directory', 'odd', [dir('odd')], [whiteout('odd'), dir('odd')]],
  ['a whiteout and then a file', 'odd', [file('odd')], [whiteout('odd'), file('odd')]],
  ['an entry and then its whiteout', 'odd', [file('odd')], [file('odd'), whiteout('odd')]],
  ['a whiteout twice', 'odd', [file('odd')], [whiteout('odd'), whiteout('odd')]],
  ['a whiteout and what is below it', 'odd/x', [dir('odd')], [whiteout('odd'), file('odd/x')]],
  ['a hard link into a lower layer', 'odd', [file('odd.target')], [link('odd', 'odd.target')]],
  ['a hard link before its target', 'odd', [link('odd', 'odd.target'), file('odd.target')]],
  ['a hard link to itself', 'odd', [file('odd'), link('odd', 'odd')]],
  ['a hard link to a directory', 'odd', [dir('odd.target'), link('odd', 'odd.target')]],
  [
    'a hard link to a whiteout',
    'odd',
    [file('odd.target')],
    [whiteout('odd.target'), link('odd', 'odd.target')],
  ],
  ['a directory and then a file', 'odd', [dir('odd'), file('odd')]],
  ['a file and then a directory', 'odd', [file('odd'), dir('odd')]],
  ['a file and then what is in it', 'odd/x', [file('odd'), file('odd/x')]],
  ['a directory without an entry and then a symlink', 'odd', [file('odd/x'), symlink('odd', 'usr')]],
  [
    'a symlink that entries went through, again',
    'odd',
    [dir('oddity'), symlink('odd', 'oddity'), file('odd/x'), symlink('odd', 'usr')],
  ],
  [
    'a loop of symlinks that an entry goes through',
    'odd/x',
    [symlink('odd', 'odd.2'), symlink('odd.2', 'odd'), file('odd/x')],
  ],
  ['an opaque root', '', [file('odd')], [opaque('')]],
  ['a device that overlayfs takes for a whiteout', 'odd', [{ path: 'odd', kind: 'character' }]],
  [
    'a parent that was removed with its parent',
    'odd/d/x',
    [dir('odd'), dir('odd/d', { mode: 0o700 })],
    [whiteout('odd')],
    [dir('odd'), file('odd/d/x')],
  ],
  ['a parent in what was a file once', 'odd/d/x', [file('odd')], [dir('odd')], [file('odd/d/x')]],
  [
    'a parent that an opaque marker hid',
    'odd/d/x',
    [dir('odd'), dir('odd/d', { mode: 0o700 })],
    [opaque('odd'), file('odd/d/x')],
  ],
  [
    'an opaque marker after such a parent',
    'odd',
    [dir('odd'), dir('odd/d', { mode: 0o700 })],
    [file('odd/d/x'), opaque('odd')],
  ],
  [
    'more attributes than Linux takes',
    'odd',
    [
      dir('odd', { xattrs: { 'user.a': 'a'.repeat(40_000) } }),
      dir('odd', { xattrs: { 'user.b': 'b'.repeat(40_000) } }),
    ],
  ],
];

function refusal(...layers: readonly (readonly Row[])[]): PullBudgetError {
  try {
    mergeLayers(layers.map(tableOfRows), (layer) => `layer ${layer} of ${layers.length}`);
  } catch (error) {
    if (error instanceof PullBudgetError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('refused, with layer and path, is', () => {
  test.each(odd)('%s', (_, path, ...layers) => {
    const { code, message, hint } = refusal(...layers);
    expect(code).toBe('odd-layer');
    expect(message).toContain(
      `layer ${layers.length - 1} of ${layers.length} cannot be re-layered: "${path}" `,
    );
    expect(hint).not.toBe('');
    // What comes before it is not odd.
    expect(() => merged(...layers.slice(0, -1))).not.toThrow();
  });

  test('an opaque lowest layer with a directory that has no entry', () => {
    expect(refusal([file('odd/d/x'), opaque('odd')]).message).toContain(
      '"odd" is opaque in the lowest layer',
    );
  });

  test('a flood of directories without entries', () => {
    const deep = Array.from({ length: 700 }, (_, at) => file(`${'d/'.repeat(8)}${at}/${'x/'.repeat(30)}x`));
    expect(refusal(deep).message).toContain('directories that the layer has no entry for');
  });

  test('a flood of entries through a long symlink', () => {
    const through = Array.from({ length: 5000 }, (_, at) => file(`l/${at}/x`));
    const message = refusal([dir('d'), symlink('l', `${'./'.repeat(2000)}d`), ...through]).message;
    expect(message).toContain('comes after too many that go through symbolic links');
  });

  test('a flood of links with attributes of their own', () => {
    const links = Array.from({ length: 1500 }, (_, at) =>
      link(`l${at}`, 'x', { xattrs: { [`user.${at}`]: '' } }),
    );
    expect(refusal([file('x', '', { xattrs: { 'user.x': '' } }), ...links]).message).toContain(
      'comes after too many links',
    );
  });

  test('each of these on top of random layers', () => {
    const lower = stacks.filter((stack) => !stack.flat().some(({ path }) => String(path).startsWith('odd')));
    fc.assert(
      fc.property(lower, fc.constantFrom(...odd), (stack, [, , ...layers]) => {
        expect(refusal(...stack, ...layers).code).toBe('odd-layer');
      }),
    );
  });
});

describe('odd, and with one meaning, is', () => {
  test.each<[string, string[], Row[][]]>([
    ['a whiteout of nothing, which makes its directory', ['d'], [[], [whiteout('d/nothing')]]],
    ['an opaque lowest layer', ['d', 'd/x'], [[dir('d'), file('d/x'), opaque('d')]]],
    [
      'an entry through a symlink of its own layer',
      ['lib', 'usr', 'usr/lib', 'usr/lib/x'],
      [
        [dir('usr'), dir('usr/lib')],
        [symlink('lib', 'usr/lib'), file('lib/x')],
      ],
    ],
    ['one through an absolute symlink', ['lib', 'usr', 'usr/x'], [[symlink('lib', '/usr'), file('lib/x')]]],
    [
      'one through a symlink that leads out of the root',
      ['d', 'd/l', 'usr', 'usr/x'],
      [[symlink('d/l', '../../../usr'), file('d/l/x')]],
    ],
    [
      'a hard link through a symlink',
      ['d', 'd/x', 'l', 'y'],
      [[dir('d'), file('d/x'), symlink('l', 'd'), link('y', 'l/x')]],
    ],
    [
      'symlinks in a loop, or to nowhere',
      ['a', 'b', 'c'],
      [[symlink('a', 'b'), symlink('b', 'a'), symlink('c', '/../../x')]],
    ],
    [
      'an entry for the root, which containerd passes over',
      ['x'],
      [[{ path: '', kind: 'directory', mode: 0o700 }, file('x')]],
    ],
    [
      'a directory that was removed, without an entry',
      ['d', 'd/y'],
      [[dir('d', { mode: 0o700 }), file('d/x')], [whiteout('d')], [file('d/y')]],
    ],
    ['a layer of nothing', [], [[]]],
  ])('%s', (_, expected, layers) => {
    expect(paths(merged(...layers))).toEqual(expected);
  });

  test('a stack of 127 layers', () => {
    const layers = Array.from({ length: 127 }, (_, at) => [
      dir('d', { mtime: at }),
      file(`d/${at % 50}`, `${at}`),
    ]);
    const tree = merged(...layers);
    expect([tree.size, tree.mtime(1), tree.layer(2)]).toEqual([52, 126, 100]);
  });

  test('attributes that only root of a node can set, or Linux does not know: nobody has them', () => {
    const xattrs = { 'trusted.overlay.opaque': 'y', 'com.apple.quarantine': 'x', 'user.kept': '1' };
    const tree = merged([file('a', '', { xattrs }), { ...symlink('b', 'a'), xattrs }]);
    expect([1, 2].map((node) => tree.xattrs(node).toString())).toEqual(['15 user.kept=1\n', '']);
  });

  test('a capability that its hard link does not have: it is lost', () => {
    const capability = { 'security.capability': 'x' };
    const lost = merged([file('a', '', { xattrs: { ...capability, 'user.a': '1' } }), link('b', 'a')]);
    expect(lost.xattrs(1).toString()).toBe('12 user.a=1\n');
    const kept = merged([file('a', '', { xattrs: capability }), link('b', 'a', { xattrs: capability })]);
    expect(kept.xattrs(1).toString()).toBe('25 security.capability=x\n');
  });

  test('a time before 1970 or after 2262: it is 1970', () => {
    const tree = merged([file('a', '', { mtime: -1 }), file('b', '', { mtime: 2 ** 34 })]);
    expect([tree.mtime(1), tree.mtime(2)]).toEqual([0, 0]);
  });
});
