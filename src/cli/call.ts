import type { Written } from '../config/read.ts';
import type { Settings } from '../config/settings.ts';
import type { Context } from '../pipeline/context.ts';
import type { FlagValues } from './flags.ts';

/** One call of a command, with everything read and checked. */
export interface Call {
  readonly settings: Settings;
  /** What of the settings stands on the command line itself. */
  readonly written: Written;
  readonly flags: FlagValues;
  /** Arguments that are no settings, by name. */
  readonly positionals: Readonly<Record<string, string>>;
  readonly context: Context;
  readonly output: Output;
}

/** Standard output: text for people, or with --json exactly one document. */
export interface Output {
  /** Of the terminal; text keeps to it. */
  readonly columns: number;
  readonly colour: boolean;
  /** Shows the result: `text` is only made where it is wanted. */
  show(result: unknown, text: () => string): void;
}

/** What a command's file exports. @returns the exit code */
export type Run = (call: Call) => Promise<number>;
