/**
 * Compressing a layer and making its zTOC on the way, against `pigz -p2 -6` of the same tar:
 * node bench/compress.ts [RUNS] [MB]. The tar is of real files, those of this machine's /usr.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { treeFiles } from '../scripts/demo-image.ts';
import { benchFolder } from './image.ts';
import { race } from './paired.ts';
import { engines } from './registry.ts';

const runs = Number(process.argv[2] ?? 5);
const megabytes = Number(process.argv[3] ?? 1000);

const roomPigz = join(engines, 'room', 'usr', 'bin', 'pigz');
const pigz = existsSync(roomPigz) ? roomPigz : 'pigz';
const work = join(benchFolder, 'compress');
const [blob, ztoc] = [join(work, 'blob'), join(work, 'ztoc')];
const tar = await tarOf(megabytes * 1e6);
const { size: bytes } = await stat(tar);
console.log(`${(bytes / 1e6).toFixed(0)} MB of tar`);

const reset = async (): Promise<void> => {
  for (const path of [blob, ztoc]) await rm(path, { force: true });
};
const compressOnce = fileURLToPath(new URL('./compress-once.ts', import.meta.url));
await race(
  { name: 'compress + zTOC', argv: [process.execPath, compressOnce, tar, blob, ztoc], reset },
  { name: 'pigz -p2 -6', argv: ['sh', '-c', '"$0" -p2 -6 < "$1" > "$2"', pigz, tar, blob], reset },
  { runs, bytes },
);
await reset();

/** About so many bytes, in a file that is made once. */
async function tarOf(goal: number): Promise<string> {
  const path = join(work, `${goal / 1e6}.tar`);
  if (existsSync(path)) return path;
  await mkdir(work, { recursive: true });
  const files: string[] = [];
  let filled = 0;
  for (const file of await treeFiles('/usr', 'usr')) {
    if (filled >= goal || !('from' in file)) continue;
    const { size } = await lstat(file.from);
    files.push(file.from.slice(1));
    filled += size;
  }
  const part = `${path}.part`;
  const args = ['--create', `--file=${part}`, '--directory=/', '--null', '--no-recursion', '--files-from=-'];
  const child = spawn('tar', args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(files.map((file) => `${file}\0`).join(''));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  await rename(part, path);
  return path;
}
