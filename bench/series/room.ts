/**
 * Where the series is built: a Debian with buildah, in a folder. Root is needed. Nothing of this machine is changed but
 * the bench's own folder: every command has mounts and processes of its own, which end with it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { benchFolder } from '../image.ts';

export const seriesFolder = join(benchFolder, 'series');
/** Of this machine; it is `/work` in the room. */
export const workFolder = join(seriesFolder, 'work');
const room = join(seriesFolder, 'room');

const ownNamespaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];

/** Runs a program to its end, its output going to standard error, at a low priority. */
export async function runProgram(argv: readonly string[], input = ''): Promise<string> {
  const child = spawn('nice', ['-n', '10', ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}\n${printed.slice(-4000)}`);
  return printed;
}

/** This machine's own Debian mirrors, by label; empty where it is no Debian, and debootstrap then knows one. */
export async function debianMirrors(): Promise<{ main: string | undefined; security: string | undefined }> {
  const site = async (label: string) =>
    (
      await runProgram([
        'apt-get',
        'indextargets',
        '--format',
        '$(SITE)',
        `Label: ${label}`,
        'Created-By: Packages',
      ])
    )
      .split('\n')
      .find((line) => line !== '');
  return { main: await site('Debian'), security: await site('Debian-Security') };
}

/** Installs a Debian into a folder. Half a one is never there under this name. */
export async function debootstrap(suite: string, folder: string, packages: readonly string[]): Promise<void> {
  if (existsSync(folder)) return;
  const { main } = await debianMirrors();
  const part = `${folder}.part`;
  await removeTree(part);
  await runProgram([
    ...ownNamespaces,
    '--mount-proc',
    ...['debootstrap', '--variant=minbase'],
    ...(packages.length > 0 ? [`--include=${packages.join(',')}`] : []),
    ...[suite, part],
    ...(main ? [main] : []),
  ]);
  await rename(part, folder);
}

/** Never leaves its file system: should anything be mounted in the folder, that stays. */
export async function removeTree(folder: string): Promise<void> {
  await runProgram(['rm', '-rf', '--one-file-system', '--', folder]);
}

const enter = `
set -eu
root=$1 work=$2; shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
if [ -n "$work" ]; then mkdir -p "$root/work"; mount --bind "$work" "$root/work"; fi
exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
`;

/** Runs a program in a Debian that debootstrap made. */
export function inSystem(root: string, work: string, argv: readonly string[]): Promise<string> {
  return runProgram([...ownNamespaces, 'sh', '-c', enter, 'enter', root, work, ...argv]);
}

export async function installRoom(): Promise<void> {
  await mkdir(workFolder, { recursive: true });
  // buildah wants a network back end and a runtime to be there, though it uses neither with chroot isolation.
  await debootstrap('trixie', room, ['buildah', 'ca-certificates', 'crun', 'netavark']);
}

/** Runs buildah in the room. */
export function buildah(args: readonly string[]): Promise<string> {
  return inSystem(room, workFolder, ['buildah', '--storage-driver', 'overlay', ...args]);
}
