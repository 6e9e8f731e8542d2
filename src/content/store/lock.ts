import { readlink, symlink, unlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { infrastructureError } from '../error.ts';
import { isMissing, onDisk } from './io-error.ts';
import { ageMs, newMark, ownerEnded } from './owner.ts';

/** Locks are held for milliseconds; one this old belongs to a process that is gone or stopped. */
const staleMs = 60_000;
const patienceMs = 3 * staleMs;

/**
 * Runs `work` while no other process, here or on another machine, does so under the same path. The lock is
 * a symbolic link whose target marks its owner: made whole or not at all, even if the maker is killed.
 * @throws PullBudgetError `locked` if others hold it for three minutes
 */
export async function underLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mark = newMark();
  const deadline = Date.now() + patienceMs;
  while (!(await take(path, mark))) {
    await removeIfStale(path);
    if (Date.now() > deadline) {
      throw infrastructureError('locked', `${path} is held by other processes`, {
        hint: 'If nothing else is writing there, delete that file and run again.',
      });
    }
    await delay(2 + Math.random() * 10);
  }
  try {
    return await work();
  } finally {
    await release(path, mark);
  }
}

async function take(path: string, mark: string): Promise<boolean> {
  return onDisk(path, async () => {
    try {
      await symlink(mark, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

async function release(path: string, mark: string): Promise<void> {
  if ((await ownerOf(path)) === mark) await unlink(path);
}

async function ownerOf(path: string): Promise<string | undefined> {
  return readlink(path).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

/**
 * Two that find the same dead lock must not both remove it, for the second would remove the lock that the
 * first has taken since. So removing takes a lock too, of a name that only this one dead lock has.
 */
async function removeIfStale(path: string): Promise<void> {
  const owner = await ownerOf(path);
  if (owner === undefined) return;
  if (!ownerEnded(owner) && (await ageMs(path)) < staleMs) return;
  const claim = `${path}.${owner.slice(-8)}`;
  const mark = newMark();
  if (!(await take(claim, mark))) return removeIfStale(claim);
  try {
    if ((await ownerOf(path)) === owner) await unlink(path);
  } finally {
    await release(claim, mark);
  }
}
