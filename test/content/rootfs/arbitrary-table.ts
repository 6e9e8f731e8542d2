import fc from 'fast-check';
import { entryOf, type HeaderFields, paxHeader } from '../../layers/tar.ts';

/** Parts of paths, so few that entries share directories and come twice. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'lib', 'x.py', 'y.pyc', '.wh.a', '.wh..wh..opq', '.whx', 'ü', '\x1b'),
  fc
    .uint8Array({ minLength: 1, maxLength: 9 })
    .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)).toString('latin1')),
);
const directory = fc.constantFrom('a', 'b', 'usr', 'lib', 'é');
const path = fc
  .tuple(fc.array(directory, { maxLength: 4 }), name)
  .map(([directories, last]) => [...directories, last.replaceAll('/', '_')].join('/'))
  .filter((joined) => !/(^|\/)\.{1,2}$/.test(joined) && !/\.wh\.\.{0,2}$/.test(joined));

const id = fc.oneof(fc.constantFrom(0, 1000, 2 ** 32 - 1), fc.nat());
const mtime = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.nat(),
  fc.double({ min: -1e9, max: 4e9, noNaN: true }),
);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc.constant(new Uint8Array(0)),
  fc.nat().map(timestampPyc),
);
const xattrs = fc.oneof(
  fc.constant([]),
  fc.uniqueArray(
    fc.tuple(fc.constantFrom('user.a', 'user.b', 'security.capability'), fc.uint8Array({ maxLength: 20 })),
    {
      maxLength: 3,
      selector: ([key]) => key,
    },
  ),
);

const fields = fc.record({
  mode: fc.nat(0o7777),
  uid: id,
  gid: id,
  devmajor: fc.nat(4095),
  devminor: fc.nat(2 ** 20),
});

/** An entry that a table can have. */
const entry: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom('0', '0', '0', '1', '2', '3', '4', '5', '6'),
    path,
    fields,
    mtime,
    content,
    xattrs,
    path,
  )
  .map(([type, at, numbers, time, data, attributes, linkname]) => {
    const records: [string, string | Uint8Array][] = [
      ['mtime', time.toFixed(9)],
      ...attributes.map(([key, value]): [string, Uint8Array] => [`SCHILY.xattr.${key}`, value]),
    ];
    const target = linkname.replaceAll('.wh.', 'wh');
    const header: HeaderFields = {
      ...numbers,
      name: Buffer.from(at, 'latin1'),
      type,
      linkname: type === '1' || type === '2' ? Buffer.from(target, 'latin1') : '',
    };
    return Buffer.concat([paxHeader(records), entryOf(header, type === '0' ? data : undefined)]);
  });

/** Entries of a layer that has nothing to refuse. */
export const layerEntries: fc.Arbitrary<Buffer[]> = fc.array(entry, { maxLength: 40 });

/** A compiled Python file whose source is of `mtime`: https://peps.python.org/pep-0552/ */
export function timestampPyc(mtime: number): Buffer {
  const bytes = Buffer.alloc(200, 'code');
  bytes.set([0xcb, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0]);
  bytes.writeUInt32LE(mtime >>> 0, 8);
  return bytes;
}
