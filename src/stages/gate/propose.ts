import type { Budget } from '../../facts/budget.ts';
import { imageBytes, imageUnpackedBytes } from '../../facts/delta.ts';
import type { ImageSetFacts } from '../../facts/image.ts';
import { median } from '../../facts/median.ts';
import type { Sample } from '../../facts/sample.ts';
import { formatBytes, formatSeconds } from '../../facts/units.ts';
import { formatBudget } from './notation.ts';

/** Room to grow: a tenth for what only changes with the image, a quarter for times, which vary by themselves. */
const room = { image: 1.1, time: 1.25 };

/**
 * Budgets that today's image meets with room to grow, each a line with a comment, for somebody to start from.
 * Of an index the largest platform counts. Times only with samples of the image.
 */
export function proposeBudgets(image: ImageSetFacts, samples: readonly Sample[] = []): string[] {
  const { platforms } = image;
  const largest = (values: readonly number[]): number => Math.max(0, ...values);
  const size = largest(platforms.map(imageBytes));
  const layers = largest(platforms.map((each) => each.layers.length));
  const layerSize = largest(platforms.flatMap((each) => each.layers.map((layer) => layer.bytes)));
  const unpacked = platforms.map(imageUnpackedBytes);
  const isUnpackedKnown = unpacked.every((bytes) => bytes !== undefined);
  const pulls = samples
    .filter((sample) => sample.subject === 'image' && sample.holds === 'nothing')
    .map((sample) => sample.pullSeconds);
  return inColumns([
    line('size', roundUp(size * room.image), `today ${formatBytes(size)}: what a fresh node downloads`),
    ...(isUnpackedKnown
      ? [line('unpacked', roundUp(largest(unpacked) * room.image), `today ${formatBytes(largest(unpacked))}`)]
      : []),
    line('layer-size', roundUp(layerSize * room.image), `today ${formatBytes(layerSize)} the largest layer`),
    line('layers', Math.ceil((layers * 11) / 10), `today ${layers}`),
    grows('size', 5, 10e6, 'fails only what grows by more than both'),
    line('delta', roundUp(size / 4), 'what a node downloads that has the last release', 'warn'),
    ...(pulls.length > 0
      ? [
          line(
            'pull-time',
            roundUp(largest(pulls) * room.time),
            `today ${formatSeconds(median(pulls))}, the median`,
          ),
          grows('pull-time', 10, 2, 'measured side by side on one machine'),
        ]
      : []),
  ]);
}

type Line = readonly [budget: string, comment: string];

function line(
  metric: Budget['metric'],
  value: number,
  comment: string,
  severity: Budget['severity'] = 'fail',
): Line {
  return [formatBudget({ severity, metric, selector: {}, limit: { kind: 'absolute', value } }), comment];
}

function grows(metric: Budget['metric'], percent: number, absolute: number, comment: string): Line {
  const limit = { kind: 'relative', percent, absolute } as const;
  return [formatBudget({ severity: 'fail', metric, selector: {}, limit }), comment];
}

function inColumns(lines: readonly Line[]): string[] {
  const width = Math.max(...lines.map(([text]) => text.length));
  return lines.map(([text, comment]) => `${text.padEnd(width)}  # ${comment}`);
}

/** Up to two digits: 5.951e9 becomes 6e9, 13.2 becomes 14. */
function roundUp(value: number): number {
  if (value <= 0) return 0;
  const exponent = Math.floor(Math.log10(value)) - 1;
  // A tenth more than 900 is 990.0000000000001: noise of doubles is not worth a step.
  const steps = (count: number): number => Math.ceil(Number(count.toPrecision(12)));
  // A negative power of ten is no double; its inverse is.
  return exponent < 0
    ? steps(value * 10 ** -exponent) / 10 ** -exponent
    : steps(value / 10 ** exponent) * 10 ** exponent;
}
