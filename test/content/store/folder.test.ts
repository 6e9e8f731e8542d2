import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../../src/content/store/folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('making folders', () => {
  it('makes those above too, several callers at once, and takes one that is there', async () => {
    const path = join(folder, 'a/b/c');
    await Promise.all([makeFolders(path), makeFolders(path), makeFolders(join(folder, 'a/b/d'))]);
    await makeFolders(path);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('ends where a folder takes none', async () => {
    await expect(makeFolders('/proc/nope/deeper')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a path with a file in it', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(makeFolders(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolders(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
