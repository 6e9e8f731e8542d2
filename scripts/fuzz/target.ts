import type { Corpus } from './corpus.ts';
import type { Random } from './random.ts';

/** A decoder under test. */
export interface Target {
  seeds(corpus: Corpus): readonly Buffer[];
  /** Changes bytes in a way that gets past the format's first checks. */
  mutate(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer;
  /** Decodes all there is. What it throws is judged: only a PullBudgetError of kind `input` is right. */
  run(bytes: Buffer, random: Random): Promise<void>;
}
