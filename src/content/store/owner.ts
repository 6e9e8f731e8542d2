import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isMissing } from './io-error.ts';

/**
 * Names that say which process made a file, so that another one can tell a living writer's files from
 * what a killed one left: `machine-pid-random`. Pids count within one machine and one pid namespace.
 */
const pattern = /([0-9a-f]{8})-(\d+)-[0-9a-f]{16}$/;

const machine = createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8);

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A new mark of this process. */
export function newMark(): string {
  return `${machine}-${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** Whether the process of a mark is known to have ended; undefined for another machine's, or no mark at all. */
export function ownerEnded(mark: string): boolean | undefined {
  const [, where, pid] = pattern.exec(mark) ?? [];
  if (where !== machine) return undefined;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** A writer elsewhere that has not touched its file for so long is taken for dead. */
const foreignAgeMs = 24 * 3600 * 1000;

/** Removes from a folder the files that begin with `prefix` and whose writers have ended. */
export async function sweep(folder: string, prefix = ''): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !pattern.test(name)) continue;
    const path = join(folder, name);
    const dead = ownerEnded(name) ?? (await ageMs(path)) > foreignAgeMs;
    // Another sweeper may be faster, and what may not be removed is in nobody's way.
    if (dead) await rm(path, { force: true }).catch(() => {});
  }
}

/** Time since the last change; 0 where the file is gone. */
export async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
