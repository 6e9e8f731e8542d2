import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundOrder } from '../../../src/stages/measure/order.ts';

const cells = ['image', 'baseline', 'image over baseline'];

describe('the order of a round', () => {
  it('is a permutation that seed and round alone decide', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), fc.nat(1000), (list, seed, round) => {
        const order = roundOrder(list, seed, round);
        expect(order).toEqual(roundOrder(list, seed, round));
        expect(order.toSorted()).toEqual(list.toSorted());
      }),
    );
  });

  it('gives every permutation about as often, over rounds and over seeds', () => {
    for (const orderOf of [
      (at: number) => roundOrder(cells, 1, at),
      (at: number) => roundOrder(cells, at, 0),
    ]) {
      const counts = new Map<string, number>();
      for (let at = 0; at < 6000; at++) {
        const order = orderOf(at).join();
        counts.set(order, (counts.get(order) ?? 0) + 1);
      }
      expect(counts.size).toBe(6);
      // Four standard deviations of a fair draw.
      for (const count of counts.values())
        expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt((6000 / 6) * (5 / 6)));
    }
  });
});
