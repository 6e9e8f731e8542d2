import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newMark } from '../../../src/content/store/owner.ts';
import { makeScratch, reapScratch, scratchFolder } from '../../../src/content/store/scratch.ts';
import { scratch } from './sample-image.ts';

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true });

test('what a killed process left in scratch is removed, whatever it was for; what others made stays', async () => {
  const folder = join(await scratch(), 'not', 'made', 'yet');
  await makeScratch(folder);
  const ended = String(spawnSync(process.execPath, ['-p', 'process.pid']).stdout).trim();
  const orphan = newMark().replace(`-${process.pid}-`, `-${ended}-`);
  const living = scratchFolder(folder, 'index');
  for (const path of [
    living,
    join(folder, `pull-budget-index-${orphan}`),
    join(folder, `theirs-${orphan}`),
  ]) {
    await mkdir(join(path, 'inner'), { recursive: true });
  }
  await reapScratch(folder, remove);
  expect((await readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
    [living, join(folder, `theirs-${orphan}`)].sort(),
  );
});

test('what cannot be removed is in nobody’s way', async () => {
  const folder = await scratch();
  const ended = String(spawnSync(process.execPath, ['-p', 'process.pid']).stdout).trim();
  await mkdir(join(folder, `pull-budget-sample-${newMark().replace(`-${process.pid}-`, `-${ended}-`)}`));
  const asked: string[] = [];
  await reapScratch(folder, async (path) => {
    asked.push(path);
    throw new Error('not allowed');
  });
  expect(asked).toHaveLength(1);
});
