import { expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { commonPrefix, countBaseLayers } from '../../../src/stages/relayer/base.ts';

const digests = (text: string) => [...text].map((letter) => digestOf(letter));
const count = (
  image: string,
  more: { base?: string; baseline?: string; flatten?: boolean; maxLayers?: number; clean?: number } = {},
) =>
  countBaseLayers({
    image: digests(image),
    ...(more.base === undefined ? {} : { base: { name: 'debian:13', diffIds: digests(more.base) } }),
    ...(more.baseline === undefined ? {} : { baseline: digests(more.baseline) }),
    maxLayers: more.maxLayers ?? 60,
    clean: more.clean ?? image.length,
    flatten: more.flatten ?? false,
  });

test.each([
  ['of a base that is known all layers', 'abcd', { base: 'abc' }, 3],
  ['of the whole image, where it is its own base', 'ab', { base: 'ab' }, 2],
  ['what the baseline begins with too', 'abcd', { baseline: 'abxy' }, 2],
  ['a known base, whatever the baseline has', 'abcd', { base: 'a', baseline: 'abc' }, 1],
  ['the lowest layer, where the baseline has another one', 'abcd', { baseline: 'xbcd' }, 1],
  ['the lowest layer on a first run', 'abcd', {}, 1],
  [
    'half of what there may be, where the baseline has more',
    'abcdefgh',
    { baseline: 'abcdefgx', maxLayers: 8 },
    4,
  ],
  ['the lowest layer, however few there may be', 'abcd', { baseline: 'abcx', maxLayers: 1 }, 1],
  ['of a base that is known all layers, however few there may be', 'abcd', { base: 'abc', maxLayers: 2 }, 3],
  ['what the baseline begins with, up to what is to be purged', 'abcd', { baseline: 'abcx', clean: 2 }, 2],
  ['the lowest layer, whatever is in it', 'abcd', { baseline: 'abcx', clean: 0 }, 1],
  ['of a base that is known all layers, whatever is in them', 'abcd', { base: 'abc', clean: 0 }, 3],
  ['nothing of an image without layers', '', {}, 0],
  ['nothing of a base without layers', 'ab', { base: '' }, 0],
  ['nothing where all is to be flat', 'abcd', { base: 'abc', baseline: 'ab', flatten: true }, 0],
])('what stays is %s', (_, image, more, wanted) => expect(count(image, more)).toBe(wanted));

test.each([
  ['axc', 2],
  ['abcde', 5],
  ['xbc', 1],
])('an image that is not built on the base %s is refused by the layer that differs', (base, at) => {
  expect(() => count('abcd', { base })).toThrow(
    expect.objectContaining({
      code: 'base-mismatch',
      message: `the image is not built on debian:13: layer ${at} differs`,
    }),
  );
});

test('what two stacks begin with', () => {
  expect(commonPrefix(digests('abc'), digests('abd'))).toBe(2);
  expect(commonPrefix([], digests('a'))).toBe(0);
});
