import type { Budget, Waiver } from '../../facts/budget.ts';
import type { GateResult, Verdict } from '../../facts/verdict.ts';
import { leftSide } from './notation.ts';

/** Whether a waiver names the budget: by its text or its left side, whatever the spaces. */
function isFor(waiver: Waiver, budget: Budget): boolean {
  const name = withoutSpace(waiver.budget);
  return [budget.text, leftSide(budget)].some((candidate) => withoutSpace(candidate) === name);
}

/** A waiver holds through its last day. `today` is YYYY-MM-DD, which sorts as text. */
function hasExpired(waiver: Waiver, today: string): boolean {
  return waiver.until < today;
}

/** Marks what a waiver excuses. */
export function withWaivers(verdict: Verdict, waivers: readonly Waiver[], today: string): Verdict {
  const waiver = waivers.find((each) => isFor(each, verdict.budget) && !hasExpired(each, today));
  return waiver ? { ...verdict, waiver } : verdict;
}

/** Those that somebody has to look after: expired, or for no budget that there is. */
export function waiverProblems(
  waivers: readonly Waiver[],
  budgets: readonly Budget[],
  today: string,
): GateResult['waiverProblems'] {
  const problemOf = (waiver: Waiver): 'expired' | 'unused' | undefined => {
    if (hasExpired(waiver, today)) return 'expired';
    return budgets.some((budget) => isFor(waiver, budget)) ? undefined : 'unused';
  };
  return waivers.flatMap((waiver) => {
    const problem = problemOf(waiver);
    return problem ? [{ waiver, problem }] : [];
  });
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
