import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { infrastructureError, inputError } from '../content/error.ts';
import type { Toolkit } from './toolkit.ts';

const state = 'scratch';
const prefix = 'pull-budget-';

/**
 * Makes the folder under which this run writes everything but its report. The runner keeps its name for the post
 * step before it is made: whatever ends the run in between, nothing is left that nobody knows of.
 */
export async function makeScratch(parent: string, toolkit: Pick<Toolkit, 'saveState'>): Promise<string> {
  const path = join(parent, prefix + randomUUID());
  toolkit.saveState(state, path);
  try {
    await mkdir(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw infrastructureError('no-scratch', `${parent}: no folder can be made there (${code})`, { cause });
    }
    throw inputError('no-scratch', `${parent} is not a folder`, {
      hint: 'Set scratch to a folder that is there, on the disk that pulls unpack to.',
      cause,
    });
  }
  return path;
}

/** Removes the folder; what cannot be removed now is the post step's to try again. */
export async function removeScratch(path: string, toolkit: Pick<Toolkit, 'warning'>): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    toolkit.warning(`${path} could not be removed (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Removes what the main step left, and says what that was. */
export async function cleanUp(toolkit: Pick<Toolkit, 'getState' | 'info' | 'warning'>): Promise<void> {
  const path = toolkit.getState(state);
  if (path === '') {
    toolkit.info('Nothing to clean: the main step made no scratch folder.');
    return;
  }
  if (!basename(path).startsWith(prefix)) {
    toolkit.warning(`${path} is no scratch folder of pull-budget: left as it is.`);
    return;
  }
  const left = await entriesOf(path);
  if (left === undefined) {
    toolkit.info(`Nothing to clean: the main step removed its scratch folder ${path}.`);
    return;
  }
  await removeScratch(path, toolkit);
  if ((await entriesOf(path)) === undefined) {
    toolkit.info(`Cleaned what the main step left: ${path} with ${left.length} files and folders.`);
  }
}

async function entriesOf(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path, { recursive: true });
  } catch {
    return undefined;
  }
}
