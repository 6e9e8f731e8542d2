import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes, inputError } from '../content/error.ts';
import type { Report } from '../facts/report.ts';
import { exitCode } from '../stages/gate/evaluate.ts';
import { terminalReport } from '../stages/report/terminal.ts';
import type { Output } from './call.ts';

/**
 * Writes the report to `path` if one is given, then shows it. @returns the exit code that its gate asks for
 * @throws PullBudgetError `cannot-write`
 */
export async function showReport(report: Report, path: string | undefined, output: Output): Promise<number> {
  if (path !== undefined) await writeText(path, `${JSON.stringify(report, null, 2)}\n`, 'w');
  output.show(report, () => terminalReport(report, output));
  return report.gate ? exitCode(report.gate) : exitCodes.pass;
}

/** Writes a file that the user named, folders included; with `wx` only one that is not there yet. */
export async function writeText(path: string, content: string, flag: 'w' | 'wx'): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw inputError('file-exists', `${path} is there already`, {
        hint: 'Add --force to overwrite it.',
        cause,
      });
    }
    throw inputError('cannot-write', `${path} cannot be written: ${(cause as Error).message}`, {
      hint: 'Name a file in a folder that you may write to.',
      cause,
    });
  }
}
