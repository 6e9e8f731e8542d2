import type { Budget, Limit } from '../../facts/budget.ts';
import type { ImageFacts } from '../../facts/image.ts';
import { median } from '../../facts/median.ts';
import type { EngineName, Fault, Holds, Measurement, Sample, Subject } from '../../facts/sample.ts';
import { formatSeconds } from '../../facts/units.ts';
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
  wholeNanoseconds,
  withoutBaseline,
} from './judgement.ts';
import type { PullMetric } from './metrics.ts';
import { hodgesLehmann, mannWhitneyGreater } from './statistics.ts';

/** How sure a regression must be. Three pulls of each image reach it only if every one of the new is slower. */
const significance = 0.05;
/** Fewer times than this say nothing, if more were asked for. */
const enough = 3;

/** The pulls of one kind: one image, engine, platform, and state of the node. */
interface Pulls {
  readonly samples: readonly Sample[];
  /** In the order they were taken. */
  readonly seconds: readonly number[];
  /** What a verdict shows of them. */
  readonly values: Pick<Case, 'samples' | 'value'>;
  readonly faults: readonly Fault[];
  /** Pulls that no retry brought to a good end. */
  readonly lost: number;
}

/** Judges a time on a platform: once for each engine that pulled there. */
export function judgePulls(
  budget: Budget,
  metric: PullMetric,
  image: ImageFacts,
  input: GateInput,
): Judgement[] {
  const { platform } = image;
  const held = budget.selector.holds ?? 'nothing';
  const { limit } = budget;
  const found = baselineOf(input, platform);
  return enginesOf(budget, platform, input.measurement).map((engine) => {
    const of = (subject: Subject) =>
      pullsOf(metric, input.measurement, { subject, engine, holds: held, platform });
    const pulls = of('image');
    const about = { budget, platform, ...(engine ? { engine } : {}), ...pulls.values };
    if ((limit.kind === 'relative' || held === 'baseline') && !found.image)
      return withoutBaseline(about, found);
    return (
      troubleWith(about, pulls, held === 'nothing' ? 'pull' : 'pull of a node that holds the baseline') ??
      (limit.kind === 'absolute'
        ? judgeAbsolute(about, pulls.seconds, limit.value)
        : judgeRelative(about, pulls, of('baseline'), limit))
    );
  });
}

/** The engine that the budget names, or each one that pulled the image; one unnamed where none did. */
function enginesOf(budget: Budget, platform: string, measurement: Measurement | undefined) {
  const engines = [...(measurement?.samples ?? []), ...(measurement?.faults ?? [])]
    .filter((pull) => pull.subject === 'image' && pull.platform === platform)
    .map((pull) => pull.engine)
    .filter((engine) => budget.selector.engine === undefined || budget.selector.engine === engine);
  return engines.length > 0 ? [...new Set(engines)].toSorted() : [undefined];
}

function pullsOf(
  metric: PullMetric,
  measurement: Measurement | undefined,
  kind: { subject: Subject; engine: EngineName | undefined; holds: Holds; platform: string },
): Pulls {
  const isOfKind = (pull: Sample | Fault): boolean =>
    pull.subject === kind.subject &&
    pull.engine === kind.engine &&
    pull.holds === kind.holds &&
    pull.platform === kind.platform;
  const samples = (measurement?.samples ?? []).filter(isOfKind).toSorted((a, b) => a.order - b.order);
  const faults = (measurement?.faults ?? []).filter(isOfKind);
  const ended = new Set(samples.map((sample) => sample.order));
  const broken = new Set(faults.map((fault) => fault.order).filter((order) => !ended.has(order)));
  const seconds = samples.map((sample) => metric.read(sample));
  return {
    samples,
    seconds,
    values: seconds.length > 0 ? { samples: seconds, value: median(seconds) } : { samples: [] },
    faults,
    lost: broken.size,
  };
}

/** Why pulls cannot be judged, if they cannot. A fault is never slowness: it fails no budget. */
function troubleWith(about: Case, { seconds, faults, lost }: Pulls, what: string): Judgement | undefined {
  const because = inSentence(faults.at(-1)?.message ?? '');
  if (seconds.length === 0) {
    return lost > 0
      ? decided(about, 'error', `no ${what} ended well: ${because}`)
      : undecided(about, { by: 'facts' }, `no ${what} was measured`);
  }
  if (lost === 0 || seconds.length >= enough) return undefined;
  const reason = `only ${seconds.length} of ${seconds.length + lost} pulls ended well: ${because}`;
  return undecided(about, { by: 'faults' }, reason);
}

/** Three states: surely within, surely beyond, or neither. */
function judgeAbsolute(about: Case, seconds: readonly number[], limit: number): Judgement {
  const held = { ...about, limit };
  const slowest = Math.max(...seconds);
  const fastest = Math.min(...seconds);
  const middle = median(seconds);
  const count = seconds.length;
  if (slowest <= limit) {
    const reason = `the slowest of ${count} took ${formatSeconds(slowest)}: ${distance(slowest, limit, 'seconds')}`;
    return decided(held, 'pass', reason);
  }
  if (fastest > limit) {
    const reason = `the fastest of ${count} took ${formatSeconds(fastest)}: ${distance(fastest, limit, 'seconds')}`;
    return decided(held, 'fail', reason);
  }
  const over = seconds.filter((value) => value > limit).length;
  const reason =
    `${over} of ${count} pulls took longer than ${formatSeconds(limit)}, ` +
    `the median is ${formatSeconds(middle)}`;
  return undecided(held, { by: 'samples', leaning: middle <= limit ? 'pass' : 'fail' }, reason);
}

/** Slower only if the shift passes the limit and chance is ruled out. */
function judgeRelative(about: Case, pulls: Pulls, baseline: Pulls, limit: Limit): Judgement {
  const base = median(baseline.seconds);
  const trouble = troubleWith(about, baseline, 'pull of the baseline');
  if (trouble) return trouble;
  const against = { ...about, baseline: base, baselineSamples: [...baseline.seconds] };
  const flags = [...pulls.samples, ...baseline.samples].flatMap((sample) => sample.flags);
  if (flags.includes('other-registry-than-baseline')) {
    const reason = 'image and baseline were pulled from different registries: their times do not compare';
    return undecided(against, { by: 'facts' }, reason);
  }
  const shift = wholeNanoseconds(hodgesLehmann(pulls.seconds, baseline.seconds));
  const p = mannWhitneyGreater(pulls.seconds, baseline.seconds);
  const most = limitValue(limit, 'seconds', base);
  const allowed = wholeNanoseconds(most - base);
  const held = { ...against, limit: most, shift, p };
  const slower = `${formatSeconds(Math.abs(shift))} ${shift < 0 ? 'faster' : 'slower'} than the baseline`;
  const reason = `${slower}, may be ${formatSeconds(allowed)} slower`;
  if (shift <= allowed) return decided(held, 'pass', reason);
  if (p <= significance) return decided(held, 'fail', `${reason}; p = ${digits(p)}`);
  const chance = `${reason}; ${pulls.seconds.length} and ${baseline.seconds.length} pulls leave p = ${digits(p)}`;
  return undecided(held, { by: 'samples', leaning: 'fail' }, `${chance}, so it may be chance`);
}

/** `0.05`, `0.0012` */
function digits(p: number): string {
  return String(Number(p.toPrecision(2)));
}
