import { median } from '../../facts/median.ts';
import type { Report } from '../../facts/report.ts';
import { formatBytes, formatSeconds, formatValue } from '../../facts/units.ts';
import type { Verdict } from '../../facts/verdict.ts';
import { codeSpan, type Line } from './document.ts';
import { counted, formatPercent, sum } from './figures.ts';
import { type Layer, layerName, type PlatformView, platformViews } from './layers.ts';
import { bottleneckOf } from './times.ts';
import { isWaived } from './verdicts.ts';

/** What somebody can do, as the numbers of this report have it: the most pressing first; [] if nothing is known. */
export function advice(report: Report): Line[] {
  const views = platformViews(report);
  // What fails the build comes before what only warns, whatever it is about.
  const lines = [
    ...rules.flatMap((rule) => rule(withoutWarnings(report), views)),
    ...rules.flatMap((rule) => rule(report, views)),
    ...closestLimit(report),
  ];
  const distinct = new Map(lines.map((line) => [JSON.stringify(line), line]));
  return [...distinct.values()];
}

type Rule = (report: Report, views: readonly PlatformView[]) => Line[];

const rules: readonly Rule[] = [
  brokenPulls,
  expiredWaivers,
  tooManyBytes,
  misplacedLayers,
  tooLargeLayer,
  tooManyLayers,
  tooSlow,
  openTimes,
];

function withoutWarnings(report: Report): Report {
  const { gate } = report;
  if (gate === undefined) return report;
  const verdicts = gate.verdicts.filter((verdict) => verdict.budget.severity === 'fail');
  return { ...report, gate: { ...gate, verdicts } };
}

/** The setting `runs` goes no further. */
const mostRuns = 7;

/** Verdicts that went over a limit. */
function exceeded(report: Report, ...metrics: readonly Verdict['budget']['metric'][]) {
  return (report.gate?.verdicts ?? [])
    .filter((one) => one.outcome === 'fail' && !isWaived(one) && metrics.includes(one.budget.metric))
    .flatMap((verdict) =>
      verdict.value !== undefined && verdict.limit !== undefined && verdict.value > verdict.limit
        ? [{ verdict, value: verdict.value, limit: verdict.limit, excess: verdict.value - verdict.limit }]
        : [],
    );
}

function brokenPulls(report: Report): Line[] {
  const broken = (report.gate?.verdicts ?? []).some((verdict) => verdict.outcome === 'error');
  const faults = report.measurement?.faults ?? [];
  if (!broken || faults.length === 0) return [];
  const codes = [...new Set(faults.map((fault) => fault.code))].slice(0, 3).join(', ');
  return [
    [
      `${counted(faults.length, 'pull')} broke (`,
      codeSpan(codes),
      ') before there were times to judge: that says nothing about the image; look at the registry and run the job again.',
    ],
  ];
}

function expiredWaivers(report: Report): Line[] {
  return (report.gate?.waiverProblems ?? [])
    .filter(({ problem }) => problem === 'expired')
    .map(({ waiver }) => [
      'The waiver for ',
      codeSpan(waiver.budget),
      ` ended on ${waiver.until}: remove it, or agree with `,
      codeSpan(waiver.owner),
      ' on a new date in the settings file.',
    ]);
}

/** Names the layers that hold the excess: of what is new if there is a baseline, else of all. */
function tooManyBytes(report: Report, views: readonly PlatformView[]): Line[] {
  return exceeded(report, 'size', 'unpacked', 'delta', 'delta-unpacked').flatMap(({ verdict, excess }) => {
    const view = views.find((one) => one.image.platform === verdict.platform);
    const unpacked = verdict.budget.metric.endsWith('unpacked');
    const weight = (layer: Layer) => (unpacked ? layer.unpackedBytes : layer.bytes) ?? 0;
    const fresh = view?.layers.filter((layer) => layer.state === 'new') ?? [];
    const pool = fresh.length > 0 ? fresh : (view?.layers ?? []);
    const largest = pool.toSorted((a, b) => weight(b) - weight(a));
    const [first] = largest;
    if (first === undefined || weight(first) === 0) return [];
    const over: Line = [
      codeSpan(verdict.budget.text),
      ` is ${formatBytes(excess)} over${views.length > 1 ? ` on ${verdict.platform}` : ''}: `,
    ];
    const named: Line = [
      ...over,
      ...(fresh.length > 0 ? ['of what is new '] : []),
      ...layerName(first),
      ' is the largest',
    ];
    if (weight(first) >= excess) {
      const of = `${formatBytes(weight(first))}${unpacked ? ' unpacked' : ''}`;
      return [[...named, `; ${formatPercent(excess, weight(first))} off its ${of} would do.`]];
    }
    const needed = neededLayers(largest.map(weight), excess);
    return [
      [
        ...named,
        needed === undefined
          ? '; even all together hold less than that.'
          : `, and the ${needed} largest together hold that much.`,
      ],
    ];
  });
}

/** How many of the weights, largest first, hold the excess. */
function neededLayers(weights: readonly number[], excess: number): number | undefined {
  let held = 0;
  const at = weights.findIndex((weight) => {
    held += weight;
    return held >= excess;
  });
  return at < 0 ? undefined : at + 1;
}

/** A small layer that changes below large ones that do not is the dearest mistake there is, and the cheapest to mend. */
function misplacedLayers(_report: Report, views: readonly PlatformView[]): Line[] {
  return views.flatMap(({ layers, delta }) => {
    const moved = layers.filter((layer) => layer.state === 'moved');
    const first = layers.find((layer) => layer.state === 'new');
    const bytes = sum(moved.map((layer) => layer.bytes));
    if (delta === undefined || first === undefined || bytes < 0.2 * delta.chain.bytes) return [];
    if (!moved.some((layer) => layer.position > first.position)) return [];
    return [
      [
        `${counted(moved.length, 'unchanged layer')} (${formatBytes(bytes)}) stand above changed `,
        ...layerName(first),
        `: move what changes to the top, and a node that holds the baseline downloads ${formatBytes(delta.chain.bytes - bytes)} instead of ${formatBytes(delta.chain.bytes)}.`,
      ],
    ];
  });
}

function tooLargeLayer(report: Report, views: readonly PlatformView[]): Line[] {
  return exceeded(report, 'layer-size').flatMap(({ verdict, value, limit }) => {
    const view = views.find((one) => one.image.platform === verdict.platform);
    const layer = view?.layers.find((one) => one.bytes === value);
    if (layer === undefined || limit === 0) return [];
    return [
      [
        ...layerName(layer),
        ` is over ${formatBytes(limit)}: in ${Math.ceil(value / limit)} steps its parts also download and unpack beside each other.`,
      ],
    ];
  });
}

/** Joining n+1 neighbours saves n layers: the lightest neighbours cost least when one of them changes. */
function tooManyLayers(report: Report, views: readonly PlatformView[]): Line[] {
  return exceeded(report, 'layers').flatMap(({ verdict, excess }) => {
    const layers = views.find((one) => one.image.platform === verdict.platform)?.layers ?? [];
    const width = excess + 1;
    if (layers.length < width) return [];
    const windows = layers.slice(0, layers.length - excess).map((_, start) => ({
      start,
      bytes: sum(layers.slice(start, start + width).map((layer) => layer.bytes)),
    }));
    const lightest = windows.toSorted((a, b) => a.bytes - b.bytes)[0];
    if (lightest === undefined) return [];
    return [
      [
        codeSpan(verdict.budget.text),
        ` is ${counted(excess, 'layer')} over: layers ${lightest.start + 1} ${excess === 1 ? 'and' : 'to'} ${lightest.start + width} are the lightest neighbours (${formatBytes(lightest.bytes)}); made by one step, they are one.`,
      ],
    ];
  });
}

/** What the bounding resource would have to carry less of. */
function tooSlow(report: Report, views: readonly PlatformView[]): Line[] {
  return exceeded(report, 'pull-time').flatMap(({ verdict, value, limit }) => {
    const { holds } = verdict.budget.selector;
    const samples = (report.measurement?.samples ?? []).filter(
      (sample) =>
        sample.subject === 'image' &&
        sample.platform === verdict.platform &&
        sample.engine === verdict.engine &&
        sample.holds === (holds ?? 'nothing'),
    );
    if (samples.length === 0 || value === 0) return [];
    const { name, count } = bottleneckOf(samples);
    const share = limit / value;
    const downloaded = median(samples.map((sample) => sample.downloadedBytes));
    const unpacked = median(samples.map((sample) => sample.unpackedBytes));
    const files = median(samples.map((sample) => sample.files));
    const bound: Record<typeof name, string> = {
      network: `the network bounds it (${count} of ${samples.length} pulls): at its rate ${formatSeconds(limit)} are enough for ${formatBytes(downloaded * share)} of the ${formatBytes(downloaded)} downloaded.`,
      disk: `writing bounds it (${count} of ${samples.length} pulls): ${formatSeconds(limit)} are enough for ${formatBytes(unpacked * share)} of the ${formatBytes(unpacked)} in ${files} files.`,
      cpu: `decompression bounds it (${count} of ${samples.length} pulls): ${gzipShare(views, verdict.platform)}`,
      balanced: `no one resource bounds it: ${formatBytes(downloaded)} come down and ${formatBytes(unpacked)} are written in ${files} files.`,
    };
    return [[codeSpan(verdict.budget.text), ` is ${formatSeconds(value - limit)} over: `, bound[name]]];
  });
}

function gzipShare(views: readonly PlatformView[], platform: string): string {
  const layers = views.find((view) => view.image.platform === platform)?.layers ?? [];
  const gzip = sum(layers.filter((layer) => /gzip$/.test(layer.mediaType)).map((layer) => layer.bytes));
  return gzip > 0
    ? `${formatBytes(gzip)} of the layers are gzip; zstd layers take less of a processor.`
    : 'fewer bytes to unpack, or more cores, would help.';
}

/** Times that do not decide, whatever the policy made of them. What is open for another reason has it in its verdict. */
function openTimes(report: Report): Line[] {
  return (report.gate?.verdicts ?? [])
    .filter(
      (verdict) => verdict.budget.metric === 'pull-time' && verdict.outcome !== 'pass' && !isWaived(verdict),
    )
    .flatMap(({ budget, outcome, samples, limit, p }): Line[] => {
      const [least, most] = [Math.min(...samples), Math.max(...samples)];
      const settle = samples.length < mostRuns ? 'a quieter runner, or more runs,' : 'a quieter runner';
      if (budget.limit.kind === 'absolute' && limit !== undefined && least <= limit && most > limit) {
        const spread = `${counted(samples.length, 'sample')} from ${formatSeconds(least)} to ${formatSeconds(most)} around ${formatSeconds(limit)}`;
        return [[codeSpan(budget.text), ` is open: ${spread}; ${settle} would settle it.`]];
      }
      return outcome === 'inconclusive' && p !== undefined
        ? [[codeSpan(budget.text), ` is open: the difference may be chance; ${settle} would settle it.`]]
        : [];
    });
}

/** Of a run in which all holds: which limit will be met first. */
function closestLimit(report: Report): Line[] {
  const verdicts = report.gate?.verdicts ?? [];
  if (verdicts.some((verdict) => verdict.outcome !== 'pass')) return [];
  const [closest] = verdicts
    .flatMap((verdict) =>
      // A median may be over a limit that the shift of all pairs is within: nothing is left of that one to tell.
      verdict.value === undefined || !verdict.limit || verdict.value > verdict.limit
        ? []
        : [{ verdict, limit: verdict.limit, left: verdict.limit - verdict.value }],
    )
    .toSorted((a, b) => a.left / a.limit - b.left / b.limit);
  if (closest === undefined) return [];
  const { verdict, limit, left } = closest;
  return [
    [
      'Closest to its limit is ',
      codeSpan(verdict.budget.text),
      `: ${formatValue[verdict.unit](left)} left (${formatPercent(left, limit)}).`,
    ],
  ];
}
