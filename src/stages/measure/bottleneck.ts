import type { Sample, Span } from '../../facts/sample.ts';

export type Bottleneck = Sample['bottleneck'];

/** What a pull was seen to do. All in seconds. */
export interface Observed {
  readonly pullSeconds: number;
  readonly spans: readonly Span[];
  /** Of the fetch spans, together: spent waiting for bytes. */
  readonly waitingSeconds: number;
  /** Of the unpack spans, together: spent waiting in calls to the file system. */
  readonly diskSeconds: number;
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  readonly cpus: number;
}

/** How far ahead of the next one a resource must be to be called the bottleneck. */
const margin = 0.15;

/**
 * Each resource's share of the pull is how much of it the resource was busy, from 0 to 1:
 * - network: time in which something was fetched, by the part of it that was spent waiting for bytes;
 * - disk: time in which something was unpacked, by the part of it that was spent waiting for the file system;
 * - cpu: the rest of the time in which something was unpacked, for one layer cannot use more than its threads;
 *   or processor time over all cores, whichever is more.
 * The largest share is the bottleneck, unless another one is about as large.
 */
export function bottleneckOf(observed: Observed): Bottleneck {
  if (observed.pullSeconds <= 0) return 'balanced';
  const spansOf = (phase: Span['phase']) => observed.spans.filter((span) => span.phase === phase);
  const [fetching, unpacking] = [spansOf('fetch'), spansOf('unpack')];
  const waiting = ratio(observed.waitingSeconds, total(fetching));
  const blocked = ratio(observed.diskSeconds, total(unpacking));
  const unpackShare = covered(unpacking) / observed.pullSeconds;
  const shares: [Bottleneck, number][] = [
    ['network', (covered(fetching) / observed.pullSeconds) * waiting],
    ['disk', unpackShare * blocked],
    [
      'cpu',
      Math.max(unpackShare * (1 - blocked), ratio(observed.cpuSeconds, observed.pullSeconds * observed.cpus)),
    ],
  ];
  const [first, second] = shares.toSorted(([, a], [, b]) => b - a) as [
    (typeof shares)[0],
    (typeof shares)[0],
  ];
  return first[1] - second[1] < margin ? 'balanced' : first[0];
}

function total(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.endSeconds - span.startSeconds, 0);
}

/** Seconds in which at least one of the spans was under way. */
export function covered(spans: readonly Span[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { startSeconds, endSeconds } of spans.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    sum += Math.max(0, endSeconds - Math.max(startSeconds, until));
    until = Math.max(until, endSeconds);
  }
  return sum;
}

const ratio = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);
