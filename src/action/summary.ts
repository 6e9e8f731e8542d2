import { appendFile } from 'node:fs/promises';
import type { Toolkit } from './toolkit.ts';

/** Appends Markdown to the step's summary. Where there is none (act, old servers), the log has it all. */
export async function writeSummary(
  markdown: string,
  environment: NodeJS.ProcessEnv,
  toolkit: Pick<Toolkit, 'info' | 'warning'>,
): Promise<void> {
  const path = environment.GITHUB_STEP_SUMMARY;
  if (!path) {
    toolkit.info('This runner has no step summary (GITHUB_STEP_SUMMARY is not set).');
    return;
  }
  try {
    await appendFile(path, markdown);
  } catch (error) {
    toolkit.warning(`The step summary could not be written: ${(error as Error).message}`);
  }
}
