import { describe, expect, test } from 'vitest';
import { type Tree, withTimes } from '../../../src/content/rootfs/tree.ts';
import { dir, file, link, merged, nodeAt, symlink } from './merged.ts';
import { pycContent, type Row, rowMtime, tableOfRows } from './rows.ts';

const pyc = (path: string, sourceMtime = rowMtime, more: Partial<Row> = {}): Row =>
  file(path, pycContent(sourceMtime), more);

function pycMtime(tree: Tree, path: string): number | undefined {
  return tree.pycMtime(nodeAt(tree, path));
}

describe('a compiled file is that of its source', () => {
  test.each([
    ['d/__pycache__/x.cpython-312.pyc', 'd/x.py'],
    ['d/__pycache__/x.cpython-312.opt-1.pyc', 'd/x.py'],
    ['__pycache__/x.pypy39.pyc', 'x.py'],
    ['d/x.pyc', 'd/x.py'],
    ['x.pyc', 'x.py'],
  ])('%s of %s', (compiled, source) => {
    const tree = merged([pyc(compiled), file(source)]);
    const node = nodeAt(tree, compiled);
    expect(tree.pycMtime(node)).toBe(rowMtime);
    expect(tree.digest(node)).toEqual(tree.tables[0]?.pyc(0)?.maskedDigest);
  });

  test.each<[string, string, Row[]]>([
    ['without its source', 'x.pyc', []],
    ['beside a directory of that name', 'x.pyc', [dir('x.py')]],
    ['beside a symlink of that name', 'x.pyc', [symlink('x.py', 'y.py')]],
    ['of another time', 'x.pyc', [file('x.py', '', { mtime: rowMtime + 1 })]],
    ['in a cache without a tag', 'd/__pycache__/x.pyc', [file('d/x.py'), file('d/__pycache__/x.py')]],
    ['with another name', 'd/__pycache__/x.a.b.pyc', [file('d/x.py')]],
  ])('and not %s', (_, compiled, rows) => {
    const tree = merged([pyc(compiled), ...rows]);
    const node = nodeAt(tree, compiled);
    expect(tree.pycMtime(node)).toBeUndefined();
    expect(tree.digest(node)).toEqual(tree.tables[0]?.digest(0));
  });

  test('that a later layer has', () => {
    const lower = [file('x.py'), pyc('x.pyc')];
    expect(pycMtime(merged(lower), 'x.pyc')).toBe(rowMtime);
    expect(pycMtime(merged(lower, [file('x.py', '', { mtime: 9 })]), 'x.pyc')).toBeUndefined();
  });

  test('whose time has a fraction, or is after 2106', () => {
    const source = file('x.py', '', { mtime: 2 ** 32 + 5.75 });
    expect(pycMtime(merged([source, pyc('x.pyc', 5)]), 'x.pyc')).toBe(5);
  });

  test('and not where it is linked: its links may lie beside another', () => {
    expect(pycMtime(merged([file('x.py'), pyc('x.pyc'), link('y.pyc', 'x.pyc')]), 'x.pyc')).toBeUndefined();
  });
});

test('with other times a compiled file follows its source', () => {
  const tree = merged([file('x.py'), pyc('x.pyc'), file('y.py'), pyc('y.pyc', 3)]);
  const mtime = new Float64Array(tree.size).fill(Number.NaN);
  for (const path of ['x.py', 'y.py']) mtime[nodeAt(tree, path)] = 1000.5;
  const later = withTimes(tree, { mtime });
  expect([later.mtime(nodeAt(tree, 'x.py')), later.mtime(nodeAt(tree, 'x.pyc'))]).toEqual([1000.5, rowMtime]);
  expect(['x.pyc', 'y.pyc'].map((path) => pycMtime(later, path))).toEqual([1000, undefined]);
  expect(later.digest(nodeAt(tree, 'x.pyc'))).toEqual(tree.digest(nodeAt(tree, 'x.pyc')));
});

test('paths are found, and no others', () => {
  const tree = merged([file('usr/lib/x'), file('usr/libx')]);
  expect(tree.find(Buffer.alloc(0))).toBe(0);
  for (const path of ['usr', 'usr/lib', 'usr/lib/x', 'usr/libx'])
    expect(tree.path(nodeAt(tree, path)).toString()).toBe(path);
  for (const path of ['us', 'usr/lib/x/y', 'lib', '/usr'])
    expect(tree.find(Buffer.from(path))).toBeUndefined();
});

test('devices, sparse files and contents are what their rows say', () => {
  const rows: Row[] = [
    { path: 'c', kind: 'character', devmajor: 1, devminor: 3 },
    { path: 's', kind: 'file', content: 'data', isSparse: true },
    dir('d'),
  ];
  const tree = merged([], rows);
  const [c, d, s] = [1, 2, 3];
  expect([tree.devmajor(c), tree.devminor(c), tree.kind(c)]).toEqual([1, 3, 'character']);
  expect([tree.isSparse(s), tree.bytes(s), tree.content(s)]).toEqual([true, 4, { layer: 1, row: 1 }]);
  expect([tree.isSparse(d), tree.bytes(d), tree.digest(d).byteLength]).toEqual([false, 0, 0]);
  expect(tree.digest(s)).toEqual(tableOfRows(rows).digest(1));
});
