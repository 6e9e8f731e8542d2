import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { onDisk } from '../content/store/io-error.ts';
import { newMark, ownerEnded } from '../content/store/owner.ts';
import type { Toolkit } from './toolkit.ts';

const state = 'scratch';
const prefix = 'pull-budget-run-';

/**
 * Makes the folder under which this run writes everything but its report. The runner keeps its name for the post
 * step before it is made: whatever ends the run in between, nothing is left that nobody knows of. What runs left
 * whose post step was killed too goes first. A folder that is not there is not made: times of another disk than
 * the one that was meant would be worse than none.
 * @throws PullBudgetError `bad-path` and others of explainIo
 */
export async function makeScratch(
  parent: string,
  toolkit: Pick<Toolkit, 'info' | 'saveState' | 'warning'>,
): Promise<string> {
  const names = await onDisk(parent, () => readdir(parent));
  for (const name of names.filter((one) => one.startsWith(prefix) && ownerEnded(one) === true)) {
    toolkit.info(`Removing what a killed run left: ${join(parent, name)}.`);
    await removeScratch(join(parent, name), toolkit);
  }
  const path = join(parent, prefix + newMark());
  toolkit.saveState(state, path);
  await onDisk(parent, () => mkdir(path));
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
