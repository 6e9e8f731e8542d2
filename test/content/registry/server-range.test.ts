import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkRange, requestedRange } from '../../../src/content/registry/server-range.ts';

test.each([
  [undefined, 'whole'],
  ['bytes=0-9', { start: 0, end: 10 }],
  ['bytes=90-', { start: 90, end: 100 }],
  ['bytes=90-1000', { start: 90, end: 100 }],
  ['bytes=-10', { start: 90, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
  ['bytes=99-99', { start: 99, end: 100 }],
  ['Bytes=0-0', { start: 0, end: 1 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  // Malformed, of another unit, or of several parts: answered whole, as RFC 9110 has it.
  ['bytes=9-0', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=0-1,5-6', 'whole'],
  ['items=0-1', 'whole'],
  ['bytes=99999999999999999999-', 'whole'],
])('of 100 bytes, "%s" asks for %j', (header, range) => {
  expect(requestedRange(header, 100)).toEqual(range);
});

test('nothing can be asked for of an empty blob', () => {
  expect(requestedRange('bytes=0-', 0)).toBe('unsatisfiable');
  expect(requestedRange('bytes=-5', 0)).toBe('unsatisfiable');
  expect(requestedRange(undefined, 0)).toBe('whole');
});

test('a range is never empty and never reaches past the blob', () => {
  const number = fc.option(fc.nat(300), { nil: '' });
  fc.assert(
    fc.property(number, number, fc.nat(200), (first, last, size) => {
      const range = requestedRange(`bytes=${first}-${last}`, size);
      if (typeof range === 'string') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThan(range.start);
      expect(range.end).toBeLessThanOrEqual(size);
    }),
  );
});

test.each([
  [undefined, undefined],
  ['0-99', { start: 0, end: 100 }],
  ['100-100', { start: 100, end: 101 }],
  ['bytes 0-99/*', { start: 0, end: 100 }],
  ['bytes 0-99/100', { start: 0, end: 100 }],
  ['99-0', 'malformed'],
  ['-1', 'malformed'],
  ['0-', 'malformed'],
  ['all', 'malformed'],
])('the Content-Range "%s" of a chunk means %j', (header, range) => {
  expect(chunkRange(header)).toEqual(range);
});
