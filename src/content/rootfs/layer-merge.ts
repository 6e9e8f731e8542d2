import { inputError, type PullBudgetError } from '../error.ts';
import type { JoinedXattrs } from './joined-xattrs.ts';
import { LayerHeaders } from './layer-headers.ts';
import { hasImplicitBelowOpaque } from './lowest-opaque.ts';
import { directory, file, marks, type Nodes, none, nothing, symlink } from './nodes.ts';
import { shownPath } from './path.ts';
import type { EntryKind, FileTable } from './table.ts';

/** Directories that nothing but the paths below them name: so many for each entry, and some. */
const mostImplicit = { perEntry: 8, more: 4096 };
const mostLinks = 40;
/** Of symlinks that a layer's entries go through: work that few bytes can ask for. */
const mostFollowedBytes = 2 ** 24;
const setgid = 0o2000;
const [slash, dot] = [0x2f, 0x2e];

const kindNumbers: Partial<Record<EntryKind, number>> = {
  directory,
  file,
  symlink,
  character: 4,
  block: 5,
  fifo: 6,
};

/** What a layer does not have on the way to an entry. */
interface Missing {
  readonly parent: number;
  readonly name: Buffer;
  readonly path: Buffer;
  /** Whether some layer has on the way there what is no directory. */
  readonly others: boolean;
}

/**
 * One layer is put onto what the layers below made, as containerd does for overlayfs: it unpacks each layer into a
 * directory of its own (so nothing but the layer itself decides where symlinks lead), and overlayfs lays that over the
 * others. https://github.com/containerd/containerd/blob/v2.3.4/pkg/archive/tar.go
 * What its readers are known to make different things of is refused.
 */
export class LayerMerge {
  readonly #nodes: Nodes;
  readonly #tables: readonly FileTable[];
  readonly #table: FileTable;
  readonly #layer: number;
  readonly #stamp: number;
  readonly #where: string;
  readonly #headers: LayerHeaders;
  #row = 0;
  #path: Buffer = Buffer.alloc(0);
  #implicit = 0;
  #followedBytes = 0;
  #firstOpaque: Buffer | undefined;
  #lastDirectory: { readonly path: Buffer; readonly node: number } | undefined;

  constructor(
    nodes: Nodes,
    tables: readonly FileTable[],
    layer: number,
    where: string,
    joined: JoinedXattrs,
  ) {
    this.#nodes = nodes;
    this.#tables = tables;
    this.#table = tables[layer] as FileTable;
    this.#layer = layer;
    this.#stamp = layer + 1;
    this.#where = where;
    this.#headers = new LayerHeaders(nodes, tables, layer, joined, (what) => this.#odd(what));
  }

  run(): void {
    for (this.#row = 0; this.#row < this.#table.rows; this.#row++) this.#entry();
    this.#headers.settle(this.#stamp);
    if (this.#layer === 0 && this.#firstOpaque && hasImplicitBelowOpaque(this.#nodes)) {
      this.#path = this.#firstOpaque;
      throw this.#odd(
        'is opaque in the lowest layer, and below it is a directory that the layer has no entry for',
      );
    }
  }

  #entry(): void {
    const kind = this.#table.kind(this.#row);
    this.#path = this.#table.path(this.#row);
    if (kind === 'opaque') {
      this.#hideLower();
      return;
    }
    // containerd passes over the root: it is what the snapshotter makes.
    if (this.#path.byteLength === 0) return;
    const at = this.#path.lastIndexOf(slash);
    const parent = this.#directoryOf(this.#path.subarray(0, Math.max(0, at)));
    const name = this.#path.subarray(at + 1);
    this.#checkName(name);
    const known = this.#nodes.child(parent, name);
    const node = known === none ? this.#nodes.add(parent, name) : known;
    const isAgain = this.#nodes.stamps.at(node) === this.#stamp;
    this.#nodes.touch(node, this.#stamp);
    if (kind === 'whiteout') this.#whiteOut(node, isAgain);
    else if (kind === 'directory') this.#putDirectory(node, isAgain);
    else this.#putOther(node, isAgain, kind);
  }

  // Entries

  #whiteOut(node: number, isAgain: boolean): void {
    if (isAgain) throw this.#odd('is removed by the same layer that has it');
    this.#nodes.remove(node);
    this.#nodes.mark(node, marks.whiteout | marks.whitedOut);
    // In the lowest layer, which is no overlay's, nothing stands for it.
    if (this.#layer > 0) this.#nodes.mark(node, marks.other);
  }

  #putDirectory(node: number, isAgain: boolean): void {
    const nodes = this.#nodes;
    this.#checkNoWhiteout(node);
    let before: Buffer | undefined;
    if (isAgain) {
      if (nodes.kinds.at(node) !== directory) throw this.#twoThings();
      before = this.#headers.xattrsOf(node);
    }
    nodes.unmark(node, marks.whitedOut | marks.linked);
    this.#put(node, directory, this.#row);
    if (before !== undefined) this.#headers.again(this.#row, before);
  }

  #putOther(node: number, isAgain: boolean, kind: EntryKind): void {
    const nodes = this.#nodes;
    this.#checkNoWhiteout(node);
    if (isAgain) {
      if (nodes.kinds.at(node) === directory) throw this.#twoThings();
      if (nodes.has(node, marks.followed))
        throw this.#odd('is a symbolic link that entries of its layer go through, and comes again');
    }
    if (kind === 'hardlink') {
      this.#link(node);
      return;
    }
    const number = kindNumbers[kind];
    if (number === undefined) throw this.#odd(`is a ${kind}`);
    if (
      kind === 'character' &&
      this.#table.devmajor(this.#row) === 0 &&
      this.#table.devminor(this.#row) === 0
    ) {
      throw this.#odd('is the device 0:0, which overlayfs takes for a whiteout');
    }
    nodes.remove(node);
    nodes.unmark(node, marks.whitedOut | marks.linked);
    nodes.mark(node, marks.other);
    this.#put(node, number, this.#row);
  }

  #link(node: number): void {
    const nodes = this.#nodes;
    const target = this.#linkTarget();
    if (target === node) throw this.#odd('is a hard link to itself');
    const source = nodes.sources.at(target);
    this.#headers.link(this.#row, source, nodes.kinds.at(target) === file);
    nodes.remove(node);
    nodes.unmark(node, marks.whitedOut);
    nodes.mark(node, marks.other | marks.linked);
    nodes.mark(target, marks.linked);
    this.#put(node, nodes.kinds.at(target), source);
  }

  #put(node: number, kind: number, source: number): void {
    const { kinds, layers, rows, sources, headerLayers, headerRows } = this.#nodes;
    kinds.set(node, kind);
    layers.set(node, this.#layer);
    rows.set(node, this.#row);
    sources.set(node, source);
    headerLayers.set(node, this.#layer);
    headerRows.set(node, this.#row);
  }

  /** What the layers below have in the directory is not there any more; what this layer has, before or after, is. */
  #hideLower(): void {
    const nodes = this.#nodes;
    const top = this.#directoryOf(this.#path);
    if (top === 0 && this.#layer > 0)
      throw this.#odd('is the root and opaque, which overlayfs does not look at');
    this.#firstOpaque ??= this.#path;
    if (nodes.has(top, marks.opaque)) return;
    nodes.mark(top, marks.opaque);
    if (this.#layer === 0 || this.#isBelowOpaque(top)) return;
    const left = [top];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      for (const child of nodes.children(node)) {
        if (nodes.stamps.at(child) !== this.#stamp) nodes.remove(child);
        else if (nodes.kinds.at(child) === directory && !this.#isDoneOpaque(child)) left.push(child);
      }
    }
  }

  #isDoneOpaque(node: number): boolean {
    if (this.#nodes.has(node, marks.copied)) {
      throw this.#odd('is opaque, and below it is a directory that the layer has no entry for');
    }
    return this.#nodes.has(node, marks.opaque);
  }

  #isBelowOpaque(node: number): boolean {
    for (let at = node; at !== 0; ) {
      at = this.#nodes.parents.at(at);
      // Marks of the root are this layer's: it is touched by nobody else.
      if (this.#nodes.stamps.at(at) === this.#stamp && this.#nodes.has(at, marks.opaque)) return true;
    }
    return false;
  }

  // Where entries are

  /** The directory of that path, made where the layer has no entry for it. */
  #directoryOf(path: Buffer): number {
    if (path.byteLength === 0) return 0;
    if (this.#lastDirectory?.path.equals(path)) return this.#lastDirectory.node;
    const node = this.#walk(path, (missing) => this.#makeParent(missing));
    this.#lastDirectory = { path, node };
    return node;
  }

  /** What this hard link links to: the layer must have it, before. */
  #linkTarget(): number {
    const path = this.#table.target(this.#row);
    const absent = () => {
      return this.#odd(`is a hard link to ${shownPath(path)}, which does not come before it in its layer`);
    };
    const at = path.lastIndexOf(slash);
    const parent =
      at < 0
        ? 0
        : this.#walk(path.subarray(0, at), () => {
            throw absent();
          });
    const node = this.#nodes.child(parent, path.subarray(at + 1));
    if (node === none || this.#nodes.stamps.at(node) !== this.#stamp) throw absent();
    const kind = this.#nodes.kinds.at(node);
    if (kind === nothing || kind === directory)
      throw this.#odd(`is a hard link to ${shownPath(path)}, which is no file`);
    return node;
  }

  /**
   * Goes down a path in what the layer itself has, through its own symlinks.
   * @param absent gives the node of what the layer does not have
   */
  #walk(start: Buffer, absent: (missing: Missing) => number): number {
    const nodes = this.#nodes;
    let path = start;
    let links = 0;
    let mayGoUp = false;
    let others = false;
    let at = 0;
    for (let from = 0; from < path.byteLength; ) {
      const next = path.indexOf(slash, from);
      const end = next < 0 ? path.byteLength : next;
      const name = path.subarray(from, end);
      from = end + 1;
      if (links > 0 && (name.byteLength === 0 || (name.byteLength === 1 && name[0] === dot))) continue;
      if (mayGoUp && isDots(name)) {
        at = at === 0 ? 0 : nodes.parents.at(at);
        continue;
      }
      this.#checkName(name);
      mayGoUp = false;
      const node = nodes.child(at, name);
      const isHere = node !== none && nodes.stamps.at(node) === this.#stamp;
      const down = isHere ? node : absent({ parent: at, name, others, path: path.subarray(0, end) });
      const kind = nodes.kinds.at(down);
      if (kind === directory) {
        others ||= nodes.has(down, marks.other);
        at = down;
      } else if (kind === symlink && ++links <= mostLinks) {
        nodes.mark(down, marks.followed);
        const target = this.#table.target(nodes.sources.at(down));
        this.#followedBytes += target.byteLength;
        if (this.#followedBytes > mostFollowedBytes)
          throw this.#odd('comes after too many that go through symbolic links');
        path = Buffer.concat([target, Buffer.of(slash), path.subarray(from)]);
        from = 0;
        if (target[0] === slash) at = 0;
        mayGoUp = links === 1;
      } else
        throw this.#odd(`is below ${shownPath(path.subarray(0, end))}, which is no directory in its layer`);
    }
    return at;
  }

  /**
   * containerd gives a directory that the layer has no entry for what the directory in the layers below has, and looks
   * for that in one layer after the other, not in what they make together.
   */
  #makeParent({ parent, name, others, path }: Missing): number {
    const nodes = this.#nodes;
    const known = nodes.child(parent, name);
    const node = known === none ? nodes.add(parent, name) : known;
    const kind = nodes.kinds.at(node);
    const isGone = known !== none && kind === nothing && !nodes.has(node, marks.whitedOut);
    if (kind > directory) {
      throw this.#odd(`goes through ${shownPath(path)}, which is no directory in the layers below`);
    }
    if (kind === nothing && this.#layer > 0 && (others || isGone)) {
      throw this.#odd(
        `is in ${shownPath(path)}, for which the layer has no entry, and that was removed or something else in a layer below`,
      );
    }
    const limit = this.#table.rows * mostImplicit.perEntry + mostImplicit.more;
    if (++this.#implicit > limit)
      throw this.#odd(`comes after ${limit} directories that the layer has no entry for`);
    nodes.touch(node, this.#stamp);
    nodes.mark(node, marks.implicit | (kind === directory ? marks.copied : 0));
    nodes.unmark(node, marks.whitedOut);
    if (kind === nothing) {
      nodes.headerRows.set(node, none);
      nodes.sources.set(node, this.#groupBelow(parent));
    }
    nodes.kinds.set(node, directory);
    nodes.layers.set(node, this.#layer);
    nodes.rows.set(node, none);
    return node;
  }

  /** What is made in a directory with the setgid bit gets its group (inode(7)). */
  #groupBelow(parent: number): number {
    const row = this.#nodes.headerRows.at(parent);
    if (parent === 0 || row === none) return 0;
    const table = this.#tables[this.#nodes.headerLayers.at(parent)] as FileTable;
    return (table.mode(row) & setgid) === 0 ? 0 : table.gid(row);
  }

  // What is refused

  #checkNoWhiteout(node: number): void {
    if (this.#nodes.has(node, marks.whiteout)) throw this.#odd('is removed by the same layer that has it');
  }

  #checkName(name: Buffer): void {
    if (
      name.byteLength === 0 ||
      name.byteLength > 255 ||
      isDots(name) ||
      (name.byteLength === 1 && name[0] === dot)
    ) {
      throw this.#odd('has a name in its path that no file can have');
    }
  }

  #twoThings(): PullBudgetError {
    return this.#odd('is a directory and something else in one layer');
  }

  #odd(what: string): PullBudgetError {
    return inputError('odd-layer', `${this.#where} cannot be re-layered: ${shownPath(this.#path)} ${what}`, {
      hint: 'Nodes do not agree on what such a layer is, or refuse it. Build the image with another tool, or flatten it.',
    });
  }
}

function isDots(name: Buffer): boolean {
  return name.byteLength === 2 && name[0] === dot && name[1] === dot;
}
