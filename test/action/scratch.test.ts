import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

describe('the scratch folder', () => {
  test('is journalled before it is made', async () => {
    const runner = listen();
    const seen: boolean[] = [];
    const saveState = (name: string, path: string): void => {
      seen.push(existsSync(path));
      runner.toolkit.saveState(name, path);
    };
    const path = await makeScratch(parent, { ...runner.toolkit, saveState });
    expect(seen).toEqual([false]);
    expect(existsSync(path)).toBe(true);
    expect(runner.state).toEqual({ scratch: path });
  });

  test('comes with what killed runs left gone, and that of living ones untouched', async () => {
    const runner = listen();
    const living = await makeScratch(parent, runner.toolkit);
    const child = spawn(process.execPath, ['--eval', '0']);
    await once(child, 'exit');
    const dead = living.replace(`-${process.pid}-`, `-${child.pid}-`);
    await mkdir(join(dead, 'sample'), { recursive: true });
    const next = await makeScratch(parent, runner.toolkit);
    expect((await readdir(parent)).sort()).toEqual([living, next].map((path) => basename(path)).sort());
    expect(runner.all('info')).toEqual([`Removing what a killed run left: ${dead}.`]);
  });

  test('is not made where its parent is not', async () => {
    const runner = listen();
    await expect(makeScratch(join(parent, 'absent'), runner.toolkit)).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining(join(parent, 'absent')),
    });
    expect(await readdir(parent)).toEqual([]);
  });
});
