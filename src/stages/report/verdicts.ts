import { imageBytes, imageUnpackedBytes } from '../../facts/delta.ts';
import { median } from '../../facts/median.ts';
import type { Report } from '../../facts/report.ts';
import type { Measurement } from '../../facts/sample.ts';
import { formatSeconds, formatValue } from '../../facts/units.ts';
import type { GateResult, Outcome, Verdict } from '../../facts/verdict.ts';
import {
  bounded,
  type Column,
  codeSpan,
  type Inline,
  type Line,
  type Section,
  type Span,
  type Table,
  type Tone,
} from './document.ts';
import { counted, formatChange } from './figures.ts';

const maxRows = 100;

export const outcomeTone: Record<Outcome, Tone> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'warn',
  error: 'bad',
};

/** True where a waiver is what keeps a verdict from failing the build; it does not help against an error. */
export function isWaived({ waiver, outcome }: Verdict): boolean {
  return waiver !== undefined && (outcome === 'fail' || outcome === 'inconclusive');
}

/** The whole run in one line. */
export function headline({ gate, measurement }: Report): Span {
  if (gate === undefined || (gate.verdicts.length === 0 && gate.waiverProblems.length === 0)) {
    return {
      text: `pull-budget: ${measurement ? pullTime(measurement) : 'nothing to judge, no budgets are set'}`,
    };
  }
  return { text: `pull-budget: ${gate.outcome}, ${tally(gate)}`, tone: outcomeTone[gate.outcome] };
}

/** `pulled in 21.3 s, the median of 3`: what there is to say of a measurement that nothing is held against. */
function pullTime({ samples }: Measurement): string {
  const seconds = samples
    .filter(({ subject, holds }) => subject === 'image' && holds === 'nothing')
    .map((sample) => sample.pullSeconds);
  return seconds.length === 0
    ? 'no pull of the image ended well'
    : `pulled in ${formatSeconds(median(seconds))}, the median of ${seconds.length}`;
}

function tally(gate: GateResult): string {
  const judged = gate.verdicts.filter((verdict) => !isWaived(verdict));
  const hard = judged.filter((verdict) => verdict.budget.severity === 'fail');
  const those = (outcome: Outcome) => hard.filter((verdict) => verdict.outcome === outcome).length;
  const warnings = judged.filter((v) => v.budget.severity === 'warn' && v.outcome !== 'pass').length;
  const waived = gate.verdicts.filter(isWaived).length;
  const expired = gate.waiverProblems.filter((one) => one.problem === 'expired').length;
  const parts = [
    those('fail') > 0 ? `${those('fail')} of ${counted(hard.length, 'budget')} exceeded` : '',
    those('error') > 0 ? `${those('error')} of ${counted(hard.length, 'budget')} could not be judged` : '',
    those('inconclusive') > 0 ? `${those('inconclusive')} of ${counted(hard.length, 'budget')} open` : '',
    expired > 0 ? `${counted(expired, 'waiver')} expired` : '',
    warnings > 0 ? counted(warnings, 'warning') : '',
    waived > 0 ? `${waived} waived` : '',
  ].filter((part) => part !== '');
  if (hard.length > 0 && those('pass') === hard.length) {
    parts.unshift(`${hard.length === 1 ? 'the budget holds' : `all ${hard.length} budgets hold`}`);
  }
  return parts.join(', ') || 'no budget is binding';
}

/** Each budget on each platform, with its numbers; below, a sentence for each that does not simply pass. */
export function verdictSection(report: Report): Section[] {
  const verdicts = report.gate?.verdicts ?? [];
  if (verdicts.length === 0) return [];
  const several = new Set(verdicts.map((verdict) => verdict.platform)).size > 1;
  // Those that need somebody come first; within them the order is the user's.
  const ranked = verdicts.toSorted((a, b) => rank(a) - rank(b));
  const { shown, more } = bounded(ranked, maxRows, (rest) => [
    `${counted(rest.length, 'more verdict')}, in the report file.`,
  ]);
  return [
    {
      title: 'Budgets',
      table: verdictTable(report, shown, several),
      after: [...more, ...shown.filter(needsReason).map((one) => reasonLine(one, several))],
    },
  ];
}

/** Without the columns that would be empty: where there is no baseline, nothing changed. */
function verdictTable(report: Report, verdicts: readonly Verdict[], several: boolean): Table {
  const columns: readonly (Column & { readonly optional?: true })[] = [
    { title: 'Budget', narrow: 'wrap' },
    ...(several ? [{ title: 'Platform', narrow: 'wrap' } as const] : []),
    { title: 'Limit', align: 'right', narrow: 'wrap' },
    { title: 'Baseline', align: 'right', narrow: 'wrap', optional: true },
    { title: 'Now', align: 'right', narrow: 'wrap' },
    { title: 'Change', align: 'right', narrow: 'wrap', optional: true },
    { title: 'Verdict', narrow: 'last' },
  ];
  const rows = verdicts.map((verdict) => verdictRow(report, verdict, several));
  const isShown = columns.map(({ optional }, at) => !optional || rows.some((row) => row[at] !== none));
  return {
    columns: columns.flatMap(({ optional: _, ...column }, at) => (isShown[at] ? [column] : [])),
    rows: rows.map((row) => row.filter((_, at) => isShown[at])),
  };
}

/** In a cell: not known, or not there. */
const none = '–';

/**
 * Whether the reason says more than the row: that of a value over its limit is the excess once more (of a time the
 * fastest pull's, beside the median's), unless it names the layer that is meant, or how sure a slowdown is.
 */
function needsReason(verdict: Verdict): boolean {
  const { outcome, value, limit, budget } = verdict;
  if (rank(verdict) === 4) return false;
  const isTold = outcome === 'fail' && value !== undefined && limit !== undefined && value > limit;
  return !isTold || budget.metric === 'layer-size' || verdict.p !== undefined;
}

function rank(verdict: Verdict): number {
  if (verdict.outcome === 'pass') return 4;
  if (isWaived(verdict)) return 3;
  if (verdict.budget.severity === 'warn') return 2;
  return verdict.outcome === 'inconclusive' ? 1 : 0;
}

function verdictRow(report: Report, verdict: Verdict, several: boolean): Inline[] {
  const { unit, value } = verdict;
  const { limit: written } = verdict.budget;
  const limit = verdict.limit ?? (written.kind === 'absolute' ? written.value : undefined);
  const baseline = verdict.baseline ?? baselineValue(report, verdict);
  const figure = (number: number | undefined) => (number === undefined ? none : formatValue[unit](number));
  return [
    codeSpan(verdict.budget.text),
    ...(several ? [codeSpan(verdict.platform)] : []),
    figure(limit),
    figure(baseline),
    figure(value),
    value === undefined || baseline === undefined ? none : formatChange(value, baseline, unit),
    verdictSpan(verdict),
  ];
}

/** What the baseline has of a metric that a budget limits absolutely: the gate does not need it, a reader does. */
function baselineValue({ baseline, measurement }: Report, verdict: Verdict): number | undefined {
  const image = baseline?.platforms.find((one) => one.platform === verdict.platform);
  if (image === undefined) return undefined;
  switch (verdict.budget.metric) {
    case 'size':
      return imageBytes(image);
    case 'unpacked':
      return imageUnpackedBytes(image);
    case 'layer-size':
      return Math.max(0, ...image.layers.map((layer) => layer.bytes));
    case 'layers':
      return image.layers.length;
    case 'pull-time': {
      const seconds = (measurement?.samples ?? [])
        .filter(({ subject, platform }) => subject === 'baseline' && platform === verdict.platform)
        .filter(({ engine, holds }) => engine === verdict.engine && holds === heldBy(verdict))
        .map((sample) => sample.pullSeconds);
      return seconds.length === 0 ? undefined : median(seconds);
    }
    default:
      // A delta is already what the baseline does not have.
      return undefined;
  }
}

const heldBy = ({ budget }: Verdict) => budget.selector.holds ?? 'nothing';

/** `fail: 380 MB over`, `waived until 2026-03-31`: the word says it all, the tone only colours it. */
export function verdictSpan(verdict: Verdict): Span {
  const { outcome, value, limit, unit } = verdict;
  const over =
    outcome === 'fail' && value !== undefined && limit !== undefined && value > limit
      ? `: ${formatValue[unit](value - limit)} over`
      : '';
  // What passes was held against a limit, unless there is no baseline to work one out from.
  if (outcome === 'pass') return { text: limit === undefined ? 'pass: no baseline' : 'pass', tone: 'good' };
  if (isWaived(verdict)) {
    return { text: `waived until ${verdict.waiver?.until}${over}`, tone: 'warn' };
  }
  if (verdict.budget.severity === 'warn') {
    return { text: `warn${outcome === 'fail' ? over : `: ${outcome}`}`, tone: 'warn' };
  }
  return { text: `${outcome}${over}`, tone: outcomeTone[outcome] };
}

function reasonLine(verdict: Verdict, several: boolean): Line {
  return [
    codeSpan(verdict.budget.text),
    ...(several ? [' on ', codeSpan(verdict.platform)] : []),
    ` – ${verdict.reason}`,
  ];
}

/** Who answers for what until when, and the waivers that no longer hold. */
export function waiverSection(report: Report): Section[] {
  const held = (report.gate?.verdicts ?? []).flatMap((verdict) =>
    verdict.waiver === undefined ? [] : [{ waiver: verdict.waiver, state: verdictSpan(verdict) }],
  );
  const broken = (report.gate?.waiverProblems ?? []).map(({ waiver, problem }) => ({
    waiver,
    state: { text: problem, tone: problem === 'expired' ? 'bad' : 'warn' } as Span,
  }));
  const { shown, more } = bounded([...broken, ...held], maxRows, (rest) => [
    `${counted(rest.length, 'more waiver')}, in the report file.`,
  ]);
  if (shown.length === 0) return [];
  return [
    {
      title: 'Waivers',
      table: {
        columns: [
          { title: 'Budget', narrow: 'wrap' },
          { title: 'Until' },
          { title: 'Owner', narrow: 'wrap' },
          { title: 'Reason', narrow: 'wrap' },
          { title: 'State', narrow: 'wrap' },
        ],
        rows: shown.map(({ waiver, state }) => [
          codeSpan(waiver.budget),
          waiver.until,
          codeSpan(waiver.owner),
          waiver.reason,
          state,
        ]),
      },
      after: more,
    },
  ];
}
