import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import { followLinks, layerFiles } from '../../../src/stages/soci/layered-files.ts';
import { lookUp } from '../../../src/stages/soci/lookup.ts';
import { planPrefetch } from '../../../src/stages/soci/prefetch.ts';
import type { Ztoc } from '../../../src/stages/soci/ztoc.ts';
import { fixtures } from './oracle-images.ts';
import { type TarLine, ztocOf } from './ztoc-of.ts';

type Lines = readonly (string | TarLine)[];

function layersOf(...layers: readonly Ztoc[]) {
  return layers.map((ztoc, at) => ({ layer: digestOf(`layer ${at}`), ztoc }));
}

/** The span ranges by the number of the layer. */
function spans(patterns: readonly string[], ...ztocs: readonly Ztoc[]): Record<number, number[][]> {
  const layers = layersOf(...ztocs);
  const { artifacts } = planPrefetch(patterns, layers);
  return Object.fromEntries(
    [...artifacts].map(([digest, bytes]) => {
      const { prefetch_spans: ranges } = JSON.parse(Buffer.from(bytes).toString());
      return [
        layers.findIndex(({ layer }) => layer === digest),
        ranges.map((range: Record<string, number>) => [range.start_span, range.end_span]),
      ];
    }),
  );
}

/** Each entry, with its header, in a span of its own: the number of a span is that of the entry. */
function spanEach(...lines: Lines): Ztoc {
  const plain = ztocOf(lines);
  const starts = lines.map((_, at) => {
    const before = at === 0 ? undefined : plain.entry(at - 1);
    return before ? before.offset + Math.ceil(before.size / 512) * 512 : 0;
  });
  // The byte after a file of 100 is not the next span's first.
  return ztocOf(lines, starts);
}

describe('the artifact', () => {
  test('is what soci marshals', () => {
    const layers = layersOf(ztocOf([{ name: 'a', size: 5000 }], [0, 1000, 2000, 3000]));
    const { artifacts, unmatched } = planPrefetch(['/a'], layers);
    expect([...artifacts].map(([layer, bytes]) => [layer, Buffer.from(bytes).toString()])).toEqual([
      [layers[0]?.layer, '{"version":"1.0","prefetch_spans":[{"start_span":0,"end_span":3}]}'],
    ]);
    expect(unmatched).toEqual([]);
  });

  test('there is none for layers of which nothing is wanted, nor without patterns', () => {
    expect(spans(['/b'], ztocOf(['a']), ztocOf(['b']))).toEqual({ 1: [[0, 0]] });
    expect(spans([], ztocOf(['a']))).toEqual({});
  });
});

describe('the spans of a file', () => {
  const big: TarLine = { name: 'big', size: 3000 };

  test('are those that hold any byte of it', () => {
    // big: header at 1024, bytes 1536 to 4536.
    expect(spans(['/big'], ztocOf(['first', big, 'last'], [0, 1024, 2000, 3000, 4536 - 1, 5000]))).toEqual({
      0: [[1, 4]],
    });
  });

  test('begin with that of its header, which the snapshotter reads first', () => {
    expect(spans(['/big'], ztocOf(['first', big], [0, 1023, 1535, 1536, 9000]))).toEqual({ 0: [[1, 3]] });
    expect(spans(['/big'], ztocOf(['first', big], [0, 1024, 1536, 9000]))).toEqual({ 0: [[1, 2]] });
  });

  test('begin with its PAX header, which comes right after the entry before', () => {
    expect(spans(['/p'], ztocOf(['first', { name: 'p', headers: 3 }], [0, 1024, 1536, 2560]))).toEqual({
      0: [[1, 3]],
    });
  });

  test('have the byte after its last in them, as the snapshotter reads it', () => {
    expect(spans(['/big'], ztocOf([{ name: 'big', size: 1024 }, 'b'], [0, 1536, 2048]))).toEqual({
      0: [[0, 1]],
    });
    expect(spans(['/big'], ztocOf([{ name: 'big', size: 1023 }, 'b'], [0, 1536, 2048]))).toEqual({
      0: [[0, 0]],
    });
  });

  test('end with the last one there is', () => {
    expect(spans(['/a'], ztocOf([{ name: 'a', size: 512 }], [0, 700]))).toEqual({ 0: [[0, 1]] });
  });

  test('pass over those without content', () => {
    expect(spans(['/a'], ztocOf(['a'], [0, 512, 512, 512]))).toEqual({ 0: [[0, 3]] });
    expect(spans(['/b'], ztocOf(['a', 'b'], [0, 1024, 1024]))).toEqual({ 0: [[2, 2]] });
  });

  test('of several are merged, neighbours too, and sorted', () => {
    const ztoc = spanEach('a', 'b', 'c', 'd', 'e', 'f');
    expect(spans(['/f', '/b', '/a', '/d', '/f'], ztoc)).toEqual({
      0: [
        [0, 1],
        [3, 3],
        [5, 5],
      ],
    });
    expect(spans(['/c', '/a', '/b'], ztoc)).toEqual({ 0: [[0, 2]] });
  });

  test('are none of an empty file, which is there all the same', () => {
    const layers = layersOf(ztocOf([{ name: 'empty', size: 0 }]));
    expect(planPrefetch(['/empty'], layers)).toEqual({ artifacts: new Map(), unmatched: [] });
  });
});

describe('names', () => {
  test.each(['usr/bin/x', './usr/bin/x', '/usr/bin/x', 'usr//bin/./x', './/usr/bin/x', 'usr/lib/../bin/x'])(
    'stored as %s are found',
    (name) => {
      expect(spans(['/usr/bin/x'], spanEach('a', name, 'b'))).toEqual({ 0: [[1, 1]] });
      expect(spans(['/usr/*/x'], spanEach('a', name, 'b'))).toEqual({ 0: [[1, 1]] });
    },
  );

  test.each(['/usr/bin/x', 'usr/bin/x', '//usr/./bin/x', '/usr/lib/../bin/x', '/usr/bin/x/'])(
    'are found by the path %s',
    (path) => {
      expect(spans([path], spanEach('./usr/bin/x'))).toEqual({ 0: [[0, 0]] });
    },
  );

  test('may have the characters of globs in them', () => {
    const ztoc = spanEach('app/[id]/page*.js', 'app/i/pageX.js', 'app/{a,b}', 'app/a');
    expect(spans(['/app/[id]/page*.js'], ztoc)).toEqual({ 0: [[0, 0]] });
    expect(spans(['/app/{a,b}'], ztoc)).toEqual({ 0: [[2, 2]] });
    expect(spans(['/app/\\[id\\]/page\\*.js'], ztoc)).toEqual({ 0: [[0, 0]] });
    expect(spans(['/app/\\[id\\]/*.js'], ztoc)).toEqual({ 0: [[0, 0]] });
    expect(spans(['/app/[i]/*.js'], ztoc)).toEqual({ 0: [[1, 1]] });
  });

  test('that are no UTF-8 do no harm', () => {
    expect(spans(['/b*'], spanEach({ name: Buffer.from([0x62, 0xff, 0xfe]) }, 'bc'))).toEqual({
      0: [[0, 1]],
    });
  });

  test('of folders are no files', () => {
    const layers = layersOf(ztocOf(['usr/', 'usr/a', { name: 'dev', type: 'char' }]));
    expect(planPrefetch(['/usr', '/usr/', '/dev', '/nowhere', '/'], layers).unmatched).toEqual([
      '/usr',
      '/usr/',
      '/dev',
      '/nowhere',
      '/',
    ]);
  });

  test('that nobody can open are left out', () => {
    const layers = layersOf(ztocOf([`${'x/'.repeat(30_000)}a`, `${'y'.repeat(65_536)}`]));
    expect(planPrefetch(['/**'], layers).unmatched).toEqual(['/**']);
  });
});

describe('globs', () => {
  const ztoc = spanEach('usr/', 'usr/a.so', 'usr/lib/b.so', 'usr/lib/.hidden/c.so', 'etc/.conf', 'etc/d.txt');

  test.each([
    ['/usr/*.so', [[1, 1]]],
    ['/usr/**/*.so', [[1, 3]]],
    ['**/*.so', [[1, 3]]],
    ['/usr/lib/**', [[2, 3]]],
    ['/etc/*', [[4, 5]]],
    [
      '/{usr,etc}/*.{so,txt}',
      [
        [1, 1],
        [5, 5],
      ],
    ],
    ['/usr/lib/?.so', [[2, 2]]],
    ['/usr/+(lib|x)/b.so', [[2, 2]]],
    ['/usr/./lib/*.so', [[2, 2]]],
  ])('%s', (pattern, expected) => {
    expect(spans([pattern], ztoc)).toEqual({ 0: expected });
  });

  test('do not mean their contrary', () => {
    expect(planPrefetch(['!/usr/a.so', '!*'], layersOf(ztoc)).unmatched).toEqual(['!/usr/a.so', '!*']);
  });

  test('without a match are told of, in their words', () => {
    expect(planPrefetch(['/opt/**', '/usr/*.so', '*.py'], layersOf(ztoc)).unmatched).toEqual([
      '/opt/**',
      '*.py',
    ]);
  });

  test('that are too long are refused', () => {
    expect(() => planPrefetch([`/usr/*${'x'.repeat(70_000)}`], layersOf(ztoc))).toThrow(
      expect.objectContaining({ code: 'bad-prefetch' }),
    );
  });
});

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

describe('zTOCs of the real tool', () => {
  const cases = readdirSync(fixtures).filter((name) => existsSync(join(fixtures, name, 'ztoc')));

  function read(name: string): { layer: Digest; ztoc: Ztoc } {
    return { layer: digestOf(name), ztoc: decodeZtoc(readFileSync(join(fixtures, name, 'ztoc')), name) };
  }

  test('a file over several spans', () => {
    const { ztoc, layer } = read('stream-file-over-several-spans');
    for (let at = 0; at < ztoc.entryCount; at++) {
      const { name, offset, size, type } = ztoc.entry(at);
      if (type !== 'reg' || size === 0) continue;
      const bytes = planPrefetch([`/${name}`], [{ layer, ztoc }]).artifacts.get(layer);
      const { prefetch_spans: ranges } = JSON.parse(Buffer.from(bytes ?? '{}').toString());
      const holding = ztoc.spans.filter(
        ({ outStart, outEnd }) => outStart < offset + size && outEnd > offset - 512,
      );
      expect(ranges).toEqual([{ start_span: holding[0]?.id, end_span: holding.at(-1)?.id }]);
    }
  });

  test.each(cases)('%s: everything wanted gives every span with a file in it', (name) => {
    const { ztoc, layer } = read(name);
    const { artifacts } = planPrefetch(['/**'], [{ layer, ztoc }]);
    const bytes = artifacts.get(layer);
    const ranges = bytes ? JSON.parse(Buffer.from(bytes).toString()).prefetch_spans : [];
    for (const { start_span, end_span } of ranges) {
      expect(start_span).toBeLessThanOrEqual(end_span);
      expect(end_span).toBeLessThan(ztoc.spans.length);
    }
    const covered = (id: number): boolean =>
      ranges.some(
        (range: Record<string, number>) => Number(range.start_span) <= id && id <= Number(range.end_span),
      );
    for (const [path, place] of layerFiles([ztoc])) {
      const { offset, size } = ztoc.entry(place.entry);
      if (place.type !== 'reg' || size === 0) continue;
      for (const span of ztoc.spans) {
        if (span.outStart < offset + size && span.outEnd > offset) expect(covered(span.id), path).toBe(true);
      }
    }
  });
});
