import { rmSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { readAt } from '../store/file.ts';
import { onDisk } from '../store/io-error.ts';
import { monotonicSeconds } from './clock.ts';
import { type Layer, readLayer } from './read.ts';
import { ScratchTree } from './scratch-tree.ts';

export interface UnpackInput {
  /** The layer's blob: a file whose content was verified when it was written. */
  readonly blob: string;
  readonly layer: Layer;
  /** A folder to make, and to unpack into. */
  readonly folder: string;
  readonly ratioLimit: number;
}

export interface Unpacked {
  /** Of the uncompressed tar. */
  readonly unpackedBytes: number;
  /** Files, folders and links made. */
  readonly files: number;
  /** By `monotonicSeconds`, which all threads share. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Of that, spent waiting in calls to the file system, for the disk or for a turn on a core. */
  readonly diskSeconds: number;
}

/** What a worker of the pool can do. Inputs and results are copied between threads: plain data. */
export const jobs = { unpack, remove };
export type Jobs = typeof jobs;

/** Unpacks a layer's blob into a scratch tree. @throws PullBudgetError what `readLayer` throws, `disk-full` */
async function unpack({ blob, layer, folder, ratioLimit }: UnpackInput): Promise<Unpacked> {
  const startSeconds = monotonicSeconds();
  const cpuBefore = process.threadCpuUsage();
  await using file = await onDisk(blob, () => open(blob));
  const bytes = readAt(file, 0, layer.descriptor.size, blob);
  await onDisk(folder, () => mkdir(folder));
  using tree = new ScratchTree(folder);
  const read = await readLayer(bytes, layer, { ratioLimit, subscribers: [tree] });
  const kernelSeconds = process.threadCpuUsage(cpuBefore).system / 1e6;
  return {
    unpackedBytes: read.unpackedBytes,
    files: tree.files,
    startSeconds,
    endSeconds: monotonicSeconds(),
    // What the calls took beyond this thread's time in the kernel was waited for.
    diskSeconds: Math.max(0, tree.seconds - kernelSeconds),
  };
}

export interface RemoveInput {
  /** A folder with all that is in it; nothing happens where it is not there. */
  readonly folder: string;
}

/** Removes a tree of any number of files: the promises of node's asynchronous `rm` fill hundreds of MB for one of these. */
function remove({ folder }: RemoveInput): Promise<void> {
  return onDisk(folder, async () => rmSync(folder, { recursive: true, force: true }));
}
