import type { ZtocEntry } from './ztoc.ts';

/** What keeps the snapshotter from making a layer's file tree. */
export type TreeFault = 'no link target' | 'long name' | 'many folders';

/** Longer keys its database refuses: https://github.com/etcd-io/bbolt/blob/v1.4.0/bucket.go#L17 */
const maxNameBytes = 32_768;

/**
 * Folders without an entry of their own: a few thousand in real layers. A name of a MiB may be half a million of them,
 * and a small compressed layer may hold thousands of such names.
 */
const maxImplied = 1_000_000;

const root = 1;

/**
 * The files of a layer as the snapshotter builds them up from a zTOC, entry by entry: all that decides whether a hard
 * link finds its target. https://github.com/awslabs/soci-snapshotter/blob/main/metadata/reader.go
 * A name is kept as 64 bits of a hash, 12 bytes a file in all, for layers have millions.
 */
export class PathTree {
  /** Hash of a name within its folder, in two halves, and the file that has it; 0: a free place. */
  #high = new Uint32Array(64);
  #low = new Uint32Array(64);
  #file = new Uint32Array(64);
  #taken = 0;
  #files = root;
  #implied = 0;
  /** Nobody who makes names knows it, and so none can be made to collide. */
  readonly #seeds = crypto.getRandomValues(new Uint32Array(2));
  /** Where the parts of the path in hand begin and end. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** Of the part in hand. */
  #hashHigh = 0;
  #hashLow = 0;

  add({ name, type, linkname }: Pick<ZtocEntry, 'name' | 'type' | 'linkname'>): TreeFault | undefined {
    const target = type === 'hardlink' ? this.#find(linkname) : undefined;
    if (target === 0) return 'no link target';
    this.#split(name);
    const last = this.#starts.length - 1;
    let folder = root;
    for (let part = 0; part < last; part++) {
      const found = this.#get(name, part, folder);
      if (found === 0 && ++this.#implied > maxImplied) return 'many folders';
      folder = found || this.#set(name, part, folder, ++this.#files);
    }
    if (name.byteLength > maxNameBytes && this.#longestPart() > maxNameBytes) return 'long name';
    // The root itself is there already.
    if (last < 0) return undefined;
    const known = type === 'dir' ? this.#get(name, last, folder) : 0;
    if (known === 0) this.#set(name, last, folder, target ?? ++this.#files);
    return undefined;
  }

  #longestPart(): number {
    return this.#starts.reduce(
      (longest, start, part) => Math.max(longest, (this.#ends[part] as number) - start),
      0,
    );
  }

  /** The file at a path; 0: none. */
  #find(path: Buffer): number {
    this.#split(path);
    let file = root;
    for (let part = 0; part < this.#starts.length && file !== 0; part++) file = this.#get(path, part, file);
    return file;
  }

  /** The parts of a path from the root; `.` and `..` are resolved. */
  #split(path: Buffer): void {
    this.#starts.length = 0;
    this.#ends.length = 0;
    for (let start = 0; start < path.byteLength; ) {
      let end = start;
      while (end < path.byteLength && path[end] !== 0x2f) end++;
      const dots = end - start <= 2 && path[start] === 0x2e && path[end - 1] === 0x2e ? end - start : 0;
      if (dots === 2) {
        this.#starts.pop();
        this.#ends.pop();
      } else if (dots === 0 && end > start) {
        this.#starts.push(start);
        this.#ends.push(end);
      }
      start = end + 1;
    }
  }

  #get(path: Buffer, part: number, folder: number): number {
    return this.#file[this.#place(path, part, folder)] as number;
  }

  #set(path: Buffer, part: number, folder: number, file: number): number {
    if (this.#taken >= this.#file.length * 0.7) this.#grow();
    const place = this.#place(path, part, folder);
    if (this.#file[place] === 0) this.#taken++;
    this.#high[place] = this.#hashHigh;
    this.#low[place] = this.#hashLow;
    this.#file[place] = file;
    return file;
  }

  /** Where the part of the path is, or would be; its hash is left in `#hashHigh` and `#hashLow`. */
  #place(path: Buffer, part: number, folder: number): number {
    let high = Math.imul((this.#seeds[0] as number) ^ folder, 0x85ebca6b);
    let low = Math.imul((this.#seeds[1] as number) ^ folder, 0xc2b2ae35);
    const end = this.#ends[part] as number;
    for (let at = this.#starts[part] as number; at < end; at++) {
      const byte = path[at] as number;
      high = Math.imul(high ^ (high >>> 15) ^ byte, 0x9e3779b1);
      low = Math.imul(low ^ (low >>> 13) ^ byte, 0x5f356495);
    }
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
    low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    this.#hashHigh = high >>> 0;
    this.#hashLow = low >>> 0;
    return this.#freeOrEqual(this.#hashHigh, this.#hashLow);
  }

  #freeOrEqual(high: number, low: number): number {
    const mask = this.#file.length - 1;
    let place = low & mask;
    while (this.#file[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low)) {
      place = (place + 1) & mask;
    }
    return place;
  }

  #grow(): void {
    const [high, low, file] = [this.#high, this.#low, this.#file];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#file = new Uint32Array(high.length * 2);
    for (let at = 0; at < file.length; at++) {
      if (file[at] === 0) continue;
      const place = this.#freeOrEqual(high[at] as number, low[at] as number);
      this.#high[place] = high[at] as number;
      this.#low[place] = low[at] as number;
      this.#file[place] = file[at] as number;
    }
  }
}
