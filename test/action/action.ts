/** The action, run with a pipeline of a test's. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction } from '../../src/action/run.ts';
import type { CacheService } from '../../src/action/ztoc-cache.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Report } from '../../src/facts/report.ts';
import type { Context } from '../../src/pipeline/context.ts';
import { gateOf, reportOf, verdictOf } from '../stages/report/fixture.ts';
import { listen } from './listener.ts';

/** With an empty step summary, and a folder for temporary files. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'action-test-'));
  await mkdir(join(folder, 'temp'));
  await writeFile(join(folder, 'summary.md'), '');
  return folder;
}

export type Call = [
  pipeline: (settings: Settings, context: Context) => Promise<Report>,
  /** As a workflow names them. */
  inputs?: Record<string, string>,
  environment?: Record<string, string>,
  loadCache?: () => Promise<CacheService>,
];

export async function runIn(
  folder: string,
  ...[
    pipeline,
    inputs = {},
    environment = {},
    loadCache = () => Promise.reject(new Error('the cache was loaded')),
  ]: Call
) {
  const runner = listen();
  const all = {
    image: 'r.example/a:1',
    report: join(folder, 'report.json'),
    scratch: join(folder, 'temp'),
    ...inputs,
  };
  const code = await runAction(runner.toolkit, {
    environment: {
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
      ...Object.fromEntries(
        Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...environment,
    },
    signal: new AbortController().signal,
    pipeline,
    loadCache,
  });
  const summary = await readFile(join(folder, 'summary.md'), 'utf8');
  return { ...runner, code, summary };
}

export const passed = () => reportOf({ gate: gateOf([verdictOf('layers <= 60', { value: 6 })]) });
