/**
 * Runs cases in a process of its own: a crash, a hang and hunger for memory end it and not the fuzzer.
 * argv: seed, first case, case to stop before, decoders, file for the number of the case that runs now
 */
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PullBudgetError } from '../../src/content/error.ts';
import { type Case, Cases, type TargetName, targets } from './cases.ts';
import type { Target } from './target.ts';

const mostSeconds = 1;
const mostGrowth = 64 * 1024 * 1024;
/** So many cases are watched together; only if they take too much memory is each looked at alone. */
const batch = 100;

const [seed = '', first = '', end = '', names = '', place = ''] = process.argv.slice(2);
const cases = new Cases(Number(seed), names.split(',') as TargetName[]);
const placeFile = openSync(place, 'r+');

for (let from = Number(first); from < Number(end); from += batch) {
  const numbers = Array.from({ length: Math.min(batch, Number(end) - from) }, (_, at) => from + at);
  const growth = await peakGrowth(async () => {
    for (const number of numbers) await judge(number);
  });
  if (growth <= mostGrowth) continue;
  for (const number of numbers) await judgeMemory(number);
}
// A process that ends before its output is taken loses it.
process.send?.('done', () => process.disconnect());

async function judge(number: number): Promise<void> {
  writeSync(placeFile, String(number).padEnd(16), 0);
  const input = cases.at(number);
  const before = process.threadCpuUsage();
  const buffersBefore = process.memoryUsage().arrayBuffers;
  const wrong = await outcome(input);
  const { user, system } = process.threadCpuUsage(before);
  const seconds = (user + system) / 1e6;
  const buffers = process.memoryUsage().arrayBuffers - buffersBefore;
  if (wrong !== undefined) report(number, wrong);
  else if (seconds > mostSeconds) report(number, `it took ${seconds.toFixed(1)} s`);
  else if (buffers > mostGrowth) report(number, `its buffers came to ${inMiB(buffers)}`);
}

async function judgeMemory(number: number): Promise<void> {
  writeSync(placeFile, String(number).padEnd(16), 0);
  const growth = await peakGrowth(() => outcome(cases.at(number)));
  if (growth > mostGrowth) report(number, `it took ${inMiB(growth)} of memory`);
}

/** What is wrong with how the decoder ended, if anything. */
async function outcome({ target, bytes, random }: Case): Promise<string | undefined> {
  try {
    await (targets[target] as Target).run(bytes, random);
  } catch (error) {
    if (error instanceof PullBudgetError && error.kind === 'input') return undefined;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return undefined;
}

function report(number: number, what: string): void {
  process.send?.({ number, what });
}

/** By how much the process has grown at most while `work` ran. Linux tells; elsewhere only buffers are watched. */
async function peakGrowth(work: () => Promise<unknown>): Promise<number> {
  await setImmediate();
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const watched = process.platform === 'linux';
  if (watched) writeFileSync('/proc/self/clear_refs', '5');
  await work();
  if (!watched) return 0;
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes) * 1024 - before;
}

function inMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
