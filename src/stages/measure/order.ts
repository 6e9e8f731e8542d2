/**
 * The order of a round: a permutation that follows from seed and round alone, so that a measurement can be taken
 * again as it was, and a machine that slowly warms up or fills favours neither image.
 */
export function roundOrder<Cell>(cells: readonly Cell[], seed: number, round: number): Cell[] {
  const random = splitMix(Math.imul(seed, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b));
  const order = [...cells];
  // Fisher-Yates: every permutation is as likely as any other.
  for (let left = order.length; left > 1; left--) {
    const chosen = Math.floor(random() * left);
    [order[left - 1], order[chosen]] = [order[chosen] as Cell, order[left - 1] as Cell];
  }
  return order;
}

/** Numbers from 0 to 1 by splitmix32: a counter, well mixed. https://doi.org/10.1145/2660193.2660195 */
function splitMix(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
