import { plain } from '../facts/plain.ts';
import {
  describeActive,
  describeDone,
  describeTask,
  type ProgressDisplay,
} from '../pipeline/progress-text.ts';
import { type Clock, Tally, type Task } from '../pipeline/tally.ts';
import { cut, displayWidth } from '../stages/report/width.ts';

/** What bars are drawn on: standard error of a terminal. */
export interface Screen {
  write(text: string): unknown;
  /** Changes when the window does. */
  readonly columns?: number;
}

const framesPerSecond = 8;
const maxBars = 6;
/** With these a line fits 80 columns: `layer` and a short digest, amount, rate and time left. */
const barWidth = 12;
const labelWidth = 18;
const fittingColumns = 79;

/**
 * Bars for tasks under way, a line each, over a line for all of them. Redrawn in place; other text goes to the
 * screen through `print`, which keeps it above them.
 */
export class Bars implements ProgressDisplay {
  readonly #screen: Screen;
  readonly #clock: Clock;
  #tally: Tally | undefined;
  #stop = (): void => {};
  #drawnLines = 0;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  start(label: string, totalBytes?: number) {
    if (this.#tally === undefined) {
      this.#tally = new Tally(this.#clock);
      this.#stop = this.#clock.every(1 / framesPerSecond, () => this.#draw());
    }
    return this.#tally.start(plain(label), totalBytes);
  }

  /** A line above the bars, there to stay. */
  print(line: string): void {
    this.#screen.write(`${this.#erase()}${line}\n`);
    this.#drawnLines = 0;
    this.#draw();
  }

  end(): void {
    this.#stop();
    const tally = this.#tally;
    this.#tally = undefined;
    const done = tally && tally.done > 0 ? `  ${describeDone(tally)}\n` : '';
    const text = this.#erase() + done;
    if (text !== '') this.#screen.write(text);
    this.#drawnLines = 0;
  }

  #draw(): void {
    if (this.#tally === undefined) return;
    // The last column stays free: a terminal that wraps there would count one line more than was drawn.
    const width = Math.max(20, (this.#screen.columns ?? 80) - 1);
    const lines = barLines(this.#tally, width);
    if (lines.length === 0 && this.#drawnLines === 0) return;
    this.#screen.write(this.#erase() + lines.map((line) => `${line}\n`).join(''));
    this.#drawnLines = lines.length;
  }

  /** CUU and ED (ECMA-48 8.3.22, 8.3.39): up to the first line that was drawn, and all from there cleared. */
  #erase(): string {
    return this.#drawnLines === 0 ? '' : `\x1b[${this.#drawnLines}A\r\x1b[J`;
  }
}

/** What is on show of a tally: none while nothing is under way. */
export function barLines(tally: Tally, width: number): string[] {
  const { active } = tally;
  if (active.length === 0) return [];
  const shown = active.length > maxBars ? active.slice(0, maxBars - 1) : active;
  const more = active.length - shown.length;
  const longest = Math.max(...shown.map((task) => displayWidth(task.label)));
  // Where the terminal is wider, labels have the room.
  const room = Math.max(labelWidth, Math.min(longest, labelWidth + width - fittingColumns));
  const lines = [
    ...shown.map((task) => taskLine(task, room)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(active.length > 1 || tally.done > 0 ? [`  ${describeActive(tally)}`] : []),
  ];
  return lines.map((line) => cut(line, width));
}

function taskLine(task: Task, room: number): string {
  const label = cut(task.label, room);
  const name = label + ' '.repeat(room - displayWidth(label));
  return `  ${name} ${bar(task)} ${describeTask(task)}`.trimEnd();
}

/** Of a task without a known size, only how much has come. */
function bar({ totalBytes, meter }: Task): string {
  if (totalBytes === undefined) return '';
  const share = totalBytes === 0 ? 1 : Math.min(1, meter.bytes / totalBytes);
  const full = Math.floor(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
}
