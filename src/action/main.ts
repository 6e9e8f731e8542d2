import * as core from '@actions/core';
import { runPipeline } from '../pipeline/run.ts';
import { runAction } from './run.ts';

// The runner sends SIGINT, then SIGTERM after 7.5 s, and kills 2.5 s later.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation
const cancelled = new AbortController();
// A runner that somebody started by hand goes with its terminal: SIGHUP.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => cancelled.abort());

process.exitCode = await runAction(core, {
  environment: process.env,
  signal: cancelled.signal,
  pipeline: runPipeline,
  // A third of what this action consists of: loaded only where it is used.
  loadCache: () => import('@actions/cache'),
});
