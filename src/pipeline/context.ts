import type { Progress } from '../content/progress.ts';

/** What an edge (terminal, GitHub) gives the pipeline to speak through. */
export interface Context {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** A line that the user should see whatever the edge: what was decided and why. */
  notice(line: string): void;
  /** Called with every secret as soon as it is known, before anything could print it. */
  onSecret(value: string): void;
  /** Runs a phase of the pipeline under its title: a group of a CI log, a heading on a terminal. */
  phase<T>(title: string, work: () => Promise<T>): Promise<T>;
}
