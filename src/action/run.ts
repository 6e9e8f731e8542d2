import { settingsOfAction } from '../config/inputs.ts';
import type { Settings } from '../config/settings.ts';
import { exitCodes, PullBudgetError } from '../content/error.ts';
import { plain } from '../facts/plain.ts';
import type { Report } from '../facts/report.ts';
import type { Context } from '../pipeline/context.ts';
import { progressLines } from '../pipeline/progress-text.ts';
import { realClock } from '../pipeline/tally.ts';
import { exitCode } from '../stages/gate/evaluate.ts';
import { inertLog } from '../stages/report/inert.ts';
import { forkOf, readEvent } from './event.ts';
import { publish, publishFailure } from './publish.ts';
import { Redactor } from './redactor.ts';
import { makeScratch, removeScratch } from './scratch.ts';
import type { Toolkit } from './toolkit.ts';
import { type CacheService, keptFolder } from './ztoc-cache.ts';

/** What shells make of SIGINT: 128 and the signal's number. */
const interrupted = 130;

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly pipeline: (settings: Settings, context: Context) => Promise<Report>;
  readonly loadCache: () => Promise<CacheService>;
}

/** The whole action: inputs in; outputs, summary, annotations and report out. Gives the exit code; never throws. */
export async function runAction(runner: Toolkit, surroundings: Surroundings): Promise<number> {
  const { environment, signal } = surroundings;
  const redactor = new Redactor();
  const toolkit = guarded(runner, redactor);
  let isPublished = false;
  try {
    const settings = await withoutForeignPush(await settingsOfAction(environment), environment, toolkit);
    const scratch = await makeScratch(settings.scratch, toolkit);
    try {
      const context = contextOf(toolkit, redactor, signal);
      const report = redactor.value(
        await withKeptFolder({ ...settings, scratch }, context, surroundings, toolkit),
      );
      isPublished = true;
      await publish(report, settings.report, environment, toolkit);
      return verdictOf(report, toolkit);
    } finally {
      await removeScratch(scratch, toolkit);
    }
  } catch (error) {
    if (!isPublished && !signal.aborted) {
      const { message, hint } = error instanceof PullBudgetError ? error : unexpected(error);
      // Redacted before it is Markdown: a secret's characters may be escaped there.
      const text = { message: redactor.text(message), ...(hint ? { hint: redactor.text(hint) } : {}) };
      await publishFailure(text, environment, toolkit);
    }
    return failure(error, toolkit, signal);
  }
}

/** Runs the pipeline with the zTOCs of the last run; what it made is kept where it fails too, for the next try. */
async function withKeptFolder(
  settings: Settings,
  context: Context,
  { environment, signal, pipeline, loadCache }: Surroundings,
  toolkit: Toolkit,
): Promise<Report> {
  const kept = await keptFolder(settings, environment, loadCache, toolkit);
  if (kept === undefined) return pipeline(settings, context);
  try {
    return await pipeline({ ...settings, sociCache: kept.path }, context);
  } finally {
    if (!signal.aborted) await kept.save();
    await kept.remove();
  }
}

/** A fork's image stays on this machine: what it pushed would carry this repository's name. */
async function withoutForeignPush(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  toolkit: Toolkit,
): Promise<Settings> {
  const fork = settings.push && !settings.pushForks ? forkOf(await readEvent(environment)) : undefined;
  if (fork === undefined) return settings;
  toolkit.notice(
    `The change comes from ${fork}, a fork: nothing is pushed, the image is measured from a registry on loopback. Set push-forks to push it.`,
    { title: 'Not pushed' },
  );
  return { ...settings, push: false };
}

function contextOf(toolkit: Toolkit, redactor: Redactor, signal: AbortSignal): Context {
  const progress = progressLines((line) => toolkit.info(inertLog(plain(line))), realClock);
  return {
    progress,
    signal,
    // Not as annotations: a run has ten of them, and a registry that is asked again would take them all.
    notice: (line) => toolkit.info(inertLog(plain(line))),
    onSecret: (value) => {
      redactor.add(value);
      toolkit.setSecret(value);
    },
    phase: (title, work) => toolkit.group(title, () => work().finally(() => progress.end())),
  };
}

/** The runner, told no secret and no line that a part of an image could have turned into a command. */
function guarded(runner: Toolkit, redactor: Redactor): Toolkit {
  const clean = (text: string) => redactor.text(text);
  return {
    info: (line) => runner.info(clean(line)),
    debug: (line) => runner.debug(clean(line)),
    notice: (message, properties) => runner.notice(clean(plain(message)), properties),
    warning: (message, properties) => runner.warning(clean(plain(message)), properties),
    error: (message, properties) => runner.error(clean(plain(message)), properties),
    group: (title, work) => runner.group(clean(plain(title)), work),
    setSecret: (value) => runner.setSecret(value),
    setOutput: (name, value) => runner.setOutput(name, clean(value)),
    setFailed: (message) => runner.setFailed(clean(message)),
    saveState: (name, value) => runner.saveState(name, value),
    getState: (name) => runner.getState(name),
  };
}

function verdictOf({ gate }: Report, toolkit: Toolkit): number {
  const code = gate === undefined ? exitCodes.pass : exitCode(gate);
  if (code === exitCodes.budgetFailed)
    toolkit.setFailed('A budget failed: the step summary says which and why.');
  if (code === exitCodes.infrastructure) {
    toolkit.setFailed('A budget could not be judged: pulls broke. Run the job again.');
  }
  return code;
}

function failure(error: unknown, toolkit: Toolkit, signal: AbortSignal): number {
  if (signal.aborted) {
    toolkit.setFailed('The run was cancelled.');
    return interrupted;
  }
  if (error instanceof PullBudgetError) {
    toolkit.setFailed(
      [error.message, error.hint ?? '']
        .map((line) => plain(line))
        .join('\n')
        .trim(),
    );
    toolkit.debug(inertLog(error.stack ?? ''));
    return error.exitCode;
  }
  toolkit.setFailed(plain(unexpected(error).message));
  // A bug: a report of it needs its place.
  toolkit.info(inertLog((error as Error)?.stack ?? ''));
  return exitCodes.infrastructure;
}

function unexpected(error: unknown): { readonly message: string; readonly hint?: string } {
  return { message: `Unexpected: ${String(error)}` };
}
