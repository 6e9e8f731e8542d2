/** Real programs that compress layers, each for many layers in one go. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, describeBytes } from '../../src/content/image/descriptor.ts';
import { digestHex, digestOf } from '../../src/content/image/digest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { engine, type Room, run } from './room.ts';

/** Makes the blobs of tars, in their order. `folder` is a new one, in the room too, and goes afterwards. */
type CompressAll = (tars: readonly Buffer[], folder: string, room: Room) => Promise<Buffer[]>;

const filter =
  (...argv: string[]): CompressAll =>
  async (tars, folder, room) => {
    const files = await writeTars(tars, folder);
    const compress = 'for file; do $PROGRAM <"$file" >"$file.gz"; done';
    await room.run(['sh', '-ec', compress, 'compress', ...files], { env: { PROGRAM: argv.join(' ') } });
    return Promise.all(files.map((file) => readFile(`${file}.gz`)));
  };

async function writeTars(tars: readonly Buffer[], folder: string): Promise<string[]> {
  const files = tars.map((_, at) => join(folder, `${at}.tar`));
  await Promise.all(files.map((file, at) => writeFile(file, tars[at] as Buffer)));
  return files;
}

/** Go's compress/gzip, by crane. */
const go: CompressAll = async (tars, folder) => {
  const files = await writeTars(tars, folder);
  const layers = files.flatMap((file) => ['--new_layer', file]);
  const output = join(folder, 'go.tar');
  await run(engine('crane'), [
    'append',
    '--oci-empty-base',
    ...layers,
    '--output',
    output,
    '--new_tag',
    'go.test/image',
  ]);
  await run('tar', ['-C', folder, '-xf', output]);
  const [manifest] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  return Promise.all(manifest.Layers.map((name: string) => readFile(join(folder, name))));
};

/** klauspost's pgzip, as buildah and podman compress, by skopeo: one member, flushed between its parts. */
const pgzip: CompressAll = async (tars, folder, room) => {
  const blob = (digest: Descriptor['digest']) => join('blobs', 'sha256', digestHex(digest));
  await mkdir(join(folder, 'in', 'blobs', 'sha256'), { recursive: true });
  const put = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const descriptor = describeBytes(mediaType, bytes);
    await writeFile(join(folder, 'in', blob(descriptor.digest)), bytes);
    return descriptor;
  };
  const rootfs = { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }));
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await put(mediaTypes.ociConfig, config),
    layers: await Promise.all(tars.map((tar) => put(mediaTypes.ociLayer, tar))),
  };
  const described = await put(mediaTypes.ociManifest, Buffer.from(JSON.stringify(manifest)));
  await writeFile(join(folder, 'in', 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(folder, 'in', 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [described] }),
  );
  await room.run(['skopeo', '--insecure-policy', 'copy', `oci:${folder}/in`, `oci:${folder}/out`]);
  const read = async (descriptor: Descriptor) => readFile(join(folder, 'out', blob(descriptor.digest)));
  const top = JSON.parse(await readFile(join(folder, 'out', 'index.json'), 'utf8'));
  const written = JSON.parse((await read(top.manifests[0])).toString());
  return Promise.all(written.layers.map(read));
};

const compressAll = {
  'gnu-gzip-1': filter('gzip', '-1'),
  'gnu-gzip-6': filter('gzip', '-6'),
  'gnu-gzip-named': filter('gzip', '--name', '--best'),
  pigz: filter('pigz', '--blocksize', '128'),
  'pigz-independent': filter('pigz', '--independent', '--processes', '2'),
  go,
  pgzip,
} satisfies Record<string, CompressAll>;

export type RoomCompressor = keyof typeof compressAll;
export const roomCompressors = Object.keys(compressAll) as readonly RoomCompressor[];

/** Blobs of these tars, made by a program of the room. The folder, bound into the room, is empty afterwards. */
export async function compressInRoom(
  compressor: RoomCompressor,
  tars: readonly Buffer[],
  folder: string,
  room: Room,
): Promise<Buffer[]> {
  if (tars.length === 0) return [];
  const scratch = join(folder, compressor);
  await mkdir(scratch);
  try {
    const blobs = await compressAll[compressor](tars, scratch, room);
    if (blobs.length !== tars.length)
      throw new Error(`${compressor} made ${blobs.length} of ${tars.length} blobs`);
    return blobs;
  } finally {
    await rm(scratch, { recursive: true });
  }
}
