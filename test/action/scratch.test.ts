import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanUp, makeScratch, removeScratch } from '../../src/action/scratch.ts';
import { listen } from './listener.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'scratch-test-'));
});
afterEach(() => rm(parent, { recursive: true }));

describe('the post step', () => {
  test('removes what a killed main step left, and says what', async () => {
    const runner = listen();
    const path = await makeScratch(parent, runner.toolkit);
    await mkdir(join(path, 'sample'));
    await writeFile(join(path, 'sample', '1'), 'x');
    await cleanUp(runner.toolkit);
    expect(await readdir(parent)).toEqual([]);
    expect(runner.all('info')).toEqual([
      `Cleaned what the main step left: ${path} with 2 files and folders.`,
    ]);
  });

  test('says that there is nothing to do where main cleaned up itself, or never began', async () => {
    const runner = listen();
    await cleanUp(runner.toolkit);
    const path = await makeScratch(parent, runner.toolkit);
    await removeScratch(path, runner.toolkit);
    await cleanUp(runner.toolkit);
    expect(runner.all('info')).toEqual([
      'Nothing to clean: the main step made no scratch folder.',
      `Nothing to clean: the main step removed its scratch folder ${path}.`,
    ]);
  });

  test('removes no folder but one of its own', async () => {
    await mkdir(join(parent, 'precious'));
    const runner = listen({ scratch: join(parent, 'precious') });
    await cleanUp(runner.toolkit);
    expect(await readdir(parent)).toEqual(['precious']);
    expect(runner.all('warning')[0]).toContain('left as it is');
  });
});

test('the folder is journalled before it is made', async () => {
  const runner = listen();
  await expect(makeScratch(join(parent, 'absent'), runner.toolkit)).rejects.toThrow('is not a folder');
  expect(runner.state.scratch).toContain(join(parent, 'absent', 'pull-budget-'));
});
