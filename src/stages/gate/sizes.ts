import type { Budget, Unit } from '../../facts/budget.ts';
import type { ImageFacts } from '../../facts/image.ts';
import { formatValue } from '../../facts/units.ts';
import {
  baselineOf,
  type Case,
  decided,
  distance,
  type GateInput,
  inSentence,
  type Judgement,
  limitValue,
  undecided,
  withoutBaseline,
} from './judgement.ts';
import type { DeltaMetric, ImageMetric, Reading } from './metrics.ts';

/** Holds a value of the image itself against its limit. */
export function judgeImage(
  budget: Budget,
  metric: ImageMetric,
  image: ImageFacts,
  input: GateInput,
): Judgement {
  const about: Case = { budget, platform: image.platform };
  const reading = metric.read(image);
  if (reading.value === undefined) return undecided(about, { by: 'facts' }, reading.unknown);
  if (budget.limit.kind === 'absolute') return judgeValue(about, reading, budget.limit.value, metric.unit);

  const found = baselineOf(input, image.platform);
  if (!found.image) return withoutBaseline({ ...about, value: reading.value }, found);
  const baseline = metric.read(found.image);
  if (baseline.value === undefined) {
    return undecided(
      { ...about, value: reading.value },
      { by: 'facts' },
      `of the baseline, ${baseline.unknown}`,
    );
  }
  const limit = limitValue(budget.limit, metric.unit, baseline.value);
  return judgeValue({ ...about, baseline: baseline.value }, reading, limit, metric.unit);
}

/** Holds what a node with the baseline downloads or unpacks against its limit, which is absolute. */
export function judgeDelta(
  budget: Budget,
  metric: DeltaMetric,
  image: ImageFacts,
  input: GateInput,
): Judgement {
  const about: Case = { budget, platform: image.platform };
  const found = baselineOf(input, image.platform);
  if (!found.image) return withoutBaseline(about, found);
  const delta = input.deltas.find((candidate) => candidate.platform === image.platform);
  const unknown = `what ${inSentence(image.platform)} shares with the baseline is not known`;
  const reading = delta ? metric.read(delta, budget.selector) : { unknown };
  if (reading.value === undefined) return undecided(about, { by: 'facts' }, reading.unknown);
  return judgeValue(about, reading, limitValue(budget.limit, metric.unit, 0), metric.unit);
}

function judgeValue(
  about: Case,
  reading: Extract<Reading, { value: number }>,
  limit: number,
  unit: Unit,
): Judgement {
  const { value, of } = reading;
  const grew = about.baseline === undefined ? '' : growth(value - about.baseline, about.baseline, unit);
  const reason = `${of ? `${of} is ` : ''}${formatValue[unit](value)}${grew}: ${distance(value, limit, unit)}`;
  return decided({ ...about, value, limit }, value <= limit ? 'pass' : 'fail', reason);
}

/** `, grew by 120 MB (2.3 %)` */
function growth(by: number, baseline: number, unit: Unit): string {
  if (by === 0) return ', as the baseline';
  const percent = baseline > 0 ? ` (${((Math.abs(by) / baseline) * 100).toFixed(1)} %)` : '';
  return `, ${by > 0 ? 'grew' : 'shrank'} by ${formatValue[unit](Math.abs(by))}${percent}`;
}
