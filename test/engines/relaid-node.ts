/** A node that unpacks images and says what it mounts, many at a time: containerd 2.4 on overlayfs, in memory; and umoci. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestHex } from '../../src/content/image/digest.ts';
import type { MemoryImage } from '../stages/relayer/memory-image.ts';
import { engine, type Room } from './room.ts';
import type { Seen, SeenFile } from './rootfs-node.ts';

const walker = fileURLToPath(new URL('mounted-tree.pl', import.meta.url));
/** In the memory of the room. */
const place = '/run/relaid';
const socket = `${place}/containerd.sock`;

/** What containerd mounts of each image. @param folder of this machine and of the room */
export function mountImages(room: Room, folder: string, images: readonly MemoryImage[]): Promise<Seen[]> {
  return withContainerd(room, folder, images, async ({ names, ctr }) =>
    seenOf(await ctr(mountAll, ...names)),
  );
}

/** What umoci unpacks of each, all layers into one folder. */
export async function unpackImages(
  room: Room,
  folder: string,
  images: readonly MemoryImage[],
): Promise<Seen[]> {
  const { layout, names } = await writeLayout(folder, images);
  const argv = ['sh', '-c', unpackAll, 'unpack', walker, layout, ...names];
  return seenOf((await room.run(argv, { cwd: folder, timeoutMilliseconds: 300_000 })).stdout);
}

/** What a program of an image prints. */
export function runIn(
  room: Room,
  folder: string,
  image: MemoryImage,
  argv: readonly string[],
): Promise<string> {
  return withContainerd(room, folder, [image], ({ names, ctr }) => ctr(runOne, names[0] ?? '', ...argv));
}

interface Node {
  readonly names: readonly string[];
  /** Runs a script with ctr, the walker and these as its arguments; says what it printed. */
  ctr(script: string, ...args: string[]): Promise<string>;
}

/** One that is new each time, with the images in its store. */
async function withContainerd<T>(
  room: Room,
  folder: string,
  images: readonly MemoryImage[],
  use: (node: Node) => Promise<T>,
): Promise<T> {
  const settings = join(folder, 'containerd.toml');
  await writeFile(
    settings,
    `version = 3\nroot = "${place}/root"\nstate = "${place}/state"\n[grpc]\naddress = "${socket}"\n`,
  );
  const { layout, names } = await writeLayout(folder, images);
  await room.run(['sh', '-c', `mkdir -p ${place} && mount -t tmpfs relaid ${place}`]);
  const containerd = await room.start(
    [engine('containerd'), '--config', settings],
    /containerd successfully booted/,
    { env: { PATH: `${dirname(engine('containerd'))}:/usr/sbin:/usr/bin:/sbin:/bin` } },
  );
  try {
    const ctr = async (script: string, ...args: string[]): Promise<string> => {
      const argv = ['sh', '-c', script, 'ctr', `${engine('ctr')} --address ${socket}`, walker, ...args];
      return (await room.run(argv, { cwd: folder, timeoutMilliseconds: 600_000 })).stdout;
    };
    await ctr(importAll, layout);
    return await use({ names, ctr });
  } finally {
    await containerd.stop();
    // What containerd mounted is still mounted below it.
    await room.run(['umount', '--recursive', place]);
    await rm(layout, { recursive: true });
  }
}

async function writeLayout(
  folder: string,
  images: readonly MemoryImage[],
): Promise<{ layout: string; names: string[] }> {
  const layout = join(folder, 'layout');
  const blobs = join(layout, 'blobs', 'sha256');
  await rm(layout, { recursive: true, force: true });
  await mkdir(blobs, { recursive: true });
  for (const image of images) {
    for (const [digest, bytes] of image.blobs) await writeFile(join(blobs, digestHex(digest)), bytes);
  }
  const names = images.map((_, at) => `image-${at}`);
  const manifests = images.map(({ descriptor }, at) => ({
    ...descriptor,
    platform: { architecture: 'amd64', os: 'linux' },
    annotations: {
      'io.containerd.image.name': `test.local/${names[at]}:1`,
      'org.opencontainers.image.ref.name': names[at],
    },
  }));
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  return { layout, names };
}

const importAll = `
ctr=$1 layout=$3
tar -C "$layout" -cf - . | $ctr images import --no-unpack - > import 2>&1 || { cat import >&2; exit 1; }
`;

const mountAll = `
ctr=$1 walker=$2; shift 2
for name; do
  echo "# $name"
  at=${place}/$name
  mkdir -p "$at"
  if $ctr images mount --snapshotter overlayfs "test.local/$name:1" "$at" > error 2>&1; then
    perl "$walker" "$at" || exit
    umount "$at" || exit
  else cat error; fi
done
`;

const runOne = `
ctr=$1 name=$3; shift 3
$ctr images mount --snapshotter overlayfs "test.local/$name:1" /mnt >&2 && umount /mnt
$ctr run --rm --net-host --snapshotter overlayfs "test.local/$name:1" "runs-$name" "$@"
`;

const unpackAll = `
walker=$1 layout=$2; shift 2
for name; do
  echo "# $name"
  rm -rf rootfs
  if umoci raw unpack --image "$layout:$name" rootfs > error 2>&1; then perl "$walker" rootfs || exit
  else cat error; fi
done
rm -rf rootfs
`;

function seenOf(text: string): Seen[] {
  return text
    .split(/^# .*\n/m)
    .slice(1)
    .map((part) => {
      if (!part.startsWith('{"path"')) return { error: part };
      const lines = part.split('\n').filter((line) => line !== '');
      return { files: lines.map((line) => JSON.parse(line) as SeenFile) };
    });
}
