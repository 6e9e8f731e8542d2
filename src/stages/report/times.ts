import { median } from '../../facts/median.ts';
import type { Report } from '../../facts/report.ts';
import type { Measurement, Sample } from '../../facts/sample.ts';
import { formatBytes, formatSeconds } from '../../facts/units.ts';
import { bounded, codeSpan, type Inline, type Line, type Section } from './document.ts';
import { counted } from './figures.ts';

/** Samples of one thing measured: they may be compared with each other and with nothing else. */
export interface Series {
  readonly title: string;
  readonly samples: readonly Sample[];
}

export function seriesOf(measurement: Measurement): Series[] {
  const platforms = new Set(measurement.samples.map((sample) => sample.platform));
  // The image first, then what it is compared with, then what answers another question.
  const rank = ({ subject, holds }: Sample) => (holds === 'nothing' ? 0 : 2) + (subject === 'image' ? 0 : 1);
  const samples = measurement.samples.toSorted((a, b) => rank(a) - rank(b));
  const groups = Map.groupBy(samples, (sample) =>
    [
      sample.subject,
      sample.engine,
      ...(sample.holds === 'nothing' ? [] : [`holds ${sample.holds}`]),
      ...(platforms.size > 1 ? [sample.platform] : []),
    ].join(', '),
  );
  return [...groups].map(([title, samples]) => ({ title, samples }));
}

/** The resource that bounded most of the pulls. */
export function bottleneckOf(samples: readonly Sample[]): { name: Sample['bottleneck']; count: number } {
  const counts = Object.entries(Object.groupBy(samples, (sample) => sample.bottleneck));
  const [name, those] = counts.toSorted(([, a], [, b]) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? [];
  return { name: (name ?? 'balanced') as Sample['bottleneck'], count: those?.length ?? 0 };
}

const flagWords: Record<Sample['flags'][number], string> = {
  'page-cache-not-dropped': 'not fully cold: the page cache could not be dropped',
  'other-registry-than-baseline': 'image and baseline came from different registries',
};

/** Every sample, its median, and what bounded it. */
export function timeSection(report: Report): Section[] {
  const { measurement } = report;
  if (measurement === undefined) return [];
  const series = seriesOf(measurement);
  const { shown, more } = bounded(series, 40, (rest) => [
    `${rest.length} more series of samples, in the report file.`,
  ]);
  return [
    {
      title: 'Pull times',
      ...(shown.length === 0
        ? {}
        : {
            table: {
              columns: [
                { title: 'Pull of', narrow: 'wrap' },
                { title: 'Samples', narrow: 'wrap' },
                { title: 'Median', align: 'right', narrow: 'wrap' },
                { title: 'Fetch', align: 'right', narrow: 'wrap' },
                { title: 'Unpack', align: 'right', narrow: 'wrap' },
                { title: 'Rate', align: 'right', narrow: 'wrap' },
                { title: 'Bottleneck', narrow: 'wrap' },
              ],
              rows: shown.map(seriesRow),
            },
          }),
      after: [
        ...more,
        ...overlapLines(series),
        ...flagLines(measurement),
        ...faultLines(measurement),
        hostLine(measurement),
      ],
    },
  ];
}

function seriesRow({ title, samples }: Series): Inline[] {
  const middle = (pick: (sample: Sample) => number) => median(samples.map(pick));
  const pull = middle((sample) => sample.pullSeconds);
  const { name, count } = bottleneckOf(samples);
  const { shown, more } = bounded(samples, 50, (rest) => [` and ${rest.length} more`]);
  return [
    codeSpan(title),
    shown.map((sample) => formatSeconds(sample.pullSeconds)).join(', ') + more.flat().join(''),
    formatSeconds(pull),
    formatSeconds(middle((sample) => sample.fetchSeconds)),
    formatSeconds(middle((sample) => sample.unpackSeconds)),
    pull > 0 ? `${formatBytes(middle((sample) => sample.downloadedBytes) / pull)}/s` : '–',
    count === samples.length ? name : `${name} (${count} of ${samples.length})`,
  ];
}

/** Two phases that together take longer than the whole puzzle whoever adds them up. */
function overlapLines(series: readonly Series[]): Line[] {
  const overlaps = series
    .flatMap(({ samples }) => samples)
    .some(({ pullSeconds, fetchSeconds, unpackSeconds }) => fetchSeconds + unpackSeconds > pullSeconds);
  return overlaps ? [['Fetch and unpack overlap: a layer is unpacked while others still come.']] : [];
}

function flagLines({ samples }: Measurement): Line[] {
  return Object.entries(flagWords).flatMap(([flag, words]) => {
    const count = samples.filter((sample) => sample.flags.some((one) => one === flag)).length;
    return count === 0 ? [] : [[`${counted(count, 'sample')} of ${samples.length}: ${words}.`]];
  });
}

function faultLines({ faults }: Measurement): Line[] {
  const codes = [...Map.groupBy(faults, (fault) => fault.code)];
  const { shown, more } = bounded(codes, 10, (rest) => [`${counted(rest.length, 'more kind')} of fault.`]);
  return [
    ...shown.map(
      ([code, those]): Line => [
        `${counted(those.length, 'pull')} broken by the world, not counted as samples: `,
        codeSpan(code),
        `, ${those[0]?.message ?? ''}`,
      ],
    ),
    ...more,
  ];
}

function hostLine({ host, seed }: Measurement): Line {
  return [
    'Measured on ',
    codeSpan(host.hostname),
    `: ${host.os}, ${host.cpuModel}, ${counted(host.cpus, 'core')}, ${formatBytes(host.memoryBytes)} memory, unpacked under `,
    codeSpan(host.scratch),
    `, order by seed ${seed}.`,
  ];
}
