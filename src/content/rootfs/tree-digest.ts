import { createHash } from 'node:crypto';
import { type Digest, digestFrom } from '../image/digest.ts';
import type { ComparePolicy } from './differences.ts';
import type { NodeKind, Tree } from './tree.ts';

const kinds: Readonly<Record<NodeKind, number>> = {
  directory: 1,
  file: 2,
  symlink: 3,
  character: 4,
  block: 5,
  fifo: 6,
};

/**
 * Two trees have the same digest where `differences` finds none, and only there. Where mtimes are compared, a directory whose mtime one tree knows and the other does
 * not is a difference here, and none there: that cannot be told by a digest.
 */
export function treeDigest(tree: Tree, policy: ComparePolicy): Digest {
  const hash = createHash('sha256').update(`tree 1, mtime ${policy.mtime}\n`);
  const record = new NodeRecord();
  for (let node = 0; node < tree.size; node++) {
    record.begin();
    writeNode(record, tree, node, policy);
    const first = tree.firstLink(node);
    record.bytes(first === node ? none : tree.path(first));
    hash.update(record.written());
  }
  return digestFrom(hash);
}

const none = Buffer.alloc(0);

/** Each field has one length, or says its own: different nodes have different records. */
function writeNode(record: NodeRecord, tree: Tree, node: number, policy: ComparePolicy): void {
  const kind = tree.kind(node);
  record.bytes(tree.path(node));
  record.number(kinds[kind]);
  record.number(tree.mode(node));
  record.number(tree.uid(node));
  record.number(tree.gid(node));
  record.numberOrNone(policy.mtime === 'compared' ? tree.mtime(node) : undefined);
  record.bytes(tree.xattrs(node));
  record.bytes(tree.target(node));
  record.number(tree.devmajor(node));
  record.number(tree.devminor(node));
  if (kind === 'file') writeContent(record, tree, node, policy);
}

function writeContent(record: NodeRecord, tree: Tree, node: number, policy: ComparePolicy): void {
  const pycMtime = tree.pycMtime(node);
  record.number(tree.bytes(node));
  record.number(tree.isSparse(node) ? 1 : 0);
  record.bytes(tree.digest(node));
  record.numberOrNone(policy.mtime === 'compared' || pycMtime === undefined ? pycMtime : 0);
}

/** Bytes of one node: numbers as doubles, byte strings after their length. */
class NodeRecord {
  #room = Buffer.allocUnsafe(4096);
  #length = 0;

  begin(): void {
    this.#length = 0;
  }

  number(value: number): void {
    this.#need(8);
    this.#length = this.#room.writeDoubleBE(value, this.#length);
  }

  numberOrNone(value: number | undefined): void {
    this.number(value === undefined ? 0 : 1);
    this.number(value ?? 0);
  }

  bytes(value: Buffer): void {
    this.number(value.byteLength);
    this.#need(value.byteLength);
    this.#room.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** Lent until `begin`. */
  written(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  #need(bytes: number): void {
    const all = this.#length + bytes;
    if (all > this.#room.byteLength) this.#room = Buffer.concat([this.#room], all * 2);
  }
}
