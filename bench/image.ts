/**
 * The images that benches move: real files of this machine (its /usr, read in a fixed order), packed by GNU tar and
 * compressed by zlib at level 6 in one member a layer, as builders do. Each is made once, into a cache folder outside
 * the repository.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { treeFiles } from '../scripts/demo-image.ts';
import { describeBytes } from '../src/content/image/descriptor.ts';
import { type Digest, digestFrom } from '../src/content/image/digest.ts';
import { parseManifest } from '../src/content/image/manifest.ts';
import { mediaTypes } from '../src/content/image/media-type.ts';
import { hostPlatform } from '../src/content/image/platform.ts';
import { type Layout, openLayout } from '../src/content/store/layout.ts';

export interface Shape {
  /** Of the folder. */
  readonly name: string;
  readonly layers: number;
  /** About so many bytes, compressed. */
  readonly compressedBytes: number;
}

export const shapes = {
  /** What copy and pull are timed on. */
  six: { name: 'layout', layers: 6, compressedBytes: 2e9 },
  five: { name: 'five-layers', layers: 5, compressedBytes: 1e9 },
  one: { name: 'one-layer', layers: 1, compressedBytes: 1e9 },
} satisfies Record<string, Shape>;

/** What /usr of a Debian with toolchains compresses to, about; the real sizes are printed. */
const expectedRatio = 0.36;

export const benchFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'pull-budget',
  'bench',
);

/** The layout's folder; its image is tagged `bench`. */
export async function benchLayout(shape: Shape = shapes.six): Promise<string> {
  const folder = join(benchFolder, shape.name);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(benchFolder, { recursive: true });
  console.error(`Making the image ${shape.name} (once) …`);
  const layout = await openLayout(part, { create: true });
  const layers: Layer[] = [];
  for (const [at, files] of (await fileGroups(shape)).entries()) {
    layers.push(await makeLayer(layout, `layer${at}`, files));
  }
  await writeImage(layout, 'bench', layers);
  await layout.close();
  await rename(part, folder);
  const sum = (of: (layer: Layer) => number) => layers.reduce((total, layer) => total + of(layer), 0) / 1e9;
  console.error(
    `  ${sum((layer) => layer.size).toFixed(2)} GB compressed, ${sum((layer) => layer.unpackedBytes).toFixed(2)} GB unpacked`,
  );
  return folder;
}

/** A layer that was written to a layout. Sizes in bytes. */
export interface Layer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly size: number;
  readonly unpackedBytes: number;
}

/** Writes a layer of these files of the machine, below a folder `prefix`. */
export async function makeLayer(layout: Layout, prefix: string, files: readonly string[]): Promise<Layer> {
  const path = await layout.spool();
  await using out = await open(path, 'w');
  const tar = spawn(
    'tar',
    ['--create', '--null', '--no-recursion', '--files-from=-', `--transform=s,^/*,${prefix}/,rSh`],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  tar.stdin.end(files.map((file) => `${file}\0`).join(''));
  const [plain, compressed] = [createHash('sha256'), createHash('sha256')];
  let [size, unpackedBytes] = [0, 0];
  tar.stdout.on('data', (chunk: Buffer) => {
    plain.update(chunk);
    unpackedBytes += chunk.byteLength;
  });
  for await (const chunk of tar.stdout.pipe(createGzip({ level: 6, chunkSize: 1 << 20 }))) {
    compressed.update(chunk);
    size += chunk.byteLength;
    await out.write(chunk);
  }
  const digest = digestFrom(compressed);
  await layout.adopt(path, digest);
  return { digest, diffId: digestFrom(plain), size, unpackedBytes };
}

/** Writes the image of these layers under a tag. */
export async function writeImage(layout: Layout, tag: string, layers: readonly Layer[]): Promise<void> {
  const config = json({
    ...hostPlatform(),
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, at) => ({ created_by: `layer ${at + 1}` })),
  });
  const descriptor = describeBytes(mediaTypes.ociConfig, config);
  await layout.writeBlob(descriptor, async function* () {
    yield config;
  });
  const raw = json({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: layers.map(({ digest, size }) => ({ mediaType: mediaTypes.ociLayerGzip, digest, size })),
  });
  const manifest = parseManifest(raw, {}, tag);
  await layout.writeManifest(manifest);
  await layout.tag(manifest, tag);
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Paths in groups of equal size; the tree is taken again where it is too small. */
async function fileGroups({ layers, compressedBytes }: Shape): Promise<string[][]> {
  const goal = compressedBytes / expectedRatio / layers;
  const groups: string[][] = [[]];
  let filled = 0;
  for (;;) {
    for (const file of await treeFiles('/usr', 'usr')) {
      if (!('from' in file)) continue;
      const stat = await lstat(file.from);
      if (!stat.isFile() && !stat.isSymbolicLink()) continue;
      if (filled >= goal) {
        if (groups.length === layers) return groups;
        groups.push([]);
        filled = 0;
      }
      groups.at(-1)?.push(file.from);
      filled += stat.size;
    }
  }
}
