import type { Progress, ProgressTask } from '../content/progress.ts';

/** Time as progress needs it: to be real at an edge, and to be moved by hand in a test. */
export interface Clock {
  /** Seconds, monotonic. */
  now(): number;
  /** Calls back every so many seconds, without keeping the process alive; returns what ends that. */
  every(seconds: number, tick: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now() / 1000,
  every: (seconds, tick) => {
    const timer = setInterval(tick, seconds * 1000).unref();
    return () => clearInterval(timer);
  },
};

/** A rate is that of the last seconds: what was long ago says nothing of the time left. */
const windowSeconds = 5;
/** Below this a rate is noise. */
const leastSeconds = 0.5;

/** Bytes as they come, and how fast they come now. */
export class Meter {
  readonly #clock: Clock;
  readonly started: number;
  bytes = 0;
  #marks: { readonly at: number; readonly bytes: number }[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.started = clock.now();
    this.#marks = [{ at: this.started, bytes: 0 }];
  }

  add(bytes: number): void {
    this.bytes += bytes;
    const at = this.#clock.now();
    // Ten marks a second are enough, however small the chunks.
    if (at - (this.#marks.at(-1)?.at ?? 0) < 0.1) return;
    this.#marks.push({ at, bytes: this.bytes });
    while (this.#marks.length > 2 && (this.#marks[1]?.at ?? at) <= at - windowSeconds) this.#marks.shift();
  }

  get seconds(): number {
    return this.#clock.now() - this.started;
  }

  /** Bytes a second; undefined while too little has happened. */
  get rate(): number | undefined {
    const [first] = this.#marks;
    const seconds = this.#clock.now() - (first?.at ?? 0);
    if (first === undefined || seconds < leastSeconds || this.bytes === first.bytes) return undefined;
    return (this.bytes - first.bytes) / seconds;
  }
}

/** A task under way. */
export interface Task {
  readonly label: string;
  readonly totalBytes: number | undefined;
  readonly meter: Meter;
}

/** Keeps count of tasks for a display: what is under way, what is done and how, how fast bytes come. */
export class Tally implements Progress {
  readonly #clock: Clock;
  readonly #active = new Set<Task>();
  readonly meter: Meter;
  done = 0;
  /** How many ended with which note. */
  readonly notes = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.meter = new Meter(clock);
  }

  start(label: string, totalBytes?: number): ProgressTask {
    const task: Task = { label, totalBytes, meter: new Meter(this.#clock) };
    this.#active.add(task);
    return {
      advance: (bytes) => {
        task.meter.add(bytes);
        this.meter.add(bytes);
      },
      done: (note) => {
        if (!this.#active.delete(task)) return;
        this.done += 1;
        if (note !== undefined) this.notes.set(note, (this.notes.get(note) ?? 0) + 1);
      },
    };
  }

  /** In the order of their start. */
  get active(): readonly Task[] {
    return [...this.#active];
  }
}
