import { describe, expect, it } from 'vitest';
import { limitsOf, simulate, summarise } from '../../../../bench/series/simulate.ts';

describe.each(['chain', 'blobs'] as const)(
  'twelve further releases of a made image under the rule %s',
  (reuse) => {
    const limits = limitsOf(reuse);
    const figures = simulate(7, 12, limits, 0.05);
    const { ofGoal, worstPlain, fresh, layers } = summarise(figures);

    it('ship little more than what changed, a release that compacts left out', () => {
      expect(figures.some(({ compacts }) => !compacts)).toBe(true);
      expect(worstPlain).toBeLessThan(1.3);
    });

    it('ship together less than twice what changed and a megabyte each', () => {
      expect(ofGoal).toBeLessThan(1);
    });

    it('let a fresh node download no more than the slack above the plain image', () => {
      expect(fresh).toBeLessThan(1 + limits.slack);
    });

    it('never have more layers than the limit', () => {
      expect(layers).toBeLessThanOrEqual(limits.maxLayers);
    });

    it('are the same each time', () => {
      expect(simulate(7, 2, limits, 0.05)).toEqual(figures.slice(0, 2));
    });
  },
);
