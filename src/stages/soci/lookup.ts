/**
 * What a container sees at a path: layers laid over each other, with whiteouts and opaque directories, and links
 * followed as the kernel does. https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */

/** What an entry of a layer is, as far as finding it goes. */
export interface ListedEntry {
  /** As the archive has it, `./` and a slash at the end included. */
  readonly name: Buffer;
  readonly type: 'reg' | 'dir' | 'symlink' | 'hardlink' | (string & {});
  readonly linkname: Buffer;
}

/** The entries of a layer in the order of its tar. */
export interface Listing {
  readonly count: number;
  entry(at: number): ListedEntry;
}

export type Found =
  | { readonly kind: 'file'; readonly place: EntryPlace; readonly path: Buffer }
  | { readonly kind: 'directory'; readonly path: Buffer }
  /** A device, a pipe, a sparse file: `type` says which. */
  | { readonly kind: 'special'; readonly type: string; readonly path: Buffer }
  | { readonly kind: 'absent'; readonly path: Buffer }
  /** Links that lead on and on. */
  | { readonly kind: 'endless' };

/** A layer, counted from the lowest, and the place of an entry in it. */
export interface EntryPlace {
  readonly layer: number;
  readonly at: number;
}

/** A layer's listing is asked for only where those above it do not settle the matter. Called several times. */
export type LayerList = readonly (() => Promise<Listing>)[];

/** Links of both kinds and `..` that are followed, each a look through layers; Linux gives up after 40 links. */
const mostSteps = 40;
/** Of Linux. */
const mostPathBytes = 4096;

/**
 * Finds what `path` names; with or without a slash in front it begins at the root. A link at its end is followed.
 * `layers`: the lowest first.
 */
export async function lookUp(path: Buffer, layers: LayerList): Promise<Found> {
  let parts = partsOf(path);
  const steps = { left: mostSteps };
  while (steps.left-- >= 0) {
    while (parts[0] === '..') parts = parts.slice(1);
    if (parts.join('/').length > mostPathBytes) return { kind: 'endless' };
    // What stands before a `..` may be a link: then it leads up from where that points to.
    const up = parts.indexOf('..');
    const wanted = up < 0 ? parts : parts.slice(0, up);
    const found = await find(wanted, layers, layers.length - 1);
    if (found === 'absent') return { kind: 'absent', path: pathOf(wanted) };
    if (found === 'directory') {
      if (up < 0) return { kind: 'directory', path: pathOf(wanted) };
      parts = [...wanted.slice(0, -1), ...parts.slice(up + 1)];
      continue;
    }
    const node = await throughHardLinks(found, layers, steps);
    if (node === 'endless') return { kind: 'endless' };
    if (node === 'absent') return { kind: 'absent', path: pathOf(wanted) };
    const { entry, place } = node;
    if (entry.type === 'symlink') {
      const from = entry.linkname[0] === slash ? [] : wanted.slice(0, found.depth);
      parts = [...from, ...partsOf(entry.linkname), ...parts.slice(found.depth + 1)];
      continue;
    }
    if (up >= 0 || found.depth < wanted.length - 1) return { kind: 'absent', path: pathOf(wanted) };
    if (entry.type === 'reg') return { kind: 'file', place, path: pathOf(wanted) };
    return { kind: 'special', type: entry.type, path: pathOf(wanted) };
  }
  return { kind: 'endless' };
}

const slash = 0x2f;

/** Names are bytes: as latin1 each is one character of a string, and none is lost. */
function partsOf(path: Buffer): string[] {
  return path
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
}

/** Of an entry's own name, and of a hard link's target: `..` only shortens it, as the snapshotter has it. */
function cleanPartsOf(name: Buffer): string[] {
  const parts: string[] = [];
  for (const part of partsOf(name)) {
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

const pathOf = (parts: readonly string[]): Buffer => Buffer.from(`/${parts.join('/')}`, 'latin1');

/** The first thing on the way to a path that is no directory. `depth`: which part of the path it is. */
interface Node {
  readonly place: EntryPlace;
  readonly entry: ListedEntry;
  readonly depth: number;
}

/** Looks from a layer downwards until one says what is at the path. No link is followed. */
async function find(
  parts: readonly string[],
  layers: LayerList,
  from: number,
): Promise<Node | 'directory' | 'absent'> {
  if (parts.length === 0) return 'directory';
  const isDirectoryAbove = parts.map(() => false);
  for (let layer = from; layer >= 0; layer--) {
    const listing = await (layers[layer] as LayerList[number])();
    const { looks, isRootOpaque } = lookAlong(parts, listing);
    let isLowerHidden = isRootOpaque;
    for (const [depth, look] of looks.entries()) {
      isLowerHidden ||= look.isWhiteout || look.isOpaque;
      const entry = look.at === undefined ? undefined : listing.entry(look.at);
      if (entry && look.at !== undefined && entry.type !== 'dir') {
        // A directory of a layer above hides a file of this one.
        return isDirectoryAbove[depth] ? 'absent' : { place: { layer, at: look.at }, entry, depth };
      }
      if (!entry && !look.isImplied) break;
      if (depth === parts.length - 1) return 'directory';
      isDirectoryAbove[depth] = true;
    }
    if (isLowerHidden) break;
  }
  return 'absent';
}

/** What one layer says of one part of a path. */
interface Look {
  /** The last entry of that very name: it replaced those before it. */
  at: number | undefined;
  /** Something is beneath it, so it is a directory. */
  isImplied: boolean;
  isWhiteout: boolean;
  isOpaque: boolean;
}

/** In front of the name of what a layer takes away from those below. */
export const whiteout = '.wh.';
/** In a directory of which a layer takes away all content. */
export const opaque = '.wh..wh..opq';

/** One pass over the names of a layer: what it says of each part of the path. */
function lookAlong(
  parts: readonly string[],
  listing: Listing,
): { readonly looks: Look[]; readonly isRootOpaque: boolean } {
  const looks = parts.map(
    (): Look => ({ at: undefined, isImplied: false, isWhiteout: false, isOpaque: false }),
  );
  let isRootOpaque = false;
  for (let at = 0; at < listing.count; at++) {
    const own = cleanPartsOf(listing.entry(at).name);
    const base = own.at(-1);
    if (base === undefined) continue;
    let common = 0;
    while (common < own.length && common < parts.length && own[common] === parts[common]) common++;
    for (let depth = 0; depth < Math.min(common, own.length - 1); depth++) {
      (looks[depth] as Look).isImplied = true;
    }
    if (base.startsWith(whiteout)) {
      const isBeside = common >= own.length - 1;
      const folder = looks[own.length - 2];
      if (isBeside && base === opaque) {
        if (folder) folder.isOpaque = true;
        else isRootOpaque = true;
      } else if (isBeside && base.slice(whiteout.length) === parts[own.length - 1]) {
        (looks[own.length - 1] as Look).isWhiteout = true;
      }
    } else if (common === own.length) {
      (looks[common - 1] as Look).at = at;
    }
  }
  return { looks, isRootOpaque };
}

/**
 * The entry that a hard link stands for: one before it in its layer, else one of the layers below (which containerd
 * unpacks, and the snapshotter refuses).
 */
async function throughHardLinks(
  node: Node,
  layers: LayerList,
  steps: { left: number },
): Promise<{ place: EntryPlace; entry: ListedEntry } | 'absent' | 'endless'> {
  let { entry, place } = node;
  while (entry.type === 'hardlink') {
    if (steps.left-- <= 0) return 'endless';
    const target = cleanPartsOf(entry.linkname);
    const listing = await (layers[place.layer] as LayerList[number])();
    const before = lookAlong(target, { count: place.at, entry: (at) => listing.entry(at) }).looks.at(-1)?.at;
    if (before !== undefined) {
      place = { layer: place.layer, at: before };
      entry = listing.entry(before);
      continue;
    }
    const below = await find(target, layers, place.layer - 1);
    if (typeof below === 'string' || below.depth < target.length - 1) return 'absent';
    ({ place, entry } = below);
  }
  return { place, entry };
}
