import type { Progress } from '../content/progress.ts';
import { formatBytes, formatSeconds } from '../facts/units.ts';
import { type Clock, type Meter, Tally, type Task } from './tally.ts';

/** Progress that an edge shows, a phase at a time. */
export interface ProgressDisplay extends Progress {
  /** Ends the phase: what is on show goes, a line of what was done stays. */
  end(): void;
}

/** `1.20 GB of 3.40 GB, 85.2 MB/s, 26 s left`; parts that are not known are left out. */
export function describeTask({ totalBytes, meter }: Pick<Task, 'totalBytes' | 'meter'>): string {
  const amount =
    totalBytes === undefined
      ? meter.bytes === 0
        ? ''
        : formatBytes(meter.bytes)
      : `${formatBytes(meter.bytes)} of ${formatBytes(totalBytes)}`;
  return [amount, describeRate(meter), describeTimeLeft(meter, totalBytes)].filter(Boolean).join(', ');
}

/** Tasks under way taken together: their totals count only where all are known. */
export function describeActive(tally: Tally): string {
  const { active, meter } = tally;
  const left = active.reduce((sum, task) => sum + (task.totalBytes ?? Number.NaN) - task.meter.bytes, 0);
  const counts = [tally.done > 0 ? `${tally.done} done` : '', `${active.length} under way`];
  const amount = meter.bytes === 0 ? '' : formatBytes(meter.bytes);
  const timeLeft = Number.isNaN(left) ? '' : describeTimeLeft(meter, meter.bytes + left);
  return [...counts, amount, describeRate(meter), timeLeft].filter(Boolean).join(', ');
}

/** `8 done (exists: 3), 1.23 GB in 14.2 s, 86.6 MB/s`. */
export function describeDone({ done, notes, meter }: Tally): string {
  const how = Array.from(notes, ([note, count]) => `${note}: ${count}`).join(', ');
  const rate = meter.bytes > 0 && meter.seconds > 0 ? `, ${formatBytes(meter.bytes / meter.seconds)}/s` : '';
  const moved =
    meter.bytes > 0 ? `, ${formatBytes(meter.bytes)} in ${formatSeconds(meter.seconds)}${rate}` : '';
  return `${done} done${how ? ` (${how})` : ''}${moved}`;
}

function describeRate({ rate }: Meter): string {
  return rate === undefined ? '' : `${formatBytes(rate)}/s`;
}

function describeTimeLeft({ rate, bytes }: Meter, totalBytes: number | undefined): string {
  if (rate === undefined || totalBytes === undefined || totalBytes <= bytes) return '';
  const seconds = Math.max(1, Math.round((totalBytes - bytes) / rate));
  return `${seconds < 100 ? `${seconds} s` : formatSeconds(seconds)} left`;
}

/** Seconds between lines: a log of minutes stays readable. */
const lineSeconds = 5;

/** For logs: a line every few seconds while something is under way, and one when a phase has ended. */
export function progressLines(write: (line: string) => void, clock: Clock): ProgressDisplay {
  let tally: Tally | undefined;
  let stop = (): void => {};
  const tick = (): void => {
    if (tally === undefined || tally.active.length === 0) return;
    const [only] = tally.active;
    const single = tally.active.length === 1 && tally.done === 0 && only ? only : undefined;
    write(single ? `${single.label}: ${describeTask(single) || 'under way'}` : describeActive(tally));
  };
  return {
    start(label, totalBytes) {
      if (tally === undefined) {
        tally = new Tally(clock);
        stop = clock.every(lineSeconds, tick);
      }
      return tally.start(label, totalBytes);
    },
    end() {
      stop();
      if (tally && tally.done > 0) write(describeDone(tally));
      tally = undefined;
    },
  };
}
