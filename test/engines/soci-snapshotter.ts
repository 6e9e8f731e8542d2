/** Nodes that pull lazily: containerd and soci-snapshotter-grpc in the room, its own or newer ones of this machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import type { Digest } from '../../src/content/image/digest.ts';
import { engine, type Room, run } from './room.ts';

export interface LazyNode {
  /** Of the snapshotter, for people. */
  readonly version: string;
  /** Pulls an image that its registry knows in the room, lazily. An old snapshotter is told the v1 index. */
  pullLazily(reference: string, index?: Digest): Promise<void>;
  /** Pulls and unpacks the image as a node without a lazy snapshotter does. */
  pullWhole(reference: string): Promise<void>;
  /** What a shell in a container of the image prints. `pulled` says by which of the two pulls it is there. */
  inContainer(pulled: 'lazily' | 'whole', reference: string, script: string): Promise<string>;
  /** Values of the messages that say of each layer what became of it: `"remote-snapshot-prepared":"true"` and others. */
  outcomes(): string[];
  /** The snapshotter's log so far. */
  log(): string;
  /** Metric lines of the snapshotter that begin so, and their values. */
  metrics(prefix: string): Promise<{ line: string; value: number }[]>;
  /** FUSE file systems mounted in the room. */
  fuseMounts(): Promise<number>;
  stop(): Promise<void>;
}

const sockets = { containerd: '/run/lazy/containerd.sock', snapshotter: '/run/lazy/soci.sock' };

/** A containerd that asks the snapshotter for snapshots; the transfer service of 2.x has to be told which to use. */
function containerdConfiguration(transferService: boolean): string {
  const unpack = (snapshotter: string) => `
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
platform = "linux/amd64"
snapshotter = "${snapshotter}"
`;
  return `version = 2
root = "/run/lazy/containerd"
state = "/run/lazy/state"
[grpc]
address = "${sockets.containerd}"
[proxy_plugins.soci]
type = "snapshot"
address = "${sockets.snapshotter}"
[proxy_plugins.soci.exports]
root = "/run/lazy/soci"
enable_remote_snapshot_annotations = "true"
${transferService ? `[plugins."io.containerd.transfer.v1.local"]${unpack('soci')}${unpack('overlayfs')}` : ''}`;
}

/** Every byte is there because somebody read it: nothing is fetched in the background. */
const snapshotterConfiguration = (metrics: string) => `
metrics_address = "${metrics}"
metrics_network = "unix"
[background_fetch]
disable = true
`;

const newerSettings = `
[prefetch]
enable = true
[content_store]
type = "soci"
containerd_address = "${sockets.containerd}"
[pull_modes.soci_v1]
enable = true
[pull_modes.soci_v2]
enable = true
[pull_modes.parallel_pull_unpack]
enable = false
`;

interface Programs {
  readonly containerd: string;
  readonly ctr: string;
  readonly snapshotter: string;
  readonly newer: boolean;
}

/** The room's containerd 1.7 and soci-snapshotter 0.4.1. `folder` is one of this machine, for the configuration. */
export function startRoomNode(room: Room, folder: string): Promise<LazyNode> {
  const programs = {
    containerd: 'containerd',
    ctr: 'ctr',
    snapshotter: 'soci-snapshotter-grpc',
    newer: false,
  };
  return startNode(room, folder, programs);
}

/** containerd 2.4 and the snapshotter at a path of this machine. */
export async function startNewerNode(room: Room, folder: string, snapshotter: string): Promise<LazyNode> {
  await room.bind(dirname(snapshotter));
  return startNode(room, folder, {
    containerd: engine('containerd'),
    ctr: engine('ctr'),
    snapshotter,
    newer: true,
  });
}

/** The snapshotter on PATH if it reads v2 indexes (0.10 and newer), else undefined. */
export async function findNewerSnapshotter(): Promise<string | undefined> {
  const found = await run('sh', ['-c', 'command -v soci-snapshotter-grpc']).catch(() => undefined);
  if (!found) return undefined;
  const path = found.stdout.trim();
  const [, major, minor] = /v?(\d+)\.(\d+)\./.exec((await run(path, ['--version'])).stdout) ?? [];
  return Number(major) > 0 || Number(minor) >= 10 ? path : undefined;
}

async function startNode(room: Room, folder: string, programs: Programs): Promise<LazyNode> {
  const { ctr, newer } = programs;
  await mkdir(folder, { recursive: true });
  await room.bind(folder);
  const metricsSocket = join(folder, 'metrics.sock');
  const paths = { soci: join(folder, 'soci.toml'), containerd: join(folder, 'containerd.toml') };
  await writeFile(paths.soci, snapshotterConfiguration(metricsSocket) + (newer ? newerSettings : ''));
  await writeFile(paths.containerd, containerdConfiguration(newer));
  // A tmpfs: an overlay cannot have its layers in another overlay.
  await room.run(['mkdir', '-p', '/run/lazy']);
  const snapshotter = await room.start(
    [
      programs.snapshotter,
      '--root',
      '/run/lazy/soci',
      '--address',
      sockets.snapshotter,
      '--config',
      paths.soci,
      '--log-level',
      'debug',
    ],
    newer ? /successfully started/ : /starting soci-snapshotter-grpc/,
  );
  // The static containerd finds its shim, and the room's runc, on PATH.
  const env = newer ? { PATH: `${dirname(programs.containerd)}:/usr/sbin:/usr/bin:/sbin:/bin` } : {};
  const containerd = await room.start(
    [programs.containerd, '--config', paths.containerd],
    /containerd successfully booted/,
    { env },
  );
  const onNode = async (...argv: string[]) =>
    (await room.run([ctr, '--address', sockets.containerd, ...argv])).stdout;
  let containers = 0;
  return {
    version: (await room.run([programs.snapshotter, '--version'])).stdout.trim(),
    pullLazily: async (reference, index) => {
      if (newer) {
        await onNode('images', 'pull', '--snapshotter', 'soci', reference);
      } else {
        const named = index ? ['--soci-index-digest', index] : [];
        await room.run(['soci', '--address', sockets.containerd, 'image', 'rpull', ...named, reference]);
      }
    },
    pullWhole: async (reference) => {
      await onNode('--namespace', 'whole', 'images', 'pull', '--snapshotter', 'overlayfs', reference);
    },
    inContainer: (pulled, reference, script) => {
      containers += 1;
      const [namespace, snapshotter] = pulled === 'lazily' ? ['default', 'soci'] : ['whole', 'overlayfs'];
      const options = ['--rm', '--net-host', '--snapshotter', snapshotter];
      return onNode(
        '--namespace',
        namespace,
        'run',
        ...options,
        reference,
        `reader-${containers}`,
        '/bin/sh',
        '-c',
        script,
      );
    },
    log: () => snapshotter.log(),
    outcomes: () =>
      [...snapshotter.log().matchAll(/"(?:remote|local|defer)-snapshot-\w+":"\w+"/g)].map(([text]) => text),
    metrics: async (prefix) => {
      const lines = (await readMetrics(metricsSocket)).split('\n').filter((line) => line.startsWith(prefix));
      return lines.map((line) => ({ line, value: Number(line.slice(line.lastIndexOf(' '))) }));
    },
    fuseMounts: async () => {
      const mounts = (await room.run(['cat', '/proc/self/mountinfo'])).stdout;
      return mounts.split('\n').filter((line) => line.includes('fuse.rawBridge')).length;
    },
    stop: async () => {
      await containerd.stop();
      await snapshotter.stop();
    },
  };
}

function readMetrics(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/metrics' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    asking.on('error', reject).end();
  });
}
