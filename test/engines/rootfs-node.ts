/** A node that unpacks images of rows and says what it mounts: containerd 2.4 on overlayfs, and umoci. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeLayer } from '../content/layer/made-layer.ts';
import { tarOfRows } from '../content/rootfs/row-tar.ts';
import type { Stack } from '../content/rootfs/stacks.ts';
import { engine, type Room } from './room.ts';
import { writeImages } from './soci-images.ts';

/** What a program sees of one path. Bytes are in hex; paths begin with a slash, of the root they are empty. */
export interface SeenFile {
  readonly path: string;
  /** As in st_mode. */
  readonly type: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly inode: string;
  /** `MAJOR:MINOR`, empty of others. */
  readonly device: string;
  /** A file's content, a symlink's target. */
  readonly detail: string;
  readonly xattrs: Readonly<Record<string, string>>;
}

/** What became of an image: what was mounted, or why nothing was. */
export type Seen = { readonly files: readonly SeenFile[] } | { readonly error: string };

export interface RootfsNode {
  /** Unpacks images of these layers, and says what each mounts. */
  mount(stacks: readonly Stack[]): Promise<Seen[]>;
  /** The same by umoci, which unpacks all layers into one folder. */
  unpack(stacks: readonly Stack[]): Promise<Seen[]>;
  stop(): Promise<void>;
}

const walker = fileURLToPath(new URL('mounted-tree.pl', import.meta.url));

/** @param folder of this machine and of the room, on a file system that overlayfs can lie on */
export async function startRootfsNode(room: Room, folder: string): Promise<RootfsNode> {
  const socket = '/run/rootfs/containerd.sock';
  const settings = join(folder, 'containerd.toml');
  await writeFile(join(folder, 'walk.pl'), await readFile(walker));
  await writeFile(
    settings,
    `version = 3\nroot = "${folder}/containerd"\nstate = "/run/rootfs/state"\n[grpc]\naddress = "${socket}"\n`,
  );
  const containerd = await room.start(
    [engine('containerd'), '--config', settings],
    /containerd successfully booted/,
    { env: { PATH: `${dirname(engine('containerd'))}:/usr/sbin:/usr/bin:/sbin:/bin` } },
  );
  let images = 0;
  const write = async (stacks: readonly Stack[]): Promise<{ layout: string; names: string[] }> => {
    const layout = join(folder, `layout-${images}`);
    const names = stacks.map(() => `stack-${images++}`);
    const toWrite = stacks.map((stack, at) => ({
      layers: stack.map((rows) => describeLayer(tarOfRows(rows), 'gzip')),
      annotations: {
        'io.containerd.image.name': `test.local/${names[at]}:1`,
        'org.opencontainers.image.ref.name': names[at] ?? '',
      },
    }));
    await writeImages(layout, toWrite);
    return { layout, names };
  };
  const see = async (script: string, names: readonly string[], ...args: string[]): Promise<Seen[]> => {
    const argv = ['sh', '-c', script, 'see', ...args, ...names];
    const { stdout } = await room.run(argv, { cwd: folder, timeoutMilliseconds: 3_600_000 });
    return stdout
      .split(/^# .*\n/m)
      .slice(1)
      .map(seenOf);
  };
  return {
    async mount(stacks) {
      const { layout, names } = await write(stacks);
      return see(mountAll, names, `${engine('ctr')} --address ${socket}`, layout);
    },
    async unpack(stacks) {
      const { layout, names } = await write(stacks);
      return see(unpackAll, names, layout);
    },
    stop: () => containerd.stop(),
  };
}

const mountAll = `
ctr=$1 layout=$2; shift 2
tar -C "$layout" -cf - . | $ctr images import --no-unpack - > import 2>&1 || { cat import >&2; exit 1; }
for name; do
  echo "# $name"
  at=/run/rootfs/$name
  mkdir -p "$at"
  if $ctr images mount --snapshotter overlayfs "test.local/$name:1" "$at" > error 2>&1; then
    perl walk.pl "$at" || exit
    umount "$at" || exit
  else cat error; fi
done
`;

const unpackAll = `
layout=$1; shift
for name; do
  echo "# $name"
  rm -rf rootfs
  if umoci raw unpack --image "$layout:$name" rootfs > error 2>&1; then perl walk.pl rootfs || exit
  else cat error; fi
done
rm -rf rootfs
`;

function seenOf(text: string): Seen {
  if (!text.startsWith('{"path"')) return { error: text };
  const lines = text.split('\n').filter((line) => line !== '');
  return { files: lines.map((line) => JSON.parse(line) as SeenFile) };
}
