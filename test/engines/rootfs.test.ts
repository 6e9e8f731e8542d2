/** What layers merge into is what nodes mount: random stacks through containerd 2.4 on overlayfs, and umoci. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeKind, Tree } from '../../src/content/rootfs/tree.ts';
import { merged } from '../content/rootfs/merged.ts';
import type { Row } from '../content/rootfs/rows.ts';
import { type Stack, stacks } from '../content/rootfs/stacks.ts';
import { describeEngines, enterRoom, type Room } from './room.ts';
import { type RootfsNode, type Seen, type SeenFile, startRootfsNode } from './rootfs-node.ts';

const types: Readonly<Record<NodeKind, number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
};
const seed = Number(process.env.PULL_BUDGET_SEED ?? 5);
const many = process.env.PULL_BUDGET_FULL ? 5000 : 60;
const atATime = 100;

describeEngines('what layers merge into', ['room', 'containerd', 'ctr'], () => {
  let folder: string;
  let room: Room;
  let node: RootfsNode;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rootfs-'));
    room = await enterRoom({ binds: [folder] });
    node = await startRootfsNode(room, folder);
  });

  afterAll(async () => {
    await node.stop();
    await room.leave();
    await rm(folder, { recursive: true });
  });

  test(`is what containerd mounts, of ${many} random stacks (seed ${seed})`, {
    timeout: many * 10_000,
  }, async () => {
    const samples = fc.sample(stacks, { numRuns: many, seed });
    for (let at = 0; at < many; at += atATime) {
      const some = samples.slice(at, at + atATime);
      compare(some, await node.mount(some), (tree, node) => tree.mtime(node) !== undefined);
    }
  });

  test('is what umoci unpacks', { timeout: 300_000 }, async () => {
    const some = fc.sample(stacks, { numRuns: 100, seed }).map(asToolsWrite);
    // It leaves to directories the time at which something was removed in them.
    compare(some, await node.unpack(some), (tree, node) => tree.kind(node) !== 'directory');
  });
});

type IsTimed = (tree: Tree, node: number) => boolean;

/**
 * umoci keeps times before 1970 and attributes of `trusted.`, takes from a file what its hard link does not have, and
 * makes no directory for a whiteout of nothing. What tools write has none of it.
 */
function asToolsWrite(stack: Stack): Stack {
  const written: Row[][] = [];
  for (const rows of stack) {
    const lower = merged(...written);
    const kept = rows.filter(
      (row) => !isMark(row) || (isIn(lower, row) && !rows.some((other) => leadsAway(other, row))),
    );
    written.push(kept.map(withPlainHeader));
  }
  return written;
}

const isMark = ({ kind }: Row): boolean => kind === 'whiteout' || kind === 'opaque';
const isIn = (tree: Tree, { path }: Row): boolean => tree.find(Buffer.from(path)) !== undefined;
const leadsAway = ({ kind, path }: Row, other: Row): boolean =>
  kind === 'symlink' && `${other.path}/`.startsWith(`${path}/`);

function withPlainHeader({ path, kind, content, target, devmajor, devminor }: Row): Row {
  const needed = { path, kind, ...(content && { content }), ...(target && { target }) };
  return devmajor === undefined || devminor === undefined ? needed : { ...needed, devmajor, devminor };
}

/** @param isTimed whether the mtime of a node counts */
function compare(samples: readonly Stack[], seen: readonly Seen[], isTimed: IsTimed): void {
  expect(seen).toHaveLength(samples.length);
  for (const [at, stack] of samples.entries()) {
    const tree = merged(...stack);
    const what = seen[at];
    if (what === undefined || 'error' in what) throw new Error(`${what?.error}\n${told(stack)}`);
    expect(linesOfSeen(what.files, tree, isTimed), told(stack)).toEqual(linesOfTree(tree, isTimed));
  }
}

function told(stack: Stack): string {
  return stack
    .map((rows, at) =>
      rows.map((row) => `${at} ${JSON.stringify({ ...row, path: String(row.path) })}`).join('\n'),
    )
    .join('\n');
}

function linesOfTree(tree: Tree, isTimed: IsTimed): string[] {
  return Array.from({ length: tree.size }, (_, node) => {
    const file: Omit<SeenFile, 'path' | 'inode'> = {
      type: types[tree.kind(node)],
      mode: tree.mode(node),
      uid: tree.uid(node),
      gid: tree.gid(node),
      mtime: isTimed(tree, node) ? (tree.mtime(node) ?? Number.NaN) : Number.NaN,
      device: ['character', 'block'].includes(tree.kind(node))
        ? `${tree.devmajor(node)}:${tree.devminor(node)}`
        : '',
      detail: tree.kind(node) === 'file' ? contentDigest(tree, node) : tree.target(node).toString('hex'),
      xattrs: xattrsOf(tree.xattrs(node)),
    };
    return line(tree.path(node), file, tree.links(node)[0] ?? node);
  });
}

function linesOfSeen(files: readonly SeenFile[], tree: Tree, isTimed: IsTimed): string[] {
  const paths = files.map(({ path }) => Buffer.from(path, 'hex').subarray(1));
  const sorted = files
    .map((file, at) => ({ file, path: paths[at] ?? Buffer.alloc(0) }))
    .sort((a, b) => Buffer.compare(sortKey(a.path), sortKey(b.path)));
  const firsts = new Map<string, number>();
  return sorted.map(({ file, path }, at) => {
    const first = file.type === types.directory ? at : (firsts.get(file.inode) ?? at);
    firsts.set(file.inode, first);
    const node = tree.find(path);
    const counts = node === undefined || isTimed(tree, node);
    const detail = file.type === types.file ? sha256(Buffer.from(file.detail, 'hex')) : file.detail;
    return line(path, { ...file, detail, mtime: counts ? file.mtime : Number.NaN }, first);
  });
}

/** Sorted by it, what is in a directory follows it at once. */
function sortKey(path: Buffer): Buffer {
  return Buffer.from(path.map((byte) => (byte === 0x2f ? 0 : byte)));
}

function line(path: Buffer, file: Omit<SeenFile, 'path' | 'inode'>, first: number): string {
  const { type, mode, uid, gid, mtime, device, detail, xattrs } = file;
  return JSON.stringify([
    path.toString('latin1'),
    type.toString(8),
    mode.toString(8),
    uid,
    gid,
    mtime,
    device,
    detail,
    xattrs,
    first,
  ]);
}

function contentDigest(tree: Tree, node: number): string {
  const { layer, row } = tree.content(node);
  return tree.tables[layer]?.digest(row).toString('hex') ?? '';
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function xattrsOf(records: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(' ', at);
    const length = Number(records.toString('latin1', at, space));
    const equals = records.indexOf('=', space);
    const name = records.subarray(space + 1, equals).toString('hex');
    found[name] = records.subarray(equals + 1, at + length - 1).toString('hex');
    at += length;
  }
  return found;
}
