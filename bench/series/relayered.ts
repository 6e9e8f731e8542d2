/** The one place where the bench runs re-layering: by the command line, as a user does. */
import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLayout } from '../../src/content/store/layout.ts';
import { formatBytes } from '../../src/facts/units.ts';
import { type MadeImage, readImage } from './image.ts';
import { seriesFolder } from './room.ts';
import { seriesLayout } from './series.ts';

const folder = join(seriesFolder, 'relayered');
const layoutFolder = join(folder, 'layout');

/** Of the command's JSON, what is looked at here. */
interface Said {
  readonly relayer: readonly {
    readonly layers: readonly {
      readonly origin: string;
      readonly bytes: number;
      readonly title: string;
      readonly reason: string;
    }[];
  }[];
}

/** Forgets what was made, so that the program as it is now makes it again. */
export async function forgetRelayered(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/**
 * The release re-layered upon its re-layered predecessor, or as the first one. Made where it is not there yet; what the
 * command said of it is beside the layout. @throws Error with the command's words where it fails
 */
export async function relayered(release: string, previous: string | undefined): Promise<MadeImage> {
  const layout = await openLayout(layoutFolder, { create: true });
  try {
    if (!(await layout.tags()).includes(release)) await relayer(release, previous);
    return { image: await readImage(layout, release), notes: await newLayers(release) };
  } finally {
    await layout.close();
  }
}

async function relayer(release: string, previous: string | undefined): Promise<void> {
  const argv = [
    ...['src/cli/main.ts', 'relayer', `oci:${seriesLayout}:${release}`, `oci:${layoutFolder}:${release}`],
    ...(previous === undefined ? [] : ['--baseline', `oci:${layoutFolder}:${previous}`]),
    ...['--json', '--quiet'],
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`relayer ended with ${status}: ${stderr.trim()}`);
  await writeFile(join(folder, `${release}.json`), stdout);
}

/** What the command says of each layer that the previous release does not have. */
async function newLayers(release: string): Promise<string[]> {
  const { relayer } = JSON.parse(await readFile(join(folder, `${release}.json`), 'utf8')) as Said;
  return relayer
    .flatMap(({ layers }) => layers.filter(({ origin }) => origin === 'new'))
    .map(({ bytes, title, reason }) => `${formatBytes(bytes)}: ${title} (${reason})`);
}
