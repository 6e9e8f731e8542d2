import type { Tree } from '../../../content/rootfs/tree.ts';
import type { Kept, Owner, OwnerClass, OwnerOptions } from './owner.ts';
import { bytesOf, readable } from './path.ts';
import { PathResolver } from './path-resolver.ts';

/** An owner as its finder knows it. */
export interface OwnerDraft {
  /** `python`, `debian`, `files` … */
  readonly kind: string;
  /** Of its kind, as bytes: `numpy`, `/opt/tool`. */
  readonly what: string;
  /** Directory that tells two of the same kind and name apart: latin1. */
  readonly place: string;
  readonly version?: string | undefined;
  readonly class: OwnerClass;
  /** A Python distribution's own record beats it: see `replace`. */
  readonly isReplaceable?: boolean;
  /** A pattern of the user's: says where files go, not who put them there. */
  readonly isByPattern?: boolean;
}

/** Of a node that nobody has claimed. */
export const unclaimed = 0xffffffff;

/** A library at or above this many bytes is a heavy one. */
const heavyBytes = 50_000_000;

/** No image has as many owners; what is above it goes together. */
const mostOwners = 65_536;
const theRest: OwnerDraft = { kind: 'files', what: 'of many owners', place: '', class: 'library' };

interface Entry {
  owner: Owner;
  readonly isReplaceable: boolean;
  readonly isByPattern: boolean;
  pinned: readonly number[];
}

/**
 * Whose each node is, while finders look. The first to claim a node has it, with all its hard links: they have to be in
 * one layer anyway.
 */
export class Claims {
  readonly tree: Tree;
  readonly kept: Kept;
  readonly options: OwnerOptions;
  readonly #paths: PathResolver;
  readonly #of: Uint32Array;
  /** Directories of which all is claimed: not gone through again, however often they are named. */
  readonly #done: Uint8Array;
  readonly #entries: Entry[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #byName = new Map<string, number>();

  constructor(tree: Tree, kept: Kept, options: OwnerOptions) {
    this.tree = tree;
    this.kept = kept;
    this.options = options;
    this.#paths = new PathResolver(tree);
    this.#of = new Uint32Array(tree.size).fill(unclaimed);
    this.#done = new Uint8Array(tree.size);
  }

  /** The node's path and name as latin1. */
  path(node: number): string {
    return this.tree.path(node).toString('latin1');
  }

  name(node: number): string {
    return this.tree.name(node).toString('latin1');
  }

  /** The node at a path, through symlinked directories; the last component is not followed. */
  find(path: string): number | undefined {
    return this.#paths.find(path);
  }

  /** The same, all links followed. */
  follow(path: string): number | undefined {
    return this.#paths.follow(path);
  }

  child(directory: number, name: string): number | undefined {
    const path = this.tree.path(directory);
    return this.tree.find(path.length === 0 ? bytesOf(name) : Buffer.concat([path, bytesOf(`/${name}`)]));
  }

  /** Content as latin1, where it was kept. */
  text(node: number | undefined): string | undefined {
    return node === undefined ? undefined : this.kept(node)?.toString('latin1');
  }

  /** Its index: the same for the same kind, name and place. */
  register(draft: OwnerDraft): number {
    const key = `${draft.kind}\n${draft.what}\n${draft.place}`;
    const seen = this.#byKey.get(key);
    if (seen !== undefined) return this.#again(seen, draft);
    if (this.#entries.length >= mostOwners && draft !== theRest) return this.register(theRest);
    const plain = `${draft.kind} ${readable(draft.what)}`;
    const name = this.#freeName(plain, readable(`/${draft.place}`));
    const { version, class: ownerClass } = draft;
    const owner = { name, class: ownerClass, ...(version === undefined ? {} : { version }) };
    const index = this.#add(owner, draft);
    this.#byKey.set(key, index);
    return index;
  }

  /** An owner from a stored table: one that goes by its name is the same. */
  adopt(owner: Owner): number {
    const named = this.#byName.get(owner.name);
    if (named !== undefined) return named;
    return this.#entries.length < mostOwners ? this.#add(owner, {}) : this.register(theRest);
  }

  /** Says which owners change together with this one. */
  pin(owner: number, others: readonly number[]): void {
    const entry = this.#entries[owner];
    if (entry) entry.pinned = others;
  }

  ownerOf(node: number): number | undefined {
    const owner = this.#of[node];
    return owner === unclaimed ? undefined : owner;
  }

  isByPattern(owner: number): boolean {
    return this.#entries[owner]?.isByPattern ?? false;
  }

  claim(node: number, owner: number): void {
    if (this.#of[node] === unclaimed) this.#give(node, owner);
  }

  /** As `claim`, and takes the node from a package of conda's or the system's: what it installed there was replaced. */
  replace(node: number, owner: number): void {
    const current = this.#of[node];
    if (current === unclaimed || this.#entries[current as number]?.isReplaceable) this.#give(node, owner);
  }

  /** Claims what is there and below, save directories (and what is in them) that `leaves` says no to. */
  claimBelow(top: number, owner: number, leaves?: (directory: number) => boolean): void {
    const waiting = [top];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      this.claim(node, owner);
      if (this.tree.kind(node) !== 'directory' || this.#done[node] === 1) continue;
      if (!leaves) this.#done[node] = 1;
      for (const child of this.tree.children(node)) {
        if (this.tree.kind(child) !== 'directory' || !leaves?.(child)) waiting.push(child);
      }
    }
  }

  /** The owners that have nodes, by `of`, which is numbered anew. */
  owners(of: Uint32Array): Owner[] {
    const bytes = this.#bytes(of);
    const renumbered = new Map<number, number>();
    for (const owner of of) if (!renumbered.has(owner)) renumbered.set(owner, 0);
    const used = [...renumbered.keys()].sort((one, other) => one - other);
    for (const [index, owner] of used.entries()) renumbered.set(owner, index);
    for (let node = 0; node < of.length; node += 1) of[node] = renumbered.get(of[node] as number) as number;
    return used.map((index) => {
      const { name, version, class: ownerClass } = (this.#entries[index] as Entry).owner;
      const pinned = this.#pinnedNames(index, (other) => renumbered.has(other));
      const isHeavy = ownerClass === 'library' && (bytes[index] ?? 0) >= heavyBytes;
      return {
        name,
        class: isHeavy ? 'heavy' : ownerClass,
        ...(version === undefined ? {} : { version }),
        ...(pinned.length > 0 ? { pinned } : {}),
      };
    });
  }

  /** Sorted; only owners that are there. */
  #pinnedNames(index: number, isThere: (owner: number) => boolean): string[] {
    const { owner, pinned } = this.#entries[index] as Entry;
    const stored = (owner.pinned ?? []).map((name) => this.#byName.get(name));
    const names = new Set<string>();
    for (const other of [...pinned, ...stored]) {
      if (other !== undefined && other !== index && isThere(other)) names.add(this.#nameOf(other));
    }
    return [...names].sort();
  }

  /** Bytes of each owner's inodes. */
  #bytes(of: Uint32Array): Float64Array {
    const bytes = new Float64Array(this.#entries.length);
    for (let node = 0; node < of.length; node += 1) {
      if (this.tree.kind(node) !== 'file' || this.tree.firstLink(node) !== node) continue;
      bytes[of[node] as number] = (bytes[of[node] as number] ?? 0) + this.tree.bytes(node);
    }
    return bytes;
  }

  #nameOf(owner: number): string {
    return (this.#entries[owner] as Entry).owner.name;
  }

  #give(node: number, owner: number): void {
    if (this.tree.kind(node) === 'directory') this.#of[node] = owner;
    else for (const link of this.tree.links(node)) this.#of[link] = owner;
  }

  /** A version may come later than the name. */
  #again(index: number, { version }: OwnerDraft): number {
    const entry = this.#entries[index] as Entry;
    if (version !== undefined && entry.owner.version === undefined) {
      entry.owner = { ...entry.owner, version };
    }
    return index;
  }

  #freeName(plain: string, place: string): string {
    if (!this.#byName.has(plain)) return plain;
    const placed = `${plain} (${place})`;
    let name = placed;
    for (let count = 2; this.#byName.has(name); count += 1) name = `${placed} ${count}`;
    return name;
  }

  #add(owner: Owner, { isReplaceable = false, isByPattern = false }: Partial<OwnerDraft>): number {
    const index = this.#entries.length;
    this.#entries.push({ owner, isReplaceable, isByPattern, pinned: [] });
    this.#byName.set(owner.name, index);
    return index;
  }
}
