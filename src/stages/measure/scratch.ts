import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk } from '../../content/store/io-error.ts';
import { newMark, ownerEnded } from '../../content/store/owner.ts';

const prefix = 'pull-budget-';

/** Path of a new folder in `scratch`, named after what it is for and after this process; it is not made. */
export function scratchFolder(scratch: string, purpose: 'sample' | 'layout'): string {
  return join(scratch, `${prefix}${purpose}-${newMark()}`);
}

export async function removeFolder(folder: string): Promise<void> {
  await onDisk(folder, () => rm(folder, { recursive: true, force: true }));
}

/** Makes the scratch folder where it is not there, and removes what killed processes left in it. */
export async function prepareScratch(scratch: string): Promise<void> {
  await onDisk(scratch, () => mkdir(scratch, { recursive: true }));
  const names = await onDisk(scratch, () => readdir(scratch));
  const left = names.filter((name) => name.startsWith(prefix) && ownerEnded(name) === true);
  // What another user's process left may not be removed, and is in nobody's way.
  for (const name of left) await rm(join(scratch, name), { recursive: true, force: true }).catch(() => {});
}
