import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { layerFiles } from '../../../src/stages/soci/layered-files.ts';
import { planPrefetch } from '../../../src/stages/soci/prefetch.ts';
import { type ReadableVector, readableVectors, vectorNamed } from './lazy-layer.ts';
import { layersOf, spanEach, spans } from './planned-spans.ts';
import { type TarLine, ztocOf } from './ztoc-of.ts';

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

describe('zTOCs of the real tool', () => {
  const planned = ({ name, decoded: ztoc }: ReadableVector, pattern: string) => {
    const layer = digestOf(name);
    const bytes = planPrefetch([pattern], [{ layer, ztoc }]).artifacts.get(layer);
    return bytes ? JSON.parse(Buffer.from(bytes).toString()).prefetch_spans : [];
  };

  test('a file over several spans', () => {
    const vector = vectorNamed('stream-file-over-several-spans');
    const { decoded: ztoc } = vector;
    for (let at = 0; at < ztoc.entryCount; at++) {
      const { name, offset, size, type } = ztoc.entry(at);
      if (type !== 'reg' || size === 0) continue;
      const holding = ztoc.spans.filter(
        ({ outStart, outEnd }) => outStart < offset + size && outEnd > offset - 512,
      );
      expect(planned(vector, `/${name}`)).toEqual([
        { start_span: holding[0]?.id, end_span: holding.at(-1)?.id },
      ]);
    }
  });

  test.each(readableVectors)('$name: everything wanted gives every span with a file in it', (vector) => {
    const { decoded: ztoc } = vector;
    const ranges = planned(vector, '/**');
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
