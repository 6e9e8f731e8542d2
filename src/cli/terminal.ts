import { silentProgress } from '../content/progress.ts';
import { plain } from '../facts/plain.ts';
import type { Context } from '../pipeline/context.ts';
import { type ProgressDisplay, progressLines } from '../pipeline/progress-text.ts';
import { type Clock, realClock } from '../pipeline/tally.ts';
import { Bars } from './bars.ts';
import type { Output } from './call.ts';
import { withoutSecrets } from './complaint.ts';

/** A stream that text goes to, and whether somebody watches it. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command line runs in. */
export interface Surroundings {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/** Lines are made for a width; of what is no terminal nobody knows one. */
const defaultColumns = 100;

/** Standard output. */
export function createOutput({ stdout, environment }: Surroundings, json: boolean): Output {
  return {
    columns: (stdout.isTTY && stdout.columns) || defaultColumns,
    colour: wantsColour(stdout, environment),
    show(result, text) {
      stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : text());
    },
  };
}

/**
 * Colours for somebody who watches, or who asks for them where nobody does; refused, they stay away.
 * https://no-color.org, https://force-color.org
 */
function wantsColour({ isTTY }: TextStream, environment: Surroundings['environment']): boolean {
  const { NO_COLOR: refused, FORCE_COLOR: forced, TERM: kind } = environment;
  if (refused) return false;
  if (forced) return forced !== '0' && forced !== 'false';
  return isTTY === true && kind !== 'dumb';
}

/** Standard error as the pipeline speaks through it: headings of phases, notices, and progress. */
export function createContext(
  { stderr, environment, clock = realClock }: Surroundings,
  quiet: boolean,
  signal: AbortSignal,
  secrets: Set<string>,
): Context {
  const bars = stderr.isTTY && environment.TERM !== 'dumb' && !quiet ? new Bars(stderr, clock) : undefined;
  const print = (line: string): void => {
    if (quiet) return;
    if (bars) bars.print(line);
    else stderr.write(`${line}\n`);
  };
  const display: ProgressDisplay = quiet
    ? { ...silentProgress, end: () => {} }
    : (bars ?? progressLines((line) => print(`  ${line}`), clock));
  return {
    progress: display,
    signal,
    notice: (line) => print(withoutSecrets(plain(line), secrets)),
    onSecret: (value) => secrets.add(value),
    async phase(title, work) {
      print(plain(title));
      try {
        return await work();
      } finally {
        display.end();
      }
    },
  };
}
