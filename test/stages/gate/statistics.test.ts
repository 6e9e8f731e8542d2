import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median } from '../../../src/facts/median.ts';
import { hodgesLehmann, mannWhitneyGreater } from '../../../src/stages/gate/statistics.ts';

interface Case {
  name: string;
  x: number[];
  y: number[];
  shift: number;
  median_x: number;
  p: number;
  method: string;
}
const fixture = new URL('../../fixtures/statistics/scipy.json', import.meta.url);
const { cases, made_with } = JSON.parse(readFileSync(fixture, 'utf8')) as {
  cases: Case[];
  made_with: { scipy: string };
};

describe(`against scipy ${made_with.scipy}`, () => {
  it.each(cases)('the p of $name is that of $method', ({ x, y, p }) => {
    expect(mannWhitneyGreater(x, y)).toBeCloseTo(p, 14);
  });

  it.each(cases)('the shift of $name is the median of pairwise differences', ({ x, y, shift, median_x }) => {
    expect(hodgesLehmann(x, y)).toBeCloseTo(shift, 12);
    expect(median(x)).toBeCloseTo(median_x, 12);
  });
});

/** Every choice of which values are x's, as the definition says. */
function byTryingAll(x: readonly number[], y: readonly number[]): number {
  const all = [...x, ...y];
  const u = (chosen: readonly number[], rest: readonly number[]): number =>
    chosen
      .flatMap((a) => rest.map((b) => (a > b ? 2 : a === b ? 1 : 0) as number))
      .reduce((s, v) => s + v, 0);
  const observed = u(x, y);
  let total = 0;
  let atLeast = 0;
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const chosen = all.filter((_, index) => mask & (1 << index));
    if (chosen.length !== x.length) continue;
    total++;
    if (
      u(
        chosen,
        all.filter((_, index) => !(mask & (1 << index))),
      ) >= observed
    )
      atLeast++;
  }
  return atLeast / total;
}

const few = fc.array(fc.nat(6), { minLength: 1, maxLength: 4 });
const some = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 8 });

describe('mannWhitneyGreater', () => {
  it('is the share of permutations that rank as high, ties included', () => {
    fc.assert(
      fc.property(few, few, (x, y) => {
        expect(mannWhitneyGreater(x, y)).toBe(byTryingAll(x, y));
      }),
      { numRuns: 200 },
    );
  });

  it('comes to exactly 0.05 for three pulls that are all slower than three others', () => {
    expect(mannWhitneyGreater([4, 5, 6], [1, 2, 3])).toBe(0.05);
  });

  it('is a probability that never rises when x rises', () => {
    fc.assert(
      fc.property(some, some, fc.nat(20), (x, y, by) => {
        const before = mannWhitneyGreater(x, y);
        const after = mannWhitneyGreater(
          x.map((value) => value + by),
          y,
        );
        expect(after).toBeLessThanOrEqual(before);
        expect(after).toBeGreaterThan(0);
        expect(before).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not mind the order of the values, nor their scale', () => {
    fc.assert(
      fc.property(some, some, (x, y) => {
        const scaled = (values: number[]): number[] => values.map((value) => Math.exp(value)).toReversed();
        expect(mannWhitneyGreater(scaled(x), scaled(y))).toBe(mannWhitneyGreater(x, y));
      }),
    );
  });

  it('works out thirty values together in no time', () => {
    const x = Array.from({ length: 15 }, (_, index) => index + 15);
    const y = Array.from({ length: 15 }, (_, index) => index);
    // 1 / C(30, 15)
    expect(mannWhitneyGreater(x, y)).toBe(1 / 155_117_520);
  });
});

describe('median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[10, 9], 9.5],
    [[100, 20, 3], 20],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('of nothing is no number', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves its input as it is', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('hodgesLehmann', () => {
  it('is by how much one side was moved', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: -9, max: 9 }), (values, by) => {
        expect(
          hodgesLehmann(
            values.map((value) => value + by),
            values,
          ),
        ).toBe(by);
      }),
    );
  });

  it('turns its sign when the sides are exchanged', () => {
    fc.assert(
      fc.property(some, some, (x, y) => {
        expect(hodgesLehmann(x, y) + hodgesLehmann(y, x)).toBe(0);
      }),
    );
  });

  it('is not moved by one outlier among many', () => {
    expect(hodgesLehmann([10, 10, 10, 10, 900], [8, 8, 8, 8, 8])).toBe(2);
  });
});
