import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { followLinks, layerFiles } from '../../../src/stages/soci/layered-files.ts';
import { type Found, type ListedEntry, type Listing, lookUp } from '../../../src/stages/soci/lookup.ts';
import type { ZtocEntry } from '../../../src/stages/soci/ztoc.ts';

type Entry = string | readonly [name: string | Buffer, type: string, linkname?: string];

/** A layer of these entries; a name alone is a file, one that ends in a slash a directory. */
function layer(...entries: readonly Entry[]): Listing {
  const listed = entries.map((entry): ListedEntry => {
    const [name, type, linkname = ''] =
      typeof entry === 'string' ? [entry, entry.endsWith('/') ? 'dir' : 'reg'] : entry;
    return { name: Buffer.from(name), type, linkname: Buffer.from(linkname) };
  });
  return { count: listed.length, entry: (at) => listed[at] as ListedEntry };
}

const symlink = (name: string, to: string): Entry => [name, 'symlink', to];
const hardlink = (name: string, to: string): Entry => [name, 'hardlink', to];

function look(path: string | Buffer, ...layers: readonly Listing[]): Promise<Found> {
  return lookUp(
    Buffer.from(path),
    layers.map((listing) => async () => listing),
  );
}

/** `layer/entry` of a file, else what there is instead. */
async function seen(path: string, ...layers: readonly Listing[]): Promise<string> {
  const found = await look(path, ...layers);
  return found.kind === 'file' ? `${found.place.layer}/${found.place.at}` : found.kind;
}

describe('a path', () => {
  test('may be written in many ways', async () => {
    const layers = layer('./usr/', 'usr//lib/./x');
    for (const path of ['usr/lib/x', '/usr/lib/x', './usr//lib/../lib/x', '../usr/lib/x/']) {
      expect(await seen(path, layers)).toBe('0/1');
    }
    expect(await seen('USR/lib/x', layers)).toBe('absent');
  });

  test('is bytes', async () => {
    const name = Buffer.from([0x61, 0xff, 0xfe]);
    const found = await look(name, layer([name, 'reg'], [Buffer.from([0x61, 0xff]), 'reg']));
    expect(found).toMatchObject({
      kind: 'file',
      place: { at: 0 },
      path: Buffer.from([0x2f, 0x61, 0xff, 0xfe]),
    });
    expect(await seen('\u00e9', layer('e', '\u00e9'))).toBe('0/1');
  });

  test('names what the topmost layer has, and the last of several entries of one name', async () => {
    expect(await seen('a/b', layer('a/b'), layer('a/b', 'c', './a/b'), layer('a/c'))).toBe('1/2');
  });

  test('lets the layers below one that has it alone', async () => {
    const never = async (): Promise<Listing> => {
      throw new Error('was read');
    };
    const top = layer('a/b', 'c/');
    expect(await lookUp(Buffer.from('a/b'), [never, async () => top])).toMatchObject({ kind: 'file' });
    expect(await lookUp(Buffer.from('c'), [never, async () => top])).toMatchObject({ kind: 'directory' });
    expect(await lookUp(Buffer.from('/'), [never])).toMatchObject({ kind: 'directory' });
  });

  test('can be a directory that only what is in it tells of', async () => {
    expect(await seen('a/b', layer('a/b/c'))).toBe('directory');
    expect(await seen('a', layer('a/.wh.x'))).toBe('directory');
  });

  test('can be of another kind', async () => {
    expect(await look('pipe', layer(['pipe', 'fifo']))).toMatchObject({ kind: 'special', type: 'fifo' });
    expect(await seen('pipe/a', layer(['pipe', 'fifo']))).toBe('absent');
  });
});

describe('a whiteout', () => {
  test('hides what is below its layer, and nothing above or in it', async () => {
    const [low, middle, high] = [layer('a', 'd/x'), layer('.wh.a', '.wh.d'), layer('a')];
    expect(await seen('a', low, middle)).toBe('absent');
    expect(await seen('d/x', low, middle)).toBe('absent');
    expect(await seen('a', low, middle, high)).toBe('2/0');
    expect(await seen('a', low, layer('.wh.a', 'a'))).toBe('1/1');
  });

  test('beside a directory of that name makes a new one', async () => {
    const layers = [layer('d/old'), layer('.wh.d', 'd/', 'd/new')];
    expect(await seen('d/old', ...layers)).toBe('absent');
    expect(await seen('d/new', ...layers)).toBe('1/2');
  });

  test('is no file', async () => {
    expect(await seen('.wh.a', layer('.wh.a'))).toBe('absent');
    expect(await seen('d/.wh..wh..opq', layer('d/.wh..wh..opq'))).toBe('absent');
  });

  test('of a whole directory leaves what its own layer has there', async () => {
    const layers = [layer('d/old', 'e/old', 'x'), layer('d/.wh..wh..opq', 'd/new')];
    expect(await seen('d/old', ...layers)).toBe('absent');
    expect(await seen('d/new', ...layers)).toBe('1/1');
    expect(await seen('e/old', ...layers)).toBe('0/1');
    expect(await seen('x', ...layers, layer('.wh..wh..opq'))).toBe('absent');
  });
});

describe('a file in the place of a directory, and the other way round', () => {
  test('hides what is below', async () => {
    expect(await seen('a/b', layer('a/b'), layer('a'))).toBe('absent');
    expect(await seen('a/b', layer('a/b'), layer('a'), layer('a/c'))).toBe('absent');
    expect(await seen('a', layer('a'), layer('a/'))).toBe('directory');
    expect(await seen('a/b', layer(symlink('a', 'c'), 'c/b'), layer('a/'))).toBe('absent');
  });
});

describe('a symbolic link', () => {
  test('is followed wherever in a path it stands, and whatever layer has its target', async () => {
    const layers = [layer('usr/lib/x'), layer(symlink('lib', 'usr/lib'), symlink('abs', '/lib/x'))];
    expect(await seen('lib/x', ...layers)).toBe('0/0');
    expect(await seen('abs', ...layers)).toBe('0/0');
    expect(await seen('lib', ...layers)).toBe('directory');
    expect(await look('lib/y', ...layers)).toMatchObject({ kind: 'absent', path: Buffer.from('/usr/lib/y') });
  });

  test('is left upwards from where it leads to', async () => {
    const layers = layer('a/b/c/f', 'f', 'a/b/f', symlink('link', 'a/b/c'), symlink('a/up', '../link/../f'));
    expect(await seen('link/../f', layers)).toBe('0/2');
    expect(await seen('a/up', layers)).toBe('0/2');
    expect(await seen('f/../f', layers)).toBe('absent');
    expect(await seen('nothing/../f', layers)).toBe('absent');
  });

  test('cannot lead out of the image', async () => {
    expect(await seen('out', layer('etc/passwd', symlink('out', '../../../../etc/passwd')))).toBe('0/0');
  });

  test.each([
    ['itself', [symlink('a', 'a')]],
    ['another that leads back', [symlink('a', 'b/x'), symlink('b', 'a')]],
    ['ever longer paths', [symlink('a', `a${'/a'.repeat(1500)}`)]],
    [
      'the end of a chain that is too long',
      Array.from({ length: 60 }, (_, at) => symlink(at === 0 ? 'a' : `l${at}`, `l${at + 1}`)),
    ],
    ['too far up', [symlink('a', `${'d/../'.repeat(700)}f`), 'd/', 'f']],
  ])('that leads to %s is not followed for ever', async (_, entries) => {
    expect(await seen('a', layer(...entries))).toBe('endless');
  });
});

test('links are followed as often as Linux does', async () => {
  const chain = (length: number) =>
    layer('l0', ...Array.from({ length }, (_, at) => symlink(`l${at + 1}`, `l${at}`)));
  expect(await seen('l40', chain(40))).toBe('0/0');
  expect(await seen('l41', chain(41))).toBe('endless');
});

describe('a hard link', () => {
  test('is the entry before it that has the name then', async () => {
    const entries = layer('a', hardlink('b', 'a'), 'a', hardlink('c', './b'), hardlink('d', '/a'));
    expect(await seen('b', entries)).toBe('0/0');
    expect(await seen('c', entries)).toBe('0/0');
    expect(await seen('d', entries)).toBe('0/2');
  });

  test('may be of a file of a layer below', async () => {
    expect(await seen('b', layer('x', 'd/a'), layer(hardlink('b', 'd/a')))).toBe('0/1');
    expect(await seen('b', layer('a'), layer('.wh.a'), layer(hardlink('b', 'a')))).toBe('absent');
    expect(await seen('b', layer(hardlink('b', 'a'), 'a'))).toBe('absent');
  });

  test('to a symbolic link leads where that leads, seen from where it stands itself', async () => {
    expect(await seen('e/b', layer('d/x', 'e/x', symlink('d/a', 'x'), hardlink('e/b', 'd/a')))).toBe('0/1');
  });

  test('of a hard link of a hard link ends somewhere', async () => {
    const chain = Array.from({ length: 100 }, (_, at) => hardlink(`l${at + 1}`, `l${at}`));
    expect(await seen('l100', layer('l0', ...chain))).toBe('endless');
    expect(await seen('l30', layer('l0', ...chain))).toBe('0/0');
    // Of both kinds together no more than of one: a layer of a million entries is looked through for each.
    const both = Array.from({ length: 30 }, (_, at) => symlink(`s${at + 1}`, at === 0 ? 'l30' : `s${at}`));
    expect(await seen('s30', layer('l0', ...chain, ...both))).toBe('endless');
  });
});

describe('one path', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const target = fc.oneof(
    path,
    path.map((to) => `/${to}`),
    path.map((to) => `../${to}`),
  );
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    { weight: 4, arbitrary: path },
    { weight: 2, arbitrary: path.map((name): Entry => [name, 'dir']) },
    { weight: 2, arbitrary: fc.tuple(path, fc.constant('symlink'), target) },
    { weight: 1, arbitrary: fc.tuple(path, fc.constant('hardlink'), path) },
    { weight: 2, arbitrary: path.map((name) => name.replace(/[^/]*$/, '.wh.$&')) },
    { weight: 1, arbitrary: path.map((name) => name.replace(/[^/]*$/, '.wh..wh..opq')) },
  );
  const nameOf = (one: Entry): string => String(typeof one === 'string' ? one : one[0]);
  const isDirectory = (one: Entry): boolean => typeof one !== 'string' && one[1] === 'dir';
  /** Programs that write a path twice, or a file and something beneath it, leave to the reader what that means. */
  const isPlain = (entries: readonly Entry[]): boolean =>
    entries.every((one, at) =>
      entries.every(
        (other, place) =>
          at === place ||
          (nameOf(one) !== nameOf(other) &&
            (isDirectory(one) || !nameOf(other).startsWith(`${nameOf(one)}/`))),
      ),
    );

  test('is found where the list of all files has it', async () => {
    const layers = fc.array(fc.array(entry, { maxLength: 6 }).filter(isPlain), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(layers, path, async (made, wanted) => {
        const listings = made.map((entries) => layer(...entries));
        const files = layerFiles(
          listings.map(({ count, entry }) => ({
            entryCount: count,
            entry: (at) => entry(at) as ZtocEntry,
          })),
        );
        const place = files.get(followLinks(files, wanted) ?? '');
        const listed = place?.type === 'reg' ? `${place.layer}/${place.entry}` : 'none';
        const found = await seen(wanted, ...listings);
        expect(found.includes('/') ? found : 'none').toBe(listed);
      }),
      { numRuns: 2000 },
    );
  });
});
