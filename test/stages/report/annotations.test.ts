import { describe, expect, test } from 'vitest';
import { annotations } from '../../../src/stages/report/annotations.ts';
import { failedReport, gateOf, reportOf, verdictOf } from './fixture.ts';

const levels = (report: Parameters<typeof annotations>[0]) =>
  annotations(report).map(({ level, title }) => `${level} ${title}`);

describe('annotations', () => {
  test('a failed budget is an error with its reason, and what to do comes last', () => {
    const [failed, toDo] = annotations(failedReport());
    expect(failed).toEqual({
      level: 'error',
      title: 'Budget exceeded: size <= 6.74 GB',
      message: '6.75 GB, grew by 380 MB (6.0 %): 8.03 MB over 6.74 GB (linux/amd64).',
    });
    expect(toDo?.level).toBe('notice');
    expect(toDo?.message).toContain('layer 5 (RUN uv pip install --system vllm==0.6.5, 752 MB)');
  });

  test('there is none where all holds', () => {
    expect(annotations(reportOf({ gate: gateOf([verdictOf('layers <= 60', { value: 6 })]) }))).toEqual([]);
    expect(annotations(reportOf())).toEqual([]);
  });

  test('a baseline that is not there is a warning: its budgets passed without being judged', () => {
    expect(annotations(reportOf({ baselineMissing: 'r.io/app:lates is not there' }))[0]).toEqual({
      level: 'warning',
      title: 'No baseline',
      message: 'r.io/app:lates is not there: budgets against it pass this time.',
    });
  });

  test('what does not fail the build is a warning', () => {
    const waiver = { budget: 'size', reason: 'move', until: '2026-06-30', owner: 'gpu' };
    const gate = gateOf(
      [
        verdictOf('warn: layers <= 5', { outcome: 'fail', value: 6 }),
        verdictOf('pull-time <= 45 s', { outcome: 'inconclusive', value: 45 }),
        verdictOf('size <= 6 GB', { outcome: 'fail', value: 7e9, waiver }),
      ],
      { waiverProblems: [{ waiver: { ...waiver, budget: 'delta' }, problem: 'unused' }] },
    );
    expect(levels(reportOf({ gate })).slice(0, 4)).toEqual([
      'warning Budget exceeded: warn: layers <= 5',
      'warning Budget not decided: pull-time <= 45 s',
      'warning Budget exceeded: size <= 6 GB',
      'warning Waiver unused: delta',
    ]);
  });

  test('an expired waiver is an error: it fails the build', () => {
    const waiver = { budget: 'size', reason: 'move', until: '2026-01-31', owner: 'gpu' };
    const gate = gateOf([], { outcome: 'fail', waiverProblems: [{ waiver, problem: 'expired' }] });
    expect(levels(reportOf({ gate }))[0]).toBe('error Waiver expired: size');
  });

  test('a waiver does not excuse what could not be judged', () => {
    const waiver = { budget: 'size', reason: 'move', until: '2026-06-30', owner: 'gpu' };
    expect(
      levels(reportOf({ gate: gateOf([verdictOf('size <= 6 GB', { outcome: 'error', waiver })]) })),
    ).toEqual(['error Budget could not be judged: size <= 6 GB']);
  });

  test('there are ten of a level at most, each on one line', () => {
    const verdicts = Array.from({ length: 30 }, (_, n) =>
      verdictOf(`layers <= ${n}`, { outcome: 'fail', value: 40, reason: 'one\n::error::two' }),
    );
    const found = annotations(reportOf({ gate: gateOf(verdicts) })).filter((one) => one.level === 'error');
    expect(found).toHaveLength(10);
    expect(found[0]?.message).toBe('one ::error::two (linux/amd64).');
  });
});
