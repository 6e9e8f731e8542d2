/**
 * Peak memory of `copy` for an image of 5 GB that does not compress, in 5 layers: layout → distribution v3 → layout.
 * node bench/memory.ts
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeImage } from '../scripts/demo-image.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { benchFolder } from './image.ts';
import { startRegistry } from './registry.ts';

await mkdir(benchFolder, { recursive: true });
const folder = await mkdtemp(join(benchFolder, 'memory-'));
const registry = await startRegistry();
try {
  const noise = join(folder, 'noise');
  await writeFile(noise, randomBytes(250e6));
  const layout = await openLayout(join(folder, 'from'), { create: true });
  // Four times the same noise under other names: gzip looks back 32 KiB only.
  const layer = (at: number) => ({
    createdBy: `layer ${at}`,
    files: [1, 2, 3, 4].map((part) => ({ path: `layer${at}/${part}`, from: noise })),
  });
  const { bytes } = await makeImage(layout, 'x', { layers: [1, 2, 3, 4, 5].map(layer), config: {} });
  await layout.close();
  console.log(`${(bytes / 1e9).toFixed(2)} GB`);
  const name = `${registry.host}/bench/memory:x`;
  await peak(`oci:${join(folder, 'from')}:x`, name);
  await peak(name, `oci:${join(folder, 'to')}:x`);
} finally {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
}

async function peak(from: string, to: string): Promise<void> {
  const command = [process.execPath, 'dist/cli.js', 'copy', '--quiet', from, to];
  const { stderr } = await promisify(execFile)('/usr/bin/time', ['-f', '%e s, peak %M KiB', ...command]);
  console.log(`copy to ${to.replace(/:.*/, '')}: ${stderr.trim()}`);
}
