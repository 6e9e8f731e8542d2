/** Entries that readers of layers disagree on, or refuse. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../../../src/content/image/digest.ts';
import { decodeTable, encodeTable } from '../../../src/content/rootfs/table-codec.ts';
import {
  base256,
  entryOf,
  gnuLong,
  type HeaderFields,
  magics,
  type PaxRecords,
  paxHeader,
} from '../../layers/tar.ts';
import { rowsOf, tableOfTar } from './made-table.ts';

const fixtures = new URL('../../fixtures/layers/', import.meta.url);
const rowOf = (...entries: Buffer[]) => rowsOf(tableOfTar(entries))[0];
const named = (name: string, fields: Partial<HeaderFields> = {}) =>
  Buffer.concat([gnuLong('L', Buffer.from(name, 'latin1')), entryOf({ name: 'x', ...fields })]);
const pax = (records: PaxRecords, fields: Partial<HeaderFields> = {}, data?: Uint8Array) => [
  paxHeader(records),
  entryOf({ name: 'usr/x', ...fields }, data),
];

describe('paths', () => {
  test.each([
    ['./usr/x', 'usr/x'],
    ['/usr/x', 'usr/x'],
    ['//usr///x', 'usr/x'],
    ['././usr/./x', 'usr/x'],
    ['usr/...', 'usr/...'],
    ['usr/caf\xe9', 'usr/caf\xe9'],
    ['usr/__proto__', 'usr/__proto__'],
    [`usr/${'n'.repeat(255)}`, `usr/${'n'.repeat(255)}`],
    ['usr/.whx', 'usr/.whx'],
  ])('%s is %s', (name, path) => expect(rowOf(named(name))).toMatchObject({ path, kind: 'file' }));

  test.each([['./'], ['.'], ['/'], ['']])('%j, a directory, is the root', (name) => {
    expect(rowOf(entryOf({ name, type: '5' }))).toMatchObject({ path: '', kind: 'directory' });
  });

  test('of a directory lose the slash at their end', () => {
    expect(rowOf(named('a/b//', { type: '5' }))).toMatchObject({ path: 'a/b', kind: 'directory' });
    expect(rowOf(entryOf({ name: 'old/', type: '\0', magic: magics.v7 }))).toMatchObject({
      path: 'old',
      kind: 'directory',
    });
  });

  test('over 4,095 bytes, which no node can unpack, are refused; of that many they are kept', () => {
    const long = `${'d'.repeat(99)}/`.repeat(41).slice(0, 4095);
    expect(rowOf(named(long))).toMatchObject({ path: long });
    expect(() => tableOfTar([named(`x${long}x`)])).toThrow(/a path of 4097 bytes/);
  });
});

/** With a name of one byte in it, as long as a path may be. */
const deepest = `${'d'.repeat(99)}/`.repeat(41).slice(-4094);

describe('whiteouts', () => {
  test.each([
    ['etc/.wh.passwd', { path: 'etc/passwd', kind: 'whiteout' }],
    ['.wh.etc', { path: 'etc', kind: 'whiteout' }],
    ['etc/.wh..wh..opq', { path: 'etc', kind: 'opaque' }],
    ['.wh..wh..opq', { path: '', kind: 'opaque' }],
    ['./a/b/.wh..wh..opq/', { path: 'a/b', kind: 'opaque' }],
    // As containerd has them: whiteouts of names that cannot be.
    ['.wh..wh.plnk', { path: '.wh.plnk', kind: 'whiteout' }],
    ['.wh..wh..opqx', { path: '.wh..opqx', kind: 'whiteout' }],
    ['.wh..bashrc', { path: '.bashrc', kind: 'whiteout' }],
    [`a/.wh.${'n'.repeat(255)}`, { path: `a/${'n'.repeat(255)}`, kind: 'whiteout' }],
    [`a/.wh.${'n'.repeat(255)}/./`, { path: `a/${'n'.repeat(255)}`, kind: 'whiteout' }],
    [`${deepest}.wh.n`, { path: `${deepest}n`, kind: 'whiteout' }],
  ])('%s', (name, row) => expect(rowOf(named(name))).toMatchObject(row));

  test.each(['0', '1', '2', '3', '5', '6', '7', 'D'])('are what their name says, of type %s too', (type) => {
    expect(
      rowOf(
        entryOf(
          { name: 'a/.wh.b', type, linkname: '../..', devmajor: -1 },
          Buffer.alloc(type === '0' ? 600 : 0),
        ),
      ),
    ).toMatchObject({
      path: 'a/b',
      kind: 'whiteout',
      bytes: 0,
      target: '',
    });
  });
});

describe('what is refused, with layer and path', () => {
  test.each<[string, Buffer[], RegExp]>([
    ['".." in a path', [named('a/../b')], /"a\/\.\.\/b" has "\.\." in its path/],
    [
      '".." in the target of a hard link',
      [named('a', { type: '1', linkname: '../b' })],
      /"a" is a hard link .* "\.\."/,
    ],
    ['a hard link to the root', [named('a', { type: '1', linkname: './' })], /hard link to the root/],
    [
      'a hard link to a whiteout',
      [named('a', { type: '1', linkname: 'b/.wh.c' })],
      /hard link to a whiteout/,
    ],
    ['a symbolic link to nothing', [named('a', { type: '2' })], /target, of 0 bytes/],
    ['a name of 256 bytes', [named(`a/${'n'.repeat(256)}`)], /a name of 256 bytes/],
    ['a whiteout of a name of 256 bytes', [named(`.wh.${'n'.repeat(256)}`)], /a name of 260 bytes/],
    ['a whiteout of a path of 4,096 bytes', [named(`${deepest}.wh.nn`)], /a path of 4100 bytes/],
    ['a name of 256 bytes above a whiteout', [named(`${'n'.repeat(256)}/.wh.x`)], /a name of 256 bytes/],
    ['a root that is a file', [named('./')], /is the root, and a file/],
    ['a file without a name', [entryOf({ name: '' })], /is the root, and a file/],
    ['a whiteout of no name', [named('a/.wh.')], /whiteout of nothing/],
    ['a whiteout of "."', [named('.wh..')], /whiteout of nothing/],
    ['a whiteout of ".."', [named('a/.wh...')], /whiteout of nothing/],
    ['a file in a whiteout', [named('.wh..wh.plnk/1.2')], /name is that of a whiteout/],
    ['a whiteout in a whiteout', [named('a/.wh.b/.wh.c')], /name is that of a whiteout/],
    ['an opaque whiteout', [named('a/.wh.b/.wh..wh..opq')], /name is that of a whiteout/],
    ['an owner beyond 32 bits', [named('a', { uid: base256(2n ** 32n, 8) })], /belongs to 4294967296:0/],
    ['a negative owner', [named('a', { gid: base256(-1n, 8) })], /belongs to 0:-1/],
    [
      'a device beyond 32 bits',
      [named('a', { type: '3', devminor: base256(2n ** 32n, 8) })],
      /the numbers 0:4294967296/,
    ],
    ['a contiguous file', [named('a', { type: '7' })], /type "7"/],
    ['a dump directory', [named('a', { type: 'D' })], /type "D"/],
    ['a volume label', [named('a', { type: 'V' })], /type "V"/],
    ['an extended attribute without a name', pax([['SCHILY.xattr.', 'x']]), /extended attribute/],
    [
      'an extended attribute with NUL in its name',
      pax([['SCHILY.xattr.user.\0', 'x']]),
      /extended attribute/,
    ],
    [
      'a global header, which tar applies and nodes do not',
      [paxHeader([['comment', 'commit']], 'g'), named('a')],
      /comes after a global PAX header/,
    ],
    [
      'a sparse file whose map is in its header',
      pax([
        ['GNU.sparse.map', '0,1'],
        ['GNU.sparse.size', '9'],
      ]),
      /sparse file of a form/,
    ],
    [
      'a PAX header that says a path and then none',
      pax([
        ['path', 'a'],
        ['path', ''],
      ]),
      /says "path" and then nothing of it/,
    ],
  ])('%s', (_, entries, message) => {
    const read = () => tableOfTar(entries);
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: 'odd-layer', message: expect.stringMatching(/^layer made cannot/) }),
    );
  });

  test('a sparse file of GNU tar’s own type, made by it', () => {
    const tar = gunzipSync(
      readFileSync(new URL('../../fixtures/soci/fail-gnu-sparse/layer.tar.gz', import.meta.url)),
    );
    expect(() => tableOfTar([tar])).toThrow(/type "S", which nodes do not unpack/);
  });

  test('with nothing in the message that a terminal would act on', () => {
    expect(() => tableOfTar([named('\x1b[2J/../\u202ex')])).toThrow(/^[^\p{Cc}\p{Cf}]+$/u);
  });
});

test('a sparse file of form 1.0 has the digest of what is in the archive, and its size with the holes', () => {
  const data = Buffer.alloc(1024, 'map and data');
  const records: PaxRecords = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 'usr/holes'],
    ['GNU.sparse.realsize', '1000000'],
  ];
  expect(rowOf(...pax(records, {}, data))).toMatchObject({
    path: 'usr/holes',
    isSparse: true,
    bytes: 1_000_000,
    digest: digestHex(digestOf(data)),
  });
});

test('a hard link with a size has no data', () => {
  const rows = rowsOf(
    tableOfTar([entryOf({ name: 'a', type: '1', linkname: '/b/', size: 600 }), entryOf({ name: 'c' })]),
  );
  expect(rows).toMatchObject([{ kind: 'hardlink', target: 'b', bytes: 0 }, { path: 'c' }]);
});

describe('extended attributes', () => {
  test('are those that nodes read, by name, the last of two, with any bytes', () => {
    const records: PaxRecords = [
      ['SCHILY.xattr.user.b', 'first'],
      ['SCHILY.xattr.user.b', 'a=b\nc'],
      ['LIBARCHIVE.xattr.user.c', 'dGhyZWU='],
      ['SCHILY.xattr.security.capability', Buffer.of(1, 0, 0xff)],
      ['comment', 'no'],
    ];
    expect(rowOf(...pax(records))?.xattrs).toBe('27 security.capability=\x01\0\xff\n16 user.b=a=b\nc\n');
  });

  test('that say the same are one', () => {
    const table = tableOfTar([
      ...pax([
        ['SCHILY.xattr.user.a', '1'],
        ['SCHILY.xattr.user.b', '2'],
      ]),
      ...pax([
        ['SCHILY.xattr.user.b', '2'],
        ['SCHILY.xattr.user.a', '1'],
      ]),
    ]);
    expect(table.xattrs(0).equals(table.xattrs(1))).toBe(true);
    expect(table.xattrs(0).byteOffset).toBe(table.xattrs(1).byteOffset);
  });
});

describe('a compiled Python file', () => {
  const pyc = (mtime: number, flags = 0) => {
    const bytes = Buffer.alloc(64, 'code');
    bytes.set([0xa7, 0x0d, 0x0d, 0x0a, flags, 0, 0, 0]);
    bytes.writeUInt32LE(mtime, 8);
    return bytes;
  };
  const found = (name: string, data: Buffer) => rowOf(entryOf({ name }, data))?.pyc;

  test('that names its source’s time has a digest without it', () => {
    const [a, b] = [found('a.pyc', pyc(7)), found('b.pyc', pyc(4_000_000_000))];
    expect(a).toEqual({ sourceMtime: 7, maskedDigest: digestHex(digestOf(pyc(0))) });
    expect(b).toEqual({ sourceMtime: 4_000_000_000, maskedDigest: a?.maskedDigest });
  });

  test('by hash, short, of another magic or another name has none', () => {
    expect(found('a.pyc', pyc(7, 1))).toBeUndefined();
    expect(found('a.pyc', pyc(7).subarray(0, 15))).toBeUndefined();
    expect(found('a.pyc', Buffer.alloc(64, 'text'))).toBeUndefined();
    expect(found('a.pyo', pyc(7))).toBeUndefined();
    expect(found('a.pyc', pyc(7).subarray(0, 16))).toBeDefined();
  });
});

test.each(readdirSync(fixtures).filter((name) => name.startsWith('tar-')))(
  'the layer %s has a table, or is refused for what is odd in it',
  async (name) => {
    const tar = gunzipSync(readFileSync(new URL(`${name}/layer.tar.gz`, fixtures)));
    const table = tableOrRefusal(tar);
    if (table instanceof Error) expect(table).toMatchObject({ code: 'odd-layer', hint: expect.any(String) });
    else expect(rowsOf(await decodeTable(await encodeTable(table), 'table'))).toEqual(rowsOf(table));
  },
);

function tableOrRefusal(tar: Buffer) {
  try {
    return tableOfTar([tar]);
  } catch (error) {
    return error as Error;
  }
}
