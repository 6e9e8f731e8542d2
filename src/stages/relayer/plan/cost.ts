import type { Limits } from './layer-plan.ts';

/**
 * What plans are chosen by, in one place. One unit is a byte that a node with the baseline downloads; everything else
 * is weighed against it.
 */
export const weights = {
  /** A byte that this node unpacks. Unpacking is reused by chain prefix under either rule. */
  unpacked: 0.02,
  /**
   * A byte that a fresh node downloads and nobody sees. 0.5: dead bytes are worth a rewrite where they are more than
   * twice the live bytes to write again. As each dead byte was downloaded once, such rewrites add at most half to
   * the sum of all deltas.
   */
  dead: 0.5,
  /** A layer more: a request, a mount, and one less that may be appended later. */
  layer: 8192,
  /**
   * A group whose files lie in several layers, as a share of what is new of it: scanners read package databases layer
   * by layer, and people read plans. It is moved whole where the rest of it costs less.
   */
  scattered: 0.04,
} as const;

/** Compressed bytes of an entry's header: 512 or 1,536 bytes of tar that are much like the ones before. */
export const entryBytes = 96;
/** Of an entry in the uncompressed tar: a header, and on average half a block of padding. */
export const entryUnpackedBytes = 768;
/** Compressed bytes of a layer that has next to nothing in it. */
export const layerBytes = 160;

/**
 * Below this, what changes often and what seldom does are not worth a layer each: so few bytes are cheap to write
 * again with the others.
 */
export const separateBytes = 256 * 1024;

/**
 * Sizes of new layers are estimates, and ours have a few more entries than the image as it was built: what may be
 * dead is planned with this share of what is allowed.
 */
const slackUsed = 0.9;
/**
 * Where a limit forces a rewrite, room for the next releases is worth paying for up to this share of all that the
 * limits leave. Over 200 histories of bench/series/made-world.ts paying for all of it cost 8 to 18 % more.
 */
const enoughRoom = 0.2;

/** What a plan costs: the first two a node with the baseline, the others a fresh one. */
export interface Bill {
  readonly download: number;
  readonly unpacked: number;
  readonly dead: number;
  readonly layers: number;
}

export function price(bill: Bill): number {
  return (
    bill.download + weights.unpacked * bill.unpacked + weights.dead * bill.dead + weights.layer * bill.layers
  );
}

/** What a bill may have above the base (dead bytes) and with it (layers). */
export interface Caps {
  readonly dead: number;
  readonly layers: number;
}

/** @param liveBytes compressed bytes that are seen; what is dead in the base counts neither here nor in a bill */
export function capsOf(limits: Limits, liveBytes: number): Caps {
  return { dead: slackUsed * limits.slack * liveBytes, layers: limits.maxLayers };
}

/** By how much a bill is over its caps; 0 where it is not. */
export function excess(bill: Bill, caps: Caps): number {
  const layers = Math.max(0, bill.layers / caps.layers - 1);
  const dead = Math.max(0, bill.dead - caps.dead) / Math.max(1, caps.dead);
  // A registry refuses what has too many layers; too many dead bytes only cost.
  return layers * 1e6 + dead;
}

/** What a plan leaves below the caps for the next releases: of dead bytes or layers, whichever is scarcer. */
export function room(bill: Bill, caps: Caps, baseLayers: number): number {
  const dead = (caps.dead - bill.dead) / Math.max(1, caps.dead);
  const layers = (caps.layers - bill.layers) / Math.max(1, caps.layers - baseLayers);
  return Math.max(0, Math.min(dead, layers, enoughRoom));
}

/** Whether a group is to be written whole: `fresh` bytes of it are new anyway, `rest` would be written again and lie dead below. */
export function isMovedWhole(fresh: number, rest: number, restUnpacked: number): boolean {
  if (fresh === 0 || rest === 0) return false;
  return rest + weights.dead * rest + weights.unpacked * restUnpacked <= weights.scattered * fresh;
}
