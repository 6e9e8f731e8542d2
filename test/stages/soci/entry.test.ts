import { describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/content/tar/entry.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import { nameForPeople, whyUnindexable, ztocEntry } from '../../../src/stages/soci/entry.ts';
import { scan } from '../../content/tar/scan.ts';
import { paxArchive } from './pax-archive.ts';
import { entriesOf, indexedVectors, tarEntries, vector } from './ztoc-parts.ts';

/** The one entry of an archive whose PAX header has these records. */
function entryWith(records: readonly (readonly [string, string])[], type = '0'): TarEntry {
  return scan([paxArchive([{ name: './file', type, records }])]).entries[0] as TarEntry;
}

describe("a layer's entries", () => {
  test.each(indexedVectors)('of $name are in the zTOC as soci puts them there', (one) => {
    const entries = tarEntries(one);
    const expected = entriesOf(decodeZtoc(one.ztoc, one.name));
    expect(entries).toHaveLength(expected.length);
    entries.forEach((entry, at) => {
      // Soci reads what is in the archive for it, and its snapshotter then refuses that.
      if (whyUnindexable(entry)?.endsWith('is a sparse file')) return;
      expect(ztocEntry(entry)).toEqual(expected[at]);
    });
  });
});

describe('the time of an entry', () => {
  test.each([
    ['1350244992.023960108', '2012-10-14T20:03:12.023960108Z'],
    ['1350244992.5', '2012-10-14T20:03:12.5Z'],
    ['1350244992.0239601089', '2012-10-14T20:03:12.023960108Z'],
    ['1350244992.000000000', '2012-10-14T20:03:12Z'],
    ['1350244992.', '2012-10-14T20:03:12Z'],
    ['-1', '1969-12-31T23:59:59Z'],
    ['-0.25', '1969-12-31T23:59:59.75Z'],
    ['-1.000000001', '1969-12-31T23:59:58.999999999Z'],
    ['-62167219200', '0000-01-01T00:00:00Z'],
    ['-62167219200.1', ''],
    ['253402300799.999999999', '9999-12-31T23:59:59.999999999Z'],
    ['253402300800', ''],
    ['9007199254740991', ''],
  ])('of mtime %s is %j', (mtime, expected) => {
    expect(ztocEntry(entryWith([['mtime', mtime]])).modTime).toBe(expected);
  });

  test('is the header’s where the PAX record is empty', () => {
    expect(ztocEntry(entryWith([['mtime', '']])).modTime).toBe('1970-01-01T00:00:00Z');
  });
});

describe('PAX records', () => {
  test('are sorted by the bytes of their keys, the last of two with one key standing', () => {
    const { xattrs } = ztocEntry(
      entryWith([
        ['SCHILY.xattr.user.é', '1'],
        ['b', '2'],
        ['SCHILY.xattr.user.z', '3'],
        ['b', ''],
        ['B', '4'],
      ]),
    );
    expect(xattrs.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'B=4',
      'SCHILY.xattr.user.z=3',
      'SCHILY.xattr.user.é=1',
      'b=',
    ]);
  });

  test('of owners count in their low 32 bits', () => {
    const { uid, gid } = ztocEntry(
      entryWith([
        ['uid', '4294967301'],
        ['gid', '-1'],
      ]),
    );
    expect([uid, gid]).toEqual([5, 4294967295]);
  });
});

describe('an entry makes its layer unindexable', () => {
  test.each([
    ['fail-pax-global-header', 'a global PAX header is before project/'],
    ['fail-gnu-sparse', 'holes is a sparse file'],
    ['fail-contiguous-file', 'odd is a contiguous file'],
    ['tar-pax-sparse-1.0', 'holes is a sparse file'],
  ])('in %s', (name, reason) => {
    const reasons = tarEntries(vector(name)).map(whyUnindexable);
    expect(reasons.find((one) => one !== undefined)).toBe(reason);
  });

  test.each(['V', 'M', 'D', 'A', 'z', '8'])('that is of type %s', (type) => {
    expect(whyUnindexable(entryWith([], type))).toBe(
      `./file is of the type ${JSON.stringify(type)}, which SOCI does not know`,
    );
  });

  test.each([
    [
      '0.0',
      [
        ['GNU.sparse.size', '4096'],
        ['GNU.sparse.numblocks', '1'],
      ],
    ],
    ['0.1', [['GNU.sparse.map', '0,512']]],
    [
      '1.0',
      [
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
      ],
    ],
  ] as const)('that is sparse in PAX %s', (_version, records) => {
    expect(whyUnindexable(entryWith(records))).toBe('./file is a sparse file');
  });

  test.each([
    ['a NUL in a key', [['a\0b', 'c']]],
    ['an access time that is none', [['atime', 'yesterday']]],
    [
      'a name that is taken back',
      [
        ['path', 'a'],
        ['path', ''],
      ],
    ],
    ['an extended attribute without a name', [['SCHILY.xattr.', 'c']]],
  ] as const)('that has %s', (_what, records) => {
    expect(whyUnindexable(entryWith(records))).toMatch(/ has a PAX header that readers do not agree on$/);
  });

  test('and not by records that are usual', () => {
    const records = [
      ['atime', '1.5'],
      ['ctime', ''],
      ['SCHILY.xattr.user.a', 'a\0b'],
      ['path', ''],
      ['comment', 'x'],
      ['comment', ''],
    ] as const;
    expect(whyUnindexable(entryWith(records))).toBeUndefined();
  });
});

test('a name for people has nothing in it that a terminal or a log acts on', () => {
  expect(nameForPeople(Buffer.from('./é file'))).toBe('./é file');
  expect(nameForPeople(Buffer.from('a\n::error::b'))).toBe('"a\\n::error::b"');
  expect(nameForPeople(Buffer.from('\x1b[31m'))).toBe('"\\u001b[31m"');
  expect(nameForPeople(Buffer.alloc(0))).toBe('""');
  expect(nameForPeople(Buffer.alloc(100_000, 'n'))).toHaveLength(500);
});
