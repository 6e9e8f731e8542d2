import type { Progress } from '../content/progress.ts';
import { formatBytes, formatSeconds } from '../facts/units.ts';

interface Work {
  readonly label: string;
  readonly totalBytes: number | undefined;
  readonly startedAt: number;
  bytes: number;
}

const everySeconds = 5;

/**
 * Progress for a log, which is read later and by line: one when a task ends, and every few seconds one for all
 * that are under way.
 * A task that ends within a second, with nothing to note, is not worth a line.
 */
export class LogProgress implements Progress {
  readonly #print: (line: string) => void;
  readonly #running = new Set<Work>();
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  start(label: string, totalBytes?: number) {
    const work: Work = { label, totalBytes, startedAt: performance.now(), bytes: 0 };
    this.#running.add(work);
    this.#timer ??= setInterval(() => this.#tell(), everySeconds * 1000).unref();
    return {
      advance: (bytes: number) => {
        work.bytes += bytes;
      },
      done: (note?: string) => {
        const seconds = secondsSince(work);
        const known = this.#running.delete(work);
        if (known && (note !== undefined || seconds >= 1)) this.#print(ended(work, seconds, note));
        if (this.#running.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #tell(): void {
    const running = [...this.#running];
    const [first] = running;
    if (first === undefined) return;
    this.#print(
      `${first.label}${running.length > 1 ? ` and ${running.length - 1} more` : ''}: ${state(running)}`,
    );
  }
}

/** `1.20 GB of 6.40 GB, 95.3 MB/s, 54.6 s left` */
function state(running: readonly Work[]): string {
  const done = running.reduce((sum, work) => sum + work.bytes, 0);
  const seconds = Math.max(...running.map(secondsSince));
  const rate = done / seconds;
  const total = running.every((work) => work.totalBytes !== undefined)
    ? running.reduce((sum, work) => sum + (work.totalBytes ?? 0), 0)
    : undefined;
  return [
    total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`,
    `${formatBytes(rate)}/s`,
    ...(total !== undefined && rate > 0 && total >= done
      ? [`${formatSeconds((total - done) / rate)} left`]
      : []),
  ].join(', ');
}

const secondsSince = ({ startedAt }: Work): number => (performance.now() - startedAt) / 1000;

function ended({ label, bytes }: Work, seconds: number, note: string | undefined): string {
  const moved = bytes > 0 ? `${formatBytes(bytes)} in ` : '';
  return `${label}: ${note ?? 'done'}, ${moved}${formatSeconds(seconds)}`;
}
