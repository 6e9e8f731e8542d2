import type { Metric, Selector, Unit } from '../../facts/budget.ts';
import { type Delta, imageBytes, imageUnpackedBytes } from '../../facts/delta.ts';
import type { ImageFacts } from '../../facts/image.ts';
import { instruction } from '../../facts/plain.ts';
import type { Sample } from '../../facts/sample.ts';

/** A value, and what it is of where that is not the image; or why there is none. */
export type Reading =
  | { readonly value: number; readonly of?: string }
  | { readonly value?: never; readonly unknown: string };

interface Common {
  readonly unit: Unit;
  /** What may stand in brackets behind it. */
  readonly selectors: readonly (keyof Selector)[];
}
export interface ImageMetric extends Common {
  readonly scope: 'image';
  read(image: ImageFacts): Reading;
}
/** Against the baseline by its nature. */
export interface DeltaMetric extends Common {
  readonly scope: 'delta';
  read(delta: Delta, selector: Selector): Reading;
}
/** Has samples instead of one value. In seconds. */
export interface PullMetric extends Common {
  readonly scope: 'pull';
  read(sample: Sample): number;
}
export type MetricDefinition = ImageMetric | DeltaMetric | PullMetric;

/** Everything that a budget can be about. */
export const metrics: Readonly<Record<Metric, MetricDefinition>> = {
  size: {
    scope: 'image',
    unit: 'bytes',
    selectors: ['platform'],
    read: (image) => ({ value: imageBytes(image) }),
  },
  unpacked: {
    scope: 'image',
    unit: 'bytes',
    selectors: ['platform'],
    read: (image) => known(imageUnpackedBytes(image), image.layers),
  },
  'layer-size': { scope: 'image', unit: 'bytes', selectors: ['platform'], read: largestLayer },
  layers: {
    scope: 'image',
    unit: 'count',
    selectors: ['platform'],
    read: (image) => ({ value: image.layers.length }),
  },
  delta: {
    scope: 'delta',
    unit: 'bytes',
    selectors: ['platform', 'reuse'],
    read: (delta, selector) => ({ value: delta[selector.reuse ?? 'chain'].bytes }),
  },
  'delta-unpacked': {
    scope: 'delta',
    unit: 'bytes',
    selectors: ['platform'],
    read: (delta) => known(delta.unpackedBytes),
  },
  'pull-time': {
    scope: 'pull',
    unit: 'seconds',
    selectors: ['platform', 'engine', 'holds'],
    read: (sample) => sample.pullSeconds,
  },
};

function known(value: number | undefined, layers?: ImageFacts['layers']): Reading {
  if (value !== undefined) return { value };
  const unread = layers?.filter((layer) => layer.unpackedBytes === undefined).length;
  const which = layers ? `${unread} of ${layers.length} layers` : 'a layer';
  return { unknown: `the unpacked size of ${which} is not known: it is once the image has been pulled` };
}

function largestLayer({ layers }: ImageFacts): Reading {
  const value = Math.max(0, ...layers.map((layer) => layer.bytes));
  const at = layers.findIndex((layer) => layer.bytes === value);
  const createdBy = layers[at]?.createdBy;
  const text = createdBy === undefined ? '' : instruction(createdBy, 72);
  return at < 0 ? { value } : { value, of: `layer ${at + 1} of ${layers.length}${text && ` (${text})`}` };
}
