import { exitCodes } from '../../content/error.ts';
import type { OnInconclusive } from '../../facts/budget.ts';
import type { GateResult, Outcome, Verdict } from '../../facts/verdict.ts';
import { judge } from './judge.ts';
import type { GateInput, Judgement } from './judgement.ts';
import { waiverProblems, withWaivers } from './waivers.ts';

export type { GateInput } from './judgement.ts';

/** From best to worst. */
const outcomes: readonly Outcome[] = ['pass', 'inconclusive', 'error', 'fail'];

/**
 * Holds facts against budgets: one verdict a budget and platform (of times: and engine), in the budgets' order.
 * The whole is the worst of them; warnings count for nothing, what is waived only if it is an error,
 * and an expired waiver fails.
 */
export function evaluate(input: GateInput): GateResult {
  const { waivers, budgets, today } = input;
  const verdicts = judge(input)
    .map((judgement) => settle(judgement, input.onInconclusive))
    .map((verdict) => withWaivers(verdict, waivers, today));
  const problems = waiverProblems(waivers, budgets, today);
  const counted = [
    ...verdicts.filter(counts).map((verdict) => verdict.outcome),
    ...problems.filter(({ problem }) => problem === 'expired').map(() => 'fail' as const),
  ];
  const worst = Math.max(0, ...counted.map((outcome) => outcomes.indexOf(outcome)));
  return { outcome: outcomes[worst] ?? 'pass', verdicts, waiverProblems: problems };
}

/** 0 pass or inconclusive (the policy made a failure of what should be one), 1 a budget failed, 3 infrastructure. */
export function exitCode(result: GateResult): number {
  const codes: Readonly<Record<Outcome, number>> = {
    pass: exitCodes.pass,
    inconclusive: exitCodes.pass,
    fail: exitCodes.budgetFailed,
    error: exitCodes.infrastructure,
  };
  return codes[result.outcome];
}

/**
 * Applies `on-inconclusive`. The median can only decide where there are times enough, and what faults left open
 * becomes an error, since infrastructure never fails a budget.
 */
function settle({ verdict, open }: Judgement, policy: OnInconclusive): Verdict {
  if (!open || policy === 'warn') return verdict;
  if (policy === 'fail') {
    const outcome = open.by === 'faults' ? 'error' : 'fail';
    return { ...verdict, outcome, reason: `${verdict.reason} (on-inconclusive: fail)` };
  }
  if (open.by !== 'samples') return verdict;
  return { ...verdict, outcome: open.leaning, reason: `${verdict.reason}: decided by the median` };
}

function counts({ budget, waiver, outcome }: Verdict): boolean {
  return budget.severity === 'fail' && (waiver === undefined || outcome === 'error');
}
