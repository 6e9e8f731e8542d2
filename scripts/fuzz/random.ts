/** Numbers that look random and are the same for the same seed: mulberry32. */
export class Random {
  #state: number;

  /** `part` tells apart the streams of one seed. */
  constructor(seed: number, part: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b)) >>> 0;
    for (let at = 0; at < 4; at++) this.next();
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `end - 1`; 0 where there is nothing to choose. */
  below(end: number): number {
    return end <= 1 ? 0 : this.next() % Math.floor(end);
  }

  /** Small numbers more often than large ones, up to `end - 1`. */
  small(end: number): number {
    return this.below(this.below(end) + 1);
  }

  chance(of: number): boolean {
    return this.next() / 2 ** 32 < of;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Uint8Array.from({ length }, () => this.next() >>> 24));
  }
}
