import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import type { ImageSource } from '../../src/content/store/store.ts';
import type { SeriesImage } from './image.ts';
import { seriesFolder } from './room.ts';
import { readContents } from './scan.ts';
import { changedPaths, type Inode } from './tree.ts';

/** One time for every file. */
const epoch = new Date('2026-01-01T00:00:00Z');

export interface Bound {
  readonly files: number;
  readonly bytes: number;
}

/** As `lowerBound`, kept beside the series once it is known. */
export async function knownLowerBound(
  source: ImageSource,
  previous: SeriesImage,
  image: SeriesImage,
): Promise<Bound> {
  const folder = join(seriesFolder, 'bounds');
  const pair = [previous, image].map(({ facts }) => facts.digest.slice(7, 27)).join('-');
  const kept = join(folder, `${pair}.json`);
  if (existsSync(kept)) return JSON.parse(await readFile(kept, 'utf8'));
  const bound = await lowerBound(source, previous, image);
  await mkdir(folder, { recursive: true });
  await writeFile(`${kept}.part`, JSON.stringify(bound));
  await rename(`${kept}.part`, kept);
  return bound;
}

/**
 * Bytes that no delta can stay far below: what a node lacks that has the previous image, sorted by path, in one tar
 * compressed by gzip at level 6. Deletions cost nothing here. All of it is in memory at once.
 */
async function lowerBound(source: ImageSource, previous: SeriesImage, image: SeriesImage): Promise<Bound> {
  const paths = changedPaths(previous.tree, image.tree);
  const contents = await contentsOf(source, image, paths);
  const tar = pack();
  const gzip = createGzip({ level: 6 });
  let bytes = 0;
  gzip.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  tar.pipe(gzip);
  const written = new Map<Inode, string>();
  for (const path of paths) {
    const inode = image.tree.get(path) as Inode;
    const first = written.get(inode);
    const header = first === undefined ? headerOf(path, inode) : linkTo(first, path, inode);
    await new Promise<void>((done, failed) => {
      const over = (error?: Error | null): void => (error ? failed(error) : done());
      if (header.type === 'file') tar.entry(header, contents.get(inode) ?? Buffer.alloc(0), over);
      else tar.entry(header, over);
    });
    written.set(inode, first ?? path);
  }
  tar.finalize();
  await once(gzip, 'end');
  return { files: paths.length, bytes };
}

async function contentsOf(
  source: ImageSource,
  image: SeriesImage,
  paths: readonly string[],
): Promise<Map<Inode, Buffer>> {
  const wanted = new Set(paths.flatMap((path) => image.tree.get(path) ?? []));
  const contents = new Map<Inode, Buffer>();
  for (const [at, layer] of image.layers.entries()) {
    const here = new Map(
      [...wanted]
        .filter((inode) => inode.layer === at && inode.entry.kind === 'file')
        .map((inode) => [inode.entry.path, inode]),
    );
    if (here.size === 0) continue;
    for (const [path, content] of await readContents(source, layer, new Set(here.keys()))) {
      const inode = here.get(path);
      if (inode) contents.set(inode, content);
    }
  }
  return contents;
}

type Header = Parameters<Pack['entry']>[0];

const tarTypes: Partial<Record<Inode['entry']['kind'], Header['type']>> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  character: 'character-device',
  block: 'block-device',
  fifo: 'fifo',
};

function headerOf(path: string, { entry: { kind, mode, uid, gid, size, content } }: Inode): Header {
  const type = tarTypes[kind];
  if (!type) throw new Error(`${path} is of a kind that no tar here can hold`);
  return {
    name: type === 'directory' ? `${path}/` : path,
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    size,
    mtime: epoch,
    ...(kind === 'symlink' ? { linkname: content } : {}),
  };
}

function linkTo(first: string, path: string, inode: Inode): Header {
  return { ...headerOf(path, inode), type: 'link', size: 0, linkname: first };
}
