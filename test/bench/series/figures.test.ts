import { describe, expect, test } from 'vitest';
import {
  deadBytes,
  freshShare,
  gain,
  geometricMean,
  goals,
  misses,
  overBound,
  type Row,
  type Shipment,
} from '../../../bench/series/figures.ts';

const shipment = (over: Partial<Shipment>): Shipment => ({
  chain: 1e6,
  blobs: 1e6,
  fresh: 100e6,
  layers: 10,
  dead: 0,
  ...over,
});
const row = (tag: string, ours: Partial<Shipment>): Row => ({
  tag,
  appOnly: false,
  bound: 1e6,
  plain: shipment({ chain: 50e6 }),
  ours: shipment(ours),
});

test('a geometric mean treats twice and half alike', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([1, 10, 100])).toBeCloseTo(10);
  expect(geometricMean([])).toBeNaN();
});

test('dead bytes are the share of each layer that the container does not see', () => {
  const layers = [
    { bytes: 100, brought: 400, live: 300 },
    { bytes: 50, brought: 80, live: 80 },
    // Of whiteouts alone.
    { bytes: 10, brought: 0, live: 0 },
  ];
  expect(deadBytes(layers)).toBe(25);
});

test('gain, distance from the bound and share of a fresh pull are ratios of a row', () => {
  const one = row('r2', { chain: 2e6, fresh: 110e6 });
  expect(gain(one)).toBe(25);
  expect(overBound(one)).toBe(2);
  expect(freshShare(one)).toBeCloseTo(1.1);
});

test('a row without re-layering has none of them', () => {
  const { ours: _, ...bare } = row('r2', {});
  expect([gain(bare), overBound(bare), freshShare(bare)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

describe('goals', () => {
  const missed = (over: Partial<Shipment>): string[] =>
    goals.flatMap((goal) => (misses([row('r2', over)], goal)?.length ? [goal.text] : []));

  test('all hold for a good release', () => {
    expect(missed({})).toEqual([]);
  });

  test.each([
    ['1.3 ×', { chain: 1_800_001 }],
    ['64 KB', { chain: 50_064_001 }],
    ['1.25 ×', { fresh: 125_000_001 }],
    ['60 layers', { layers: 61 }],
  ])('one about %s is missed just above it', (text, over) => {
    expect(missed(over).some((goal) => goal.includes(text))).toBe(true);
  });

  test('an app change alone is held to 100 KB', () => {
    const goal = goals.find(({ text }) => text.includes('100 KB'));
    if (!goal) throw new Error('there is no such goal');
    const change = { ...row('r2', { chain: 100e3 }), appOnly: true };
    expect(misses([change, { ...change, appOnly: false }], goal)).toEqual(['r2']);
  });

  test('name the releases that miss them, and nothing where nothing was measured', () => {
    const goal = goals.find(({ text }) => text.includes('layers'));
    if (!goal) throw new Error('there is no such goal');
    expect(misses([row('r2', {}), row('r3', { layers: 61 })], goal)).toEqual(['r3']);
    const { ours: _, ...bare } = row('r2', {});
    expect(misses([bare], goal)).toBeUndefined();
  });
});
