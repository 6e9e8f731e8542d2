import { type Bill, capsOf, excess, price, room, weights } from './cost.ts';
import type { Limits } from './layer-plan.ts';
import type { LayerState } from './survey.ts';

/** Which layers of a baseline could be kept above a base, and what is new in any case. */
export interface Choice {
  readonly baseLayers: number;
  /** Of the base, compressed. */
  readonly baseBytes: number;
  /** The baseline's layers above the base, lowest first. */
  readonly layers: readonly LayerState[];
  /** Estimate of what no layer has yet. */
  readonly fresh: { readonly bytes: number; readonly unpacked: number };
  /** Whether the base is the baseline's too: else nothing that was unpacked can be used again. */
  readonly sameBase: boolean;
}

/**
 * Which layers stay, of all that are possible the cheapest (cost.ts). Under the chain rule the candidates are suffixes
 * to give up. Under the other one each layer may go by itself: a node that keeps blobs downloads only its live files
 * again.
 *
 * Where appending would break a limit something has to be written again, sooner or later at each release: then that
 * is chosen which costs least for the room that it leaves below the limits.
 */
export function chooseKept(choice: Choice, limits: Limits): readonly boolean[] {
  const { layers } = choice;
  const all = layers.map(() => true);
  const live = choice.baseBytes + choice.fresh.bytes + sum(layers, (layer) => layer.bytes - layer.dead);
  const caps = capsOf(limits, live);
  const appended = billOf(choice, all, limits);
  const isForced = excess(appended, caps) > 0;
  const judge = (kept: readonly boolean[]): Judged => {
    const bill = billOf(choice, kept, limits);
    const extra = Math.max(1, price(bill) - price(appended));
    const rate = isForced ? extra / room(bill, caps, choice.baseLayers) : 0;
    return { kept, excess: excess(bill, caps), rate, price: price(bill) };
  };
  let best = judge(all);
  for (const kept of candidates(layers, limits)) {
    const judged = judge(kept);
    if (isBetter(judged, best)) best = judged;
  }
  return best.kept;
}

interface Judged {
  readonly kept: readonly boolean[];
  readonly excess: number;
  /** Price of what is written again, for all the room that there could be; infinite where it leaves none. */
  readonly rate: number;
  readonly price: number;
}

function isBetter(a: Judged, b: Judged): boolean {
  if (a.excess !== b.excess) return a.excess < b.excess;
  if (a.rate !== b.rate) return a.rate < b.rate;
  return a.price < b.price;
}

function* candidates(layers: readonly LayerState[], limits: Limits): Iterable<boolean[]> {
  for (let cut = layers.length - 1; cut >= 0; cut--) yield layers.map((_, index) => index < cut);
  if (limits.reuse === 'blobs') yield* priced(layers);
}

/**
 * Sets of layers to give up one by one: those whose dead bytes and place are worth more than writing their live files
 * again, at prices raised step by step, since a limit may ask for more than the weights do. Only from `lowest` on: what
 * is above the lowest is unpacked again.
 */
function* priced(layers: readonly LayerState[]): Iterable<boolean[]> {
  for (let dead: number = weights.dead; dead <= 4096; dead *= 2) {
    for (let place: number = weights.layer; place <= 2 ** 32; place *= 4) {
      const gains = layers.map((layer) => {
        const rewrite = layer.rewrite + weights.unpacked * layer.rewriteUnpacked;
        return dead * layer.dead + place > rewrite;
      });
      for (let lowest = 0; lowest < layers.length; lowest++) {
        if (gains[lowest]) yield gains.map((gained, index) => index < lowest || !gained);
      }
    }
  }
}

/** What a node with the baseline and a fresh one pay where `kept` stay and all else is written on top. */
function billOf(choice: Choice, kept: readonly boolean[], limits: Limits): Bill {
  let written = choice.fresh.bytes;
  let carried = 0;
  let unpacked = choice.fresh.unpacked;
  let dead = 0;
  let count = choice.baseLayers;
  let isChained = choice.sameBase;
  choice.layers.forEach((layer, index) => {
    if (!kept[index]) {
      isChained = false;
      written += layer.rewrite;
      unpacked += layer.rewriteUnpacked;
      return;
    }
    count++;
    dead += layer.dead;
    if (isChained) return;
    unpacked += layer.unpacked;
    if (limits.reuse === 'chain') carried += layer.bytes;
  });
  const download = written + carried;
  const wanted = Math.ceil(written / Math.max(1, limits.targetLayerBytes));
  const slots = limits.maxLayers - count;
  return { download, unpacked, dead, layers: count + Math.max(1, Math.min(wanted, slots)) };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
