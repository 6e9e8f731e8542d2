/** Paired timing of whole processes: A B, B A, A B …, each under GNU time, medians and the ratio pair by pair. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Contestant {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Runs before each run, untimed: makes it start from nothing. */
  readonly reset: () => Promise<void>;
}

interface Run {
  readonly seconds: number;
  /** Of the largest single process. */
  readonly peakBytes: number;
}

/** Prints both medians and the ratio of speeds (ours ÷ peer's; above 1 is faster). `bytes` is what each run moves. */
export async function race(
  ours: Contestant,
  peer: Contestant,
  { runs, bytes }: { runs: number; bytes: number },
): Promise<void> {
  const results = new Map<Contestant, Run[]>([
    [ours, []],
    [peer, []],
  ]);
  for (let at = -1; at < runs; at++) {
    // One discarded pair first; then who begins alternates.
    for (const contestant of at % 2 === 0 ? [ours, peer] : [peer, ours]) {
      await contestant.reset();
      const result = await timed(contestant);
      if (at >= 0) results.get(contestant)?.push(result);
    }
  }
  for (const [{ name }, all] of results) {
    const seconds = median(all.map((run) => run.seconds));
    const peak = Math.max(...all.map((run) => run.peakBytes));
    const every = all.map((run) => run.seconds.toFixed(2)).join(' ');
    console.log(
      `${name.padEnd(44)} ${seconds.toFixed(2)} s  ${(bytes / 1e6 / seconds).toFixed(0)} MB/s  peak ${(peak / 2 ** 20).toFixed(0)} MiB  (${every})`,
    );
  }
  const pairs = (results.get(ours) ?? []).map(
    (run, at) => (results.get(peer)?.[at]?.seconds ?? Number.NaN) / run.seconds,
  );
  console.log(
    `ratio of speeds, pair by pair: median ${median(pairs).toFixed(2)} (${pairs.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
}

async function timed({ name, argv, env }: Contestant): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'pull-budget-bench-'));
  const figures = join(folder, 'time');
  try {
    const child = spawn('/usr/bin/time', ['-f', '%e %M', '-o', figures, ...argv], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
    const [seconds, kilobytes] = (await readFile(figures, 'utf8')).trim().split(' ').map(Number);
    return { seconds: seconds ?? Number.NaN, peakBytes: (kilobytes ?? Number.NaN) * 1024 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
