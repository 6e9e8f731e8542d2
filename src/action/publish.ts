import { writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { outputsOf } from '../config/outputs.ts';
import { inputError } from '../content/error.ts';
import { makeFolders } from '../content/store/folder.ts';
import type { Report } from '../facts/report.ts';
import { annotations } from '../stages/report/annotations.ts';
import { failureDocument } from '../stages/report/failure.ts';
import { inertLog } from '../stages/report/inert.ts';
import { documentMarkdown, summaryMarkdown } from '../stages/report/summary.ts';
import { terminalReport } from '../stages/report/terminal.ts';
import { writeSummary } from './summary.ts';
import type { Toolkit } from './toolkit.ts';

const defaultReportPath = 'pull-budget-report.json';
/** Logs are read in a browser; a line that is longer than this is folded there. */
const logColumns = 120;

/**
 * Tells a report everywhere: outputs, step summary, log, annotations, file. All of it happens before anything that
 * ends the step, so that later steps find the outputs whatever the verdict.
 * @throws PullBudgetError `report-not-written`, after everything else is told
 */
export async function publish(
  report: Report,
  path: string | undefined,
  environment: NodeJS.ProcessEnv,
  toolkit: Toolkit,
): Promise<void> {
  const file = resolve(path ?? defaultReportPath);
  for (const [name, value] of Object.entries(outputsOf(report, { report: file })))
    toolkit.setOutput(name, value);
  await writeSummary(summaryMarkdown(report), environment, toolkit);
  const colour = !environment.NO_COLOR;
  toolkit.info(terminalReport(report, { colour, columns: logColumns }));
  for (const { level, title, message } of annotations(report)) toolkit[level](message, { title });
  try {
    await makeFolders(dirname(file));
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw inputError('report-not-written', `${file}: the report cannot be written there`, {
      hint: 'Set report to a path that this job may write to.',
      cause,
    });
  }
  toolkit.info(inertLog(`The report is in ${file}.`));
}

/** Tells what kept a run from having a report, where the next steps and a reader look for one. */
export async function publishFailure(
  { message, hint }: { readonly message: string; readonly hint?: string | undefined },
  environment: NodeJS.ProcessEnv,
  toolkit: Toolkit,
): Promise<void> {
  toolkit.setOutput('verdict', 'error');
  await writeSummary(documentMarkdown(failureDocument(message, hint)), environment, toolkit);
}
