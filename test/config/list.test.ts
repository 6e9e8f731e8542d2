import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitList } from '../../src/config/list.ts';

describe('a list in text', () => {
  it('is split at newlines and at commas, as build-push-action splits tags', () => {
    expect(splitList('user/app:1, user/app:2\nghcr.io/user/app\r\n\n , ')).toEqual([
      'user/app:1',
      'user/app:2',
      'ghcr.io/user/app',
    ]);
  });

  it('keeps the commas of an item in double quotes', () => {
    expect(splitList('"a,b",c\n"d"')).toEqual(['a,b', 'c', 'd']);
  });

  it('leaves comments out, whole lines and ends of lines', () => {
    expect(splitList('# all of them\na, b # c, d\n  # end')).toEqual(['a', 'b']);
  });

  it('takes a # inside a word as part of it', () => {
    expect(splitList('a#b')).toEqual(['a#b']);
  });

  it('gives back what was joined, whatever the separators', () => {
    const item = fc.stringMatching(/^[a-z0-9./:-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(',', '\n', ', ', '\r\n', ',\n'), (items, separator) => {
        expect(splitList(items.join(separator))).toEqual(items);
      }),
    );
  });
});
