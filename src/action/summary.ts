import { appendFile } from 'node:fs/promises';
import type { Report } from '../facts/report.ts';
import { summaryMarkdown } from '../stages/report/summary.ts';
import type { Toolkit } from './toolkit.ts';

/** Appends the report to the step's summary. Where there is none (act, old servers), the log has it all. */
export async function writeSummary(
  report: Report,
  environment: NodeJS.ProcessEnv,
  toolkit: Pick<Toolkit, 'info' | 'warning'>,
): Promise<void> {
  const path = environment.GITHUB_STEP_SUMMARY;
  if (!path) {
    toolkit.info('This runner has no step summary (GITHUB_STEP_SUMMARY is not set).');
    return;
  }
  try {
    await appendFile(path, summaryMarkdown(report));
  } catch (error) {
    toolkit.warning(`The step summary could not be written: ${(error as Error).message}`);
  }
}
