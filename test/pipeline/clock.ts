import type { Clock } from '../../src/pipeline/tally.ts';

/** Time that passes when the test says so. */
export class HandClock implements Clock {
  #now = 1000;
  #ticks: { readonly seconds: number; readonly tick: () => void; next: number }[] = [];

  now(): number {
    return this.#now;
  }

  every(seconds: number, tick: () => void): () => void {
    const entry = { seconds, tick, next: this.#now + seconds };
    this.#ticks.push(entry);
    return () => {
      this.#ticks = this.#ticks.filter((other) => other !== entry);
    };
  }

  /** Ticks that are still wanted. */
  get waiting(): number {
    return this.#ticks.length;
  }

  pass(seconds: number): void {
    const end = this.#now + seconds;
    for (;;) {
      const due = this.#ticks.filter(({ next }) => next <= end).sort((a, b) => a.next - b.next)[0];
      if (due === undefined) break;
      this.#now = due.next;
      due.next += due.seconds;
      due.tick();
    }
    this.#now = end;
  }
}
