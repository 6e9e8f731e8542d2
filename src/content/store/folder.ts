import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMissing } from './io-error.ts';

/**
 * Makes a folder and those above it that are not there; its errors are the file system's. Node's own `recursive` goes
 * round for ever below a folder that takes none and says that there is none, as /proc does.
 */
export async function makeFolders(path: string): Promise<void> {
  const parent = dirname(path);
  try {
    await makeOne(path);
  } catch (cause) {
    if (!isMissing(cause) || parent === path) throw cause;
    await makeFolders(parent);
    await makeOne(path);
  }
}

/** One that is there is as good. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isThere) throw cause;
  }
}
