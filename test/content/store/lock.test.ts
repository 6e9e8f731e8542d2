import { lutimes, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { underLock } from '../../../src/content/store/lock.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import { scratch } from './sample-image.ts';

/** Adds one to a number in a file, slowly enough for others to come between. */
async function increment(path: string): Promise<void> {
  const before = Number(await readFile(path, 'utf8'));
  await turn();
  await writeFile(path, String(before + 1));
}

async function counter() {
  const folder = await scratch();
  const path = join(folder, 'count');
  await writeFile(path, '0');
  return { folder, path, lock: join(folder, 'lock') };
}

const deadMark = () => newMark().replace(/-\d+-/, '-4194305-');

test('work under one lock is never done at once, also right after a lock of a dead process', async () => {
  for (let round = 0; round < 5; round++) {
    const { folder, path, lock } = await counter();
    await symlink(deadMark(), lock);
    await Promise.all(Array.from({ length: 12 }, () => underLock(lock, () => increment(path))));
    expect(await readFile(path, 'utf8')).toBe('12');
    expect(await readdir(folder)).toEqual(['count']);
  }
});

test('the dead lock of one who died while removing a dead lock is removed too', async () => {
  const { folder, path, lock } = await counter();
  const dead = deadMark();
  await symlink(dead, lock);
  await symlink(deadMark(), `${lock}.${dead.slice(-8)}`);
  await underLock(lock, () => increment(path));
  expect(await readdir(folder)).toEqual(['count']);
});

test('a lock of another machine is waited for until it is old', async () => {
  const { folder, path, lock } = await counter();
  await symlink(`00000000-1-${'0'.repeat(16)}`, lock);
  const done = underLock(lock, () => increment(path));
  await turn();
  expect(await readdir(folder)).toEqual(['count', 'lock']);
  const minutesAgo = new Date(Date.now() - 120_000);
  await lutimes(lock, minutesAgo, minutesAgo);
  await done;
  expect(await readFile(path, 'utf8')).toBe('1');
});

test('the lock is free again after work that failed', async () => {
  const { folder, lock } = await counter();
  const failing = underLock(lock, async () => {
    throw new Error('the work failed');
  });
  await expect(failing).rejects.toThrow('the work failed');
  expect(await readdir(folder)).toEqual(['count']);
});
