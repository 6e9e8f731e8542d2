/**
 * The image that benches move: about 2 GB compressed in 6 layers, of real files of this machine (its /usr, read
 * in a fixed order), gzip level 6. Made once, into a cache folder outside the repository.
 */
import { existsSync } from 'node:fs';
import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ImageFile, makeImage, treeFiles } from '../scripts/demo-image.ts';
import { openLayout } from '../src/content/store/layout.ts';

const layers = 6;
const compressedGoal = 2e9;
/** What /usr of a Debian with toolchains compresses to, about; the real sizes are printed. */
const expectedRatio = 0.36;

export const benchFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'pull-budget',
  'bench',
);

/** The layout's folder; its image is tagged `bench`. */
export async function benchLayout(): Promise<string> {
  const folder = join(benchFolder, 'layout');
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(benchFolder, { recursive: true });
  console.error('Making the image of the benches (once) …');
  const layout = await openLayout(part, { create: true });
  const size = await makeImage(layout, 'bench', {
    layers: (await fileGroups()).map((files, at) => ({ createdBy: `layer ${at + 1}`, files })),
    config: {},
  });
  await layout.close();
  await rename(part, folder);
  console.error(
    `  ${(size.bytes / 1e9).toFixed(2)} GB compressed, ${(size.unpackedBytes / 1e9).toFixed(2)} GB unpacked`,
  );
  return folder;
}

/** Files in groups of equal size; the tree is read again under another name if it is too small. */
async function fileGroups(): Promise<ImageFile[][]> {
  const goal = compressedGoal / expectedRatio / layers;
  const groups: ImageFile[][] = [[]];
  let filled = 0;
  for (let round = 0; ; round++) {
    for (const file of await treeFiles('/usr', `round${round}/usr`)) {
      if (!('from' in file)) continue;
      const stat = await lstat(file.from);
      if (!stat.isFile() && !stat.isSymbolicLink()) continue;
      if (filled >= goal) {
        if (groups.length === layers) return groups;
        groups.push([]);
        filled = 0;
      }
      groups.at(-1)?.push(file);
      filled += stat.size;
    }
  }
}
