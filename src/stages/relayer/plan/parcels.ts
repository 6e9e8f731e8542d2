import type { Tree } from '../../../content/rootfs/tree.ts';
import { classes, type Owner, type Owners } from '../owners.ts';
import { entryBytes } from './cost.ts';
import type { Limits } from './layer-plan.ts';
import type { Sizes } from './survey.ts';

/** What goes into one layer together: files of an owner. */
export interface Parcel {
  readonly owner: number;
  /** Index in `classes`. */
  readonly rank: number;
  /** The same for owners that change together. */
  readonly bundle: number;
  /** Estimate, compressed. */
  readonly bytes: number;
  /** Nodes; of an inode with several links the first. */
  readonly units: Uint32Array;
}

/**
 * What has to be written, by owner, in the order of layers: seldom changed first; of one class small first, since
 * what is replaced leaves as many dead bytes as it had, and to get rid of them all above it is written again (over
 * 200 histories of bench/series/made-world.ts nodes downloaded 6 % more with large first). What is pinned together is
 * side by side. An owner above `maxLayerBytes` comes in several parcels.
 * @param emit ascending
 */
export function parcelsOf(
  tree: Tree,
  owners: Owners,
  emit: Uint32Array,
  limits: Limits,
  sizes: Sizes,
): Parcel[] {
  const whole = byOwner(tree, owners, unitsOf(tree, emit), sizes);
  const bundleOf = bundles(whole, owners.owners);
  whole.sort((a, b) => {
    const [left, right] = [bundleOf(a), bundleOf(b)];
    return (
      left.rank - right.rank ||
      left.bytes - right.bytes ||
      left.first - right.first ||
      a.bytes - b.bytes ||
      a.owner - b.owner
    );
  });
  const inOrder = whole.map((parcel): Parcel => {
    const { rank, first } = bundleOf(parcel);
    return { ...parcel, rank, bundle: first };
  });
  let places: Uint32Array | undefined;
  return inOrder.flatMap((parcel) => {
    if (parcel.bytes <= limits.maxLayerBytes || parcel.units.length < 2) return [parcel];
    places ??= depthFirst(tree);
    return split(tree, parcel, limits, sizes, places);
  });
}

/** Nodes that are written for their own sake: no further links, no directory in which something else is written. */
function unitsOf(tree: Tree, emit: Uint32Array): Uint32Array {
  const hasEntries = new Uint8Array(tree.size);
  const isUnit = (node: number): boolean =>
    tree.kind(node) === 'directory' ? hasEntries[node] === 0 : tree.firstLink(node) === node;
  for (let at = emit.length - 1; at >= 0; at--) {
    const node = emit[at] ?? 0;
    if (node !== 0) hasEntries[tree.parent(node)] = 1;
  }
  return emit.filter(isUnit);
}

export function unitBytes(tree: Tree, node: number, sizes: Sizes): number {
  const content = tree.kind(node) === 'file' ? sizes.packed(node) : 0;
  return content + entryBytes * (tree.kind(node) === 'directory' ? 1 : tree.links(node).length);
}

function byOwner(tree: Tree, owners: Owners, units: Uint32Array, sizes: Sizes): Parcel[] {
  const ownerOf = (node: number): number => owners.of[node] ?? 0;
  const counts = new Uint32Array(owners.owners.length + 1);
  for (const node of units) counts[ownerOf(node)] = (counts[ownerOf(node)] ?? 0) + 1;
  const parcels = new Map<number, { units: Uint32Array; filled: number; bytes: number }>();
  for (const node of units) {
    const owner = ownerOf(node);
    let parcel = parcels.get(owner);
    if (parcel === undefined) {
      parcel = { units: new Uint32Array(counts[owner] ?? 0), filled: 0, bytes: 0 };
      parcels.set(owner, parcel);
    }
    parcel.units[parcel.filled++] = node;
    parcel.bytes += unitBytes(tree, node, sizes);
  }
  return [...parcels].map(([owner, { units: own, bytes }]) => ({
    owner,
    rank: rankOf(owners.owners[owner]),
    bundle: owner,
    bytes,
    units: own,
  }));
}

export function rankOf(owner: Owner | undefined): number {
  return owner === undefined ? classes.length - 1 : classes.indexOf(owner.class);
}

/** Ranks of what keeps a layer of its own, at the end. */
export const appRank = classes.indexOf('app');

interface Bundle {
  readonly rank: number;
  readonly bytes: number;
  /** The lowest owner in it. */
  readonly first: number;
}

/** Owners that change together. */
function bundles(parcels: readonly Parcel[], owners: readonly Owner[]): (of: Parcel) => Bundle {
  const byName = new Map(parcels.map((parcel) => [owners[parcel.owner]?.name, parcel]));
  const headOf = new Map<Parcel, Parcel>();
  const head = (parcel: Parcel): Parcel => {
    let at = parcel;
    for (let next = headOf.get(at); next !== undefined; next = headOf.get(at)) at = next;
    return at;
  };
  for (const parcel of parcels) {
    for (const name of owners[parcel.owner]?.pinned ?? []) {
      const other = byName.get(name);
      if (other === undefined || parcel.rank >= appRank || other.rank >= appRank) continue;
      const [a, b] = [head(parcel), head(other)];
      if (a !== b) headOf.set(a.owner < b.owner ? b : a, a.owner < b.owner ? a : b);
    }
  }
  const members = Map.groupBy(parcels, head);
  const made = new Map<Parcel, Bundle>();
  for (const [first, all] of members) {
    const largest = all.reduce((a, b) =>
      b.bytes > a.bytes || (b.bytes === a.bytes && b.owner < a.owner) ? b : a,
    );
    const bytes = all.reduce((total, parcel) => total + parcel.bytes, 0);
    made.set(first, { rank: largest.rank, bytes, first: first.owner });
  }
  return (parcel) =>
    made.get(head(parcel)) ?? { rank: parcel.rank, bytes: parcel.bytes, first: parcel.owner };
}

/** Parts of about `targetLayerBytes`, cut between neighbours in the tree. */
function split(tree: Tree, parcel: Parcel, limits: Limits, sizes: Sizes, places: Uint32Array): Parcel[] {
  const units = parcel.units.slice().sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const parts: Parcel[] = [];
  let [start, bytes] = [0, 0];
  const close = (end: number): void => {
    if (end > start) parts.push({ ...parcel, bytes, units: units.slice(start, end).sort() });
    [start, bytes] = [end, 0];
  };
  units.forEach((node, at) => {
    const own = unitBytes(tree, node, sizes);
    if (bytes + own > limits.targetLayerBytes) close(at);
    bytes += own;
  });
  close(units.length);
  return parts;
}

/** Each node's place when the tree is walked depth first. */
function depthFirst(tree: Tree): Uint32Array {
  const places = new Uint32Array(tree.size);
  const open = [0];
  let place = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    places[node] = place++;
    for (const child of [...tree.children(node)].reverse()) open.push(child);
  }
  return places;
}
