import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryFields, endOfArchive, entryHeader } from '../../../src/content/tar/writer.ts';
import { xattrRecordsOf } from '../rootfs/rows.ts';
import { scan } from './scan.ts';

const plain: EntryFields = {
  kind: 'file',
  name: Buffer.from('etc/motd'),
  linkname: Buffer.alloc(0),
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 1_700_000_000,
  devmajor: 0,
  devminor: 0,
  xattrs: Buffer.alloc(0),
};
const header = (fields: Partial<EntryFields>) => entryHeader({ ...plain, ...fields });

/** An entry as our own reader has it. */
function reread(fields: Partial<EntryFields>) {
  const { entries } = scan([header(fields), endOfArchive]);
  expect(entries).toHaveLength(1);
  return entries[0] as (typeof entries)[0];
}

const bytes = (length: number, separators: readonly number[] = []) => {
  const name = Buffer.alloc(length, 'n');
  for (const at of separators) name[at] = 0x2f;
  return name;
};

describe('an entry is read as it was written', () => {
  const name = fc
    .array(fc.uint8Array({ minLength: 1, maxLength: 255 }), { minLength: 1, maxLength: 8 })
    .map((parts) => {
      const clean = parts.map((part) =>
        Buffer.from(part.map((byte) => (byte === 0 || byte === 0x2f ? 0x41 : byte))),
      );
      return Buffer.concat(clean.flatMap((part) => [Buffer.from('/'), part])).subarray(1);
    });
  const id = fc.oneof(
    fc.nat({ max: 0o7777777 }),
    fc.nat({ max: 2 ** 32 - 1 }),
    fc.constantFrom(2 ** 21, 2 ** 40, -1),
  );
  const mtime = fc.oneof(
    fc.integer({ min: -(2 ** 33), max: 2 ** 40 }),
    fc
      .tuple(fc.integer({ min: -(2 ** 30), max: 2 ** 31 }), fc.nat({ max: 999_999 }))
      .map(([seconds, micros]) => seconds + micros / 1e6),
    fc.constantFrom(0.1, 1e-9, -1.5, 8 ** 11 - 1, 8 ** 11, 1_700_000_000.5),
  );

  test('whatever its names, ids, times and device numbers', () => {
    fc.assert(
      fc.property(
        name,
        name,
        id,
        id,
        mtime,
        fc.nat({ max: 0o7777 }),
        (path, target, uid, gid, time, mode) => {
          const kinds = ['file', 'hardlink', 'symlink', 'character', 'block', 'directory', 'fifo'] as const;
          for (const kind of kinds) {
            const isLink = kind === 'hardlink' || kind === 'symlink';
            const isDevice = kind === 'character' || kind === 'block';
            const fields = {
              kind,
              name: kind === 'directory' ? Buffer.concat([path, Buffer.from('/')]) : path,
              linkname: isLink ? target : Buffer.alloc(0),
              uid,
              gid,
              mode,
              mtime: time,
              devmajor: isDevice ? 259 : 0,
              devminor: isDevice ? 1_048_575 : 0,
            };
            expect(reread(fields)).toMatchObject({ ...fields, mtime: time + 0, uname: Buffer.alloc(0) });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([512, 8 ** 11 - 1, 8 ** 11, 2 ** 45])('with a size of %d bytes', (size) => {
    // Nobody writes the data.
    expect(() => scan([header({ size })])).toThrow(`it ends ${size} bytes before the end of "etc/motd"`);
  });

  test.each([2_097_151, 2_097_152, 2 ** 31, -1])('with a device number of %d', (devmajor) => {
    expect(reread({ kind: 'character', devmajor, devminor: 7 })).toMatchObject({ devmajor, devminor: 7 });
  });

  test('with extended attributes of any bytes', () => {
    const xattrs = xattrRecordsOf({
      'security.capability': Buffer.of(1, 0, 0, 2),
      'user.a': '\n=\n\0',
      'user.b': '',
    });
    const { pax } = reread({ xattrs });
    expect(pax.map(({ key, value }) => [key.toString(), value.toString('latin1')])).toEqual([
      ['SCHILY.xattr.security.capability', '\u0001\0\0\u0002'],
      ['SCHILY.xattr.user.a', '\n=\n\0'],
      ['SCHILY.xattr.user.b', ''],
    ]);
  });
});

describe('extended records are there only where the header cannot say it', () => {
  const inHeader: Record<string, Partial<EntryFields>> = {
    'a name of 100 bytes': { name: bytes(100) },
    'a path that can be divided in two': { name: bytes(256, [155]) },
    'a path of which the last part fits': { name: bytes(200, [50, 120]) },
    'a long directory': { kind: 'directory', name: bytes(255, [155, 254]) },
    'bytes that are not UTF-8': { name: Buffer.from([0xff, 0xfe, 0x80]) },
    'a target of 100 bytes': { kind: 'symlink', linkname: bytes(100) },
    'the largest numbers': { uid: 0o7777777, gid: 0o7777777, mtime: 8 ** 11 - 1, mode: 0o7777 },
    'the first second': { mtime: 0 },
  };
  test.each(Object.entries(inHeader))('not for %s', (_, fields) => {
    expect(header(fields).byteLength).toBe(512);
  });

  const inRecords: Record<string, readonly [string, Partial<EntryFields>]> = {
    'a last part of more than 100 bytes': ['path', { name: bytes(155, [50]) }],
    'a path of 257 bytes': ['path', { name: bytes(257, [155]) }],
    'a path whose parts fit badly': ['path', { name: bytes(256, [30, 156]) }],
    'a target of 101 bytes': ['linkpath', { kind: 'hardlink', linkname: bytes(101) }],
    'a large uid': ['uid', { uid: 0o10000000 }],
    'a large gid': ['gid', { gid: 2 ** 32 - 2 }],
    'a time with a fraction': ['mtime', { mtime: 1.5 }],
    'a time before 1970': ['mtime', { mtime: -1 }],
  };
  test.each(Object.entries(inRecords))('for %s', (_, [key, fields]) => {
    expect(reread(fields).pax.map((record) => record.key.toString())).toEqual([key]);
  });

  test('times have no exponent, and no more digits than they need', () => {
    const times = [1.5, -0.25, 1e-7, 1_700_000_000.123456];
    expect(times.map((mtime) => Number(reread({ mtime }).pax[0]?.value.toString('latin1')))).toEqual(times);
    expect(reread({ mtime: 1.5 }).pax[0]?.value.toString()).toBe('1.5');
    expect(reread({ mtime: 1e-7 }).pax[0]?.value.toString()).toMatch(/^0\.0000001|^0\.00000009/);
  });
});
