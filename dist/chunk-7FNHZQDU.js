import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  formatBytes,
  formatSeconds
} from "./chunk-GQUP2JUB.js";

// src/pipeline/tally.ts
var realClock = {
  now: () => performance.now() / 1e3,
  every: (seconds, tick) => {
    const timer = setInterval(tick, seconds * 1e3).unref();
    return () => clearInterval(timer);
  }
};
var windowSeconds = 5;
var leastSeconds = 0.5;
var Meter = class {
  #clock;
  started;
  bytes = 0;
  #marks;
  constructor(clock) {
    this.#clock = clock;
    this.started = clock.now();
    this.#marks = [{ at: this.started, bytes: 0 }];
  }
  add(bytes) {
    this.bytes += bytes;
    const at = this.#clock.now();
    if (at - (this.#marks.at(-1)?.at ?? 0) < 0.1) return;
    this.#marks.push({ at, bytes: this.bytes });
    while (this.#marks.length > 2 && (this.#marks[1]?.at ?? at) <= at - windowSeconds) this.#marks.shift();
  }
  get seconds() {
    return this.#clock.now() - this.started;
  }
  /** Bytes a second; undefined while too little has happened. */
  get rate() {
    const [first] = this.#marks;
    const seconds = this.#clock.now() - (first?.at ?? 0);
    if (first === void 0 || seconds < leastSeconds || this.bytes === first.bytes) return void 0;
    return (this.bytes - first.bytes) / seconds;
  }
};
var Tally = class {
  #clock;
  #active = /* @__PURE__ */ new Set();
  meter;
  done = 0;
  /** How many ended with which note. */
  notes = /* @__PURE__ */ new Map();
  constructor(clock) {
    this.#clock = clock;
    this.meter = new Meter(clock);
  }
  start(label, totalBytes) {
    const task = { label, totalBytes, meter: new Meter(this.#clock) };
    this.#active.add(task);
    return {
      advance: (bytes) => {
        task.meter.add(bytes);
        this.meter.add(bytes);
      },
      done: (note) => {
        if (!this.#active.delete(task)) return;
        this.done += 1;
        if (note !== void 0) this.notes.set(note, (this.notes.get(note) ?? 0) + 1);
      }
    };
  }
  /** In the order of their start. */
  get active() {
    return [...this.#active];
  }
};

// src/pipeline/progress-text.ts
function describeTask({ totalBytes, meter }) {
  const amount = totalBytes === void 0 ? meter.bytes === 0 ? "" : formatBytes(meter.bytes) : `${formatBytes(meter.bytes)} of ${formatBytes(totalBytes)}`;
  return [amount, describeRate(meter), describeTimeLeft(meter, totalBytes)].filter(Boolean).join(", ");
}
function describeActive(tally) {
  const { active, meter } = tally;
  const left = active.reduce((sum, task) => sum + (task.totalBytes ?? Number.NaN) - task.meter.bytes, 0);
  const counts = [tally.done > 0 ? `${tally.done} done` : "", `${active.length} under way`];
  const amount = meter.bytes === 0 ? "" : formatBytes(meter.bytes);
  const timeLeft = Number.isNaN(left) ? "" : describeTimeLeft(meter, meter.bytes + left);
  return [...counts, amount, describeRate(meter), timeLeft].filter(Boolean).join(", ");
}
function describeDone({ done, notes, meter }) {
  const how = Array.from(notes, ([note, count]) => `${note}: ${count}`).join(", ");
  const rate = meter.bytes > 0 && meter.seconds > 0 ? `, ${formatBytes(meter.bytes / meter.seconds)}/s` : "";
  const moved = meter.bytes > 0 ? `, ${formatBytes(meter.bytes)} in ${formatSeconds(meter.seconds)}${rate}` : "";
  return `${done} done${how ? ` (${how})` : ""}${moved}`;
}
function describeRate({ rate }) {
  return rate === void 0 ? "" : `${formatBytes(rate)}/s`;
}
function describeTimeLeft({ rate, bytes }, totalBytes) {
  if (rate === void 0 || totalBytes === void 0 || totalBytes <= bytes) return "";
  const seconds = Math.max(1, Math.round((totalBytes - bytes) / rate));
  return `${seconds < 100 ? `${seconds} s` : formatSeconds(seconds)} left`;
}
var lineSeconds = 5;
function progressLines(write, clock) {
  let tally;
  let stop = () => {
  };
  const tick = () => {
    if (tally === void 0 || tally.active.length === 0) return;
    const [only] = tally.active;
    const single = tally.active.length === 1 && tally.done === 0 && only ? only : void 0;
    write(single ? `${single.label}: ${describeTask(single) || "under way"}` : describeActive(tally));
  };
  return {
    start(label, totalBytes) {
      if (tally === void 0) {
        tally = new Tally(clock);
        stop = clock.every(lineSeconds, tick);
      }
      return tally.start(label, totalBytes);
    },
    end() {
      stop();
      if (tally && tally.done > 0) write(describeDone(tally));
      tally = void 0;
    }
  };
}

export {
  realClock,
  Tally,
  describeTask,
  describeActive,
  describeDone,
  progressLines
};
