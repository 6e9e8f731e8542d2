import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from './folder.ts';
import { onDisk } from './io-error.ts';
import { newMark, ownerEnded } from './owner.ts';

const prefix = 'pull-budget-';

type Purpose = 'sample' | 'layout' | 'index' | 'relayer';

/** Path of a new folder in `scratch`, named after what it is for and after this process; it is not made. */
export function scratchFolder(scratch: string, purpose: Purpose): string {
  return join(scratch, `${prefix}${purpose}-${newMark()}`);
}

export async function makeScratch(scratch: string): Promise<void> {
  await onDisk(scratch, () => makeFolders(scratch));
}

/** Removes what killed processes left in the scratch folder. */
export async function reapScratch(scratch: string, remove: (folder: string) => Promise<void>): Promise<void> {
  const names = await onDisk(scratch, () => readdir(scratch));
  const left = names.filter((name) => name.startsWith(prefix) && ownerEnded(name) === true);
  // What another user's process left may not be removed, and is in nobody's way.
  for (const name of left) await remove(join(scratch, name)).catch(() => {});
}

/** A new folder in `scratch`, for this process alone, after what killed ones left there is removed. @throws PullBudgetError `disk-full` and others */
export async function makeScratchFolder(scratch: string, purpose: Purpose): Promise<string> {
  await makeScratch(scratch);
  await reapScratch(scratch, removeFolder);
  const folder = scratchFolder(scratch, purpose);
  await onDisk(folder, () => mkdir(folder, { mode: 0o700 }));
  return folder;
}

/** With all that is in it, if it is there. */
export function removeFolder(folder: string): Promise<void> {
  return onDisk(folder, () => rm(folder, { recursive: true, force: true }));
}
