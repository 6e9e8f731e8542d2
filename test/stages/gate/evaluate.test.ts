import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Waiver } from '../../../src/facts/budget.ts';
import { gateResult, type Outcome } from '../../../src/facts/verdict.ts';
import { evaluate, exitCode } from '../../../src/stages/gate/evaluate.ts';
import { fault, gate, gateInput, imageOf, measurementOf, pulls, verdictOf } from './facts.ts';

/** A budget for each outcome, on an image of 100 bytes that was not pulled. */
const lineOf: Record<Outcome, string> = {
  pass: 'layer-size <= 100 B',
  fail: 'size <= 99 B',
  inconclusive: 'unpacked <= 1 GB',
  error: 'layers[linux/riscv64] <= 1',
};

function waiver(budget: string, until = '2025-12-31'): Waiver {
  return { budget, reason: 'the new model', until, owner: 'serving' };
}

describe('the whole gate', () => {
  it.each<[Outcome[], Outcome]>([
    [[], 'pass'],
    [['pass'], 'pass'],
    [['pass', 'inconclusive'], 'inconclusive'],
    [['inconclusive', 'error', 'pass'], 'error'],
    [['error', 'fail', 'inconclusive', 'pass'], 'fail'],
  ])('of %j comes to %s', (outcomes, whole) => {
    const result = gate(outcomes.map((each) => lineOf[each]).join('\n'));
    expect(result.verdicts.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(result.outcome).toBe(whole);
  });

  it.each(['fail', 'error', 'inconclusive'] as const)(
    'does not count a warning that is a %s, and shows it',
    (outcome) => {
      const result = gate(`${lineOf.pass}\nwarn: ${lineOf[outcome]}`);
      expect(result.outcome).toBe('pass');
      expect(result.verdicts[1]).toMatchObject({ outcome, budget: { severity: 'warn' } });
    },
  );

  it.each([
    ['pass', 0],
    ['inconclusive', 0],
    ['fail', 1],
    ['error', 3],
  ] as const)('that comes to %s exits with %d', (outcome, code) => {
    expect(exitCode(gate(lineOf[outcome]))).toBe(code);
  });

  it('gives what the schema of results accepts', () => {
    const waivers = [waiver('size'), waiver('gone'), waiver('layers[linux/riscv64]', '2024-01-01')];
    const result = gate(`${Object.values(lineOf).join('\n')}\nwarn: pull-time <= 1 s`, {
      waivers,
      measurement: measurementOf(pulls([1, 2]), [fault(2)]),
    });
    expect(gateResult.parse(result)).toEqual(result);
  });
});

describe('what is undecided for want of facts', () => {
  const undecided = (onInconclusive: 'warn' | 'fail' | 'median') =>
    verdictOf('unpacked <= 1 GB', { onInconclusive }).outcome;

  it('is shown, fails, or stays: a median can not decide it', () => {
    expect(undecided('warn')).toBe('inconclusive');
    expect(undecided('fail')).toBe('fail');
    expect(undecided('median')).toBe('inconclusive');
  });
});

describe('a waiver', () => {
  it.each(['size <= 99 B', 'size<=99B', 'size', ' size '])(
    'named %j excuses the budget "size <= 99 B", and is shown',
    (name) => {
      const waivers = [waiver(name)];
      const result = gate('size <= 99 B', { waivers });
      expect(result).toMatchObject({ outcome: 'pass', waiverProblems: [] });
      expect(result.verdicts).toMatchObject([{ outcome: 'fail', waiver: waivers[0] }]);
      expect(exitCode(result)).toBe(0);
    },
  );

  it.each([
    ['size[linux/amd64] <= 99 B', 'size[linux/amd64]', true],
    ['size[ linux/x86_64 ] <= 99 B', 'size[linux/amd64]', true],
    ['size[linux/amd64] <= 99 B', 'size', false],
    ['size <= 99 B', 'size[linux/amd64]', false],
    ['size <= 99 B', 'size <= 98 B', false],
    ['size <= 99 B', 'layer-size', false],
  ])('on %j named %j holds: %s', (budget, name, holds) => {
    const result = gate(budget, { waivers: [waiver(name)] });
    expect(result.outcome).toBe(holds ? 'pass' : 'fail');
    expect(result.waiverProblems).toMatchObject(
      holds ? [] : [{ problem: 'unused', waiver: { budget: name } }],
    );
  });

  it.each([
    ['2025-03-02', true],
    ['2025-03-01', true],
    ['2025-02-28', false],
    ['2024-12-31', false],
  ])('until %s on 2025-03-01 holds: %s', (until, holds) => {
    const result = gate('size <= 99 B', { today: '2025-03-01', waivers: [waiver('size', until)] });
    expect(result.outcome).toBe(holds ? 'pass' : 'fail');
    expect(result.verdicts[0]?.waiver !== undefined).toBe(holds);
    expect(result.waiverProblems).toMatchObject(holds ? [] : [{ problem: 'expired' }]);
  });

  it('that has expired fails even where nothing else does', () => {
    const result = gate('size <= 100 B', { waivers: [waiver('size', '2025-02-28')] });
    expect(result).toMatchObject({ outcome: 'fail', verdicts: [{ outcome: 'pass' }] });
    expect(gate('size <= 100 B', { waivers: [waiver('gone', '2025-02-28')] })).toMatchObject({
      outcome: 'fail',
      waiverProblems: [{ problem: 'expired' }],
    });
  });

  it('is for its own budget among others', () => {
    const result = gate('size <= 99 B\nlayer-size <= 99 B', { waivers: [waiver('size')] });
    expect(result).toMatchObject({ outcome: 'fail', waiverProblems: [] });
    expect(result.verdicts.map((verdict) => verdict.waiver !== undefined)).toEqual([true, false]);
  });

  it('for no budget is listed and fails nothing', () => {
    expect(gate('size <= 100 B', { waivers: [waiver('layers')] })).toMatchObject({
      outcome: 'pass',
      waiverProblems: [{ problem: 'unused', waiver: { budget: 'layers' } }],
    });
  });

  it('answers for an excess, not for an error', () => {
    const result = gate(lineOf.error, { waivers: [waiver('layers[linux/riscv64]')] });
    expect(result).toMatchObject({ outcome: 'error', verdicts: [{ waiver: {} }] });
  });

  it('excuses what is inconclusive, whatever policy made of it', () => {
    for (const onInconclusive of ['warn', 'fail'] as const) {
      expect(gate(lineOf.inconclusive, { onInconclusive, waivers: [waiver('unpacked')] }).outcome).toBe(
        'pass',
      );
    }
  });

  it('that still holds stands in for one on the same budget that expired, which fails all the same', () => {
    const waivers = [waiver('size', '2025-01-01'), waiver('size', '2025-06-01')];
    const result = gate('size <= 99 B', { waivers });
    expect(result.verdicts[0]?.waiver).toEqual(waivers[1]);
    expect(result).toMatchObject({
      outcome: 'fail',
      waiverProblems: [{ waiver: waivers[0], problem: 'expired' }],
    });
  });
});

const limits = fc.constantFrom(
  '500 B',
  'baseline + 10%',
  'baseline + 100 B',
  'baseline + 10% and 100 B',
  'baseline',
);
const sizes = fc.array(fc.nat(400), { minLength: 1, maxLength: 5 });
const seconds = fc.array(
  fc.integer({ min: 1, max: 40 }).map((n) => n / 2),
  { minLength: 3, maxLength: 7 },
);
/** From best to worst for an image: more cost may only move a verdict to the right. */
const severity: Outcome[] = ['pass', 'inconclusive', 'fail'];

describe('a larger value', () => {
  it('never turns a failed size into a passed one', () => {
    fc.assert(
      fc.property(limits, sizes, sizes, fc.nat(5), fc.nat(300), (limit, now, before, at, more) => {
        const larger = now.map((bytes, index) => (index === at % now.length ? bytes + more : bytes));
        for (const metric of ['size', 'layer-size']) {
          const rank = (bytes: readonly number[]) => {
            const { outcome } = verdictOf(`${metric} <= ${limit}`, {
              image: imageOf(...bytes),
              baseline: imageOf(...before),
            });
            return severity.indexOf(outcome);
          };
          // Equal sizes are equal blobs here, counted once: only images without them compare.
          fc.pre(new Set(now).size === now.length && new Set(larger).size === now.length);
          expect(rank(larger)).toBeGreaterThanOrEqual(rank(now));
        }
      }),
    );
  });

  it('never makes a slower image look better', () => {
    const times = fc.constantFrom('10 s', 'baseline + 10%', 'baseline + 10% and 2 s', 'baseline');
    const policy = fc.constantFrom('warn' as const, 'fail' as const, 'median' as const);
    fc.assert(
      fc.property(
        times,
        policy,
        seconds,
        seconds,
        fc.nat(6),
        fc.nat(20),
        (limit, onInconclusive, now, before, at, more) => {
          const rank = (values: readonly number[]) => {
            const samples = [...pulls(values), ...pulls(before, { subject: 'baseline' })];
            const about = { baseline: imageOf(1), measurement: measurementOf(samples), onInconclusive };
            return severity.indexOf(verdictOf(`pull-time <= ${limit}`, about).outcome);
          };
          const slower = now.map((value, index) => (index === at % now.length ? value + more : value));
          expect(rank(slower)).toBeGreaterThanOrEqual(rank(now));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('evaluate', () => {
  const budgets = [
    'size <= 700 B',
    'warn: layers <= 2',
    'layer-size <= baseline + 5%',
    'delta <= 300 B',
    'delta[blobs] <= 200 B',
    'unpacked <= 1 GB',
    'pull-time <= 9 s',
    'pull-time <= baseline + 10% and 1 s',
    'size[linux/arm64] <= 1 B',
  ];
  const anyInput = fc.record({ now: sizes, before: sizes, mine: seconds, theirs: seconds });
  const inputOf = (
    lines: readonly string[],
    { now, before, mine, theirs }: { now: number[]; before: number[]; mine: number[]; theirs: number[] },
  ) =>
    gateInput(lines.join('\n'), {
      image: imageOf(...now),
      baseline: imageOf(...before),
      measurement: measurementOf([...pulls(mine), ...pulls(theirs, { subject: 'baseline' })]),
      waivers: [waiver('size')],
    });

  it('gives the same for the same, and changes nothing of its input', () => {
    fc.assert(
      fc.property(anyInput, (facts) => {
        const input = inputOf(budgets, facts);
        const before = structuredClone(input);
        expect(evaluate(input)).toEqual(evaluate(structuredClone(input)));
        expect(input).toEqual(before);
      }),
    );
  });

  it('does not mind the order of the budgets', () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.shuffledSubarray(budgets, { minLength: budgets.length }),
        (facts, shuffled) => {
          const straight = evaluate(inputOf(budgets, facts));
          const mixed = evaluate(inputOf(shuffled, facts));
          const byName = (result: typeof straight) =>
            result.verdicts.toSorted((a, b) => (a.budget.text < b.budget.text ? -1 : 1));
          expect(mixed.outcome).toBe(straight.outcome);
          expect(byName(mixed)).toEqual(byName(straight));
        },
      ),
    );
  });

  it('does not mind the order in which samples stand in the report', () => {
    fc.assert(
      fc.property(anyInput, fc.nat(), (facts, seed) => {
        const input = inputOf(budgets, facts);
        const { measurement } = input;
        if (!measurement) throw new Error('unreachable');
        const turned = measurement.samples.toSorted(
          (a, b) => ((a.pullSeconds * 7 + seed) % 5) - ((b.pullSeconds * 7 + seed) % 5),
        );
        expect(evaluate({ ...input, measurement: { ...measurement, samples: turned } })).toEqual(
          evaluate(input),
        );
      }),
    );
  });
});
