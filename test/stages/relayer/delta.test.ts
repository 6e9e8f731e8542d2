import { expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { bytesOf, layerDelta } from '../../../src/stages/relayer/delta.ts';

/** Each letter a layer of so many bytes as the letter's place. */
const layers = (text: string) =>
  [...text].map((letter) => ({
    descriptor: describeBytes('layer', Buffer.alloc(letter.charCodeAt(0) - 96, letter)),
    diffId: digestOf(letter),
  }));

test.each([
  ['abc', 'abc', { shared: 3, chain: 0, blobs: 0 }],
  ['abd', 'abc', { shared: 2, chain: 4, blobs: 4 }],
  ['dabc', 'abc', { shared: 0, chain: 10, blobs: 4 }],
  ['adc', 'abc', { shared: 1, chain: 7, blobs: 4 }],
  ['abc', '', { shared: 0, chain: 6, blobs: 6 }],
  ['ab', 'abc', { shared: 2, chain: 0, blobs: 0 }],
])('of %s a node with %s downloads what it lacks, by either rule', (image, held, delta) => {
  expect(layerDelta(layers(image), layers(held))).toEqual(delta);
});

test('a layer whose blob nobody remembers is held by its content', () => {
  const held = layers('ab').map(({ diffId }) => ({ diffId }));
  expect(layerDelta(layers('bd'), held)).toEqual({ shared: 0, chain: 6, blobs: 4 });
});

test('another blob of the same content is downloaded where blobs are kept', () => {
  const other = { diffId: digestOf('c'), descriptor: describeBytes('layer', Buffer.from('recompressed')) };
  expect(layerDelta(layers('ac'), [other]).blobs).toBe(4);
});

test('a blob that stands twice is downloaded once', () => {
  expect(bytesOf(layers('aba'))).toBe(3);
});
