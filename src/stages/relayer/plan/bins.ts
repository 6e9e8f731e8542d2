import { separateBytes } from './cost.ts';
import type { Limits } from './layer-plan.ts';
import { appRank, type Parcel } from './parcels.ts';

/** What one new layer is made of. */
export interface Bin {
  readonly parcels: readonly Parcel[];
  readonly bytes: number;
  /** Of the lowest and the highest class in it. */
  readonly ranks: readonly [number, number];
}

/**
 * Parcels in order into layers of about `targetLayerBytes`, few of them below `minLayerBytes`.
 * @param slots how many layers there may be, at least 1: this comes before sizes
 * @param arrangement `afresh`: everything is written, and what changes often gets layers of its own even where it is
 * little, so that the next releases need only those; `appended`: as few layers as make sense
 */
export function pack(
  parcels: readonly Parcel[],
  limits: Limits,
  slots: number,
  arrangement: 'afresh' | 'appended',
): Bin[] {
  let bins = mergeSmall(fill(parcels, limits), limits);
  if (arrangement === 'appended') bins = mergeTop(bins, limits);
  while (bins.length > slots) bins = mergeSmallestPair(bins);
  return bins;
}

function fill(parcels: readonly Parcel[], limits: Limits): Bin[] {
  const bins: Bin[] = [];
  for (const own of bundled(parcels, limits)) {
    const top = bins.at(-1);
    if (top !== undefined && top.ranks[1] === own.ranks[0] && takes(top, own, limits)) {
      bins[bins.length - 1] = merged(top, own);
    } else {
      bins.push(own);
    }
  }
  return bins;
}

/** What changes together, where one layer can hold it; else parcel by parcel. */
function bundled(parcels: readonly Parcel[], limits: Limits): Bin[] {
  const bundles = Map.groupBy(parcels, (parcel) => parcel.bundle);
  return [...bundles.values()].flatMap((bundle) => {
    const bins = bundle.map(binOf);
    const whole = bins.reduce(merged);
    return whole.bytes <= limits.maxLayerBytes ? [whole] : bins;
  });
}

function takes(bin: Bin, more: Bin, limits: Limits): boolean {
  const bytes = bin.bytes + more.bytes;
  return (
    bytes <= limits.targetLayerBytes || (bin.bytes < limits.minLayerBytes && bytes <= limits.maxLayerBytes)
  );
}

/** Layers that are too small join a neighbour of the same or the next class, but for the app's and what is volatile. */
function mergeSmall(bins: readonly Bin[], limits: Limits): Bin[] {
  const merging = [...bins];
  for (let at = 0; at < merging.length; ) {
    const bin = merging[at];
    if (bin === undefined || bin.bytes >= limits.minLayerBytes || bin.ranks[1] >= appRank) {
      at++;
      continue;
    }
    const neighbours = [at - 1, at].filter((low) => {
      const [a, b] = [merging[low], merging[low + 1]];
      if (a === undefined || b === undefined || b.ranks[1] >= appRank) return false;
      return a.bytes + b.bytes <= limits.maxLayerBytes && ranksBetween(merging, a, b) <= 1;
    });
    const best = neighbours.toSorted((x, y) => pairBytes(merging, x) - pairBytes(merging, y))[0];
    if (best === undefined) {
      at++;
      continue;
    }
    mergeAt(merging, best);
    at = best;
  }
  return merging;
}

/** How many classes that are there lie from a's highest to b's lowest: 0 the same, 1 the next. */
function ranksBetween(bins: readonly Bin[], a: Bin, b: Bin): number {
  const present = new Set(bins.flatMap((bin) => bin.parcels.map((parcel) => parcel.rank)));
  return [...present].filter((rank) => rank > a.ranks[1] && rank <= b.ranks[0]).length;
}

/** One layer for what changed, or two where both what seldom changes and what often does are worth one. */
function mergeTop(bins: readonly Bin[], limits: Limits): Bin[] {
  const merging = [...bins];
  for (let low = merging.length - 2; low >= 0; low--) {
    const [a, b] = [merging[low], merging[low + 1]];
    if (a === undefined || b === undefined || b.ranks[1] < appRank) break;
    const bothMatter = a.bytes >= separateBytes && b.bytes >= separateBytes && a.ranks[1] < appRank;
    if (bothMatter || a.bytes + b.bytes > limits.maxLayerBytes) continue;
    mergeAt(merging, low);
  }
  return merging;
}

function mergeSmallestPair(bins: readonly Bin[]): Bin[] {
  const merging = [...bins];
  let best = 0;
  for (let low = 1; low + 1 < merging.length; low++) {
    if (pairBytes(merging, low) < pairBytes(merging, best)) best = low;
  }
  mergeAt(merging, best);
  return merging;
}

function pairBytes(bins: readonly Bin[], low: number): number {
  return (bins[low]?.bytes ?? 0) + (bins[low + 1]?.bytes ?? 0);
}

function mergeAt(bins: Bin[], low: number): void {
  const [a, b] = [bins[low], bins[low + 1]];
  if (a !== undefined && b !== undefined) bins.splice(low, 2, merged(a, b));
}

function binOf(parcel: Parcel): Bin {
  return { parcels: [parcel], bytes: parcel.bytes, ranks: [parcel.rank, parcel.rank] };
}

function merged(a: Bin, b: Bin): Bin {
  return {
    parcels: [...a.parcels, ...b.parcels],
    bytes: a.bytes + b.bytes,
    ranks: [a.ranks[0], b.ranks[1]],
  };
}
