import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatChosenBytes,
  formatSeconds,
  parseBytes,
  parseSeconds,
} from '../../src/facts/units.ts';

describe('parseBytes', () => {
  it.each([
    ['6 GB', 6e9],
    ['1.5GiB', 1_610_612_736],
    ['512 MB', 512e6],
    ['1 TiB', 2 ** 40],
    ['2 tb', 2e12],
    ['.5 kB', 500],
    ['  7 KiB ', 7168],
    ['42', 42],
    ['1.1 GB', 1_100_000_000],
    ['0', 0],
  ])('reads %j as %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    '',
    'GB',
    '-1 GB',
    '1,5 GB',
    '1 GBit',
    '6 constructor',
    '1.2.3 MB',
    '1e9',
    '9999999999 TB',
    '9'.repeat(400),
  ])('refuses %j, saying what a size is', (text) => {
    expect(() => parseBytes(text)).toThrow(
      expect.objectContaining({ kind: 'input', code: 'bad-size', hint: expect.stringContaining('GiB') }),
    );
  });
});

describe('parseSeconds', () => {
  it.each([
    ['45 s', 45],
    ['2 min', 120],
    ['1.5m', 90],
    ['300ms', 0.3],
    ['1 h', 3600],
    ['12', 12],
    ['0.07 min', 4.2],
  ])('reads %j as %d seconds', (text, seconds) => {
    expect(parseSeconds(text)).toBe(seconds);
  });

  it.each(['', 's', '-3 s', '45 GB', '3 constructor', '1 day', '9'.repeat(20)])('refuses %j', (text) => {
    expect(() => parseSeconds(text)).toThrow(
      expect.objectContaining({ kind: 'input', code: 'bad-duration' }),
    );
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999.6, '1.00 kB'],
    [1000, '1.00 kB'],
    [9.72e9, '9.72 GB'],
    [9_994, '9.99 kB'],
    [9_995, '10.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [999_999_999, '1.00 GB'],
    [5e15, '5000 TB'],
    [-320e6, '-320 MB'],
  ])('writes %d as %j', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('is at most half a unit of its last digit away from what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (bytes) => {
        const again = parseBytes(formatBytes(bytes));
        expect(Math.abs(again - bytes)).toBeLessThanOrEqual(bytes * 0.005 + 0.5);
      }),
    );
  });

  it('never writes more before a larger number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e13 }), fc.integer({ min: 0, max: 1e13 }), (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(parseBytes(formatBytes(less))).toBeLessThanOrEqual(parseBytes(formatBytes(more)));
      }),
    );
  });

  it('needs at most three digits below a thousand terabytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999e12 }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|\d\d\.\d|\d\.\d\d) ([kMGT]?B)$/);
      }),
    );
  });
});

describe('formatChosenBytes', () => {
  it.each([
    [4 * 2 ** 20, '4 MiB'],
    [10 * 2 ** 20, '10 MiB'],
    [64 * 1024, '64 KiB'],
    [2 ** 40, '1024 GiB'],
    [100_000, '100 kB'],
    [10_000_000, '10.0 MB'],
    [0, '0 B'],
    [1, '1 B'],
  ])('%i is %s, and read again as the same', (bytes, text) => {
    expect(formatChosenBytes(bytes)).toBe(text);
    expect(parseBytes(text)).toBe(bytes);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0.00 s'],
    [0.0042, '4.20 ms'],
    [0.0123, '12.3 ms'],
    [0.0994, '99.4 ms'],
    [0.0996, '0.10 s'],
    [-0.003, '-3.00 ms'],
    [0.42, '0.42 s'],
    [9.996, '10.0 s'],
    [21.34, '21.3 s'],
    [99.94, '99.9 s'],
    [99.96, '1 min 40 s'],
    [419.1, '6 min 59 s'],
    [119.7, '2 min'],
    [3599.6, '1 h'],
    [7261, '2 h 1 min 1 s'],
    [-2.5, '-2.50 s'],
  ])('writes %d as %j', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  it('never writes sixty of a smaller unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 99.95, max: 1e6, noNaN: true }), (seconds) => {
        expect(formatSeconds(seconds)).not.toMatch(/\b60 (s|min)\b/);
      }),
    );
  });
});
