import { describe, expect, test } from 'vitest';
import { findPurged, purgedPath, purging, refuseVisible } from '../../../src/stages/relayer/purge.ts';
import { dir, file, merged, opaque, symlink, whiteout } from '../../content/rootfs/merged.ts';
import { tableOfRows } from '../../content/rootfs/rows.ts';

describe('globs', () => {
  test.each([
    ['etc/key.pem', 'etc/key.pem', true],
    ['/etc/key.pem', 'etc/key.pem', true],
    ['/etc/keys/', 'etc/keys/deep/er/x', true],
    ['etc/keys', 'etc/keys', true],
    ['etc/keys', 'etc/keys2', false],
    ['*.pem', 'etc/key.pem', false],
    ['**/*.pem', 'key.pem', true],
    ['**/*.pem', 'a/.hidden/key.pem', true],
    ['**/.env', 'srv/.env', true],
    ['**/torch-2.0.*', 'usr/lib/torch-2.0.1.dist-info/METADATA', true],
    ['{etc,opt}/x', 'opt/x', true],
    ['!etc/x', 'etc/y', false],
    ['/srv/[id].tsx', 'srv/[id].tsx', true],
  ])('%s, of %s: %s', (glob, path, is) => expect(purging([glob])(Buffer.from(path))).toBe(is));

  test('none purge nothing', () => expect(purging([])(Buffer.from('x'))).toBe(false));

  test('fit names that are not UTF-8', () => {
    expect(purging(['opt/*'])(Buffer.from([0x6f, 0x70, 0x74, 0x2f, 0xff]))).toBe(true);
  });
});

test.each(['/', '//'])('the root, %s, is no pattern', (pattern) => {
  expect(() => purging([pattern])).toThrow(
    expect.objectContaining({ code: 'bad-pattern', message: expect.stringContaining('purge: ') }),
  );
});

describe('what is found to purge', () => {
  const find = (patterns: string[], ...layers: Parameters<typeof tableOfRows>[0][]) =>
    findPurged(layers.map(tableOfRows), purging(patterns));

  test('is each path once, and a pattern that fits none is told', () => {
    const layers = [
      [file('opt/b.pem'), file('opt/a.pem'), file('opt/c')],
      [whiteout('opt/d.pem')],
      [file('opt/a.pem')],
    ];
    expect(find(['/opt/*.pem', '/opt/*.pme', '/opt/d.pem'], ...layers)).toEqual({
      paths: { paths: ['opt/a.pem', 'opt/b.pem'], count: 2 },
      idle: ['/opt/*.pme', '/opt/d.pem'],
    });
  });

  test('is nothing where nothing is to be purged', () => {
    expect(find([], [file('x')])).toEqual({ paths: undefined, idle: [] });
  });

  test('is named up to 20 paths, and counted beyond', () => {
    const rows = Array.from({ length: 30 }, (_, at) => file(`opt/${at}`));
    const { paths } = find(['opt'], rows);
    expect(paths?.paths).toHaveLength(20);
    expect(paths?.count).toBe(30);
  });
});

test('a layer holds what it has entries for, and not what it removes', () => {
  const isPurged = purging(['opt/x']);
  const held = (...rows: Parameters<typeof tableOfRows>[0]) =>
    purgedPath(tableOfRows(rows), isPurged)?.toString();
  expect(held(dir('opt'), file('opt/x/y'))).toBe('opt/x/y');
  expect(held(symlink('opt/x', 'y'))).toBe('opt/x');
  expect(held(dir('opt/x'))).toBe('opt/x');
  expect(held(whiteout('opt/x'), opaque('opt/x'), file('opt/y'))).toBeUndefined();
});

test('what containers see is not taken away', () => {
  const isPurged = purging(['opt/x']);
  expect(() => refuseVisible(merged([file('opt/x')], [whiteout('opt/x')]), isPurged)).not.toThrow();
  expect(() => refuseVisible(merged([file('opt/x/y')]), isPurged)).toThrow(
    expect.objectContaining({ code: 'purged-path-visible', message: expect.stringContaining('/"opt/x"') }),
  );
});
