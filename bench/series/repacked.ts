/** docker-repack, of which `cargo install docker-repack` gives 0.5.0. It knows no previous image and writes zstd only. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { openLayout } from '../../src/content/store/layout.ts';
import { benchFolder } from '../image.ts';
import { type MadeImage, readImage } from './image.ts';
import { seriesFolder } from './room.ts';
import { seriesLayout } from './series.ts';

const folder = join(seriesFolder, 'repacked');
const program = [join(benchFolder, 'tools', 'bin'), ...(process.env.PATH ?? '').split(delimiter)]
  .map((place) => join(place, 'docker-repack'))
  .find(existsSync);

/** The release as docker-repack arranges it; undefined where that was not made and, with `make`, cannot be. */
export async function repacked(
  release: string,
  { make }: { readonly make: boolean },
): Promise<MadeImage | undefined> {
  const made = join(folder, release);
  if (!existsSync(made)) {
    if (!make || !program) return undefined;
    const part = `${made}.part`;
    await rm(part, { recursive: true, force: true });
    await repack(program, await layoutOf(release), part);
    await rename(part, made);
  }
  const layout = await openLayout(made);
  try {
    return { image: await readImage(layout, undefined), notes: [] };
  } finally {
    await layout.close();
  }
}

/** With the layer size of its README. */
async function repack(path: string, source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const argv = ['-n', '19', path, `oci://${source}`, `oci://${target}`, '--target-size=50MB'];
  const { status, stderr } = spawnSync('nice', argv, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`docker-repack ended with ${status}: ${stderr.trim().slice(-1000)}`);
}

/** A layout of this one release, for it takes no tags. Its blobs are those of the series. */
async function layoutOf(release: string): Promise<string> {
  const one = join(folder, 'one');
  await rm(one, { recursive: true, force: true });
  await mkdir(one, { recursive: true });
  await symlink(join(seriesLayout, 'blobs'), join(one, 'blobs'));
  const layout = await openLayout(seriesLayout);
  const { mediaType, digest, size } = await layout.resolve(release);
  await layout.close();
  const platform = { os: 'linux', architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch };
  await writeFile(join(one, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(one, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size, platform }] }),
  );
  return one;
}
