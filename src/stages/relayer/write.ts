import type { ByteStream } from '../../content/bytes.ts';
import { inputError } from '../../content/error.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { blockBytes, paddingAfter } from '../../content/tar/header.ts';
import { type EntryFields, endOfArchive, entryHeader } from '../../content/tar/writer.ts';
import { type Entries, inPathOrder, type PlannedEntry } from './entry-order.ts';
import { Packing } from './packing.ts';

/** Gives the content of files of the input's layers, `bytes` of them from byte `start` of the uncompressed tar on. */
export type ReadContent = (layer: number, start: number, bytes: number) => ByteStream;

/**
 * The mtime of what has none: directories that no layer names, and whiteouts. The first second of 2020: some programs
 * do not get along with 1970.
 */
export const noMtime = 1_577_836_800;

const padding = new Uint8Array(blockBytes);
const nothing = Buffer.alloc(0);
const slash = Buffer.from('/');

/**
 * The tar of a new layer: entries sorted by path, a directory's content right behind it, whiteouts among them, the root
 * not; PAX records only where ustar can't say it, numeric ids without names, two blocks of zeros at the end and no
 * padding behind them. Of an inode with several paths the first has the content and the others are links to it. The same
 * tree and plan give the same bytes anywhere. Chunks have 64 KiB or more, but for the last.
 * Contents are as `read` gives them: who reads the tar hashes them, and compares what it has with the tree.
 * @throws (while iterating) PullBudgetError `sparse-file`, what `read` throws
 */
export async function* layerTar(tree: Tree, layer: Entries, read: ReadContent): ByteStream {
  const packing = new Packing();
  for (const { header, file } of entriesOf(tree, inPathOrder(tree, layer))) {
    if (packing.fits(header.byteLength)) packing.put(header);
    else yield* packing.add(header);
    if (file === undefined) continue;
    for await (const part of contentOf(tree, file, read)) {
      if (packing.fits(part.byteLength)) packing.put(part);
      else yield* packing.add(part);
    }
    yield* packing.add(padding.subarray(0, paddingAfter(tree.bytes(file))));
  }
  yield* packing.add(endOfArchive);
  yield* packing.take();
}

interface Entry {
  readonly header: Buffer;
  /** The node whose content follows. */
  readonly file: number | undefined;
}

function* entriesOf(tree: Tree, entries: Iterable<PlannedEntry>): Generator<Entry> {
  for (const { path, node } of entries) {
    if (node === undefined) {
      yield { header: whiteoutHeader(path), file: undefined };
      continue;
    }
    // containerd passes over an entry for the root: it is what the snapshotter makes.
    if (node === 0) continue;
    const first = tree.firstLink(node);
    const target = first === node ? undefined : tree.path(first);
    if (tree.isSparse(node)) throw sparse(tree, node);
    const hasContent = target === undefined && tree.kind(node) === 'file' && tree.bytes(node) > 0;
    yield { header: nodeHeader(tree, node, path, target), file: hasContent ? node : undefined };
  }
}

/** Links have all that their inode has: nodes set it anew, and a change of owner takes capabilities away. */
function nodeHeader(tree: Tree, node: number, path: Buffer, target: Buffer | undefined): Buffer {
  const kind = tree.kind(node);
  return entryHeader({
    kind: target === undefined ? kind : 'hardlink',
    name: kind === 'directory' ? Buffer.concat([path, slash]) : path,
    linkname: target ?? (kind === 'symlink' ? tree.target(node) : nothing),
    mode: tree.mode(node),
    uid: tree.uid(node),
    gid: tree.gid(node),
    size: target === undefined && kind === 'file' ? tree.bytes(node) : 0,
    mtime: tree.mtime(node) ?? noMtime,
    devmajor: tree.devmajor(node),
    devminor: tree.devminor(node),
    xattrs: tree.xattrs(node),
  });
}

const whiteout: Omit<EntryFields, 'name'> = {
  kind: 'file',
  linkname: nothing,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: noMtime,
  devmajor: 0,
  devminor: 0,
  xattrs: nothing,
};

function whiteoutHeader(name: Buffer): Buffer {
  return entryHeader({ ...whiteout, name });
}

/** Where a .pyc says its source's mtime (PEP 552). */
const pycTime = { start: 8, end: 12 };

/** A file's content; a .pyc names the mtime that its source has in this tree. */
async function* contentOf(tree: Tree, node: number, read: ReadContent): ByteStream {
  const { layer, row } = tree.content(node);
  const start = tree.tables[layer]?.dataStart(row);
  if (start === undefined) throw new Error(`the content of node ${node} is in no layer`);
  const pycMtime = tree.pycMtime(node);
  if (pycMtime === undefined) {
    yield* read(layer, start, tree.bytes(node));
    return;
  }
  let position = 0;
  for await (const part of read(layer, start, tree.bytes(node))) {
    // In a copy: what is read may be held for others.
    yield position < pycTime.end ? withPycTime(Buffer.from(part), position, pycMtime) : part;
    position += part.byteLength;
  }
}

/** Writes what of the field lies in a part of the file that begins at `position`. */
function withPycTime(part: Buffer, position: number, mtime: number): Buffer {
  const end = Math.min(pycTime.end, position + part.byteLength);
  for (let at = Math.max(pycTime.start, position); at < end; at++) {
    part[at - position] = mtime >>> (8 * (at - pycTime.start));
  }
  return part;
}

function sparse(tree: Tree, node: number): Error {
  return inputError(
    'sparse-file',
    `${whereOf(tree, node)} is a sparse file, which cannot be put into a new layer`,
    {
      hint: 'Write it without holes when the image is built, or name a base image that has it.',
    },
  );
}

function whereOf(tree: Tree, node: number): string {
  const { layer } = tree.content(node);
  return `layer with diffID ${tree.tables[layer]?.diffId}: ${shownPath(tree.path(node))}`;
}
