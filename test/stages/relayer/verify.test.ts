import { describe, expect, test } from 'vitest';
import { treeDigest } from '../../../src/content/rootfs/tree-digest.ts';
import { verifyTree } from '../../../src/stages/relayer/verify.ts';
import { dir, file, merged, whiteout } from '../../content/rootfs/merged.ts';
import { type Row, tableOfRows } from '../../content/rootfs/rows.ts';

const wanted = merged([dir('d'), file('d/a', 'a'), file('d/b', 'b')]);
const verify = (...layers: Row[][]) => verifyTree(wanted, layers.map(tableOfRows));

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
