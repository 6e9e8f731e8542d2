import { describe, expect, it } from 'vitest';
import { type Choice, chooseKept } from '../../../../src/stages/relayer/plan/cuts.ts';
import type { LayerState } from '../../../../src/stages/relayer/plan/survey.ts';
import type { Limits } from '../../../../src/stages/relayer/plan.ts';

const MB = 1e6;

const limits: Limits = {
  maxLayers: 60,
  minLayerBytes: 10 * MB,
  targetLayerBytes: 100 * MB,
  maxLayerBytes: 500 * MB,
  reuse: 'chain',
  slack: 0.25,
};

/** A layer of so many megabytes, of which so many are dead. */
function layer(size: number, dead: number): LayerState {
  const live = (size - dead) * MB;
  return {
    bytes: size * MB,
    unpacked: size * 3 * MB,
    dead: dead * MB,
    rewrite: live,
    rewriteUnpacked: live * 3,
  };
}

function choice(layers: readonly LayerState[], fresh = 0.1): Choice {
  return {
    baseLayers: 1,
    baseBytes: 30 * MB,
    layers,
    fresh: { bytes: fresh * MB, unpacked: 3 * fresh * MB },
    sameBase: true,
  };
}

const many = (count: number, made: LayerState): LayerState[] => Array.from({ length: count }, () => made);

describe('which layers of a baseline are kept', () => {
  it('all, where little is dead', () => {
    expect(chooseKept(choice([layer(400, 5), layer(80, 1)]), limits)).toEqual([true, true]);
  });

  it('not the top ones, where twice as much of them is dead as would be written again', () => {
    expect(chooseKept(choice([layer(400, 5), layer(30, 21)]), limits)).toEqual([true, false]);
    expect(chooseKept(choice([layer(400, 5), layer(30, 18)]), limits)).toEqual([true, true]);
  });

  it('no layer above one that is given up, under the chain rule: nodes would download it again as it is', () => {
    const kept = chooseKept(choice([layer(400, 0), layer(90, 90), layer(20, 1), layer(1, 0)]), limits);
    expect(kept).toEqual([true, false, false, false]);
  });

  it('all but one in the middle under the blob rule, where its live files are few and a limit asks for it', () => {
    const stack = [layer(400, 5), layer(90, 60), layer(300, 2), layer(50, 1)];
    expect(chooseKept(choice(stack), { ...limits, reuse: 'blobs', slack: 0.05 })).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('of what would keep dead bytes below the slack that which leaves most room for what it costs', () => {
    const stack = [layer(400, 60), layer(300, 110), layer(40, 0)];
    expect(chooseKept(choice(stack), limits)).toEqual([true, false, false]);
    expect(chooseKept(choice(stack), { ...limits, slack: 0.5 })).toEqual([true, true, true]);
  });

  it('most of many small ones, once layers run out: the next releases have room again', () => {
    const stack = [layer(400, 0), ...many(58, layer(0.5, 0.1))];
    const kept = chooseKept(choice(stack), limits);
    expect(kept[0]).toBe(true);
    expect(kept.filter(Boolean).length).toBeLessThan(50);
  });

  it('as many as there may be, where the limit was lowered below what the baseline has', () => {
    const kept = chooseKept(choice(many(20, layer(50, 1))), { ...limits, maxLayers: 10 });
    expect(kept.filter(Boolean).length).toBeLessThan(9);
    expect(kept[0]).toBe(true);
  });

  it('none, where the base leaves room for one layer', () => {
    expect(chooseKept(choice([layer(50, 1), layer(1, 0)]), { ...limits, maxLayers: 2 })).toEqual([
      false,
      false,
    ]);
  });

  it('under the blob rule and on another base what is not dead there', () => {
    const other = { ...choice([layer(30, 30), layer(400, 3), layer(20, 1)]), sameBase: false };
    expect(chooseKept(other, { ...limits, reuse: 'blobs', slack: 0.05 })).toEqual([false, true, true]);
  });
});
