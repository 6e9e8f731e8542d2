import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every file of dist/ that is loaded before the first line of an entry runs. */
async function loadedAtStart(entry: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const code = await readFile(entry, 'utf8');
  for (const [, from, bare] of code.matchAll(
    /^(?:import|export)\b[^;]*?from "(\.[^"]+)"|^import "(\.[^"]+)"/gm,
  )) {
    await loadedAtStart(join(dirname(entry), (from ?? bare) as string), seen);
  }
  return seen;
}

describe('the bundle', () => {
  it('starts with little: --version and --help load no schema, no HTTP client, no command', async () => {
    const files = [...(await loadedAtStart('dist/cli.js'))];
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(64 * 1024);
  });

  it('brings the licences of what is in it', async () => {
    const licences = await readFile('dist/licenses.txt', 'utf8');
    for (const name of ['undici', 'zod', 'yaml', '@actions/core', 'p-limit'])
      expect(licences).toContain(`${name} `);
  });
});
