import type { Budget, Limit, OnInconclusive, Unit, Waiver } from '../../facts/budget.ts';
import type { Delta } from '../../facts/delta.ts';
import type { ImageFacts, ImageSetFacts } from '../../facts/image.ts';
import { plain } from '../../facts/plain.ts';
import type { Measurement } from '../../facts/sample.ts';
import { formatValue } from '../../facts/units.ts';
import type { Verdict } from '../../facts/verdict.ts';
import { metrics } from './metrics.ts';

/** What the gate decides on. The facts are those of a report. */
export interface GateInput {
  readonly budgets: readonly Budget[];
  readonly waivers: readonly Waiver[];
  readonly onInconclusive: OnInconclusive;
  /** YYYY-MM-DD (UTC). */
  readonly today: string;
  readonly image: ImageSetFacts;
  readonly baseline?: ImageSetFacts | undefined;
  /** Why there is no baseline though one was named. */
  readonly baselineMissing?: string | undefined;
  readonly deltas: readonly Delta[];
  readonly measurement?: Measurement | undefined;
}

/** A verdict, and where it is inconclusive what leaves it so. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly open?: Open;
}

/**
 * `samples`: the times do not decide; more would, and the median says which way it leans.
 * `faults`: pulls that broke left too few times.
 * `facts`: something is not known, however often one pulls.
 */
export type Open =
  | { readonly by: 'samples'; readonly leaning: 'pass' | 'fail' }
  | { readonly by: 'faults' }
  | { readonly by: 'facts' };

/** Text of an image, a registry or an error, for a sentence of a verdict. */
export const inSentence = (text: string): string => plain(text, 160);

/** What a verdict is about, before anything is held against a limit. */
export type Case = Pick<Verdict, 'budget' | 'platform' | 'engine' | 'value' | 'limit' | 'baseline'> &
  Partial<Pick<Verdict, 'samples' | 'baselineSamples' | 'shift' | 'p'>>;

export function decided(about: Case, outcome: 'pass' | 'fail' | 'error', reason: string): Judgement {
  return { verdict: verdictOf(about, outcome, reason) };
}

export function undecided(about: Case, open: Open, reason: string): Judgement {
  return { verdict: verdictOf(about, 'inconclusive', reason), open };
}

function verdictOf(about: Case, outcome: Verdict['outcome'], reason: string): Verdict {
  const { unit } = metrics[about.budget.metric];
  return { samples: [], baselineSamples: [], ...about, unit, outcome, reason };
}

/** Nothing to hold anything against: `first` if a baseline was named and is not there (yet). */
export interface NoBaseline {
  readonly image?: never;
  readonly first: boolean;
  readonly reason: string;
}

/** The baseline's image of a platform. */
export function baselineOf(input: GateInput, platform: string): { readonly image: ImageFacts } | NoBaseline {
  const { baseline, baselineMissing } = input;
  const image = baseline?.platforms.find((candidate) => candidate.platform === platform);
  if (image) return { image };
  if (baseline) {
    const reason = `no baseline: ${inSentence(baseline.name)} has no ${inSentence(platform)}`;
    return { first: true, reason };
  }
  if (baselineMissing !== undefined)
    return { first: true, reason: `no baseline: ${inSentence(baselineMissing)}` };
  return { first: false, reason: 'no baseline was named to hold it against: set `baseline`' };
}

/** A first image passes what is held against a baseline; without a baseline named nobody can say. */
export function withoutBaseline(about: Case, { first, reason }: NoBaseline): Judgement {
  return first ? decided(about, 'pass', reason) : undecided(about, { by: 'facts' }, reason);
}

/**
 * The largest value that passes. A relative limit is the larger of its two bounds, since only what passes both fails.
 * Whole for bytes and counts, whole nanoseconds for times: noise of doubles decides nothing at the limit.
 */
export function limitValue(limit: Limit, unit: Unit, baseline: number): number {
  if (limit.kind === 'absolute') return limit.value;
  const growth = Math.max(((limit.percent ?? 0) * baseline) / 100, limit.absolute ?? 0);
  return unit === 'seconds' ? wholeNanoseconds(baseline + growth) : Math.floor(steady(baseline + growth));
}

export function wholeNanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e9;
}

/** 15 digits are what a double keeps of a decimal: 114.99999999999999 is 115. */
function steady(value: number): number {
  return Number(value.toPrecision(15));
}

/** `320 MB over 6.00 GB`, `590 MB under 6.00 GB`, `exactly 6.00 GB`. */
export function distance(value: number, limit: number, unit: Unit): string {
  const format = formatValue[unit];
  if (value === limit) return `exactly ${format(limit)}`;
  return `${format(Math.abs(value - limit))} ${value > limit ? 'over' : 'under'} ${format(limit)}`;
}
