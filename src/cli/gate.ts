import { readFile } from 'node:fs/promises';
import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import type { Budget } from '../facts/budget.ts';
import { type Report, report as reportSchema } from '../facts/report.ts';
import { runPipeline } from '../pipeline/run.ts';
import { parseBudgets } from '../stages/gate/budgets.ts';
import { evaluate } from '../stages/gate/evaluate.ts';
import { refuseMissingPlatforms, refuseUnjudgeable } from '../stages/gate/needs.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** Judges an image's sizes, or all that a stored report holds. Nothing is pushed, nothing measured. */
export async function run({ settings, written, flags, context, output }: Call): Promise<number> {
  const excluded = ['image', 'baseline', 'platforms'].find((name) => written[name] !== undefined);
  if (flags.report !== undefined && excluded !== undefined) {
    throw inputError('bad-arguments', `--report brings its own ${excluded}`, {
      hint: `Leave out either --report or ${excluded === 'image' ? 'IMAGE' : `--${excluded}`}.`,
    });
  }
  if (flags.report === undefined) {
    if (settings.budgets.trim() === '') throw noBudgets();
    return showReport(await runPipeline({ ...settings, runs: 0 }, context), undefined, output);
  }
  const stored = await readReport(flags.report);
  const how = stored.measurement ? 'measured' : 'written';
  context.notice(`Judged from ${flags.report}, ${how} at ${stored.createdAt}.`);
  return showReport(judgeAgain(stored, settings), undefined, output);
}

/**
 * The report with its facts held against these budgets and waivers, as of today; where no budgets are set, against
 * those that it was held against before.
 * @throws PullBudgetError `no-budgets`, and what a run throws for budgets that cannot be judged
 */
export function judgeAgain(report: Report, settings: Settings, now = new Date()): Report {
  const { image, baseline, baselineMissing, deltas, measurement } = report;
  const budgets =
    settings.budgets.trim() === ''
      ? budgetsOf(report)
      : parseBudgets(settings.budgets, settings.placeInBudgets);
  if (budgets.length === 0) throw noBudgets();
  refuseUnjudgeable(budgets, {
    baseline: baseline !== undefined || baselineMissing !== undefined,
    pulls: measurement !== undefined,
  });
  refuseMissingPlatforms(budgets, image);
  const gate = evaluate({
    budgets,
    waivers: settings.waivers,
    onInconclusive: settings.onInconclusive,
    today: now.toISOString().slice(0, 10),
    image,
    deltas,
    ...(baseline ? { baseline } : {}),
    ...(baselineMissing === undefined ? {} : { baselineMissing }),
    ...(measurement ? { measurement } : {}),
  });
  return { ...report, gate };
}

/** Each once: a budget has a verdict for each platform. */
function budgetsOf({ gate }: Report): Budget[] {
  const texts = new Set(gate?.verdicts.map(({ budget }) => budget.text));
  return parseBudgets([...texts].join('\n'));
}

const noBudgets = (): Error =>
  inputError('no-budgets', 'no budgets are set', {
    hint: "Add --budgets 'size <= 6 GB', or budgets in the settings file; pull-budget init proposes some.",
  });

async function readReport(path: string): Promise<Report> {
  try {
    return reportSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw inputError('bad-report', `${path} is not a report that can be read`, {
      hint: 'Name a file that run or measure wrote with --report, by this version of pull-budget.',
      cause,
    });
  }
}
