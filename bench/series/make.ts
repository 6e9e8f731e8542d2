/**
 * Builds the series that re-layering is measured on: releases of a Python serving image, each rebuilt from nothing by
 * buildah with a naive Dockerfile, as a runner without a cache does: node bench/series/make.ts. As root, on Debian. It
 * takes about half an hour and 12 GB of disk, 6 GB for good, and goes on where it was interrupted.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLayout } from '../../src/content/store/layout.ts';
import { writeContext } from './context.ts';
import type { BaseName, Release } from './releases.ts';
import {
  buildah,
  debianMirrors,
  debootstrap,
  inSystem,
  installRoom,
  removeTree,
  runProgram,
  seriesFolder,
  workFolder,
} from './room.ts';
import { readReleases, seriesLayout } from './series.ts';

const suite = 'bookworm';

/** As Debian's own container images have it (debuerreotype's docker-clean), else each rebuild ships 100 MB of caches. */
const aptWithoutCaches = `DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
`;

await installRoom();
await mkdir(seriesLayout, { recursive: true });
for (const release of await readReleases()) {
  if ((await madeTags()).has(release.tag)) continue;
  const started = Date.now();
  console.error(`${release.tag}: ${release.title} …`);
  await provideBase(release.base);
  await makeRelease(release);
  console.error(`${release.tag}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

async function madeTags(): Promise<Set<string>> {
  if (!existsSync(join(seriesLayout, 'index.json'))) return new Set();
  const layout = await openLayout(seriesLayout);
  const tags = await layout.tags();
  await layout.close();
  return new Set(tags);
}

/** Makes the base be in buildah's storage. Its layer is made once, and from then on taken from the layout. */
async function provideBase(name: BaseName): Promise<void> {
  const image = `localhost/${name}`;
  const held = await buildah(['images', '--format', '{{.Name}}']);
  if (held.split('\n').includes(image)) return;
  if ((await madeTags()).has(name)) {
    const id = await buildah(['pull', '--quiet', `oci:/work/layout:${name}`]);
    await buildah(['tag', id.trim(), image]);
    return;
  }
  const context = join(workFolder, name);
  await mkdir(context, { recursive: true });
  await packBase(await installBase(name), join(context, 'base.tar'));
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nADD base.tar /\nCMD ["bash"]\n');
  await buildah(['build', '--layers', '--isolation', 'chroot', '--tag', image, `/work/${name}`]);
  await push(image, name);
  await removeTree(context);
}

/** The first base is the point release; the second one has the security updates since. */
async function installBase(name: BaseName): Promise<string> {
  const folder = join(seriesFolder, name);
  await debootstrap(suite, join(seriesFolder, 'base1'), []);
  if (name === 'base2' && !existsSync(folder)) {
    const part = `${folder}.part`;
    await removeTree(part);
    await runProgram(['cp', '--archive', join(seriesFolder, 'base1'), part]);
    await writeFile(join(part, 'etc/apt/sources.list'), await aptSources(true));
    await inSystem(part, '', ['sh', '-c', 'apt-get update -qq && apt-get upgrade -qq -y']);
    await rename(part, folder);
  }
  await writeFile(join(folder, 'etc/apt/sources.list'), await aptSources(true));
  await writeFile(join(folder, 'etc/apt/apt.conf.d/docker-clean'), aptWithoutCaches);
  return folder;
}

/** What debootstrap leaves and no base image has stays out: apt's caches, logs, this machine's names. */
async function packBase(folder: string, tar: string): Promise<void> {
  const left =
    'var/cache/apt/archives/*.deb var/cache/apt/*.bin var/lib/apt/lists/* var/log/*.log var/log/apt/* etc/hostname etc/resolv.conf work dev/* run/*';
  await runProgram([
    ...['tar', '--create', `--file=${tar}`, `--directory=${folder}`, '--sort=name', '--numeric-owner'],
    ...left.split(' ').map((pattern) => `--exclude=./${pattern}`),
    '.',
  ]);
}

/** sources.list as of a day with or without security updates; as debootstrap has it where this machine tells no mirror. */
async function aptSources(securityUpdates: boolean): Promise<string> {
  const { main, security } = await debianMirrors();
  return [
    ...(main ? [`deb ${main} ${suite} main`] : []),
    ...(security && securityUpdates ? [`deb ${security} ${suite}-security main`] : []),
    '',
  ].join('\n');
}

async function makeRelease(release: Release): Promise<void> {
  await writeContext(join(workFolder, 'context'), release);
  await writeFile(join(workFolder, 'sources.list'), await aptSources(release.securityUpdates));
  await writeFile(join(workFolder, 'pip.conf'), await pipSettings());
  const image = `localhost/${release.tag}`;
  // What an interrupted build left.
  await buildah(['rm', '--all']);
  await buildah([
    ...['build', '--layers', '--no-cache', '--pull=never', '--isolation', 'chroot', '--network', 'host'],
    ...['--volume', '/work/sources.list:/etc/apt/sources.list:ro'],
    ...['--secret', 'id=pip,src=/work/pip.conf', '--secret', 'id=ca,src=/work/ca.crt'],
    ...(await ownLimits()),
    ...['--tag', image, '/work/context'],
  ]);
  await push(image, release.tag);
  await buildah(['rmi', image]);
  await buildah(['rmi', '--prune']);
  await rm(join(workFolder, 'context'), { recursive: true });
}

/** buildah would raise these, which not every root may. */
async function ownLimits(): Promise<string[]> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return Object.entries({ nproc: 'Max processes', nofile: 'Max open files' }).flatMap(([name, title]) => {
    const [, soft, hard] = new RegExp(`^${title}\\s+(\\d+)\\s+(\\d+)`, 'm').exec(limits) ?? [];
    return soft && hard ? ['--ulimit', `${name}=${soft}:${hard}`] : [];
  });
}

/** Into the layout, by gzip as buildah does it. */
async function push(image: string, tag: string): Promise<void> {
  await mkdir(join(workFolder, 'layout'), { recursive: true });
  await buildah(['push', '--quiet', image, `oci:/work/layout:${tag}`]);
}

/** pip's settings on this machine that say how to reach an index, and its certificates beside them as the build sees them. */
async function pipSettings(): Promise<string> {
  const wanted = ['index-url', 'extra-index-url', 'trusted-host', 'timeout', 'cert'];
  const settings = new Map<string, string>();
  for (const line of (await runProgram(['python3', '-m', 'pip', 'config', 'list'])).split('\n')) {
    // Those of the environment come first and count more.
    const [, name, value] = /^(?:global|:env:)\.([^=]+)='(.*)'$/.exec(line) ?? [];
    if (name && value && wanted.includes(name) && !settings.has(name)) settings.set(name, value);
  }
  await copyFile(settings.get('cert') ?? '/etc/ssl/certs/ca-certificates.crt', join(workFolder, 'ca.crt'));
  settings.set('cert', '/run/secrets/ca');
  return ['[global]', ...[...settings].map(([name, value]) => `${name} = ${value}`), ''].join('\n');
}
