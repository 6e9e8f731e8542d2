import { execFile } from 'node:child_process';
import { statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { infrastructureError } from '../../content/error.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { HostFacts } from '../../facts/sample.ts';
import { formatBytes } from '../../facts/units.ts';

/** What a measurement does to the machine, and to time. */
export interface Host {
  /** Makes reads and writes begin cold; false where this user may not. */
  dropPageCache(): Promise<boolean>;
  /** Waits before a pull that failed is tried again. */
  pause(seconds: number, signal: AbortSignal): Promise<void>;
}

export const thisHost: Host = {
  async dropPageCache() {
    try {
      // Dirty pages are not dropped; written now they are not written in the middle of the next pull either.
      await promisify(execFile)('sync');
      await writeFile('/proc/sys/vm/drop_caches', '3');
      return true;
    } catch {
      return false;
    }
  },
  async pause(seconds, signal) {
    await wait(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};

/** `scratch` is the folder that samples are unpacked under. */
export function hostFacts(scratch: string): HostFacts {
  return {
    hostname: hostname(),
    os: `${type()} ${release()}`,
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    scratch,
  };
}

/** Refuses a pull that cannot fit, before its first byte. @throws PullBudgetError `disk-full` */
export async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await onDisk(folder, () => statfs(folder));
  const free = bavail * bsize;
  if (bytes <= free) return;
  throw infrastructureError(
    'disk-full',
    `the pull needs ${formatBytes(bytes)} in ${folder}, where ${formatBytes(free)} are free`,
    { hint: 'Free some space there, or set scratch to a folder on a larger disk.' },
  );
}
