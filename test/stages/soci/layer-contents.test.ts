import { describe, expect, test } from 'vitest';
import { LayerContents } from '../../../src/stages/soci/layer-contents.ts';
import { scan } from '../../content/tar/scan.ts';
import { type Member, paxArchive } from './pax-archive.ts';

function contentsOf(...members: Member[]): LayerContents {
  const contents = new LayerContents();
  for (const entry of scan([paxArchive(members)]).entries) contents.entry(entry);
  return contents;
}

describe('the contents of a layer', () => {
  test('are its entries where a zTOC can have them all', () => {
    const contents = contentsOf({ name: 'a/', type: '5' }, { name: 'a/b', size: 700 });
    expect(contents.whyNot).toBeUndefined();
    expect(() => contents.assertIndexable()).not.toThrow();
    expect([0, 1].map((at) => contents.entries.at(at).name.toString())).toEqual(['a/', 'a/b']);
  });

  test('keep the first reason against a zTOC, and gather nothing more', () => {
    const contents = contentsOf({ name: 'a' }, { name: 'odd', type: '7' }, { name: 'b', type: 'S' });
    expect(contents.whyNot).toBe('odd is a contiguous file');
    expect(() => contents.assertIndexable()).toThrow(
      expect.objectContaining({ code: 'unindexable', message: 'odd is a contiguous file' }),
    );
    expect(contents.entries.count).toBe(1);
  });

  test('of an uncompressed layer must not end with its last span', () => {
    const reasonOf = (bytes: number): string | undefined => {
      const contents = contentsOf({ name: 'a', size: 512 });
      contents.endPlain(bytes, 1024);
      return contents.whyNot;
    };
    expect(reasonOf(1024)).toBe('its last file ends with the last span');
    expect(reasonOf(2048)).toBeUndefined();
  });

  test('of an uncompressed layer must be something', () => {
    const contents = contentsOf();
    contents.endPlain(0, 1024);
    expect(contents.whyNot).toBe('it is empty');
  });
});
