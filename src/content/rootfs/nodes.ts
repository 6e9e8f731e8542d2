import { BytePool, GrowingColumn } from './column.ts';

/** No node, no row. */
export const none = 2 ** 32 - 1;

/** Kinds of nodes by number; 0 is nothing. */
export const nodeKinds = ['', 'directory', 'file', 'symlink', 'character', 'block', 'fifo'] as const;
export const [nothing, directory, file, symlink] = [0, 1, 2, 3];

/** What is remembered of a node while layers are merged. Those of one layer hold while its `stamp` is that layer's. */
export const marks = {
  /** A layer had here something that is no directory, or a whiteout: nothing is found below it in that layer. */
  other: 1,
  /** Nothing is here because of a whiteout of this very path. */
  whitedOut: 2,
  /** It is, or was, a hard link or what one links to. */
  linked: 4,
  /** Of one layer: its whiteout. */
  whiteout: 8,
  /** Of one layer: something below a path came before the path's own entry, if that has one. */
  implicit: 16,
  /** Of one layer: implicit, with what the directory in the layers below says. */
  copied: 32,
  /** Of one layer: a symlink that other entries go through. */
  followed: 64,
  /** Of one layer: a directory with an opaque marker. */
  opaque: 128,
} as const;
const lasting = marks.other | marks.whitedOut | marks.linked;

/**
 * The nodes of a tree in the making, in the order in which they are first heard of. A node stays when what was there
 * is removed: that something was there is part of what decides.
 */
export class Nodes {
  readonly parents = new GrowingColumn(Uint32Array);
  readonly names = new BytePool();
  readonly kinds = new GrowingColumn(Uint8Array);
  /** Layer plus one that last had this path, be it as a parent only. */
  readonly stamps = new GrowingColumn(Uint16Array);
  readonly marks = new GrowingColumn(Uint8Array);
  readonly layers = new GrowingColumn(Uint16Array);
  /** `none` of implicit directories. */
  readonly rows = new GrowingColumn(Uint32Array);
  /** Row that brought the inode: of hard links that of what they link to. Of directories that no layer tells of their group. */
  readonly sources = new GrowingColumn(Uint32Array);
  /** Layer and row of the header that was applied last: mode, owner, times, extended attributes. */
  readonly headerLayers = new GrowingColumn(Uint16Array);
  readonly headerRows = new GrowingColumn(Uint32Array);
  readonly #firstChildren = new GrowingColumn(Uint32Array);
  readonly #nextSiblings = new GrowingColumn(Uint32Array);
  readonly #hashes = new GrowingColumn(Uint32Array);
  /** Open addressing: a node where its hash says, or in the next free place after that. 0, the root, is none's child. */
  #slots = new Uint32Array(1024);
  /** So that nobody can make names that all meet in one slot. */
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);

  constructor() {
    this.#push(0, Buffer.alloc(0), 0);
    this.kinds.set(0, directory);
  }

  get count(): number {
    return this.parents.length;
  }

  /** A directory's node of that name, or `none`. */
  child(parent: number, name: Buffer): number {
    const hash = this.#hash(parent, name);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const node = this.#slots[slot] as number;
      if (this.#hashes.at(node) !== hash || this.parents.at(node) !== parent) continue;
      if (this.names.holds(node, name)) return node;
    }
    return none;
  }

  /** A new node, of nothing yet. */
  add(parent: number, name: Buffer): number {
    const node = this.#push(parent, name, this.#hash(parent, name));
    this.#nextSiblings.set(node, this.#firstChildren.at(parent));
    this.#firstChildren.set(parent, node);
    if (this.count * 4 > this.#slots.length * 3) this.#grow();
    else this.#settle(node);
    return node;
  }

  /** Marks of a node that a layer comes to for the first time are only the lasting ones. */
  touch(node: number, stamp: number): void {
    if (this.stamps.at(node) === stamp) return;
    this.stamps.set(node, stamp);
    this.marks.set(node, this.marks.at(node) & lasting);
  }

  has(node: number, mark: number): boolean {
    return (this.marks.at(node) & mark) !== 0;
  }

  mark(node: number, mark: number): void {
    this.marks.set(node, this.marks.at(node) | mark);
  }

  unmark(node: number, mark: number): void {
    this.marks.set(node, this.marks.at(node) & ~mark);
  }

  /** Nodes in a directory, also of what is there no longer, the last added first. */
  *children(node: number): Generator<number> {
    for (let child = this.#firstChildren.at(node); child !== none; child = this.#nextSiblings.at(child)) {
      yield child;
    }
  }

  /** Nothing is there, nor below it, any more. */
  remove(top: number): void {
    const left = [top];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      const kind = this.kinds.at(node);
      if (kind === nothing) continue;
      this.kinds.set(node, nothing);
      this.unmark(node, marks.linked);
      if (kind !== directory) continue;
      for (const child of this.children(node)) left.push(child);
    }
  }

  /** What only `add`, `child` and `touch` take is let go. */
  close(): void {
    for (const column of [this.stamps, this.#hashes]) column.take();
    this.#slots = new Uint32Array(0);
  }

  /** What only `children` takes is let go. */
  forgetChildren(): void {
    for (const column of [this.#firstChildren, this.#nextSiblings]) column.take();
  }

  #push(parent: number, name: Buffer, hash: number): number {
    this.parents.push(parent);
    this.kinds.push(nothing);
    this.stamps.push(0);
    this.marks.push(0);
    this.layers.push(0);
    this.rows.push(none);
    this.sources.push(none);
    this.headerLayers.push(0);
    this.headerRows.push(none);
    this.#firstChildren.push(none);
    this.#nextSiblings.push(none);
    this.#hashes.push(hash);
    return this.names.add(name);
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let node = 1; node < this.count; node++) this.#settle(node);
  }

  #settle(node: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes.at(node) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = node;
  }

  #hash(parent: number, name: Buffer): number {
    return hashName(this.#seed, parent, name);
  }
}

/** Of a name in a directory, 32 bits. */
export function hashName(seed: number, parent: number, name: Buffer): number {
  let hash = Math.imul(seed ^ parent, 0x9e3779b1);
  hash ^= hash >>> 15;
  for (let at = 0; at < name.byteLength; at++) {
    hash = Math.imul(hash ^ (name[at] as number), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
