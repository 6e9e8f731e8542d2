import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff, parseRetryAfter } from '../../../src/content/registry/retry.ts';

test('the wait doubles from one second and ends at half a minute, all of it by chance', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
  expect(backoff(3, 0)).toBe(0);
  expect(backoff(3, 0.5)).toBe(2_000);
});

test('Retry-After is read as seconds and as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(parseRetryAfter('7', now)).toBe(7_000);
  expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9_000);
  expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter(undefined, now)).toBeUndefined();
});

test('no Retry-After holds a build for more than a minute', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat().map(String), fc.string(), fc.date().map(String)), (value) => {
      const wait = parseRetryAfter(value, Date.parse('2026-01-01T00:00:00Z'));
      expect(wait === undefined || (wait >= 0 && wait <= 60_000)).toBe(true);
    }),
  );
});
