import { median } from '../../facts/median.ts';

/**
 * The Hodges-Lehmann estimate of how far `x` lies above `y`: the median of all pairwise differences.
 * https://en.wikipedia.org/wiki/Hodges–Lehmann_estimator
 */
export function hodgesLehmann(x: readonly number[], y: readonly number[]): number {
  return median(x.flatMap((a) => y.map((b) => a - b)));
}

/**
 * One-sided exact Mann-Whitney test: how probable it is that `x` ranks as high above `y` as it does, or higher,
 * were both drawn from one distribution. Ties get midranks, and the distribution is that of the permutations of
 * those very ranks, so it is exact with ties too. Neither may be empty.
 *
 * Rank sums are counted by dynamic programming instead of by trying each of C(n+m, n) permutations;
 * ranks are doubled so that midranks are whole. Counts are exact up to 57 values together.
 * https://en.wikipedia.org/wiki/Mann–Whitney_U_test
 */
export function mannWhitneyGreater(x: readonly number[], y: readonly number[]): number {
  const ranks = doubledMidranks([...x, ...y]);
  const observed = sum(ranks.slice(0, x.length));
  const counts = countsByRankSum(ranks, x.length);
  return sum(counts.slice(observed)) / sum(counts);
}

/** Twice the rank of each value, from 2; equal values share the mean of their ranks. */
function doubledMidranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}

/** At index s: in how many ways `size` of the ranks add up to s. */
function countsByRankSum(ranks: readonly number[], size: number): number[] {
  const counts = Array.from({ length: size + 1 }, () => new Array<number>(sum(ranks) + 1).fill(0));
  (counts[0] as number[])[0] = 1;
  for (const rank of ranks) {
    // From the largest choice down, so that a rank is taken once.
    for (let chosen = size; chosen > 0; chosen--) {
      const from = counts[chosen - 1] as number[];
      const to = counts[chosen] as number[];
      for (let s = to.length - 1; s >= rank; s--) to[s] = (to[s] ?? 0) + (from[s - rank] ?? 0);
    }
  }
  return counts[size] as number[];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
