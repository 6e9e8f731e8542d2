/** From a seed and a number to one input for one decoder. */
import { type Corpus, readCorpus } from './corpus.ts';
import { gzip, span } from './gzip.ts';
import { mostBytes, mutate } from './mutate.ts';
import { Random } from './random.ts';
import { table } from './table.ts';
import { tar } from './tar.ts';
import type { Target } from './target.ts';
import { ztoc } from './ztoc.ts';

export const targets = { tar, gzip, span, ztoc, table } satisfies Record<string, Target>;
export type TargetName = keyof typeof targets;

export interface Case {
  readonly target: TargetName;
  readonly bytes: Buffer;
  /** For what is chosen while it is decoded: chunks, places. */
  readonly random: Random;
}

export class Cases {
  readonly #seed: number;
  readonly #names: readonly TargetName[];
  readonly #corpus: Corpus = readCorpus();

  constructor(seed: number, names: readonly TargetName[]) {
    this.#seed = seed;
    this.#names = names;
  }

  /** The decoders take turns. Each gets all of its corpus as it is, then damaged. */
  at(number: number): Case {
    const target = this.#names[number % this.#names.length] as TargetName;
    const turn = Math.floor(number / this.#names.length);
    const random = new Random(this.#seed, number);
    const { seeds, mutate: damage } = targets[target] as Target;
    const all = seeds(this.#corpus);
    const whole = all[turn];
    if (whole) return { target, bytes: whole, random };
    let bytes = random.pick(all);
    for (let left = 1 + random.small(4); left > 0; left--) {
      bytes = (random.chance(0.9) ? damage : mutate)(bytes, random, all).subarray(0, mostBytes);
    }
    return { target, bytes, random };
  }
}
