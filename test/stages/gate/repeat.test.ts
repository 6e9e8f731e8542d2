import { describe, expect, it } from 'vitest';
import { nextRuns } from '../../../src/stages/gate/repeat.ts';
import { fault, gateInput, imageOf, measurementOf, pulls } from './facts.ts';

const undecided = (runs: number, onInconclusive: 'warn' | 'fail' | 'median' = 'warn') =>
  gateInput('pull-time <= 5 s', {
    onInconclusive,
    measurement: measurementOf(pulls(Array.from({ length: runs }, (_, index) => 4 + index))),
  });

describe('nextRuns', () => {
  it.each([
    [2, { total: 3, add: 1 }],
    [3, { total: 5, add: 2 }],
    [4, { total: 5, add: 1 }],
    [5, { total: 7, add: 2 }],
    [7, undefined],
    [9, undefined],
  ])('after %d runs that left a time undecided asks for %j', (runs, next) => {
    expect(nextRuns(undecided(Math.max(3, runs)), runs)).toEqual(next);
  });

  it('asks for more where one budget of many is undecided', () => {
    const { measurement } = undecided(3);
    const input = gateInput(
      'size <= 1 GB\npull-time <= 5 s\nlayers <= 3',
      measurement ? { measurement } : {},
    );
    expect(nextRuns(input, 3)).toEqual({ total: 5, add: 2 });
  });

  it('does not let the policy decide what more pulls could', () => {
    expect(nextRuns(undecided(3, 'fail'), 3)).toEqual({ total: 5, add: 2 });
    expect(nextRuns(undecided(3, 'median'), 3)).toEqual({ total: 5, add: 2 });
  });

  it('asks for more where a shift may be chance, or faults left too few pulls', () => {
    const baseline = imageOf(1);
    const samples = [...pulls([11, 9, 12]), ...pulls([8, 10, 9], { subject: 'baseline' })];
    expect(
      nextRuns(gateInput('pull-time <= baseline', { baseline, measurement: measurementOf(samples) }), 3),
    ).toEqual({ total: 5, add: 2 });
    const broken = measurementOf(pulls([4, 4]), [fault(2)]);
    expect(nextRuns(gateInput('pull-time <= 5 s', { measurement: broken }), 3)).toEqual({ total: 5, add: 2 });
  });

  it.each([
    ['all is decided', 'pull-time <= 9 s\nsize <= 1 B', pulls([4, 5, 6]), []],
    ['nothing was measured', 'pull-time <= 9 s', [], []],
    ['no pull ended well', 'pull-time <= 9 s', [], [fault(0)]],
    ['only facts are missing', 'unpacked <= 1 GB\nsize <= baseline\npull-time <= 9 s', pulls([4, 5, 6]), []],
    ['no time is budgeted', 'size <= 1 GB', pulls([4, 5, 6]), []],
  ])('asks for nothing where %s', (_, budgets, samples, faults) => {
    expect(nextRuns(gateInput(budgets, { measurement: measurementOf(samples, faults) }), 3)).toBeUndefined();
  });

  it('asks for nothing where the registries differ: more pulls would not make them one', () => {
    const samples = [
      ...pulls([11, 9, 12], { flags: ['other-registry-than-baseline'] }),
      ...pulls([8, 10, 9], { subject: 'baseline' }),
    ];
    const input = gateInput('pull-time <= baseline', {
      baseline: imageOf(1),
      measurement: measurementOf(samples),
    });
    expect(nextRuns(input, 3)).toBeUndefined();
  });
});
