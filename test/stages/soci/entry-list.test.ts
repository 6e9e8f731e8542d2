import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryList } from '../../../src/stages/soci/entry-list.ts';
import { entryTypes } from '../../../src/stages/soci/ztoc.ts';
import { entryAt, listOf, xattr } from './ztoc-parts.ts';

const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
const size = fc.maxSafeNat();
const entry = fc.record({
  name: bytes,
  type: fc.constantFrom(...entryTypes),
  offset: size,
  size,
  linkname: bytes,
  mode: fc.maxSafeInteger(),
  uid: fc.nat({ max: 2 ** 32 - 1 }),
  gid: fc.nat({ max: 2 ** 32 - 1 }),
  uname: bytes,
  gname: bytes,
  modTime: fc.constantFrom(
    '',
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2024-02-29T12:00:00+02:00',
    '0000-01-01T00:00:00.000000001Z',
  ),
  devmajor: fc.maxSafeInteger(),
  devminor: fc.maxSafeInteger(),
  xattrs: fc.array(fc.record({ key: bytes, value: bytes }), { maxLength: 3 }),
});

describe('a list of entries', () => {
  test('gives back whatever was added, in any order', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const list = listOf(entries);
        expect(list.count).toBe(entries.length);
        for (let at = entries.length - 1; at >= 0; at--) expect(list.at(at)).toEqual(entries[at]);
      }),
    );
  });

  test('keeps entries that are larger than its chunks between others', () => {
    const long = (length: number) =>
      entryAt(512, { name: Buffer.alloc(length, 'n'), xattrs: [xattr('k', 'v')] });
    const entries = [1, 1_048_000, 2, 1_048_576, 3, 3_000_000, 4, 5, 600_000, 600_000, 6].map(long);
    const list = listOf(entries);
    entries.forEach((one, at) => {
      expect(list.at(at).name.equals(one.name)).toBe(true);
      expect(list.at(at).xattrs).toEqual(one.xattrs);
    });
  });

  test('keeps its own copy of names', () => {
    const name = Buffer.from('before');
    const list = listOf([entryAt(512, { name })]);
    name.fill('x');
    expect(list.at(0).name.toString()).toBe('before');
  });

  test('takes less than 120 bytes for a file with a name of 60', () => {
    const list = new EntryList();
    const entry = entryAt(2 ** 31, { name: Buffer.alloc(60, 'n'), size: 123_456, mode: 0o100644 });
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 100_000; at++) list.add(entry);
    expect(list.at(99_999)).toEqual(entry);
    expect((process.memoryUsage().arrayBuffers - before) / 100_000).toBeLessThan(120);
  });

  test('has no entry before the first or after the last', () => {
    const list = listOf([entryAt(512)]);
    for (const at of [-1, 1, 0.5, Number.NaN]) expect(() => list.at(at)).toThrow(RangeError);
  });
});
