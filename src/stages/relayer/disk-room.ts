import { statfs } from 'node:fs/promises';
import { infrastructureError } from '../../content/error.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { formatBytes } from '../../facts/units.ts';

/**
 * Whether so much fits is asked before the first byte: a full disk after an hour is no news that anybody wants.
 * @param what takes the room, for messages: `the layers to be read`
 * @throws PullBudgetError `disk-full`
 */
export async function assertRoom(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await onDisk(folder, () => statfs(folder));
  const room = bavail * bsize;
  if (bytes <= room) return;
  throw infrastructureError(
    'disk-full',
    `${what} take ${formatBytes(bytes)}, and the disk that holds ${folder} has room for ${formatBytes(room)}`,
    { hint: 'Free some space there or choose another scratch folder, and run again.' },
  );
}
