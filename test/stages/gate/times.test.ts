import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/facts/sample.ts';
import {
  fault,
  gate,
  gateInput,
  imageOf,
  imageSet,
  layer,
  measurementOf,
  platformImage,
  pulls,
  verdictOf,
} from './facts.ts';

const image = imageOf(100);
const baseline = imageOf(90);
const measured = (samples: readonly Sample[], ...faults: ReturnType<typeof fault>[]) => ({
  image,
  measurement: measurementOf(samples, faults),
});
/** The image's pulls and the baseline's. */
const sideBySide = (mine: readonly number[], theirs: readonly number[]) => ({
  ...measured([...pulls(mine), ...pulls(theirs, { subject: 'baseline' })]),
  baseline,
});

describe('an absolute time', () => {
  it.each([
    ['all below', [40, 44, 42], 'pass', 42],
    ['the slowest at the limit', [40, 45, 42], 'pass', 42],
    ['one beyond', [40, 45.001, 42], 'inconclusive', 42],
    ['the fastest at the limit', [45, 46, 47], 'inconclusive', 46],
    ['all beyond', [45.001, 46, 47], 'fail', 46],
    ['one pull, within', [45], 'pass', 45],
    ['one pull, beyond', [46], 'fail', 46],
  ] as const)('with %s is judged in three states', (_, seconds, outcome, value) => {
    const verdict = verdictOf('pull-time <= 45 s', measured(pulls(seconds)));
    expect(verdict).toMatchObject({
      outcome,
      value,
      limit: 45,
      unit: 'seconds',
      engine: 'embedded',
      samples: seconds,
    });
  });

  it('says what decided', () => {
    const reason = (...seconds: number[]) => verdictOf('pull-time <= 45 s', measured(pulls(seconds))).reason;
    expect(reason(40, 44, 42)).toBe('the slowest of 3 took 44.0 s: 1.00 s under 45.0 s');
    expect(reason(50, 48, 49)).toBe('the fastest of 3 took 48.0 s: 3.00 s over 45.0 s');
    expect(reason(40, 45, 46)).toMatch(/^1 of 3 pulls took longer/);
    expect(reason(40, 48, 42, 43, 49)).toBe('2 of 5 pulls took longer than 45.0 s, the median is 43.0 s');
  });

  it('keeps every sample in the order it was taken', () => {
    const samples = pulls([44, 41, 43]).toReversed();
    expect(verdictOf('pull-time <= 45 s', measured(samples)).samples).toEqual([44, 41, 43]);
  });

  it('counts only pulls of its own kind', () => {
    const others = [
      ...pulls([90], { subject: 'baseline' }),
      ...pulls([90], { holds: 'baseline' }),
      ...pulls([90], { platform: 'linux/arm64' }),
    ];
    const about = { ...measured([...pulls([40]), ...others]), baseline };
    expect(verdictOf('pull-time <= 45 s', about)).toMatchObject({ outcome: 'pass', samples: [40] });
    expect(verdictOf('pull-time[embedded] <= 45 s', about)).toMatchObject({ outcome: 'pass', samples: [40] });
    expect(verdictOf('pull-time[holds=baseline] <= 45 s', about)).toMatchObject({
      outcome: 'fail',
      samples: [90],
    });
  });
});

describe('an undecided time', () => {
  const undecided = [44, 44.5, 46, 43, 47, 44.9, 46];
  const about = (seconds: readonly number[], onInconclusive: 'warn' | 'fail' | 'median') =>
    verdictOf('pull-time <= 45 s', { ...measured(pulls(seconds)), onInconclusive });

  it('stays inconclusive where it shall only be shown', () => {
    expect(about(undecided, 'warn')).toMatchObject({ outcome: 'inconclusive', value: 44.9 });
  });

  it('fails where undecided shall fail, and says why', () => {
    expect(about(undecided, 'fail')).toMatchObject({
      outcome: 'fail',
      reason: '3 of 7 pulls took longer than 45.0 s, the median is 44.9 s (on-inconclusive: fail)',
    });
  });

  it.each([
    [undecided, 'pass'],
    [[44, 45, 46], 'pass'],
    [[44, 45.001, 46], 'fail'],
  ] as const)('%j is decided by the median where that shall decide', (seconds, outcome) => {
    const verdict = about(seconds, 'median');
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.reason).toMatch(/: decided by the median$/);
  });

  it('leaves what is decided alone, whatever the policy', () => {
    for (const policy of ['warn', 'fail', 'median'] as const) {
      expect(about([44, 43, 42], policy).outcome).toBe('pass');
      expect(about([46, 47, 48], policy).outcome).toBe('fail');
    }
  });
});

describe('a time against the baseline', () => {
  const ten = [10, 10.1, 9.9];

  it.each([
    ['a shift at both thresholds', 'baseline + 10% and 1 s', [11, 11.1, 10.9], 'pass'],
    ['a shift at the percentage', 'baseline + 10%', [11, 11.1, 10.9], 'pass'],
    ['a shift at the amount', 'baseline + 1 s', [11, 11.1, 10.9], 'pass'],
    ['a shift just beyond', 'baseline + 10% and 1 s', [11.001, 11.101, 10.901], 'fail'],
    ['a shift beyond the percentage alone', 'baseline + 10% and 2 s', [11.5, 11.6, 11.7], 'pass'],
    ['a shift beyond the amount alone', 'baseline + 30% and 1 s', [11.5, 11.6, 11.7], 'pass'],
    ['no growth allowed and none there', 'baseline', ten, 'pass'],
    ['no growth allowed and every pull slower', 'baseline', [10.2, 10.3, 10.4], 'fail'],
    ['an image that is faster', 'baseline + 10%', [8, 8.1, 8.2], 'pass'],
  ])('with %s is judged by shift and p', (_, limit, seconds, outcome) => {
    expect(verdictOf(`pull-time <= ${limit}`, sideBySide(seconds, ten)).outcome).toBe(outcome);
  });

  it('shows the numbers that led there', () => {
    expect(verdictOf('pull-time <= baseline + 10% and 2 s', sideBySide([14, 13, 15], ten))).toMatchObject({
      outcome: 'fail',
      value: 14,
      baseline: 10,
      limit: 12,
      shift: 4,
      p: 0.05,
      samples: [14, 13, 15],
      baselineSamples: ten,
      reason: '4.00 s slower than the baseline, may be 2.00 s slower; p = 0.05',
    });
    expect(verdictOf('pull-time <= baseline + 10%', sideBySide([8, 8, 8], ten)).reason).toBe(
      '2.00 s faster than the baseline, may be 1.00 s slower',
    );
  });

  it('keeps fractions of a second in limit and shift', () => {
    const verdict = verdictOf('pull-time <= baseline + 5%', sideBySide([10.3, 10.4, 10.5], ten));
    expect(verdict).toMatchObject({
      outcome: 'pass',
      limit: 10.5,
      shift: 0.4,
      reason: '0.40 s slower than the baseline, may be 0.50 s slower',
    });
    expect(verdictOf('pull-time <= baseline + 3%', sideBySide([10.3, 10.4, 10.5], ten)).outcome).toBe('fail');
    const same = verdictOf('pull-time <= baseline', sideBySide(ten, ten));
    expect(same.reason).toBe('0.00 s slower than the baseline, may be 0.00 s slower');
  });

  it('fails at p = 0.05, which three pulls of each reach only if all three are slower', () => {
    expect(verdictOf('pull-time <= baseline', sideBySide([11, 12, 13], ten)).outcome).toBe('fail');
    const verdict = verdictOf('pull-time <= baseline', sideBySide([10.05, 12, 13], ten));
    expect(verdict).toMatchObject({ outcome: 'inconclusive', p: 0.1 });
    expect(verdict.reason).toMatch(/; 3 and 3 pulls leave p = 0\.1, so it may be chance$/);
  });

  it('does not fail on a shift that two pulls of each cannot prove', () => {
    expect(verdictOf('pull-time <= baseline', sideBySide([30, 31], [10, 11]))).toMatchObject({
      outcome: 'inconclusive',
      p: 1 / 6,
    });
  });

  it('fails on such a shift where the median shall decide, which is what the shift is', () => {
    const about = { ...sideBySide([30, 31], [10, 11]), onInconclusive: 'median' as const };
    expect(verdictOf('pull-time <= baseline', about).outcome).toBe('fail');
  });

  it('compares nothing that came from different registries, whatever the median says', () => {
    for (const subject of ['image', 'baseline'] as const) {
      const flagged = [...pulls([20, 21, 22]), ...pulls(ten, { subject: 'baseline' })].map((sample) =>
        sample.subject === subject && sample.order === 1
          ? { ...sample, flags: ['other-registry-than-baseline' as const] }
          : sample,
      );
      const about = { ...measured(flagged), baseline, onInconclusive: 'median' as const };
      expect(verdictOf('pull-time <= baseline', about)).toMatchObject({
        outcome: 'inconclusive',
        reason: 'image and baseline were pulled from different registries: their times do not compare',
        baselineSamples: ten,
      });
      expect(verdictOf('pull-time <= 19 s', about).outcome).toBe('fail');
    }
  });

  it('does not mind that the page cache was not dropped', () => {
    const flagged = pulls([20, 21, 22], { flags: ['page-cache-not-dropped'] });
    const about = { ...measured([...flagged, ...pulls(ten, { subject: 'baseline' })]), baseline };
    expect(verdictOf('pull-time <= baseline', about).outcome).toBe('fail');
  });

  it('passes a first image, its samples shown', () => {
    const about = { ...measured(pulls([20, 21, 22])), baselineMissing: 'x:latest is not there' };
    expect(verdictOf('pull-time <= baseline', about)).toMatchObject({
      outcome: 'pass',
      value: 21,
      samples: [20, 21, 22],
      reason: 'no baseline: x:latest is not there',
    });
    expect(verdictOf('pull-time[holds=baseline] <= 1 s', about).reason).toMatch(/^no baseline: /);
    expect(verdictOf('pull-time <= 19 s', about).outcome).toBe('fail');
  });
});

describe('a fault', () => {
  it('is an error with its message where no pull ended well, never a failed budget', () => {
    const about = {
      ...measured([], fault(0), fault(1, { message: 'disk full:\n /scratch' })),
      onInconclusive: 'fail' as const,
    };
    expect(verdictOf('pull-time <= 1 s', about)).toMatchObject({
      outcome: 'error',
      samples: [],
      engine: 'embedded',
      reason: 'no pull ended well: disk full: /scratch',
    });
  });

  it('leaves a budget inconclusive where it left fewer than three pulls', () => {
    const about = measured(pulls([50, 51]), fault(2));
    expect(verdictOf('pull-time <= 45 s', about)).toMatchObject({
      outcome: 'inconclusive',
      samples: [50, 51],
      reason: 'only 2 of 3 pulls ended well: registry.example answered 503',
    });
  });

  it('makes an error, not a failure, of what would be undecided and shall fail', () => {
    const about = { ...measured(pulls([50, 51]), fault(2)), onInconclusive: 'fail' as const };
    expect(verdictOf('pull-time <= 45 s', about).outcome).toBe('error');
    const byMedian = { ...about, onInconclusive: 'median' as const };
    expect(verdictOf('pull-time <= 45 s', byMedian).outcome).toBe('inconclusive');
  });

  it('does not count where a retry of the same pull ended well, or enough others did', () => {
    expect(verdictOf('pull-time <= 45 s', measured(pulls([50, 51]), fault(1, { attempt: 1 }))).outcome).toBe(
      'fail',
    );
    expect(verdictOf('pull-time <= 45 s', measured(pulls([50, 51, 52]), fault(3))).outcome).toBe('fail');
  });

  it('of the baseline touches only what is held against the baseline', () => {
    const broken = fault(0, { subject: 'baseline' });
    const about = { ...measured(pulls([50, 51, 52]), broken), baseline };
    expect(verdictOf('pull-time <= 45 s', about).outcome).toBe('fail');
    expect(verdictOf('pull-time <= baseline', about)).toMatchObject({
      outcome: 'error',
      samples: [50, 51, 52],
      reason: 'no pull of the baseline ended well: registry.example answered 503',
    });
    const few = {
      ...measured(
        [...pulls([50, 51, 52]), ...pulls([1, 2], { subject: 'baseline' })],
        fault(2, { subject: 'baseline' }),
      ),
      baseline,
    };
    expect(verdictOf('pull-time <= baseline', few)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('only 2 of 3 pulls ended well'),
    });
  });
});

describe('what was not measured', () => {
  it('is inconclusive on every platform where nothing was', () => {
    const index = imageSet(platformImage([layer(1)]), platformImage([layer(1)], 'linux/arm64'));
    const { verdicts } = gate('pull-time <= 1 s', { image: index });
    expect(verdicts).toMatchObject([
      { platform: 'linux/amd64', outcome: 'inconclusive', reason: 'no pull was measured', samples: [] },
      { platform: 'linux/arm64', outcome: 'inconclusive', reason: 'no pull was measured' },
    ]);
  });

  it('has no value', () => {
    expect(verdictOf('pull-time <= 1 s')).not.toHaveProperty('value');
  });

  it('is left out on platforms where others were, unless it is named', () => {
    const index = imageSet(platformImage([layer(1)]), platformImage([layer(1)], 'linux/arm64'));
    const ofBaseline = pulls([2], { subject: 'baseline', platform: 'linux/arm64' });
    const about = { image: index, measurement: measurementOf([...pulls([2, 2, 2]), ...ofBaseline]) };
    expect(gate('pull-time <= 3 s', about).verdicts).toMatchObject([
      { platform: 'linux/amd64', outcome: 'pass' },
    ]);
    expect(gate('pull-time[linux/arm64] <= 3 s', about).verdicts).toMatchObject([
      { platform: 'linux/arm64', outcome: 'inconclusive', reason: 'no pull was measured' },
    ]);
  });

  it('is inconclusive of a node that holds the baseline, where only fresh nodes pulled', () => {
    const about = { ...measured(pulls([2, 2, 2])), baseline };
    expect(verdictOf('pull-time[holds=baseline] <= 3 s', about)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'no pull of a node that holds the baseline was measured',
    });
  });

  it('is not asked for of an engine that pulled only something else', () => {
    const elsewhere = [
      ...pulls([2], { subject: 'baseline' }),
      ...pulls([2], { platform: 'linux/arm64' }),
    ].map((sample) => ({ ...sample, engine: 'another' as 'embedded' }));
    const about = { ...measured([...pulls([2, 2, 2]), ...elsewhere]), baseline };
    expect(verdictOf('pull-time <= 3 s', about)).toMatchObject({ engine: 'embedded', outcome: 'pass' });
  });

  it('is inconclusive against a baseline that was not pulled', () => {
    const about = { ...measured(pulls([2, 2, 2])), baseline };
    expect(verdictOf('pull-time <= baseline', about)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'no pull of the baseline was measured',
      samples: [2, 2, 2],
    });
  });
});

describe('one verdict an engine', () => {
  it('is given in the order of their names, since times of engines do not mix', () => {
    // Today's schema has one engine; the evaluation does not know which there are.
    const other = pulls([9, 9, 9]).map((sample) => ({ ...sample, engine: 'another' as 'embedded' }));
    const input = gateInput('pull-time <= 5 s', measured([...pulls([2, 2, 2]), ...other]));
    expect(gate('pull-time <= 5 s', input).verdicts).toMatchObject([
      { engine: 'another', outcome: 'fail' },
      { engine: 'embedded', outcome: 'pass' },
    ]);
    expect(
      gate('pull-time[embedded] <= 5 s', measured([...pulls([2, 2, 2]), ...other])).verdicts,
    ).toMatchObject([{ engine: 'embedded', outcome: 'pass' }]);
  });
});
