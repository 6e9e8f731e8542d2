import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/content/tar/entry.ts';
import { Indexability } from '../../../src/stages/soci/indexability.ts';
import { scan } from '../../content/tar/scan.ts';
import { type Member, paxArchive } from './pax-archive.ts';
import { indexedVectors, tarEntries } from './ztoc-parts.ts';

function firstReason(entries: readonly TarEntry[]): string | undefined {
  const indexability = new Indexability();
  for (const entry of entries) {
    const reason = indexability.whyNot(entry);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function reasonOf(...members: Member[]): string | undefined {
  return firstReason(scan([paxArchive(members)]).entries);
}

const link = (name: string, linkname: string): Member => ({ name, type: '1', linkname });

describe('a layer', () => {
  // What the snapshotter says of these two comes of the gzip stream, not of the tar.
  const ofTars = indexedVectors.filter(({ name }) => !/empty-first-member|leading-empty-block/.test(name));

  test.each(ofTars)('as $name has it is indexable exactly if the snapshotter opens its zTOC', (one) => {
    expect(firstReason(tarEntries(one)) === undefined).toBe(one.expected?.snapshotter.opens);
  });

  test('is not where a hard link comes before its target', () => {
    expect(reasonOf(link('b', 'a'), { name: 'a' })).toBe(
      'b is a hard link to a, which is not before it in the layer',
    );
    expect(reasonOf(link('a', 'a'))).toBeDefined();
  });

  test.each([
    ['./usr/bin/a', 'usr/bin/a'],
    ['/usr/bin/a', './usr//bin/../bin/./a/'],
    ['usr/a', '../../usr/a'],
  ])('is where the target %s is called %s', (name, linkname) => {
    expect(reasonOf({ name }, link('b', linkname), link('c', 'b'))).toBeUndefined();
  });

  test.each([
    ['usr/bin/a', 'usr/bin/b'],
    ['usr/bin/a', 'bin/a'],
    ['usr/bin/a', 'usr/bin/a/b'],
    ['usr..a', 'usr/..a'],
  ])('is not where there is %s and the target is %s', (name, linkname) => {
    expect(reasonOf({ name }, link('b', linkname))).toBeDefined();
  });

  test('is not where the folder of a target has become a file', () => {
    expect(reasonOf({ name: 'a/b' }, { name: 'a' }, link('c', 'a/b'))).toBeDefined();
    expect(reasonOf({ name: 'a/b' }, { name: 'a/', type: '5' }, link('c', 'a/b'))).toBeUndefined();
  });

  test('is not where something that has no data has a size that hides the next header', () => {
    const sized: Member = { name: 'folder', type: '5', size: 512 };
    expect(reasonOf(sized, { name: 'file' })).toBe('folder has a size and no data');
    expect(reasonOf({ ...sized, size: 4096 }, { name: 'next/', type: '5' })).toBe(
      'folder has a size and no data',
    );
    expect(reasonOf({ name: 'file' }, sized)).toBeUndefined();
  });

  test('is not where a file comes after a global PAX header, were it empty', () => {
    expect(reasonOf({ name: 'pax', type: 'g' }, { name: 'a' })).toBe(
      'there is more than its header before a',
    );
    const comment = [['comment', 'x']] as const;
    expect(reasonOf({ name: 'pax', type: 'g', records: comment }, { name: 'a' })).toBe(
      'a global PAX header is before a',
    );
  });

  test('is not where a name is longer than the snapshotter can keep', () => {
    const named = (path: string) => reasonOf({ name: 'x', records: [['path', path]] });
    expect(named(`a/${'n'.repeat(32_769)}/b`)).toContain('longer than 32,768 bytes');
    expect(named(`a/${'n'.repeat(32_768)}/b`)).toBeUndefined();
    expect(named('a/b/'.repeat(20_000))).toBeUndefined();
  });

  test('is not where names make more folders than fit into memory', () => {
    const deep = (name: string): Member => ({
      name: 'x',
      records: [['path', `${name}/${'a/'.repeat(249_999)}b`]],
    });
    expect(reasonOf(...['1', '2', '3', '4'].map(deep))).toBeUndefined();
    expect(reasonOf(...['1', '2', '3', '4', '5'].map(deep))).toBe(
      'more than a million folders have no entry of their own',
    );
  });

  test('has the targets that a tree of its files has', () => {
    const part = fc.constantFrom('a', 'b', 'c', '.', '..', '');
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const member = fc.record({ name: path, type: fc.constantFrom('0', '1', '5'), linkname: path });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 12 }), (members) => {
        expect(reasonOf(...members) === undefined).toBe(isTree(members));
      }),
    );
  });
});

type Node = Map<string, Node>;

/** The snapshotter's reader.go with maps. */
function isTree(members: readonly Member[]): boolean {
  const root: Node = new Map();
  const parts = (path: string) =>
    posix
      .normalize(`/${path}`)
      .split('/')
      .filter((part) => part !== '');
  const find = (path: string) => parts(path).reduce<Node | undefined>((node, part) => node?.get(part), root);
  for (const { name, type, linkname = '' } of members) {
    const target = type === '1' ? find(linkname) : new Map();
    if (!target) return false;
    const path = parts(name);
    const last = path.pop();
    let folder = root;
    for (const part of path) {
      const next: Node = folder.get(part) ?? new Map();
      folder.set(part, next);
      folder = next;
    }
    if (last !== undefined && !(type === '5' && folder.has(last))) folder.set(last, target);
  }
  return true;
}
