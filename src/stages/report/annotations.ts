import { plain } from '../../facts/plain.ts';
import type { Report } from '../../facts/report.ts';
import type { Verdict } from '../../facts/verdict.ts';
import { advice } from './advice.ts';
import { lineText } from './document.ts';
import { isWaived } from './verdicts.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** GitHub shows ten of each level and step; the rest is in the summary. */
const maxEach = 10;

/** What GitHub shows beside a run: errors for what fails it, warnings for what does not yet. One line each. */
export function annotations(report: Report): Annotation[] {
  const verdicts = report.gate?.verdicts ?? [];
  const problems = report.gate?.waiverProblems ?? [];
  const [toDo] = advice(report);
  const all: Annotation[] = [
    ...verdicts.flatMap(verdictAnnotation),
    ...(report.baselineMissing === undefined ? [] : [withoutBaseline(report.baselineMissing)]),
    ...problems.map(
      ({ waiver, problem }): Annotation => ({
        level: problem === 'expired' ? 'error' : 'warning',
        title: `Waiver ${problem}: ${waiver.budget}`,
        message:
          problem === 'expired'
            ? `It ended on ${waiver.until} (${waiver.owner}: ${waiver.reason}).`
            : `It holds for no budget (${waiver.owner}, until ${waiver.until}).`,
      }),
    ),
  ];
  const shown = (['error', 'warning'] as const).flatMap((level) =>
    all.filter((one) => one.level === level).slice(0, maxEach),
  );
  const notice: Annotation[] =
    shown.length > 0 && toDo !== undefined
      ? [{ level: 'notice', title: 'What to do', message: lineText(toDo) }]
      : [];
  return [...shown, ...notice].map((one) => ({
    ...one,
    title: plain(one.title, 200),
    message: plain(one.message, 1000),
  }));
}

/** A first image, or a slip in its name: a gate that is green for want of a baseline must not look like a pass. */
const withoutBaseline = (missing: string): Annotation => ({
  level: 'warning',
  title: 'No baseline',
  message: `${missing}: budgets against it pass this time.`,
});

function verdictAnnotation(verdict: Verdict): Annotation[] {
  const { budget, outcome, platform } = verdict;
  if (outcome === 'pass') return [];
  const held =
    verdict.waiver === undefined ? '' : ` Waived until ${verdict.waiver.until} by ${verdict.waiver.owner}.`;
  const binding = !isWaived(verdict) && budget.severity === 'fail' && outcome !== 'inconclusive';
  return [
    {
      level: binding ? 'error' : 'warning',
      title: `${titles[outcome]}: ${budget.text}`,
      message: `${verdict.reason} (${platform}).${held}`,
    },
  ];
}

const titles: Record<Exclude<Verdict['outcome'], 'pass'>, string> = {
  fail: 'Budget exceeded',
  inconclusive: 'Budget not decided',
  error: 'Budget could not be judged',
};
