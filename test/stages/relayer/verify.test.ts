import { describe, expect, test } from 'vitest';
import { withTimes } from '../../../src/content/rootfs/tree.ts';
import { treeDigest } from '../../../src/content/rootfs/tree-digest.ts';
import { verifyTree } from '../../../src/stages/relayer/verify.ts';
import { dir, file, link, merged, nodeAt, whiteout } from '../../content/rootfs/merged.ts';
import { pycContent, type Row, rowMtime, tableOfRows } from '../../content/rootfs/rows.ts';

const wanted = merged([dir('d'), file('d/a', 'a'), file('d/b', 'b')]);
const verify = (...layers: Row[][]) => verifyTree(wanted, layers.map(tableOfRows), wanted);

test('layers that make the wanted tree have its digest', () => {
  const made = verify(
    [dir('d'), file('d/b', 'old'), file('d/c')],
    [file('d/a', 'a'), whiteout('d/c'), file('d/b', 'b'), dir('d')],
  );
  expect(made).toBe(treeDigest(wanted, { mtime: 'ignored' }));
});

describe('layers that make another tree are refused, and the paths named', () => {
  test.each<[string, Row[], RegExp]>([
    ['content', [dir('d'), file('d/a', 'a'), file('d/b', 'x')], /\/d\/b: content/],
    ['a path that is missing', [dir('d'), file('d/a', 'a')], /\/d\/b: only in A/],
    ['a path more', [dir('d'), file('d/a', 'a'), file('d/b', 'b'), file('e')], /\/e: only in B/],
    [
      'a mode',
      [dir('d', { mode: 0o700 }), file('d/a', 'a'), file('d/b', 'b')],
      /\/d: mode 0755 in A, 0700 in B/,
    ],
    ['an mtime', [dir('d'), file('d/a', 'a', { mtime: 7 }), file('d/b', 'b')], /\/d\/a: mtime/],
  ])('%s', (_, rows, message) => {
    const refusal = () => verify(rows);
    expect(refusal).toThrow(message);
    expect(refusal).toThrow(
      expect.objectContaining({
        code: 'tree-differs',
        hint: expect.stringContaining('Nothing was published'),
      }),
    );
  });

  test('ten of them', () => {
    const many = Array.from({ length: 50 }, (_, at) => file(`x${at}`));
    const count = (error: unknown) => `${error}`.split('only in').length - 1;
    expect.assertions(1);
    try {
      verify(many);
    } catch (error) {
      expect(count(error)).toBe(10);
    }
  });
});

test.each([
  ['that Python would compile again', rowMtime, rowMtime + 1],
  ['that came to be of its source by its time', rowMtime + 1, rowMtime],
])('a hard-linked .pyc %s is refused', (_, given, made) => {
  const rows = (mtime: number) => [
    file('m.py', 'x', { mtime }),
    file('__pycache__/m.cpython-312.pyc', pycContent(rowMtime)),
    link('copy.pyc', '__pycache__/m.cpython-312.pyc'),
  ];
  const input = merged(rows(given));
  const mtime = new Float64Array(input.size).fill(Number.NaN);
  mtime[nodeAt(input, 'm.py')] = made;
  const verified = () => verifyTree(withTimes(input, { mtime }), [tableOfRows(rows(made))], input);
  expect(verified).toThrow(/: \/__pycache__\/m\.cpython-312\.pyc: is that of its source in one of them/);
});
