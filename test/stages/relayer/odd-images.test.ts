/** Images that are odd: each is the same image after it was re-laid, or refused as it is. */
import { describe, expect, test } from 'vitest';
import { describeLayer } from '../../content/layer/made-layer.ts';
import { dir, file, link, opaque, symlink, whiteout } from '../../content/rootfs/merged.ts';
import { tarOfRows } from '../../content/rootfs/row-tar.ts';
import { type Row, rowMtime } from '../../content/rootfs/rows.ts';
import { entryOf, gnuLong, paxHeader } from '../../layers/tar.ts';
import { layer, makeHouse, noise, writeRelease } from './releases.ts';

const base: Row[] = [
  dir('etc'),
  file('etc/os-release', 'x'),
  dir('usr/lib'),
  file('usr/lib/libc.so', 'libc'),
];
const raw = Buffer.from([0x6e, 0xff, 0xfe]);
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const acl = Buffer.from('0200000001000600ffffffff04000400ffffffff20000000ffffffff', 'hex');
const deep = `${'d'.repeat(250)}/`.repeat(16);
const longest = `${deep}${'n'.repeat(4095 - deep.length)}`;

/** Layers above the base, and of a next release. */
interface OddCase {
  readonly what: string;
  readonly layers: readonly (readonly Row[])[];
  readonly next?: readonly (readonly Row[])[];
}

const faithful: readonly OddCase[] = [
  {
    what: 'a hard link to a file that a later layer deletes',
    layers: [[file('opt/a', 'content'), link('opt/b', 'opt/a')], [whiteout('opt/a')]],
  },
  {
    what: 'a hard link to a file that a later layer overwrites',
    layers: [[file('opt/a', 'old'), link('opt/b', 'opt/a')], [file('opt/a', 'new')]],
    next: [[file('opt/a', 'old'), link('opt/b', 'opt/a')], [file('opt/a', 'newer')]],
  },
  {
    what: 'links of one inode in the base, one of which a later layer replaces by a link of its own',
    layers: [[file('usr/lib/x', 'x'), link('usr/lib/y', 'usr/lib/x'), link('usr/lib/z', 'usr/lib/x')]],
    next: [[file('usr/lib/x', 'x'), link('usr/lib/y', 'usr/lib/x')]],
  },
  {
    what: 'extended attributes, capabilities and ACLs',
    layers: [
      [
        file('opt/a', 'a', { xattrs: { 'user.a': 'one', 'user.b': Buffer.of(0, 10, 255) } }),
        file('opt/ping', 'p', { xattrs: { 'security.capability': capability } }),
        file('opt/acl', 'c', { mode: 0o640, xattrs: { 'system.posix_acl_access': acl } }),
        link('opt/ping2', 'opt/ping', { xattrs: { 'security.capability': capability } }),
      ],
    ],
    next: [[file('opt/a', 'a', { xattrs: { 'user.a': 'two' } })]],
  },
  {
    what: 'devices and fifos',
    layers: [
      [
        { path: 'dev/null', kind: 'character', devmajor: 1, devminor: 3, mode: 0o666 },
        { path: 'dev/sda', kind: 'block', devmajor: 8, devminor: 70_000 },
        { path: 'run/pipe', kind: 'fifo' },
      ],
    ],
    next: [[{ path: 'dev/null', kind: 'character', devmajor: 1, devminor: 5, mode: 0o666 }]],
  },
  {
    what: 'setuid, setgid and sticky bits',
    layers: [
      [
        file('bin/su', 's', { mode: 0o4755 }),
        dir('tmp', { mode: 0o1777 }),
        dir('srv', { mode: 0o2775, gid: 42 }),
      ],
    ],
  },
  {
    what: 'names that are not UTF-8, or of 255 bytes, and a path of 4,095',
    layers: [
      [
        file('n'.repeat(255), 'n'),
        { path: raw, kind: 'file', content: 'raw' },
        { path: Buffer.concat([Buffer.from('d/'), raw]), kind: 'symlink', target: raw },
        file(longest, 'deep'),
      ],
    ],
    next: [[file('n'.repeat(250), 'n'), { path: raw, kind: 'file', content: 'other' }]],
  },
  {
    what: 'whiteouts of nothing',
    layers: [[whiteout('etc/nothing'), whiteout('nowhere'), file('opt/a', 'a')]],
  },
  {
    what: 'an opaque directory with siblings, over and among what was there',
    layers: [
      [
        dir('opt/d'),
        file('opt/d/old', 'old'),
        file('opt/sibling', 's'),
        dir('opt/d/sub'),
        file('opt/d/sub/x', 'x'),
      ],
      [dir('opt/d'), opaque('opt/d'), file('opt/d/new', 'new')],
    ],
    next: [
      [dir('opt/d'), file('opt/d/old', 'old')],
      [dir('opt/d'), opaque('opt/d')],
    ],
  },
  {
    what: 'a file that replaces a directory, and a directory that replaces it again',
    layers: [
      [dir('opt/d'), file('opt/d/x', 'x')],
      [file('opt/d', 'file')],
      [whiteout('opt/d')],
      [dir('opt/d'), file('opt/d/y', 'y')],
    ],
    next: [[dir('opt/d'), file('opt/d/x', 'x')], [file('opt/d', 'file')]],
  },
  {
    what: 'symbolic links in a loop, absolute ones, and ones that lead out',
    layers: [
      [
        symlink('a', 'b'),
        symlink('b', 'a'),
        symlink('abs', '/etc/os-release'),
        symlink('out', '../../../etc/shadow'),
      ],
    ],
    next: [[symlink('a', 'a'), symlink('out', '/')]],
  },
  {
    what: 'a directory that is reached through a symbolic link of its own layer',
    layers: [[dir('opt/real'), symlink('opt/link', 'real'), file('opt/link/x', 'x')]],
  },
  {
    what: 'empty files, and ones that differ only in case',
    layers: [
      [file('opt/empty'), file('opt/README', 'upper'), file('opt/readme', 'lower'), file('opt/also-empty')],
    ],
    next: [[file('opt/README', 'upper')]],
  },
  { what: 'layers with nothing in them', layers: [[], [file('opt/a', 'a')], []], next: [[], []] },
  { what: 'no layers but the base', layers: [] },
  {
    what: 'one layer twice',
    layers: [[file('opt/a', 'a')], [whiteout('opt/a')], [file('opt/a', 'a')]],
  },
  {
    what: 'names that JavaScript has of its own',
    layers: [[file('__proto__', 'p'), file('constructor/prototype', 'c')]],
    next: [[file('__proto__', 'q')]],
  },
  {
    what: 'times before 1970, after 2038 and between two seconds',
    layers: [
      [
        file('opt/a', 'a', { mtime: -5 }),
        file('opt/b', 'b', { mtime: 2 ** 33 }),
        file('opt/c', 'c', { mtime: rowMtime + 0.5 }),
      ],
    ],
    next: [[file('opt/a', 'a', { mtime: 7 })]],
  },
];

describe('is the same image, and its next release too:', () => {
  test.each(faithful)('$what', async ({ layers, next }) => {
    const { built, release } = await makeHouse();
    const write = (rows: readonly (readonly Row[])[]) =>
      writeRelease(built.layout, [layer(...base), ...rows.map((one) => layer(...one))]);
    const one = await release(await write(layers));
    const again = await release(await write(layers), { baseline: one.held });
    expect(again.descriptor).toEqual(one.descriptor);
    const flat = await release(await write(layers), { options: { flattenBase: true } });
    expect(flat.facts[0]?.tree).toBe(one.facts[0]?.tree);
    await release(await write(next ?? []), { baseline: one.held });
  });

  test('120 layers, which become as many as the limit says', async () => {
    const { built, release } = await makeHouse();
    const layers = Array.from({ length: 120 }, (_, at) => layer(file(`opt/${at % 7}/${at}`, `${at}`)));
    const image = await writeRelease(built.layout, [layer(...base), ...layers]);
    const { facts } = await release(image);
    expect(facts[0]?.layers.length).toBeLessThanOrEqual(60);
  });

  test('a sparse file in the base; above it the image is refused', async () => {
    const { built, release } = await makeHouse();
    const map = Buffer.alloc(512);
    map.write('1\n0\n3\n');
    const header = paxHeader([
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'opt/holes'],
      ['GNU.sparse.realsize', '1000000'],
    ]);
    const data = Buffer.concat([map, Buffer.from('abc')]);
    const sparse = Buffer.concat([header, entryOf({ name: 'x' }, data), Buffer.alloc(1024)]);
    const holes = describeLayer(sparse, 'gzip');
    await release(await writeRelease(built.layout, [holes, layer(file('opt/a', 'a'))]));
    const above = await writeRelease(built.layout, [layer(...base), holes]);
    await expect(release(above)).rejects.toMatchObject({
      code: 'sparse-file',
      message: expect.stringContaining('opt/holes'),
    });
    expect(await built.left()).toEqual([]);
  });
});

const zeros = Buffer.alloc(1024);
const named = (name: string, fields = {}) =>
  Buffer.concat([gnuLong('L', name), entryOf({ name: 'x', ...fields })]);

describe('is refused by layer and path, and nothing is left:', () => {
  test.each<[string, Buffer, RegExp]>([
    [
      'a hard link to a file of a layer below',
      tarOfRows([link('opt/l', 'etc/os-release')]),
      /"opt\/l" is a hard link to "etc\/os-release"/,
    ],
    ['a name of 256 bytes', Buffer.concat([named('n'.repeat(256)), zeros]), /a name of 256 bytes/],
    ['a path of 4,200 bytes', Buffer.concat([named('d/'.repeat(2100)), zeros]), /a path of 4199 bytes/],
    ['a path with ".."', Buffer.concat([named('a/../../x'), zeros]), /has ".." in its path/],
    ['an entry below a whiteout’s name', Buffer.concat([named('a/.wh.b/c'), zeros]), /that of a whiteout/],
    ['a whiteout of nothing that can be', Buffer.concat([named('a/.wh.'), zeros]), /whiteout of nothing/],
    [
      'a whiteout beside what it removes',
      tarOfRows([file('opt/a', 'a'), whiteout('opt/a')]),
      /"opt\/a" is removed by the same layer/,
    ],
    [
      'an entry that goes through a link of a layer below',
      tarOfRows([file('lib64/x', 'x')]),
      /"lib64\/x" goes through "lib64"/,
    ],
    ['a socket', Buffer.concat([named('run/socket', { type: 's' }), zeros]), /type "s"/],
    ['a device 0:0', tarOfRows([{ path: 'dev/w', kind: 'character' }]), /device 0:0/],
  ])('%s', async (_, tar, message) => {
    const { built, release, pushed } = await makeHouse();
    const odd = describeLayer(tar, 'gzip');
    const image = await writeRelease(built.layout, [
      layer(...base, symlink('lib64', 'usr/lib')),
      layer(file('opt/large', noise(10_000, 1))),
      odd,
    ]);
    const refusal = release(image);
    await expect(refusal).rejects.toMatchObject({ code: 'odd-layer', kind: 'input' });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(odd.descriptor.digest);
    expect(await built.left()).toEqual([]);
    await expect(pushed.layout.resolve()).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a layer that unpacks to something else than the config says', async () => {
    const { built, release } = await makeHouse();
    const wrong = { ...layer(file('opt/a', 'a')), diffId: layer(file('opt/b', 'b')).diffId };
    await expect(release(await writeRelease(built.layout, [layer(...base), wrong]))).rejects.toMatchObject({
      code: 'diff-id-mismatch',
    });
    expect(await built.left()).toEqual([]);
  });

  test('a layer that is a bomb', async () => {
    const { built, release } = await makeHouse();
    const bomb = describeLayer(tarOfRows([file('opt/zeros', Buffer.alloc(70_000_000))]), 'zstd');
    await expect(release(await writeRelease(built.layout, [layer(...base), bomb]))).rejects.toMatchObject({
      code: 'unpack-ratio',
      message: expect.stringContaining(bomb.descriptor.digest),
    });
    expect(await built.left()).toEqual([]);
  });
});
