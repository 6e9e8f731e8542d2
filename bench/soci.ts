/**
 * Making a SOCI index of 1 GB of gzip, in five layers and in one: node bench/soci.ts [RUNS]. Against
 * `pigz -dc | sha256sum` of the same blobs, one after the other, which is what reading and checking alone costs; and,
 * where a `soci` of 0.10 or later is on PATH, against `soci convert --standalone`, which copies the image as well. All
 * as whole processes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digestHex } from '../src/content/image/digest.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { benchFolder, benchLayout, shapes } from './image.ts';
import { race } from './paired.ts';
import { engines } from './registry.ts';

const runs = Number(process.argv[2] ?? 5);
const pigz = [join(engines, 'room', 'usr', 'bin', 'pigz'), '/usr/bin/pigz'].find(existsSync) ?? 'pigz';
const soci = spawnSync('soci', ['convert', '--help']).stdout?.includes('standalone') ? 'soci' : undefined;
if (!soci) console.log('soci ≥ 0.10 is not on PATH: not run against it.');

const work = join(benchFolder, 'soci');
const reset = async (): Promise<void> => {
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
};
for (const shape of [shapes.five, shapes.one]) {
  const folder = await benchLayout(shape);
  const layout = await openLayout(folder);
  const manifest = await layout.readManifest(await layout.resolve('bench'));
  await layout.close();
  if (manifest.kind !== 'image') throw new Error('the image of the benches is none');
  const blobs = manifest.layers.map(({ digest }) => join(folder, 'blobs', 'sha256', digestHex(digest)));
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  console.log(`\n${shape.layers} × ${(bytes / 1e6 / shape.layers).toFixed(0)} MB`);
  const ours = {
    name: 'index-once (layers to zTOCs)',
    argv: [process.execPath, 'bench/index-once.ts', folder, work],
    reset,
  };
  await race(
    ours,
    {
      name: 'pigz -dc BLOB | sha256sum, each',
      argv: ['sh', '-c', 'for blob; do "$0" -dc "$blob" | sha256sum; done', pigz, ...blobs],
      reset,
    },
    { runs, bytes },
  );
  if (!soci) continue;
  const copy = join(work, 'in');
  await race(
    {
      name: 'pull-budget index, in place',
      argv: [process.execPath, 'dist/cli.js', 'index', '--quiet', '--scratch', work, `oci:${copy}:bench`],
      // Blobs are the same files: what is changed in a layout takes another file's name.
      reset: async () => {
        await reset();
        spawnSync('cp', ['--archive', '--link', folder, copy]);
      },
    },
    {
      name: 'soci convert --standalone',
      argv: [soci, 'convert', '--standalone', '--format', 'oci-dir', folder, join(work, 'out')],
      reset,
    },
    { runs, bytes },
  );
}
await rm(work, { recursive: true, force: true });
