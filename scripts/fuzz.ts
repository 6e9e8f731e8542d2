/**
 * Throws damaged layers, zTOCs and file tables at the decoders of tar, gzip, zTOC and file table:
 *   node scripts/fuzz.ts [--cases N] [--seed S] [--only tar,gzip,span,ztoc,table] [--case NUMBER]
 * Only an error of kind `input` may come of it, within a second and 64 MiB. The same seed gives the same cases.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cases, type TargetName, targets } from './fuzz/cases.ts';

/** Nothing takes so long that only a slow machine is to blame. */
const hangSeconds = 10;
const mostFailures = 10;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(targets).join(',') },
    case: { type: 'string' },
  },
});
const names = values.only.split(',') as TargetName[];
const unknown = names.find((name) => !(name in targets));
if (unknown !== undefined) throw new Error(`--only ${unknown}: there are ${Object.keys(targets).join(', ')}`);
const seed = Number(values.seed);
const first = Number(values.case ?? 0);
const end = values.case === undefined ? Number(values.cases) : first + 1;

const folder = mkdtempSync(join(tmpdir(), 'pull-budget-fuzz-'));
const place = join(folder, 'case');
const failed = new Map<number, string>();
const begun = performance.now();
for (let from = first; from < end && failed.size < mostFailures; ) from = await runChild(from);
const seconds = ((performance.now() - begun) / 1000).toFixed(0);
if (failed.size === 0) rmSync(folder, { recursive: true });
else process.exitCode = 1;
console.log(
  `${end - first} cases of ${names.join(', ')} with seed ${seed}: ${failed.size} failed, ${seconds} s`,
);

/** Runs cases from `from` on in a process; says which one comes after those that are done. */
async function runChild(from: number): Promise<number> {
  writeFileSync(place, String(from));
  const child = fork(
    new URL('./fuzz/child.ts', import.meta.url),
    [seed, from, end, names.join(','), place].map(String),
    { execArgv: ['--expose-gc', '--max-old-space-size=192', '--max-semi-space-size=1'] },
  );
  let done = false;
  let hung = false;
  let seen = { number: from, at: performance.now() };
  const watch = setInterval(() => {
    const number = current();
    if (number !== seen.number) seen = { number, at: performance.now() };
    hung = performance.now() - seen.at > hangSeconds * 1000;
    if (hung || failed.size >= mostFailures) child.kill('SIGKILL');
  }, 500);
  child.on('message', (message: 'done' | { number: number; what: string }) => {
    if (message === 'done') done = true;
    else fail(message.number, message.what);
  });
  const how = await new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  clearInterval(watch);
  if (done || failed.size >= mostFailures) return end;
  const number = current();
  fail(number, hung ? `it did not end within ${hangSeconds} s` : `the process ended: ${how}`);
  return number + 1;
}

function current(): number {
  return Number(readFileSync(place, 'latin1').trim());
}

function fail(number: number, what: string): void {
  if (failed.has(number) || failed.size >= mostFailures) return;
  const { target, bytes } = new Cases(seed, names).at(number);
  const file = join(folder, `${target}-${seed}-${number}`);
  writeFileSync(file, bytes);
  failed.set(number, what);
  const only = values.only === Object.keys(targets).join(',') ? '' : ` --only ${values.only}`;
  console.error(`${target}, ${bytes.byteLength} bytes in ${file}: ${what}`);
  console.error(`  again: node scripts/fuzz.ts --seed ${seed}${only} --case ${number}\n`);
}
