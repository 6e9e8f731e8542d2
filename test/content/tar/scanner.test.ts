import { Readable } from 'node:stream';
import fc from 'fast-check';
import { extract, type Header, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { TarScanner } from '../../../src/content/tar/scanner.ts';
import { scan } from './scan.ts';

/** A header block, as plain as can be; `fields` overwrites bytes at offsets, then the checksum is set. */
function block(
  name: string,
  type: string,
  size: number,
  fields: Record<number, string | Buffer> = {},
): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(name, 0);
  bytes.write('0000644\0', 100);
  bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  bytes.write(type, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  for (const [at, value] of Object.entries(fields)) bytes.set(Buffer.from(value), Number(at));
  return summed(bytes);
}

function summed(bytes: Buffer, signed = false): Buffer {
  bytes.fill(' ', 148, 156);
  const sum = [...(signed ? new Int8Array(bytes) : bytes)].reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

const padded = (text: string | Buffer): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.byteLength % 512)) % 512)]);
};
const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};
const pax = (type: 'x' | 'g', ...records: string[]): Buffer[] => {
  const body = Buffer.from(records.join(''));
  return [block('pax', type, body.byteLength), padded(body)];
};
const end = Buffer.alloc(1024);

/** tar-stream's streams are iterable; its types do not say so. */
async function gather(stream: object): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a scanner', () => {
  it('reads what tar-stream writes, and as tar-stream reads it, in chunks of any size', async () => {
    const name = fc
      .array(fc.stringMatching(/^[a-zé .-]{1,60}$/), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join('/'));
    const entry = fc.record({
      name,
      type: fc.constantFrom('file', 'file', 'file', 'directory', 'symlink', 'link'),
      linkname: name,
      mode: fc.nat(0o7777),
      uid: fc.oneof(fc.nat(0o7777777), fc.nat(2 ** 31 - 1)),
      gid: fc.nat(0o7777777),
      // tar-stream keeps times in 32 bits.
      mtime: fc.nat(2 ** 31 - 1),
      uname: fc.stringMatching(/^[a-z]{0,20}$/),
      content: fc.uint8Array({ maxLength: 2000 }),
      pax: fc.dictionary(
        fc.stringMatching(/^SCHILY\.xattr\.[a-z]{1,8}$/),
        fc.stringMatching(/^[ -~]{1,50}$/),
      ),
    });
    const sizes = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.constant(100_000)));
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), sizes, async (wanted, chunkSizes) => {
        const packing = pack();
        for (const { content, mtime, ...header } of wanted) {
          const plain = header.type === 'file';
          const headers = { ...header, mtime: new Date(mtime * 1000), size: plain ? content.byteLength : 0 };
          if (plain) packing.entry(headers, Buffer.from(content));
          else packing.entry(headers);
        }
        packing.finalize();
        const tar = await gather(packing);
        const theirs: { headers: Header; content: Buffer }[] = [];
        for await (const read of Readable.from([tar]).pipe(extract())) {
          theirs.push({ headers: read.header, content: await gather(read) });
        }
        const chunks: Buffer[] = [];
        for (let at = 0; at < tar.byteLength; ) {
          const size = chunkSizes.next().value;
          chunks.push(tar.subarray(at, at + size));
          at += size;
        }
        const ours = scan(chunks);
        const linked = {
          file: 'file',
          directory: 'directory',
          symlink: 'symlink',
          hardlink: 'link',
        } as const;
        expect(
          ours.entries.map((entry, at) => ({
            name: entry.path.replace(/\/$/, ''),
            type: linked[entry.kind as keyof typeof linked],
            linkname: entry.linkname.toString() || null,
            mode: entry.mode & 0o7777,
            uid: entry.uid,
            gid: entry.gid,
            mtime: entry.mtime,
            uname: entry.uname.toString(),
            size: entry.size,
            content: ours.contents[at],
          })),
        ).toEqual(
          theirs.map(({ headers, content }) => ({
            name: headers.name.replace(/\/$/, ''),
            type: headers.type,
            linkname: headers.linkname ?? null,
            mode: (headers.mode ?? 0) & 0o7777,
            uid: headers.uid,
            gid: headers.gid,
            mtime: (headers.mtime as Date).getTime() / 1000,
            uname: headers.uname,
            size: headers.size,
            content,
          })),
        );
        expect(theirs).toHaveLength(wanted.length);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a checksum that was made of signed bytes', () => {
    const name = Buffer.from([0xe9, 0x74, 0xe9]);
    const header = summed(block('x', '0', 0, { 0: name }), true);
    expect(scan([header, end]).entries[0]?.name).toEqual(name);
  });

  it('takes an archive of the year 1979, where only a slash makes a directory', () => {
    const v7 = (name: string): Buffer => block(name, '\0', 0, { 257: Buffer.alloc(8) });
    expect(scan([v7('bin/'), v7('bin/sh'), end]).entries.map(({ kind }) => kind)).toEqual([
      'directory',
      'file',
    ]);
  });

  it('looks at nothing after two blocks of zeros', () => {
    const rest = Buffer.from('not a tar header'.repeat(100));
    const { entries, archiveBytes } = scan([block('a', '0', 0), end, rest]);
    expect(entries).toHaveLength(1);
    expect(archiveBytes).toBe(512 + 1024);
  });

  it('ends without end blocks, and without the padding of the last entry', () => {
    expect(scan([block('a', '0', 3), Buffer.from('abc')]).contents).toEqual([Buffer.from('abc')]);
    expect(scan([]).entries).toEqual([]);
  });

  it('hands data on without copying it', () => {
    const archive = Buffer.concat([block('a', '0', 4), padded('data'), end]);
    const parts: Buffer[] = [];
    new TarScanner('test.tar', [{ data: (part) => parts.push(part) }]).push(archive);
    expect(parts.map((part) => part.buffer === archive.buffer)).toEqual([true]);
  });

  it('lets a file that a PAX header calls large carry as much as it says', () => {
    const header = block('big', '0', 0);
    const found = scan([
      ...pax('x', record('size', '600'), record('mtime', '-1.5')),
      header,
      Buffer.alloc(1024),
      block('b', '0', 0),
      end,
    ]);
    expect(found.entries.map(({ path, size, mtime }) => ({ path, size, mtime }))).toEqual([
      { path: 'big', size: 600, mtime: -1.5 },
      { path: 'b', size: 0, mtime: 0 },
    ]);
  });

  it('lets an own PAX record win over a global one, and an empty one say nothing', () => {
    const found = scan([
      ...pax('g', record('uid', '7'), record('gid', '8')),
      ...pax('x', record('uid', '9'), record('path', '')),
      block('a', '0', 0),
      block('b', '0', 0),
      end,
    ]);
    expect(found.entries.map(({ path, uid, gid, start }) => ({ path, uid, gid, start }))).toEqual([
      { path: 'a', uid: 9, gid: 8, start: 1024 },
      { path: 'b', uid: 7, gid: 8, start: 2560 },
    ]);
  });

  it('lets the second of two PAX headers count, and a GNU long name beat both', () => {
    const found = scan([
      ...pax('x', record('path', 'first'), record('uid', '1')),
      block('long', 'L', 5, { 257: 'ustar  \0' }),
      padded('long\0'),
      ...pax('x', record('path', 'second')),
      block('short', '0', 0),
      end,
    ]);
    expect(found.entries.map(({ path, uid }) => ({ path, uid }))).toEqual([{ path: 'long', uid: 0 }]);
  });

  it('skips data that a link or directory does not have', () => {
    const found = scan([
      block('dir/', '5', 4096),
      block('link', '1', 700, { 157: 'a' }),
      block('b', '0', 0),
      end,
    ]);
    expect(found.entries.map(({ path, size, dataBytes }) => ({ path, size, dataBytes }))).toEqual([
      { path: 'dir/', size: 4096, dataBytes: 0 },
      { path: 'link', size: 700, dataBytes: 0 },
      { path: 'b', size: 0, dataBytes: 0 },
    ]);
  });
});

describe('a scanner refuses', () => {
  const base256 = (first: number): Buffer =>
    Buffer.from([first, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);
  const wrong = block('a', '0', 0);
  wrong[0] = 0x62;
  const cases: [what: string, chunks: Buffer[], message: RegExp][] = [
    ['a wrong checksum', [block('x', '0', 0), wrong], /byte 512, .*checksum/],
    ['what is no tar at all', [Buffer.from('hello world '.repeat(100))], /byte 0, .*checksum/],
    [
      'a negative size',
      [block('a', '0', 0, { 124: Buffer.alloc(12, 0xff) })],
      /byte 0, its size is negative/,
    ],
    ['a size beyond 2^53', [block('a', '0', 0, { 124: base256(0x80) })], /its size is no number/],
    [
      'a size in PAX beyond 2^53',
      [...pax('x', record('size', '9'.repeat(17))), block('a', '0', 0)],
      /malformed size/,
    ],
    ['a negative size in PAX', [...pax('x', record('size', '-1')), block('a', '0', 0)], /malformed size/],
    ['a number with a space in it', [block('a', '0', 0, { 108: '123 456\0' })], /its uid is no number/],
    ['a number with other letters', [block('a', '0', 0, { 108: '0000888\0' })], /its uid is no number/],
    [
      'a NUL in a PAX path',
      [...pax('x', record('path', 'a\0b')), block('a', '0', 0)],
      /byte 0, .*malformed path/,
    ],
    ['a PAX record of a wrong length', [...pax('x', '99 path=a\n'), block('a', '0', 0)], /malformed record/],
    ['a PAX record without a key', [...pax('x', '5 =a\n'), block('a', '0', 0)], /malformed record/],
    ['a PAX header over 1 MiB', [block('x', 'x', 1024 * 1024 + 1)], /1048577 bytes, over 1 MiB/],
    ['a long name over 1 MiB', [block('x', 'L', 2 ** 33 - 1)], /over 1 MiB/],
    ['a header after a zero block', [end.subarray(512), block('a', '0', 0)], /byte 512, a header follows/],
    [
      'an end within data',
      [block('a "b"', '0', 9), Buffer.from('12345')],
      /byte 517, it ends 4 bytes before the end of "a \\"b\\""/,
    ],
    ['an end within a header', [block('a', '0', 0).subarray(0, 300)], /byte 300, it ends within a header/],
    ['an end within a PAX header', [block('x', 'x', 90), Buffer.from('9')], /it ends within a header/],
  ];

  it.each(cases)('%s', (_, chunks, message) => {
    expect(() => scan(chunks)).toThrow(message);
    expect(() => scan(chunks)).toThrow(expect.objectContaining({ kind: 'input', code: 'bad-tar' }));
  });

  it('global PAX headers that pile up', () => {
    const comment = pax('g', record('comment', 'x'.repeat(700_000)));
    expect(scan([...comment, block('a', '0', 0), end]).entries).toHaveLength(1);
    expect(() => scan([...comment, ...comment])).toThrow(/global PAX headers come to more than 1 MiB/);
    const short = Array.from({ length: 2_100 }, () => pax('g', record('a', 'b')));
    expect(() => scan(short.flat())).toThrow(/global PAX headers come to more than 1 MiB/);
  });

  it('nothing else than with bad-tar, whatever byte of an archive is changed', () => {
    const archive = Buffer.concat([
      ...pax('x', record('path', 'some/where'), record('mtime', '12.5')),
      block('short', '0', 5),
      padded('hello'),
      block('long', 'K', 5, { 257: 'ustar  \0' }),
      padded('link\0'),
      block('ln', '2', 0),
      end,
    ]);
    fc.assert(
      fc.property(
        fc.nat(archive.byteLength - 1),
        fc.nat(255),
        fc.nat(archive.byteLength),
        (at, byte, cut) => {
          const damaged = Buffer.from(archive.subarray(0, cut));
          if (at < cut) damaged[at] = byte;
          try {
            scan([damaged]);
          } catch (error) {
            expect(error).toMatchObject({ code: 'bad-tar' });
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
