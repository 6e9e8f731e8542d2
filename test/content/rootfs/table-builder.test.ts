import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { entryOf, paxHeader } from '../../layers/tar.ts';
import { timestampPyc } from './arbitrary-table.ts';
import { rowsOf, tableOfTar } from './made-table.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) >> 7));
const hex = (digest: Digest) => digest.slice('sha256:'.length);

describe('a table of a layer', () => {
  test('has what each entry says, and digests of contents', () => {
    const table = tableOfTar([
      entryOf({ name: 'usr/', type: '5', mode: 0o41755, uid: 1, gid: 2, mtime: 7 }),
      entryOf({ name: 'usr/a', mode: 0o104711, mtime: 8 }, content),
      entryOf({ name: 'usr/empty' }),
      entryOf({ name: 'usr/link', type: '2', linkname: '../a//b/' }),
      entryOf({ name: 'usr/hard', type: '1', linkname: './usr//a' }),
      entryOf({ name: 'dev/null', type: '3', devmajor: 1, devminor: 3 }),
      entryOf({ name: 'dev/disk', type: '4', devmajor: 259, devminor: 1_048_575 }),
      entryOf({ name: 'run/pipe', type: '6' }),
      entryOf({ name: 'etc/.wh.passwd' }),
      entryOf({ name: 'etc/x/.wh..wh..opq' }),
    ]);
    expect(rowsOf(table)).toMatchObject([
      { path: 'usr', kind: 'directory', mode: 0o1755, uid: 1, gid: 2, mtime: 7, bytes: 0 },
      {
        path: 'usr/a',
        kind: 'file',
        mode: 0o4711,
        bytes: 300_000,
        digest: hex(digestOf(content)),
        dataStart: 1024,
      },
      { path: 'usr/empty', kind: 'file', bytes: 0, digest: hex(digestOf('')) },
      { path: 'usr/link', kind: 'symlink', target: '../a//b/' },
      { path: 'usr/hard', kind: 'hardlink', target: 'usr/a' },
      { path: 'dev/null', kind: 'character', devmajor: 1, devminor: 3 },
      { path: 'dev/disk', kind: 'block', devmajor: 259, devminor: 1_048_575 },
      { path: 'run/pipe', kind: 'fifo' },
      { path: 'etc/passwd', kind: 'whiteout' },
      { path: 'etc/x', kind: 'opaque' },
    ]);
  });

  test('is the same whatever the chunks', () => {
    const parts = [
      entryOf({ name: 'a' }, content),
      entryOf({ name: 'a.pyc' }, timestampPyc(99)),
      paxHeader([['mtime', '5.25']]),
      entryOf({ name: 'b' }),
    ];
    const whole = rowsOf(tableOfTar(parts));
    for (const chunkBytes of [1, 513, 65_536]) expect(rowsOf(tableOfTar(parts, chunkBytes))).toEqual(whole);
    expect(whole[1]).toMatchObject({
      pyc: { sourceMtime: 99, maskedDigest: hex(digestOf(timestampPyc(0))) },
    });
    expect(whole[2]).toMatchObject({ mtime: 5.25 });
  });
});
