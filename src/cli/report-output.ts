import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes, inputError } from '../content/error.ts';
import { makeFolders } from '../content/store/folder.ts';
import type { Report } from '../facts/report.ts';
import { exitCode } from '../stages/gate/evaluate.ts';
import { terminalReport } from '../stages/report/terminal.ts';
import type { Output } from './call.ts';

/**
 * Shows the report, then writes it to `path` if one is given: what took minutes to find out is not lost where it
 * cannot be written. @returns the exit code that its gate asks for
 * @throws PullBudgetError `cannot-write`
 */
export async function showReport(report: Report, path: string | undefined, output: Output): Promise<number> {
  output.show(report, () => terminalReport(report, output));
  if (path !== undefined) await writeText(path, `${JSON.stringify(report, null, 2)}\n`, 'w');
  return report.gate ? exitCode(report.gate) : exitCodes.pass;
}

/** Writes a file that the user named, folders included; with `wx` only one that is not there yet. */
export async function writeText(path: string, content: string, flag: 'w' | 'wx'): Promise<void> {
  try {
    await makeFolders(dirname(path));
    await writeFile(path, content, { flag });
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    // Of mkdir it says that a file is where a folder should be.
    if (code === 'EEXIST' && syscall === 'open') {
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
