import type { Budget } from '../../facts/budget.ts';
import { imageBytes, imageUnpackedBytes } from '../../facts/delta.ts';
import type { ImageSetFacts } from '../../facts/image.ts';
import { formatBytes } from '../../facts/units.ts';
import { formatBudget } from './notation.ts';

/** Room to grow. */
const room = 1.1;

/**
 * Budgets that today's image meets with room to grow, each a line with a comment, for somebody to start from.
 * Of an index the largest platform counts.
 */
export function proposeBudgets({ platforms }: ImageSetFacts): string[] {
  const largest = (values: readonly number[]): number => Math.max(0, ...values);
  const size = largest(platforms.map(imageBytes));
  const layers = largest(platforms.map((each) => each.layers.length));
  const layerSize = largest(platforms.flatMap((each) => each.layers.map((layer) => layer.bytes)));
  const unpacked = platforms.map(imageUnpackedBytes);
  const isUnpackedKnown = unpacked.every((bytes) => bytes !== undefined);
  return inColumns([
    line('size', roundUp(size * room), `today ${formatBytes(size)}: what a fresh node downloads`),
    ...(isUnpackedKnown
      ? [line('unpacked', roundUp(largest(unpacked) * room), `today ${formatBytes(largest(unpacked))}`)]
      : []),
    line('layer-size', roundUp(layerSize * room), `today ${formatBytes(layerSize)} the largest layer`),
    line('layers', Math.ceil((layers * 11) / 10), `today ${layers}`),
    grows('size', 5, 10e6, 'fails only what grows by more than both'),
    line('delta', roundUp(size / 4), 'what a node downloads that has the last release', 'warn'),
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

/** Up to two digits: 5.951e9 becomes 6e9. */
function roundUp(bytes: number): number {
  if (bytes < 10) return Math.ceil(bytes);
  const step = 10 ** (Math.floor(Math.log10(bytes)) - 1);
  // A tenth more than 900 is 990.0000000000001: noise of doubles is not worth a step.
  return Math.ceil(Number((bytes / step).toPrecision(12))) * step;
}
