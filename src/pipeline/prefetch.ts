import { open } from 'node:fs/promises';
import { inputError } from '../content/error.ts';
import { onDisk } from '../content/store/io-error.ts';
import { parseAccessTrace } from '../stages/soci/access-trace.ts';

/** Far above a trace of a start that reads each of a million files. */
const maxTraceBytes = 128 * 1024 * 1024;

/**
 * Paths and globs of the setting `prefetch`, each once; of `@FILE` those that the access trace in that file names.
 * @throws PullBudgetError `bad-access-trace`, and others of explainIo
 */
export async function prefetchPatterns(lines: readonly string[]): Promise<string[]> {
  const patterns = new Set<string>();
  for (const line of lines) {
    const named = line.startsWith('@') ? await readTrace(line.slice(1)) : [line];
    for (const one of named) patterns.add(one);
  }
  return [...patterns];
}

async function readTrace(path: string): Promise<string[]> {
  const text = await onDisk(path, async () => {
    await using file = await open(path);
    const { size } = await file.stat();
    if (size <= maxTraceBytes) return file.readFile('utf8');
    throw inputError('bad-access-trace', `${path} is over 128 MiB`, {
      hint: 'A trace names the files that a start reads, each once: leave out what comes later.',
    });
  });
  return parseAccessTrace(text, path);
}
