import { infrastructureError, inputError, PullBudgetError } from '../error.ts';

interface Explanation {
  readonly kind: typeof inputError;
  readonly code: string;
  readonly what: string;
  readonly hint: string;
}

const full: Explanation = {
  kind: infrastructureError,
  code: 'disk-full',
  what: 'no space is left on the disk that holds',
  hint: 'Free some space there or choose another folder, and run again: what was complete is kept.',
};
const refused: Explanation = {
  kind: inputError,
  code: 'no-access',
  what: 'this user may not access',
  hint: 'Change its permissions, or choose another folder.',
};
const crooked: Explanation = {
  kind: inputError,
  code: 'bad-path',
  what: 'a file stands where a folder is needed, or a folder where a file is:',
  hint: 'Check the path for a mistake, or choose another one.',
};

const explanations: Readonly<Record<string, Explanation>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: refused,
  EPERM: refused,
  EROFS: refused,
  ENOTDIR: crooked,
  EISDIR: crooked,
  EEXIST: crooked,
  ENOENT: { ...crooked, what: 'there is no file or folder' },
  ENAMETOOLONG: { ...crooked, what: 'the file system takes no name as long as' },
};

/** What an error of the file system means to the user of `path`. Errors of this project stay as they are. */
export function explainIo(cause: unknown, path: string): PullBudgetError {
  if (cause instanceof PullBudgetError) return cause;
  const code = (cause as NodeJS.ErrnoException)?.code;
  const known = explanations[code ?? ''];
  if (known) return known.kind(known.code, `${known.what} ${path} (${code})`, { hint: known.hint, cause });
  return infrastructureError('disk-failed', `${path}: ${cause instanceof Error ? cause.message : cause}`, {
    hint: 'The file system failed; look at its health and run again.',
    cause,
  });
}

export function isDiskFull(error: unknown): boolean {
  return explainIo(error, '').code === full.code;
}

/** Runs file system work on `path`; its errors say what to do. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw explainIo(cause, path);
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code === 'ENOENT';
}
