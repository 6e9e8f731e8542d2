import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitList } from '../../src/config/list.ts';

describe('a list in text', () => {
  it('is split at newlines and at commas, as build-push-action splits tags', () => {
    expect(splitList('user/app:1, user/app:2\nghcr.io/user/app\r\n\n , ', 'lines and commas')).toEqual([
      'user/app:1',
      'user/app:2',
      'ghcr.io/user/app',
    ]);
  });

  it('keeps the commas of an item in double quotes', () => {
    expect(splitList('"a,b",c\n"d"', 'lines and commas')).toEqual(['a,b', 'c', 'd']);
  });

  it('is split at newlines only where items hold commas', () => {
    expect(splitList('pull-time[embedded,holds=baseline] <= 45 s\nsize <= 6 GB\n', 'lines')).toEqual([
      'pull-time[embedded,holds=baseline] <= 45 s',
      'size <= 6 GB',
    ]);
  });

  it('leaves comments out, whole lines and ends of lines', () => {
    const text = '# today 5.2 GB\nsize <= 6 GB   # compressed, all of it\n  # end';
    expect(splitList(text, 'lines')).toEqual(['size <= 6 GB']);
    expect(splitList('a, b # c, d', 'lines and commas')).toEqual(['a', 'b']);
  });

  it('takes a # inside a word as part of it', () => {
    expect(splitList('a#b', 'lines')).toEqual(['a#b']);
  });

  it('gives back what was joined, whatever the separators', () => {
    const item = fc.stringMatching(/^[a-z0-9./:-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(',', '\n', ', ', '\r\n', ',\n'), (items, separator) => {
        expect(splitList(items.join(separator), 'lines and commas')).toEqual(items);
      }),
    );
  });
});
