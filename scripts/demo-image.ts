/** Makes an image from files of this machine: deterministic layers, packed by tar-stream, in gzip that is indexed well. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import type { ByteStream } from '../src/content/bytes.ts';
import { type CompressedFacts, compressMembers } from '../src/content/gzip/writer.ts';
import { describeBytes } from '../src/content/image/descriptor.ts';
import type { Digest } from '../src/content/image/digest.ts';
import { parseManifest } from '../src/content/image/manifest.ts';
import { mediaTypes } from '../src/content/image/media-type.ts';
import { hostPlatform } from '../src/content/image/platform.ts';
import type { Layout } from '../src/content/store/layout.ts';

/** A file of the image: bytes at hand, or a file of this machine. */
export type ImageFile = { readonly path: string } & (
  | { readonly content: Buffer }
  | { readonly from: string }
);

export interface Recipe {
  readonly layers: readonly { readonly createdBy: string; readonly files: readonly ImageFile[] }[];
  /** `config` of the image config: Cmd, WorkingDir, … */
  readonly config: Record<string, unknown>;
}

interface MadeLayer {
  readonly digest: Digest;
  readonly diffId: Digest;
  readonly bytes: number;
  readonly unpackedBytes: number;
}

/** A byte more than the spans of a SOCI index: each span is a member. */
const memberBytes = 4 * 1024 * 1024 + 1;

/** One time for every file: two runs give the same digests. */
const epoch = new Date('2026-01-01T00:00:00Z');

/** Writes the image into the layout under `tag`. Sizes in bytes. */
export async function makeImage(
  layout: Layout,
  tag: string,
  recipe: Recipe,
): Promise<{ bytes: number; unpackedBytes: number }> {
  const layers: MadeLayer[] = [];
  for (const layer of recipe.layers) layers.push(await makeLayer(layout, layer.files));
  const config = json({
    created: epoch.toISOString(),
    ...hostPlatform(),
    config: recipe.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: recipe.layers.map((layer) => ({ created: epoch.toISOString(), created_by: layer.createdBy })),
  });
  const configDescriptor = describeBytes(mediaTypes.ociConfig, config);
  await layout.writeBlob(configDescriptor, async function* () {
    yield config;
  });
  const raw = json({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configDescriptor,
    layers: layers.map(({ digest, bytes }) => ({ mediaType: mediaTypes.ociLayerGzip, digest, size: bytes })),
  });
  const manifest = parseManifest(raw, {}, tag);
  await layout.writeManifest(manifest);
  await layout.tag(manifest, tag);
  const sum = (of: (layer: MadeLayer) => number): number =>
    layers.reduce((total, layer) => total + of(layer), 0);
  return { bytes: sum((layer) => layer.bytes), unpackedBytes: sum((layer) => layer.unpackedBytes) };
}

async function makeLayer(layout: Layout, files: readonly ImageFile[]): Promise<MadeLayer> {
  const path = await layout.spool();
  const tar = pack();
  const packing = packFiles(tar, files);
  let made: CompressedFacts | undefined;
  await using out = await open(path, 'w');
  const blob = compressMembers(
    tar as unknown as ByteStream,
    { memberBytes },
    {
      end: (facts) => {
        made = facts;
      },
    },
  );
  for await (const chunk of blob) await out.write(chunk);
  await packing;
  if (!made) throw new Error(`${path} was not written to its end`);
  await layout.adopt(path, made.digest);
  const { digest, diffId, compressedBytes: bytes, uncompressedBytes: unpackedBytes } = made;
  return { digest, diffId, bytes, unpackedBytes };
}

async function packFiles(tar: ReturnType<typeof pack>, files: readonly ImageFile[]): Promise<void> {
  const made = new Set<string>();
  for (const file of files) {
    for (const folder of parents(file.path)) {
      if (!made.has(folder)) tar.entry({ name: `${folder}/`, type: 'directory', mode: 0o755, mtime: epoch });
      made.add(folder);
    }
    if ('content' in file) {
      tar.entry({ name: file.path, mode: 0o644, mtime: epoch }, file.content);
      continue;
    }
    const stat = await lstat(file.from);
    if (stat.isSymbolicLink()) {
      tar.entry({ name: file.path, type: 'symlink', linkname: await readlink(file.from), mtime: epoch });
    } else {
      const entry = tar.entry({ name: file.path, size: stat.size, mode: stat.mode & 0o777, mtime: epoch });
      await new Promise<void>((done, failed) => {
        createReadStream(file.from, { highWaterMark: 1 << 20 })
          .on('error', failed)
          .pipe(entry)
          .on('finish', done)
          .on('error', failed);
      });
    }
  }
  tar.finalize();
}

const parents = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, at, parts) => parts.slice(0, at + 1).join('/'));

/** The Node that runs this, and the libraries that its loader names. */
export async function runtimeFiles(): Promise<ImageFile[]> {
  const node: ImageFile = { path: 'usr/local/bin/node', from: await realpath(process.execPath) };
  if (process.platform !== 'linux') return [node];
  const { stdout } = await promisify(execFile)('ldd', [node.from as string]);
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map((match) => match[1] as string);
  const found = await Promise.all(
    libraries.map(async (path) => ({ path: path.slice(1), from: await realpath(path) })),
  );
  return [node, ...found];
}

/** Every file and symbolic link below a folder, in a fixed order. */
export async function treeFiles(folder: string, to: string): Promise<ImageFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested = await Promise.all(
    entries.map(async (entry): Promise<ImageFile[]> => {
      const [from, path] = [join(folder, entry.name), `${to}/${entry.name}`];
      return entry.isDirectory() ? treeFiles(from, path) : [{ path, from }];
    }),
  );
  return nested.flat();
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
