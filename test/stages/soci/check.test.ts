import { describe, expect, test } from 'vitest';
import { checkpointBytes, writeCheckpoint } from '../../../src/content/gzip/checkpoint.ts';
import { type Problem, problemsOf } from '../../../src/stages/soci/check.ts';
import { checkpointsHeader, plainCheckpoints } from '../../../src/stages/soci/checkpoints.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import type { ZtocParts } from '../../../src/stages/soci/encode.ts';
import type { ZtocEntry } from '../../../src/stages/soci/ztoc.ts';
import { entryAt, indexedVectors, xattr, ztocBytes } from './ztoc-parts.ts';

function problems(
  entries: readonly ZtocEntry[],
  parts: Partial<ZtocParts> = {},
  blobBytes = 1000,
): Problem[] {
  return problemsOf(decodeZtoc(ztocBytes(entries, parts), 'made'), blobBytes);
}

function named(name: string, changes: Partial<ZtocEntry> = {}, offset = 512): ZtocEntry {
  return entryAt(offset, { name: Buffer.from(name), ...changes });
}

/** Spans that begin at these places. */
function spans(places: readonly (readonly [number, number])[]): Partial<ZtocParts> {
  const records = places.map(([from, out]) => {
    const record = new Uint8Array(checkpointBytes);
    writeCheckpoint(record, { in: from, out, bits: 0 });
    return record;
  });
  const blob = Buffer.concat([checkpointsHeader(places.length, 512), ...records]);
  const digest = `sha256:${'0'.repeat(64)}` as ZtocParts['spanDigests'][number];
  return {
    checkpoints: { byteLength: blob.byteLength, read: () => [blob] },
    spanDigests: places.map(() => digest),
  };
}

function plain(size: number, spanBytes: number): Partial<ZtocParts> {
  const blob = plainCheckpoints(spanBytes, size);
  const { spanDigests } = spans(Array.from({ length: Math.ceil(size / spanBytes) }, () => [0, 0] as const));
  return {
    algorithm: 'uncompressed',
    compressedBytes: size,
    uncompressedBytes: size,
    checkpoints: { byteLength: blob.byteLength, read: () => [blob] },
    spanDigests: spanDigests as ZtocParts['spanDigests'],
  };
}

describe('a zTOC', () => {
  test.each(indexedVectors)(
    'of $name has problems exactly where the snapshotter has',
    ({ name, ztoc, blob, expected }) => {
      const found = problemsOf(decodeZtoc(ztoc, name), blob.byteLength);
      const { opens = false, unreadable = {} } = expected?.snapshotter ?? {};
      expect(found.length === 0).toBe(opens && Object.keys(unreadable).length === 0);
      if (opens) for (const { file } of found) expect(Object.keys(unreadable)).toContain(`/${file}`);
    },
  );

  test('of nothing wrong has none', () => {
    expect(problems([named('a'), named('b/', { type: 'dir' }, 1024)])).toEqual([]);
  });

  test('of another layer is told by its size', () => {
    expect(problems([], {}, 999)).toEqual([{ what: 'It is of a layer of 1000 bytes, and this one has 999' }]);
  });

  test('without end is not told to its end', () => {
    const files = Array.from({ length: 5000 }, (_, at) => named(`${at}`, { modTime: '' }, 512 * (at + 1)));
    expect(problems(files)).toHaveLength(100);
  });
});

describe('spans', () => {
  test.each([
    ['are none', { ...plain(0, 512) }, 0, 'It has no spans'],
    [
      'begin within a gzip header',
      spans([[9, 0]]),
      1000,
      'There is no gzip header in the 9 bytes before the first span',
    ],
    ['leave out the beginning', spans([[10, 1]]), 1000, 'The first span begins at byte 1 of the tar'],
    [
      'have no bytes of the tar',
      spans([
        [10, 0],
        [11, 0],
      ]),
      1000,
      'Span 0 has no bytes of the tar',
    ],
    [
      'have no bytes of the layer',
      spans([
        [10, 0],
        [10, 5],
      ]),
      1000,
      'Span 0 has no bytes of the layer',
    ],
    [
      'end with nothing',
      spans([
        [10, 0],
        [1000, 1024],
      ]),
      1000,
      'Span 1 has no bytes of the layer',
    ],
    [
      'are of a smaller layer than the tar',
      { ...plain(1024, 512), uncompressedBytes: 1536 },
      1024,
      'Its tar has 1536 bytes',
    ],
  ])('that %s', (_what, parts, blobBytes, what) => {
    const found = problems([], parts, blobBytes);
    expect(found[0]?.what).toContain(what);
  });

  test('may end with one that has no bytes of the tar', () => {
    expect(
      problems(
        [],
        spans([
          [10, 0],
          [900, 1024],
        ]),
      ),
    ).toEqual([]);
  });
});

describe('a file', () => {
  test.each<[string, Partial<ZtocEntry>, string]>([
    ['without a time', { modTime: '' }, 'its time of modification'],
    ['with a time that is none', { modTime: 'yesterday' }, 'its time of modification'],
    ['whose mode is that of a folder', { mode: 0o040755 }, 'its mode'],
    ['whose owner is beyond 32 bits', { uid: 1, xattrs: [xattr('uid', '4294967297')] }, 'its owner'],
    ['whose group is negative', { gid: 4294967295, xattrs: [xattr('gid', '-1')] }, 'its owner'],
    ['with holes', { xattrs: [xattr('GNU.sparse.major', '1')] }, 'it is sparse'],
    [
      'with an empty xattr beside another',
      { xattrs: [xattr('SCHILY.xattr.a', ''), xattr('SCHILY.xattr.b', 'c')] },
      'is empty',
    ],
    ['after the end', { size: 2000 }, 'it ends after the end of the tar'],
    ['without a header', { offset: 511 }, 'there is no room for its header'],
  ])('%s cannot be read', (_what, changes, why) => {
    const found = problems([named('./a', changes)], { uncompressedBytes: 2048 });
    expect(found).toEqual([{ what: expect.stringMatching(`^./a cannot be read: .*${why}`), file: './a' }]);
  });

  test.each<[string, Partial<ZtocEntry>]>([
    ['the bits of a regular file in its mode', { mode: 0o100755 }],
    ['a time in another zone', { modTime: '2024-02-29T12:00:00.5+02:00' }],
    ['one empty xattr', { xattrs: [xattr('SCHILY.xattr.a', ''), xattr('comment', '')] }],
    ['an owner that PAX says too', { uid: 7, xattrs: [xattr('uid', '7'), xattr('gid', '')] }],
  ])('with %s can be read', (_what, changes) => {
    expect(problems([named('a', changes)])).toEqual([]);
  });

  test('that is no regular one is not read', () => {
    expect(problems([named('a/', { type: 'dir', modTime: '', mode: 0o040755 })])).toEqual([]);
  });

  test('at the end of the last span cannot be read where there is no compression', () => {
    const last = (size: number) => problems([named('a', { size })], plain(2048, 1024), 2048);
    expect(last(1536)[0]?.what).toContain('the snapshotter looks for one more');
    expect(last(1535)).toEqual([]);
  });

  test('must not begin before the one before it ends', () => {
    const found = problems([named('a', { size: 513 }), named('b', {}, 1535)]);
    expect(found).toEqual([{ what: 'b begins before what is before it ends', file: 'b' }]);
  });

  test('that is linked must come first, by its place in the tar', () => {
    const link = named('b', { type: 'hardlink', linkname: Buffer.from('./a') }, 1024);
    expect(problems([link, named('a')])).toEqual([]);
    expect(problems([{ ...link, offset: 512 }, named('a', {}, 1024)])).toEqual([
      { what: 'b is a hard link to ./a, which is not before it in the layer', file: 'b' },
    ]);
  });
});
