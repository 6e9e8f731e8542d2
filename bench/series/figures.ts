/** What the bench prints, each figure by a function of numbers alone. Bytes are compressed ones unless it is said. */

/** How a release is shipped by one way of making its layers. */
export interface Shipment {
  /** What a node with the previous release downloads, by the chain rule and by the blob rule. */
  readonly chain: number;
  readonly blobs: number;
  /** What a node without anything downloads. */
  readonly fresh: number;
  readonly layers: number;
  /** Of the fresh download, about: files that the container does not see. */
  readonly dead: number;
}

/** A release that has one before it. */
export interface Row {
  readonly tag: string;
  /** Of its files only the application's changed. */
  readonly appOnly: boolean;
  /** Compressed bytes of the changed files alone. */
  readonly bound: number;
  readonly plain: Shipment;
  /** Absent while re-layering cannot be run. */
  readonly ours?: Shipment;
  readonly repacked?: Shipment;
}

/** A layer as its entries and the merged tree tell it; the last two in unpacked bytes of files. */
export interface LayerUse {
  readonly bytes: number;
  readonly brought: number;
  readonly live: number;
}

/** Compressed bytes of files that a later layer removed or replaced, as if a layer's files were all compressed alike. */
export function deadBytes(layers: readonly LayerUse[]): number {
  return layers.reduce(
    (sum, { bytes, brought, live }) => sum + (brought === 0 ? 0 : Math.round(bytes * (1 - live / brought))),
    0,
  );
}

/** Of positive numbers; NaN of none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** How many times as much plain Docker ships, by the chain rule. */
export function gain({ plain, ours }: Row): number {
  return ours ? plain.chain / ours.chain : Number.NaN;
}

export function overBound({ bound, ours }: Row): number {
  return ours ? ours.chain / bound : Number.NaN;
}

/** What a fresh node downloads, in parts of what it downloads of the plain image. */
export function freshShare({ plain, ours }: Row): number {
  return ours ? ours.fresh / plain.fresh : Number.NaN;
}

/** What re-layering is to reach on every release. */
export interface Goal {
  readonly text: string;
  /** By a release. A release that compacts may miss those that say so. */
  readonly holds: (row: Row, ours: Shipment) => boolean;
}

/** Under the default, the chain rule. */
export const goals: readonly Goal[] = [
  {
    text: 'a delta of at most 1.3 × the lower bound + 0.5 MB, but for a release that compacts',
    holds: ({ bound }, ours) => ours.chain <= 1.3 * bound + 0.5e6,
  },
  {
    text: 'a delta of at most plain Docker’s + 64 KB, but for a release that compacts',
    holds: ({ plain }, ours) => ours.chain <= plain.chain + 64e3,
  },
  {
    text: 'a fresh node downloads at most 1.25 × the plain image',
    holds: ({ plain }, ours) => ours.fresh <= 1.25 * plain.fresh,
  },
  {
    text: 'under 100 KB where only the application changed',
    holds: ({ appOnly }, ours) => !appOnly || ours.chain < 100e3,
  },
  { text: 'at most 60 layers', holds: (_, ours) => ours.layers <= 60 },
];

/** Tags of the releases at which a goal is missed; undefined where nothing was measured. */
export function misses(rows: readonly Row[], { holds }: Goal): string[] | undefined {
  const measured = rows.flatMap((row) => (row.ours ? [{ row, ours: row.ours }] : []));
  if (measured.length === 0) return undefined;
  return measured.filter(({ row, ours }) => !holds(row, ours)).map(({ row }) => row.tag);
}
