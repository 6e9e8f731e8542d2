import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { followLinks, layerFiles } from '../../../src/stages/soci/layered-files.ts';
import { lookUp } from '../../../src/stages/soci/lookup.ts';
import { planPrefetch } from '../../../src/stages/soci/prefetch.ts';
import type { Ztoc } from '../../../src/stages/soci/ztoc.ts';
import { layersOf, spanEach, spans } from './planned-spans.ts';
import { type TarLine, ztocOf } from './ztoc-of.ts';

describe('links', () => {
  test('hard links lead to the spans of their target', () => {
    const ztoc = spanEach('a', 'target', 'b', { name: 'link', type: 'hardlink', to: './target' });
    expect(spans(['/link'], ztoc)).toEqual({ 0: [[1, 1]] });
  });

  test('hard links keep what a layer above replaces', () => {
    const lower = spanEach('a', 'target', { name: 'link', type: 'hardlink', to: 'target' });
    expect(spans(['/link', '/target'], lower, spanEach('x', 'target'))).toEqual({ 0: [[1, 1]], 1: [[1, 1]] });
  });

  test('hard links without a target are nothing', () => {
    const layers = layersOf(ztocOf([{ name: 'link', type: 'hardlink', to: 'late' }, 'late']));
    expect(planPrefetch(['/link'], layers).unmatched).toEqual(['/link']);
  });

  test.each([
    ['relative', { name: 'usr/bin/python', type: 'symlink', to: 'python3' }],
    ['upwards', { name: 'usr/bin/python', type: 'symlink', to: '../bin/python3' }],
    ['absolute', { name: 'usr/bin/python', type: 'symlink', to: '/usr/bin/python3' }],
    ['above the root', { name: 'usr/bin/python', type: 'symlink', to: '../../../../usr/bin/python3' }],
  ] as const)('%s symbolic links are followed', (_, link) => {
    expect(spans(['/usr/bin/python'], spanEach('a', 'usr/bin/python3', link))).toEqual({ 0: [[1, 1]] });
    expect(spans(['/usr/bin/*on'], spanEach('a', 'usr/bin/python3', link))).toEqual({ 0: [[1, 1]] });
  });

  test('symbolic links lead from layer to layer, through folders too', () => {
    const lower = spanEach('a', 'usr/lib/x.so.1');
    const middle = spanEach('usr/', { name: 'lib', type: 'symlink', to: 'usr/lib' });
    const upper = spanEach({ name: 'usr/lib/x.so', type: 'symlink', to: '/lib/x.so.1' });
    expect(spans(['/lib/x.so'], lower, middle, upper)).toEqual({ 0: [[1, 1]] });
    expect(spans(['/lib/*.so'], lower, middle, upper)).toEqual({ 0: [[1, 1]] });
  });

  test('symbolic links that go round, or nowhere, are nothing', () => {
    const layers = layersOf(
      ztocOf([
        { name: 'a', type: 'symlink', to: 'b' },
        { name: 'b', type: 'symlink', to: 'a' },
        { name: 'c', type: 'symlink', to: 'c/c/c' },
        { name: 'd', type: 'symlink', to: '/proc/self/exe' },
        'f',
        { name: 'e', type: 'symlink', to: 'f/../f' },
      ]),
    );
    const patterns = ['/a', '/c', '/d', '/e', '/[abcde]'];
    expect(planPrefetch(patterns, layers).unmatched).toEqual(patterns);
  });

  test('forty links are followed, one more is not', () => {
    const chain = (length: number): Ztoc =>
      ztocOf([
        'l0',
        ...Array.from(
          { length },
          (_, at): TarLine => ({ name: `l${at + 1}`, type: 'symlink', to: `l${at}` }),
        ),
      ]);
    expect(spans(['/l40'], chain(40))).toEqual({ 0: [[0, 0]] });
    expect(spans(['/l41'], chain(41))).toEqual({});
  });
});

describe('layers', () => {
  test('the topmost that has a file wins', () => {
    expect(spans(['/x'], spanEach('x'), spanEach('a', 'x'), spanEach('y'))).toEqual({ 1: [[1, 1]] });
    expect(spans(['/**'], spanEach('x'), spanEach('a', 'x'))).toEqual({ 1: [[0, 1]] });
  });

  test('within one the last entry of a name wins', () => {
    expect(spans(['/x'], spanEach('x', 'y', 'x'))).toEqual({ 0: [[2, 2]] });
  });

  test.each([
    ['a whiteout hides a file', ['d/.wh.x']],
    ['a whiteout hides a folder', ['.wh.d']],
    ['an opaque folder hides what is below it', ['d/', 'd/.wh..wh..opq']],
    ['an opaque root hides everything', ['.wh..wh..opq']],
    ['a file in the place of a folder hides it', ['d']],
    ['a link in the place of a folder hides it', [{ name: 'd', type: 'symlink' as const, to: 'e' }]],
  ])('%s', (_, upper) => {
    expect(spans(['/d/x'], ztocOf(['d/', 'd/x']), ztocOf(upper))).toEqual({});
    expect(spans(['/d/x'], ztocOf(['d/x']), ztocOf(upper))).toEqual({});
    expect(spans(['/d/*'], ztocOf(['d/x']), ztocOf(upper))).toEqual({});
  });

  test('whiteouts do not hide what is in their own layer, wherever they stand, or above', () => {
    expect(spans(['/d/x'], ztocOf(['d/x']), ztocOf(['d/x', 'd/.wh.x', 'd/.wh..wh..opq']))).toEqual({
      1: [[0, 0]],
    });
    expect(spans(['/d/x'], ztocOf(['d/x']), ztocOf(['.wh.d']), ztocOf(['d/x']))).toEqual({ 2: [[0, 0]] });
  });

  test('whiteouts hide only what they name', () => {
    expect(spans(['/dd/x', '/d/xx'], ztocOf(['dd/x', 'd/xx']), ztocOf(['.wh.ddd', 'd/.wh.x']))).toEqual({
      0: [[0, 0]],
    });
  });

  test('AUFS’s own files and whiteouts are no files', () => {
    expect(planPrefetch(['/**'], layersOf(ztocOf(['.wh..wh.plnk', '.wh.a', '.wh.']))).unmatched).toEqual([
      '/**',
    ]);
  });

  test('a folder takes the place of a link below', () => {
    const lower = ztocOf([{ name: 'lib', type: 'symlink', to: 'usr/lib' }, 'usr/lib/b']);
    expect(spans(['/lib/b'], lower, ztocOf(['lib/b']))).toEqual({ 1: [[0, 0]] });
    expect(spans(['/lib/b'], lower, ztocOf(['lib/c']))).toEqual({});
  });
});

describe('against looking paths up one by one', () => {
  const names = ['a', 'b', 'c'];
  const paths = [
    ...names,
    ...names.flatMap((one) => names.map((two) => `${one}/${two}`)),
    ...names.map((one) => `a/b/${one}`),
  ];
  const line = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ name: fc.constantFrom(...paths), type: fc.constant('reg' as const) }),
    },
    fc.record({ name: fc.constantFrom(...paths), type: fc.constant('dir' as const) }),
    fc.record({
      name: fc.constantFrom(...paths),
      type: fc.constantFrom('symlink' as const, 'hardlink' as const),
      to: fc.constantFrom(...paths, '/a', '/b/c', '../c'),
    }),
    fc.record({
      name: fc.constantFrom(
        '.wh.a',
        'a/.wh.b',
        'b/.wh.c',
        '.wh..wh..opq',
        'a/.wh..wh..opq',
        'a/b/.wh..wh..opq',
      ),
      type: fc.constant('reg' as const),
    }),
  );
  const layer = fc.array(line, { maxLength: 6 }).map(sane);

  /** Without entries beneath what is no folder, which tar and container engines read in ways of their own. */
  function sane(lines: readonly TarLine[]): TarLine[] {
    const kinds = new Map(lines.map(({ name, type }) => [String(name), type]));
    return lines.filter(({ name, type }) => {
      const parts = String(name).split('/');
      if (kinds.get(String(name)) !== type) return false;
      return parts
        .slice(1)
        .every((_, at) => (kinds.get(parts.slice(0, at + 1).join('/')) ?? 'dir') === 'dir');
    });
  }

  test('every file is found in the same place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
        const ztocs = layers.map((lines) => ztocOf(lines));
        const files = layerFiles(ztocs);
        const lists = ztocs.map((ztoc) => async () => ({
          count: ztoc.entryCount,
          entry: (at: number) => ztoc.entry(at),
        }));
        for (const path of paths) {
          const found = await lookUp(Buffer.from(path), lists);
          const end = followLinks(files, path);
          const place = end === undefined ? undefined : files.get(end);
          const ours = place?.type === 'reg' ? { layer: place.layer, at: place.entry } : undefined;
          expect(ours, path).toEqual(found.kind === 'file' ? found.place : undefined);
        }
      }),
      { numRuns: process.env.PULL_BUDGET_FULL ? 20_000 : 500 },
    );
  });
});
