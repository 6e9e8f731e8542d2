/** What tar archives hold that readers get wrong: each trait makes some entries that show it. */
import { type ContentKind, contentOf } from './content.ts';
import type { Random } from './random.ts';
import {
  type Bytes,
  base256,
  entryOf,
  gnuLong,
  type HeaderFields,
  headerBlock,
  magics,
  type PaxRecords,
  padded,
  paxHeader,
  summed,
} from './tar.ts';

export interface TraitContext {
  readonly random: Random;
  /** A path that no other entry has. */
  name(): string;
}

/** Gives entries whole: headers, data, padding. */
type Trait = (context: TraitContext) => Buffer[];

const contentKinds: readonly ContentKind[] = ['zeros', 'noise', 'text', 'runs', 'mixed'];

/** A file of at most so many bytes, its size often beside a boundary of blocks. */
export function anyFile(
  { random, name }: TraitContext,
  most: number,
  fields: Partial<HeaderFields> = {},
): Buffer {
  const size = random.once(3)
    ? Math.min(most, random.pick([0, 1, 511, 512, 513, 1024]))
    : random.integer(most + 1);
  return entryOf({ name: name(), ...fields }, contentOf(random, random.pick(contentKinds), size));
}

const times = (count: number, make: (at: number) => Buffer): Buffer[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** A file with a PAX header before it. */
const paxFile = (context: TraitContext, records: PaxRecords, fields: Partial<HeaderFields> = {}): Buffer =>
  Buffer.concat([paxHeader(records), anyFile(context, 2000, fields)]);

/** Those that soci makes zTOCs of. */
const readable = {
  basic: (context) => [
    entryOf({ name: `${context.name()}/`, type: '5', mode: 0o755 }),
    ...times(4, () => anyFile(context, 5000)),
    anyFile(context, 5000, { mode: 0o4755, uname: 'root', gname: 'wheel', uid: 1000, gid: 1000 }),
    anyFile(context, 300, { name: `./${context.name()}` }),
  ],
  links: (context) => {
    const [target, other] = [context.name(), context.name()];
    return [
      anyFile(context, 3000, { name: target }),
      entryOf({ name: other, type: '1', linkname: target }),
      entryOf({ name: `./${context.name()}`, type: '1', linkname: `./${other}` }),
      entryOf({ name: context.name(), type: '2', linkname: '../../no/such/file', mode: 0o777 }),
      entryOf({ name: context.name(), type: '2', linkname: 'l'.repeat(100) }),
      entryOf({ name: context.name(), type: '2', linkname: '' }),
    ];
  },
  'special-files': (context) => [
    entryOf({ name: context.name(), type: '3', devmajor: 1, devminor: 3, mode: 0o666 }),
    entryOf({ name: context.name(), type: '4', devmajor: 259, devminor: 1048575 }),
    entryOf({ name: context.name(), type: '6' }),
    entryOf({ name: context.name(), type: '3', devmajor: 2 ** 31, devminor: 2 ** 33 }),
    // Files have no device numbers, but the fields may be filled.
    anyFile(context, 10, { devmajor: 7, devminor: 9 }),
  ],
  whiteouts: (context) => [
    anyFile(context, 0, { name: `gone/.wh.${context.name().replaceAll('/', '-')}` }),
    entryOf({ name: 'gone/.wh..wh..opq' }),
    entryOf({ name: 'gone/.wh..wh.plnk/', type: '5' }),
  ],
  'pax-names': (context) => {
    const long = `${context.name()}/${'é'.repeat(60)}/${'n'.repeat(context.random.between(1, 4000))}`;
    return [
      paxFile(context, [['path', long]]),
      Buffer.concat([
        paxHeader([
          ['path', `${long}.link`],
          ['linkpath', long],
        ]),
        entryOf({ name: 'short', type: '2', linkname: 'short' }),
      ]),
      Buffer.concat([paxHeader([['path', `${long}.folder/`]]), entryOf({ name: 'folder', type: '5' })]),
      paxFile(context, [
        ['path', context.name()],
        ['uname', 'jörg'],
        ['gname', 'g'.repeat(40)],
      ]),
      paxFile(context, [
        ['path', `/${context.name()}`],
        ['comment', 'nothing to see'],
      ]),
    ];
  },
  'empty-pax-records': (context) => [
    paxFile(
      context,
      [
        ['path', ''],
        ['uname', ''],
        ['mtime', ''],
      ],
      { uname: 'header', mtime: 12345 },
    ),
    paxFile(
      context,
      [
        ['size', ''],
        ['uid', ''],
        ['SCHILY.xattr.user.empty', ''],
      ],
      { uid: 77 },
    ),
    paxFile(context, []),
  ],
  'pax-xattrs': (context) => [
    paxFile(context, [
      ['SCHILY.xattr.user.b', 'two'],
      ['SCHILY.xattr.security.capability', Buffer.from('0100000200240000000000000000000000000000', 'hex')],
      ['LIBARCHIVE.xattr.user.c', 'dGhyZWU='],
      ['SCHILY.xattr.user.a', 'line\nline'],
    ]),
    paxFile(context, [['SCHILY.xattr.user.noise', context.random.bytes(context.random.between(1, 500))]]),
    paxFile(context, [
      ['ZZ', 'last'],
      ['aa', 'lower'],
      ['AA', 'upper'],
      ['é', 'beyond'],
    ]),
    paxFile(context, [
      ['SCHILY.xattr.user.twice', 'first'],
      ['SCHILY.xattr.user.twice', 'second'],
      ['path', 'first'],
      ['path', context.name()],
    ]),
    paxFile(context, [
      ['hdrcharset', 'BINARY'],
      ['charset', 'x'],
      ['atime', '1.5'],
      ['ctime', '2.25'],
    ]),
  ],
  'two-pax-headers': (context) => [
    Buffer.concat([
      paxHeader([
        ['path', 'lost'],
        ['SCHILY.xattr.user.lost', '1'],
      ]),
      paxFile(context, [['uname', 'kept']]),
    ]),
    Buffer.concat([paxHeader([['path', 'beaten']]), gnuLong('L', context.name()), anyFile(context, 100)]),
    Buffer.concat([
      gnuLong('L', context.name()),
      paxHeader([
        ['path', 'beaten too'],
        ['linkpath', 'beaten'],
      ]),
      gnuLong('K', 'target'),
      entryOf({ name: 'x', type: '2' }),
    ]),
    Buffer.concat([gnuLong('L', 'first'), gnuLong('L', context.name()), anyFile(context, 100)]),
  ],
  'gnu-long-names': (context) => {
    const long = `${context.name()}/${'g'.repeat(context.random.between(95, 600))}`;
    return [
      Buffer.concat([gnuLong('L', long), anyFile(context, 2000, { name: long, magic: magics.gnu })]),
      Buffer.concat([
        gnuLong('K', long),
        gnuLong('L', `${long}.link`),
        entryOf({ name: long, type: '2', linkname: long, magic: magics.gnu }),
      ]),
      Buffer.concat([
        gnuLong('L', Buffer.from(`${long}-é\xff`, 'latin1')),
        anyFile(context, 20, { magic: magics.gnu }),
      ]),
      Buffer.concat([gnuLong('L', `${long}/`), entryOf({ name: long, type: '5', magic: magics.gnu })]),
    ];
  },
  'ustar-prefix': (context) => [
    anyFile(context, 500, { prefix: 'prefix/of/the/name' }),
    anyFile(context, 500, { prefix: 'p'.repeat(155), name: 'n'.repeat(100) }),
    anyFile(context, 5, { prefix: 'before', magic: 'ustar\0' }),
    anyFile(context, 5, {
      prefix: 'star/prefix',
      patches: { 508: 'tar\0', 476: '00000000000\0', 488: '00000000000\0' },
    }),
    anyFile(context, 5, { prefix: 'gnu/has/times/here', magic: magics.gnu }),
    anyFile(context, 5, { magic: magics.gnu, patches: { 345: '14000000000\0', 357: '14000000001\0' } }),
  ],
  mtimes: (context) => [
    anyFile(context, 10, { mtime: 0 }),
    anyFile(context, 10, { mtime: 0o77777777777 }),
    anyFile(context, 10, { mtime: -1 }),
    anyFile(context, 10, { mtime: base256(-62_135_596_800n + 5n, 12) }),
    ...[
      '1700000000.123456789',
      '1700000000.5',
      '0.000000001',
      '-1.25',
      '-0.5',
      '1700000000.',
      '1700000000.100',
      '1.1234567891234',
      '253402300799.999999999',
    ].map((mtime) => paxFile(context, [['mtime', mtime]])),
  ],
  'large-ids': (context) => [
    anyFile(context, 10, { uid: 2 ** 31 - 1, gid: 2 ** 32 - 1 }),
    paxFile(context, [
      ['uid', '4294967295'],
      ['gid', '2147483648'],
    ]),
    anyFile(context, 10, { uid: 0o7777777, gid: 0o10000000 }),
  ],
  'number-forms': (context) => [
    anyFile(context, 10, { mode: ' 644 \0', uid: '   1750\0', gid: '1750\0\0\0\0' }),
    anyFile(context, 10, { mode: '0000644 ', mtime: '14000000000 ', uid: '00001750' }),
    anyFile(context, 10, { mode: '', uid: '', gid: '        ', mtime: '' }),
    entryOf({ name: context.name(), size: base256(700n, 12) }, Buffer.alloc(700, 'b')),
    entryOf({ name: context.name(), size: '1274\0\0\0\0\0\0\0\0' }, Buffer.alloc(700, 'o')),
    anyFile(context, 10, {
      mode: base256(0o100644n, 8),
      devmajor: '\0\0\0\0\0\0\0\0',
      devminor: '    0 \0 ',
    }),
    anyFile(context, 10, { mode: 0o7777777 }),
  ],
  'pax-sizes': (context) => {
    const data = context.random.bytes(context.random.between(1, 2000));
    return [
      Buffer.concat([
        paxHeader([['size', String(data.byteLength)]]),
        headerBlock({ name: context.name(), size: 0 }),
        padded(data),
      ]),
      Buffer.concat([
        paxHeader([['size', `000${data.byteLength}`]]),
        headerBlock({ name: context.name(), size: 9 }),
        padded(data),
      ]),
    ];
  },
  'non-utf8-names': (context) => [
    anyFile(context, 10, { name: Buffer.from(`${context.name()}-\xe9t\xe9`, 'latin1') }),
    entryOf({ name: Buffer.from(`${context.name()}\xff\xfe/`, 'latin1'), type: '5' }),
    anyFile(context, 10, {
      uname: Buffer.from('j\xf6rg', 'latin1'),
      name: Buffer.from(`${context.name()}\x80`, 'latin1'),
    }),
    entryOf({ name: context.name(), type: '2', linkname: Buffer.from([0xc3, 0x28, 0x01, 0x7f]) }),
    paxFile(context, [['path', Buffer.from(`${context.name()}-\xc0\xaf`, 'latin1')]]),
  ],
  duplicates: (context) => {
    const name = context.name();
    return [
      anyFile(context, 300, { name }),
      anyFile(context, 300, { name: `./${name}` }),
      anyFile(context, 3, { name }),
      entryOf({ name: `${name}/`, type: '5' }),
    ];
  },
  'v7-headers': (context) => [
    anyFile(context, 400, { magic: magics.v7, uname: 'not', gname: 'seen', devmajor: 5 }),
    anyFile(context, 400, { magic: magics.v7, type: '\0' }),
    entryOf({ name: `${context.name()}/`, magic: magics.v7, type: '\0' }),
    entryOf({ name: `${context.name()}/`, type: '0' }),
    entryOf({ name: context.name(), magic: magics.v7, type: '2', linkname: 'somewhere' }),
    anyFile(context, 40, { magic: 'ustar\x0001', uname: 'near', devmajor: 3 }),
    anyFile(context, 40, { magic: 'ustar 00', uname: 'miss', prefix: 'nowhere' }),
  ],
  'odd-names': (context) => [
    anyFile(context, 10, { name: '/' }),
    anyFile(context, 10, { name: '' }),
    entryOf({ name: './', type: '5' }),
    entryOf({ name: '.', type: '5' }),
    anyFile(context, 10, { name: `../${context.name()}` }),
    anyFile(context, 10, { name: `//double//${context.name()}` }),
    anyFile(context, 10, { name: '__proto__' }),
    anyFile(context, 10, { name: 'sp ace\ttab\nline' }),
  ],
  'signed-checksums': (context) => [
    anyFile(context, 10, { name: Buffer.from(`${context.name()}-\xe9`, 'latin1'), signedChecksum: true }),
  ],
  'many-files': (context) =>
    times(context.random.between(100, 600), (at) =>
      anyFile(context, at % 50 === 0 ? 3000 : 60, { uname: 'root', mtime: 1_600_000_000 + at }),
    ),
} satisfies Record<string, Trait>;

/** Those that soci makes zTOCs of which its snapshotter refuses, or cannot read all files through. */
const unmountable = {
  'hardlink-before-target': (context) => {
    const target = context.name();
    return [
      entryOf({ name: context.name(), type: '1', linkname: target }),
      anyFile(context, 300, { name: target }),
    ];
  },
  'mtime-beyond-year-9999': (context) => [
    paxFile(context, [['mtime', '253402300800']]),
    anyFile(context, 10, { mtime: base256(2n ** 40n, 12) }),
    paxFile(context, [['mtime', '-62167219201']]),
  ],
  'ids-beyond-32-bits': (context) => [
    anyFile(context, 10, { uid: base256(2n ** 40n + 5n, 8), gid: base256(-3n, 8) }),
    paxFile(context, [
      ['uid', '99999999999'],
      ['gid', '-1'],
    ]),
  ],
  'sized-links': (context) => [
    headerBlock({ name: context.name(), type: '2', linkname: 'a', size: 1000 }),
    headerBlock({ name: `${context.name()}/`, type: '5', size: 4096 }),
    headerBlock({ name: context.name(), type: '3', size: 3 }),
    headerBlock({ name: context.name(), type: '6', size: 700 }),
    anyFile(context, 2000),
  ],
} satisfies Record<string, Trait>;

/** Those that Go's reader or soci refuses, or that stand for another file than they hold. */
const refused = {
  'pax-global-header': (context) => [
    paxHeader([['comment', 'a commit']], 'g', 'pax_global_header'),
    anyFile(context, 100),
  ],
  'gnu-sparse': (context) => [
    entryOf(
      {
        name: context.name(),
        type: 'S',
        magic: magics.gnu,
        patches: { 386: '00000000000\x0000000000012\0', 483: '00000100000\0' },
      },
      Buffer.alloc(10, 's'),
    ),
  ],
  'contiguous-file': (context) => [anyFile(context, 600, { type: '7' })],
  'vendor-types': (context) => [
    entryOf(
      { name: context.name(), type: context.random.pick(['D', 'M', 'V', 'N', 'A', 'Z', '8']) },
      Buffer.alloc(20, 'v'),
    ),
  ],
  'pax-sparse-0.0': (context) => [
    Buffer.concat([
      paxHeader([
        ['GNU.sparse.size', '4096'],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.offset', '0'],
        ['GNU.sparse.numbytes', '10'],
      ]),
      entryOf({ name: context.name() }, Buffer.alloc(10, 's')),
    ]),
  ],
  'pax-sparse-0.1': (context) => [
    Buffer.concat([
      paxHeader([
        ['GNU.sparse.size', '4096'],
        ['GNU.sparse.numblocks', '1'],
        ['GNU.sparse.name', 'sparse'],
        ['GNU.sparse.map', '0,10'],
      ]),
      entryOf({ name: context.name() }, Buffer.alloc(10, 's')),
    ]),
  ],
  'pax-sparse-1.0': (context) => [
    Buffer.concat([
      paxHeader([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 'sparse'],
        ['GNU.sparse.realsize', '4096'],
      ]),
      entryOf(
        { name: context.name() },
        Buffer.concat([padded(Buffer.from('1\n0\n10\n')), Buffer.alloc(10, 's')]),
      ),
    ]),
  ],
  'wrong-checksum': (context) => {
    const entry = anyFile(context, 100);
    entry[20] = (entry[20] as number) ^ 0x55;
    return [entry];
  },
  'bad-numbers': (context) => [
    headerBlock({
      name: context.name(),
      ...context.random.pick<Partial<HeaderFields>>([
        { size: base256(-1n, 12) },
        { size: base256(2n ** 63n, 12) },
        { uid: '12x4\0' },
        { mode: '9\0' },
        { mode: '123 456\0' },
        { size: '-1\0' },
      ]),
    }),
  ],
  'bad-pax': (context) => [
    context.random.pick<() => Buffer>([
      () => paxFile(context, [['path', 'a\0b']]),
      () => paxFile(context, [['uid', 'x']]),
      () => paxFile(context, [['size', '-5']]),
      () => paxFile(context, [['mtime', 'yesterday']]),
      () =>
        Buffer.concat([entryOf({ name: 'x', type: 'x' }, Buffer.from('99 path=a\n')), anyFile(context, 9)]),
      () => Buffer.concat([entryOf({ name: 'x', type: 'x' }, Buffer.from('no length')), anyFile(context, 9)]),
      () => Buffer.concat([entryOf({ name: 'x', type: 'x' }, Buffer.from('7 =abc\n')), anyFile(context, 9)]),
      () => paxFile(context, [['SCHILY.xattr.nul\0key', 'v']]),
      () => paxFile(context, [['size', '12345678901234567890']]),
    ])(),
  ],
  'zero-block-inside': (context) => [Buffer.alloc(512), anyFile(context, 100)],
  'cut-off': (context) => [headerBlock({ name: context.name(), size: 1_000_000 })],
} satisfies Record<string, Trait>;

/** A header with random bytes in one or two of its fields, and a checksum that fits: whatever comes of it. */
const mangled: Trait = (context) => {
  const { random } = context;
  const fields: readonly (readonly [at: number, length: number])[] = [
    [0, 100],
    [100, 8],
    [108, 8],
    [116, 8],
    [124, 12],
    [136, 12],
    [156, 1],
    [157, 100],
    [257, 8],
    [265, 32],
    [297, 32],
    [329, 8],
    [337, 8],
    [345, 155],
    [500, 12],
  ];
  const values: readonly ((length: number) => Bytes)[] = [
    (length) => random.bytes(length),
    (length) => base256(BigInt(random.integer(2 ** 31)) - 2n ** 30n, length),
    (length) =>
      random
        .integer(8 ** 6)
        .toString(8)
        .padStart(length - 1, random.pick(['0', ' '])),
    () => String.fromCharCode(0x30 + random.integer(8)),
    (length) => Buffer.alloc(length, random.pick([0, 0x20, 0x37, 0xff, 0x80])),
  ];
  return times(random.between(1, 3), () => {
    const block = headerBlock({
      name: context.name(),
      magic: random.pick(Object.values(magics)),
      size: 512,
      uname: 'u',
      gname: 'g',
    });
    for (let left = random.between(1, 2); left > 0; left--) {
      const [at, length] = random.pick(fields);
      block.set(Buffer.from(random.pick(values)(length) as string).subarray(0, length), at);
    }
    return Buffer.concat([summed(block), contentOf(random, 'text', 512)]);
  });
};

export const traits: Readonly<Record<TraitName, Trait>> = {
  ...readable,
  ...unmountable,
  ...refused,
  mangled,
};
export type TraitName = keyof typeof readable | keyof typeof unmountable | keyof typeof refused | 'mangled';
export const readableTraits = Object.keys(readable) as readonly TraitName[];
export const refusedTraits = Object.keys({ ...unmountable, ...refused }) as readonly TraitName[];
