/** Re-layering with its scratch on a disk that has no room for it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { file } from '../content/rootfs/merged.ts';
import { layer, makeHouse, noise, writeRelease } from '../stages/relayer/releases.ts';
import { describeEngines } from './room.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

describeEngines('a disk that is full', ['room'], () => {
  test.each([
    ['while layers are read', '1000k'],
    ['while layers are written', '2500k'],
  ])('%s ends re-layering, and leaves the image as it was and the disk empty', async (_, size) => {
    const { built } = await makeHouse();
    const layers = [layer(file('etc/x', 'x')), layer(file('opt/large', noise(2_000_000, 'large')))];
    await writeRelease(built.layout, layers, { tag: '1' });
    const before = await readFile(join(built.path, 'index.json'), 'utf8');
    // The mount is the shell's own and goes with it; what is left in it is listed before.
    const script = `
      mkdir "$1/tiny"
      mount -t tmpfs -o size=${size} tiny "$1/tiny"
      "$2" "$3" relayer "oci:$1/layout:1" "oci:$1/target:1" --scratch "$1/tiny" 2>&1; echo "code: $?"
      echo "left: $(find "$1/tiny" -mindepth 1 | wc -l)"
      ls "$1/target/index.json" 2>&1 || true`;
    const argv = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', built.folder];
    const { stdout } = await run('unshare', [...argv, process.execPath, main]);
    expect(stdout).toMatch(/the disk that holds .*tiny\/.* has room for/);
    expect(stdout).toContain('code: 3');
    expect(stdout).toContain('left: 0');
    expect(stdout).toContain('No such file');
    expect(await readFile(join(built.path, 'index.json'), 'utf8')).toBe(before);
  });
});
