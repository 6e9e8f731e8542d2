import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { changesBetween, differences } from '../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import { type Tree, withTimes } from '../../../src/content/rootfs/tree.ts';
import { layerTar, type ReadContent } from '../../../src/stages/relayer/write.ts';
import { tableOfTar } from '../../content/rootfs/made-table.ts';
import { nodeAt } from '../../content/rootfs/merged.ts';
import { pycContent } from '../../content/rootfs/rows.ts';
import { scan } from '../../content/tar/scan.ts';
import { contentOf } from '../../layers/content.ts';
import { seededRandom } from '../../layers/random.ts';
import { entryOf, gnuLong, type HeaderFields, paxHeader } from '../../layers/tar.ts';

const file = (name: string, content: string | Buffer, fields: Partial<HeaderFields> = {}) =>
  entryOf({ name, ...fields }, Buffer.from(content));
const folder = (name: string, fields: Partial<HeaderFields> = {}) =>
  entryOf({ name: `${name}/`, type: '5', mode: 0o755, ...fields });
const link = (name: string, linkname: string, fields: Partial<HeaderFields> = {}) =>
  entryOf({ name, type: '1', linkname, ...fields });

interface Image {
  readonly tree: Tree;
  readonly read: ReadContent;
}

/** The tree of layers, each of these entries. */
function imageOf(...layers: readonly (readonly Buffer[])[]): Image {
  const tars = layers.map((entries) => Buffer.concat(entries));
  const tree = mergeLayers(
    layers.map((entries) => tableOfTar(entries)),
    whereOf,
  );
  const lent = Buffer.alloc(10_000);
  const read: ReadContent = async function* (layer, start, bytes) {
    const tar = tars[layer] as Buffer;
    for (let at = start; at < start + bytes; at += lent.byteLength) {
      yield lent.subarray(0, tar.copy(lent, 0, at, Math.min(at + lent.byteLength, start + bytes)));
    }
  };
  return { tree, read };
}

const whereOf = (layer: number) => `layer ${layer}`;

interface Wanted {
  readonly nodes?: readonly number[];
  readonly whiteouts?: readonly string[];
}

/** A new layer; of all nodes, if none are named. */
function write({ tree, read }: Image, { nodes, whiteouts = [] }: Wanted = {}): ByteStream {
  const all = nodes ?? Array.from({ length: tree.size }, (_, node) => node);
  const paths = whiteouts.map((path) => Buffer.from(path));
  return layerTar(tree, { nodes: Uint32Array.from(all), whiteouts: paths }, read);
}

/** All bytes of a stream, whose chunks are lent. */
async function gather(stream: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const namesOf = (tar: Buffer) => scan([tar]).entries.map(({ path }) => path);

/** The table of a tar with its end. */
function tableOf(tar: Buffer): FileTable {
  expect(tar.subarray(-1024).every((byte) => byte === 0)).toBe(true);
  return tableOfTar([tar.subarray(0, -1024)]);
}

function expectSame(one: Tree, other: Tree): void {
  const found = [...differences(one, other, { mtime: 'compared' })].map(({ a, b, aspects }) => [
    String(a === undefined ? other.path(b as number) : one.path(a)),
    ...aspects,
  ]);
  expect(found).toEqual([]);
}

const odd = imageOf([
  folder('.', { mode: 0o711 }),
  folder('etc'),
  file('etc/motd', 'hello', { uid: 1000, gid: 3_000_000, mode: 0o640 }),
  file('etc/empty', ''),
  entryOf({ name: 'etc/link', type: '2', linkname: '../no/such', mode: 0o777 }),
  paxHeader([
    ['SCHILY.xattr.security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')],
    ['SCHILY.xattr.user.empty', ''],
    ['mtime', '1600000000.5'],
  ]),
  file('etc/able', 'program', { mode: 0o4755 }),
  file('etc-a', 'beside'),
  entryOf({ name: 'dev/null', type: '3', devmajor: 1, devminor: 3, mode: 0o666 }),
  entryOf({ name: 'dev/disk', type: '4', devmajor: 259, devminor: 1_048_575 }),
  entryOf({ name: 'dev/pipe', type: '6' }),
  file('z/first', 'linked', { mtime: 5 }),
  link('a', 'z/first', { mtime: 5 }),
  gnuLong('L', `${'d'.repeat(200)}/${'n'.repeat(250)}`),
  file('x', 'long'),
  entryOf({ name: Buffer.from([0x66, 0xff, 0xfe]) }, Buffer.from('no text')),
  file('old', 'ancient', { mtime: 0 }),
]);

describe('a layer of a whole tree', () => {
  test('is the tree again', async () => {
    const tar = await gather(write(odd));
    expectSame(odd.tree, mergeLayers([tableOf(tar)], whereOf));
  });

  test('is the same wherever it is written, and read in pieces of any size', async () => {
    const lazy: ReadContent = async function* (layer, start, bytes) {
      for await (const part of odd.read(layer, start, bytes)) for (const byte of part) yield Buffer.of(byte);
    };
    expect((await gather(write({ ...odd, read: lazy }))).equals(await gather(write(odd)))).toBe(true);
  });

  test('is sorted by path, what is in a directory right behind it', async () => {
    expect(namesOf(await gather(write(odd))).map((name) => name.slice(0, 12))).toEqual([
      'a',
      ...['dddddddddddd', 'dddddddddddd'],
      ...['dev/', 'dev/disk', 'dev/null', 'dev/pipe'],
      ...['etc/', 'etc/able', 'etc/empty', 'etc/link', 'etc/motd'],
      'etc-a',
      'f\ufffd\ufffd',
      'old',
      ...['z/', 'z/first'],
    ]);
  });

  test('has the content of a link group once, with its first path, and all of its inode with each', async () => {
    const { entries, contents } = scan([await gather(write(odd))]);
    const found = entries
      .map((entry, at) => ({ entry, content: String(contents[at]) }))
      .filter(({ entry: { path } }) => path === 'a' || path === 'z/first');
    expect(found).toMatchObject([
      { entry: { kind: 'file', mtime: 5 }, content: 'linked' },
      { entry: { kind: 'hardlink', linkname: Buffer.from('a'), size: 0, mtime: 5 }, content: '' },
    ]);
  });

  test('gives directories that nobody names a fixed time', async () => {
    const image = imageOf([file('usr/lib/a', 'x')]);
    const { entries } = scan([await gather(write(image))]);
    expect(entries.map(({ path, mtime, mode }) => [path, mtime, mode])).toEqual([
      ['usr/', 1_577_836_800, 0o755],
      ['usr/lib/', 1_577_836_800, 0o755],
      ['usr/lib/a', 1_700_000_000, 0o644],
    ]);
  });

  test('takes each content from the layer that shows it', async () => {
    const image = imageOf(
      [file('a', 'below'), file('b', 'b below'), file('c', 'kept')],
      [file('b', 'b above'), link('d', 'b'), file('.wh.c', '')],
    );
    const { entries, contents } = scan([await gather(write(image))]);
    expect(entries.map(({ path }, at) => [path, String(contents[at])])).toEqual([
      ['a', 'below'],
      ['b', 'b above'],
      ['d', ''],
    ]);
  });
});

describe('whiteouts', () => {
  test('stand among the entries of their directory, and have no more than a name', async () => {
    const image = imageOf([folder('d'), file('d/.a', '1'), file('d/x', '2'), file('e', '3')]);
    const tar = await gather(write(image, { whiteouts: ['zz', 'd/gone', 'b', 'd/x-old'] }));
    expect(namesOf(tar)).toEqual(['.wh.b', '.wh.zz', 'd/', 'd/.a', 'd/.wh.gone', 'd/.wh.x-old', 'd/x', 'e']);
    expect(scan([tar]).entries[0]).toMatchObject({
      kind: 'file',
      size: 0,
      uid: 0,
      gid: 0,
      mode: 0o644,
      pax: [],
    });
  });

  test('and entries on top of an old tree make the new one', async () => {
    const before = [
      folder('a'),
      file('a/1', 'one'),
      file('a/2', 'two'),
      link('a/3', 'a/2'),
      folder('gone'),
      file('gone/x', 'x'),
      file('turns', 'into a directory'),
    ];
    const old = imageOf(before);
    const image = imageOf(before, [
      file('a/1', 'one', { mode: 0o600 }),
      file('a/.wh.2', ''),
      file('.wh.gone', ''),
      folder('turns'),
      file('turns/into', 'a directory'),
    ]);
    const { emit, remove } = changesBetween(old.tree, image.tree);
    const nodes = new Set<number>();
    for (const node of emit) for (let at = node; at > 0; at = image.tree.parent(at)) nodes.add(at);
    const tar = await gather(
      write(image, {
        nodes: [...nodes].sort((a, b) => a - b),
        whiteouts: Array.from(remove, (node) => String(old.tree.path(node))),
      }),
    );
    expectSame(image.tree, mergeLayers([...old.tree.tables, tableOf(tar)], whereOf));
  });
});

describe('a .pyc that names the time of its source', () => {
  const python = (source: number, compiled: number) =>
    imageOf([
      folder('__pycache__'),
      file('__pycache__/m.cpython-313.pyc', pycContent(compiled, 'c'.repeat(30_000))),
      file('m.py', 'pass', { mtime: source }),
    ]);

  test('is written as it was', async () => {
    const image = python(1_700_000_000, 1_700_000_000);
    expect(image.tree.pycMtime(nodeAt(image.tree, '__pycache__/m.cpython-313.pyc'))).toBe(1_700_000_000);
    const { contents } = scan([await gather(write(image))]);
    expect(contents[1]?.equals(pycContent(1_700_000_000, 'c'.repeat(30_000)))).toBe(true);
  });

  test.each([1, 9, 11, 10_000])(
    'names another time where its source has one, read %d bytes at a time',
    async (size) => {
      const { tree, read } = python(1_700_000_000, 1_700_000_000);
      const mtime = new Float64Array(tree.size).fill(Number.NaN);
      mtime[nodeAt(tree, 'm.py')] = 3_000_000_000;
      const other = withTimes(tree, { mtime });
      const pieces: ReadContent = async function* (layer, start, bytes) {
        for (let at = 0; at < bytes; at += size) yield* read(layer, start + at, Math.min(size, bytes - at));
      };
      const { contents } = scan([await gather(write({ tree: other, read: pieces }))]);
      expect(contents[1]?.equals(pycContent(3_000_000_000, 'c'.repeat(30_000)))).toBe(true);
    },
  );

  test('is left alone where its source has another time already', async () => {
    const image = python(1_700_000_000, 1_600_000_000);
    const { contents } = scan([await gather(write(image))]);
    expect(contents[1]?.readUInt32LE(8)).toBe(1_600_000_000);
  });
});

describe('is refused, naming layer and path:', () => {
  test('a sparse file', async () => {
    const records = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'core'],
      ['GNU.sparse.realsize', '1000000'],
    ] as const;
    const image = imageOf([paxHeader(records), file('GNUSparseFile.0/core', Buffer.alloc(512, '1\n0\n5\n'))]);
    await expect(gather(write(image))).rejects.toMatchObject({
      code: 'sparse-file',
      message: expect.stringContaining('"core"'),
    });
  });
});

test('chunks are long whatever the files, but for the last', async () => {
  const random = seededRandom('chunks');
  const files = Array.from({ length: 300 }, (_, at) =>
    file(`f${at}`, contentOf(random, 'noise', random.pick([0, 1, 511, 512, 5000, 70_000, 300_000]))),
  );
  const image = imageOf(files);
  const tars = Buffer.concat(files);
  const whole: ReadContent = async function* (_, start, bytes) {
    yield tars.subarray(start, start + bytes);
  };
  const lengths: number[] = [];
  for await (const chunk of write({ ...image, read: whole })) lengths.push(chunk.byteLength);
  expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(64 * 1024);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  expect(total).toBe((await gather(write(image))).byteLength);
  expect(total % 512).toBe(0);
});
