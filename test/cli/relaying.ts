/** Releases to re-lay, and commands called as a shell would call them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { makePlace } from '../pipeline/pipeline.ts';
import { layersOf, writeRelease } from '../pipeline/relaid.ts';

/** A layout with releases 1 and 2, and a way to call commands that leaves no scratch behind. */
export async function relaying() {
  const place = await makePlace();
  await mkdir(place.scratch);
  for (const tag of ['1', '2']) await writeRelease(place.layout, layersOf(tag), { tag });
  async function call(args: readonly string[], columns = 100) {
    const written = { out: '', err: '' };
    const code = await runCommandLine([...args, '--scratch', place.scratch], {
      stdout: { columns, isTTY: columns !== 100, write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
      environment: { NO_COLOR: '1' },
    });
    expect(await place.left()).toEqual([]);
    return { code, ...written };
  }
  const relaid = join(place.folder, 'relaid');
  return {
    ...place,
    call,
    /** A release as it was built, and as it is re-laid. */
    built: (release: string) => `oci:${place.path}:${release}`,
    relaid: (release: string) => `oci:${relaid}:${release}`,
    async registry() {
      const layout = await openLayout(join(place.folder, 'registry'), { create: true });
      const server = await serveLayout({ layout });
      onTestFinished(() => server.close());
      return { layout, host: server.host };
    },
  };
}

export const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
