import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../../../src/content/tar/entry.ts';
import { scan } from './scan.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const layers = join(fixtures, 'layers');

/** What soci, so Go's reader, saw in a layer (test/fixtures/layers/entries.py). Byte strings are latin-1. */
interface Seen {
  readonly archiveBytes: number;
  readonly entries: readonly {
    readonly name: string;
    readonly type: string;
    readonly offset: number;
    readonly size: number;
    readonly linkname: string;
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly uname: string;
    readonly gname: string;
    readonly mtime: string;
    readonly devmajor: number;
    readonly devminor: number;
    readonly records: Readonly<Record<string, string>>;
  }[];
}

const read = (name: string): Buffer => gunzipSync(readFileSync(join(layers, name, 'layer.tar.gz')));
const types: Record<TarEntry['kind'], string> = {
  file: 'reg',
  directory: 'dir',
  symlink: 'symlink',
  hardlink: 'hardlink',
  character: 'char',
  block: 'block',
  fifo: 'fifo',
  other: 'other',
};

function asSeen(entry: TarEntry) {
  return {
    name: entry.name.toString('latin1'),
    type: types[entry.kind],
    offset: entry.dataStart,
    size: entry.size,
    linkname: entry.linkname.toString('latin1'),
    mode: entry.mode,
    // A zTOC has 32 bits for an owner.
    uid: Number(BigInt.asUintN(32, BigInt(entry.uid))),
    gid: Number(BigInt.asUintN(32, BigInt(entry.gid))),
    uname: entry.uname.toString('latin1'),
    gname: entry.gname.toString('latin1'),
    mtime: entry.mtime,
    devmajor: entry.devmajor,
    devminor: entry.devminor,
    records: Object.fromEntries(
      entry.pax.map(({ key, value }) => [key.toString('latin1'), value.toString('latin1')]),
    ),
  };
}

/** RFC 3339 to seconds; a zTOC leaves years outside 0 to 9999 out. */
function seconds(time: string, otherwise: number): number {
  const [, whole, fraction = ''] = /^([^.Z]+)(\.\d+)?Z$/.exec(time) ?? [];
  return whole === undefined ? otherwise : Date.parse(`${whole}Z`) / 1000 + Number(fraction);
}

const cases = readdirSync(layers).filter((name) => /^(tar|writer|stream)-/.test(name));

describe('layers by many writers', () => {
  it.each(cases)('%s is read as Go reads it', (name) => {
    const seen: Seen = JSON.parse(readFileSync(join(layers, name, 'entries.json'), 'utf8'));
    const { entries, contents, archiveBytes } = scan([read(name)]);
    expect(archiveBytes).toBe(seen.archiveBytes);
    expect(entries.map((entry) => entry.path)).toHaveLength(seen.entries.length);
    for (const [at, entry] of entries.entries()) {
      const expected = seen.entries[at];
      if (!expected) throw new Error('one too many');
      expect(contents[at]).toHaveLength(entry.dataBytes);
      // soci takes a sparse file for one with all its bytes, after the map: its snapshotter then refuses the layer.
      const sparse = entry.sparseSize === undefined ? {} : { size: entry.size, offset: entry.dataStart };
      if (entry.sparseSize !== undefined) expect(entry.sparseSize).toBe(expected.size);
      expect(asSeen(entry)).toEqual({
        ...expected,
        mtime: expect.closeTo(seconds(expected.mtime, entry.mtime), 6),
        ...sparse,
      });
    }
  });

  it.each(cases)('%s is read the same byte by byte', (name) => {
    const tar = read(name);
    const whole = scan([tar]);
    const pieces = scan(
      Array.from({ length: Math.min(tar.byteLength, 40_000) }, (_, at) => tar.subarray(at, at + 1)).concat(
        tar.subarray(40_000),
      ),
    );
    expect(pieces).toEqual(whole);
  });
});

describe('what Go does not index', () => {
  it('keeps global PAX records by the entries after them', () => {
    const { entries } = scan([read('fail-pax-global-header')]);
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.at(-1)?.globals.map(({ key }) => key.toString())).toContain('comment');
  });

  it('takes a contiguous file for a file', () => {
    const { entries } = scan([read('fail-contiguous-file')]);
    expect(entries.some((entry) => entry.header.type === '7' && entry.kind === 'file')).toBe(true);
  });

  it('finds the data of a sparse file after its map', () => {
    const { entries } = scan([read('fail-gnu-sparse')]);
    const sparse = entries.find((entry) => entry.header.type === 'S');
    expect(sparse?.kind).toBe('file');
    expect(sparse?.sparseSize).toBeGreaterThan(sparse?.size ?? 0);
  });
});

describe('sparse files by GNU tar (test/fixtures/tar/make.sh)', () => {
  it.each(['gnu', 'pax-0.0', 'pax-0.1', 'pax-1.0'])(
    '%s: name, both sizes, and the entry after it',
    (format) => {
      const tar = gunzipSync(readFileSync(join(fixtures, 'tar', `sparse-${format}.tar.gz`)));
      const { entries, contents } = scan([tar]);
      expect(entries.map((entry) => [entry.path, entry.sparseSize])).toEqual([
        ['holes', 3 * 1024 * 1024],
        ['after', undefined],
      ]);
      // 30 islands of 4 KiB; version 1.0 puts its map, here a block, before them.
      const islands = 30 * 4096;
      expect(contents[0]?.byteLength).toBeGreaterThanOrEqual(islands);
      expect(contents[0]?.subarray(-islands).toString('latin1', 0, 9)).toBe('island 00');
      expect(contents[1]?.toString()).toBe('after\n');
    },
  );
});
