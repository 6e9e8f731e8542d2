import { expect, test } from 'vitest';
import { differences } from '../../../src/content/rootfs/differences.ts';
import { describeDifference } from '../../../src/stages/relayer/difference-text.ts';
import { dir, file, link, merged, symlink } from '../../content/rootfs/merged.ts';
import { pycContent, type Row, rowMtime } from '../../content/rootfs/rows.ts';

function told(a: readonly Row[], b: readonly Row[]): string[] {
  const trees = [merged(a), merged(b)] as const;
  return [...differences(...trees, { mtime: 'compared' })].map((found) =>
    describeDifference(...trees, found),
  );
}

test.each<[string, Row[], Row[], string[]]>([
  [
    'a mode',
    [file('usr/bin/x', '', { mode: 0o755 })],
    [file('usr/bin/x')],
    ['/usr/bin/x: mode 0755 in A, 0644 in B'],
  ],
  [
    'owner and mtime',
    [file('x', '', { uid: 1, mtime: 0 })],
    [file('x', '', { gid: 2, mtime: 1.5 })],
    ['/x: owner 1:0 in A, 0:2 in B; mtime 1970-01-01T00:00:00Z in A, 1970-01-01T00:00:01.500Z in B'],
  ],
  [
    'paths of one tree',
    [dir('d'), file('d/x')],
    [file('e')],
    ['/d: only in A', '/d/x: only in A', '/e: only in B'],
  ],
  [
    'a content, by digest and size',
    [file('x', 'one')],
    [file('x', 'three')],
    ['/x: content sha256:7692c3ad3540 of 3 bytes in A, sha256:8b5b9db0c13d of 5 bytes in B'],
  ],
  [
    'a type, and what both types have',
    [symlink('x', 'y')],
    [file('x', '', { mode: 0o600 })],
    ['/x: a symbolic link in A, file in B; mode 0777 in A, 0600 in B'],
  ],
  ['a target', [symlink('x', '/a')], [symlink('x', '../b')], ['/x: target /a in A, ../b in B']],
  [
    'a device',
    [{ path: 'x', kind: 'character', devmajor: 1, devminor: 3 }],
    [{ path: 'x', kind: 'character', devmajor: 1, devminor: 5 }],
    ['/x: device 1:3 in A, 1:5 in B'],
  ],
  [
    'extended attributes',
    [file('x', '', { xattrs: { 'user.a': '1', 'user.b': '2' } })],
    [file('x')],
    ['/x: extended attributes user.a=1 user.b=2 in A, none in B'],
  ],
  [
    'hard links',
    [file('x'), link('y', 'x')],
    [file('x'), file('y')],
    ['/y: hard links /x = /y in A, none in B'],
  ],
  [
    'a compiled file that is not that of its source any more',
    [file('x.py'), file('x.pyc', pycContent(rowMtime))],
    [file('x.py'), file('x.pyc', pycContent(rowMtime + 1))],
    [
      '/x.pyc: content sha256:94d20f71f664 of 20 bytes (compiled from a source of 2023-11-14T22:13:20Z) in A, sha256:04f15bb0013d of 20 bytes in B',
    ],
  ],
])('%s is said in words', (_, a, b, lines) => {
  expect(told(a, b)).toEqual(lines);
});

test('names that a terminal or a log would act on are escaped', () => {
  expect(told([file('a\x1b[2J\n::error::b')], [])).toEqual(['"/a\\u001b[2J\\n::error::b": only in A']);
  expect(told([symlink('x', '\u202egpj')], [symlink('x', 'y')])).toEqual([
    '/x: target "\\u202egpj" in A, y in B',
  ]);
});

test('a name of 4,000 bytes is cut', () => {
  const [line = ''] = told([file(Array(20).fill('n'.repeat(199)).join('/'))], []);
  expect(line.length).toBeLessThan(320);
});
