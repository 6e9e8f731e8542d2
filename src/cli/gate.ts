import { readFile } from 'node:fs/promises';
import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import { type Report, report as reportSchema } from '../facts/report.ts';
import { runPipeline } from '../pipeline/run.ts';
import { parseBudgets } from '../stages/gate/budgets.ts';
import { evaluate } from '../stages/gate/evaluate.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** Judges an image's sizes, or all that a stored report holds. Nothing is pushed, nothing measured. */
export async function run({ settings, written, flags, context, output }: Call): Promise<number> {
  if (settings.budgets.trim() === '') {
    throw inputError('no-budgets', 'no budgets are set', {
      hint: "Add --budgets 'size <= 6 GB', or budgets in the settings file; pull-budget init proposes some.",
    });
  }
  const excluded = ['image', 'baseline', 'platforms'].find((name) => written[name] !== undefined);
  if (flags.report !== undefined && excluded !== undefined) {
    throw inputError('bad-arguments', `--report brings its own ${excluded}`, {
      hint: `Leave out either --report or ${excluded === 'image' ? 'IMAGE' : `--${excluded}`}.`,
    });
  }
  const report =
    flags.report === undefined
      ? await runPipeline({ ...settings, runs: 0 }, context)
      : judgeAgain(await readReport(flags.report), settings);
  return showReport(report, undefined, output);
}

/** The report with its facts held against these budgets and waivers, as of today. */
export function judgeAgain(report: Report, settings: Settings, now = new Date()): Report {
  const { image, baseline, baselineMissing, deltas, measurement } = report;
  const gate = evaluate({
    budgets: parseBudgets(settings.budgets),
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
