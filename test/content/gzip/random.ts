/** Numbers that look random and are the same each time (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** Small ones are as frequent as large ones: as many of 10 to 99 as of 1,000 to 9,999. */
  size(most: number): number {
    return Math.floor((most + 1) ** (this.below(2 ** 30) / 2 ** 30)) - 1;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  bytes(length: number, below = 256): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(below)));
  }
}
