import { describe, expect, it } from 'vitest';
import type { Span } from '../../../src/facts/sample.ts';
import { bottleneckOf, covered, type Observed } from '../../../src/stages/measure/bottleneck.ts';

const span = (phase: Span['phase'], startSeconds: number, endSeconds: number): Span => ({
  phase,
  startSeconds,
  endSeconds,
  bytes: 0,
});

/** A pull of ten seconds on four cores. */
const observed = (spans: Span[], rest: Partial<Observed> = {}): Observed => ({
  pullSeconds: 10,
  spans,
  waitingSeconds: 0,
  diskSeconds: 0,
  cpuSeconds: 4,
  cpus: 4,
  ...rest,
});

describe('the bottleneck of a pull', () => {
  it('is the network where most of the time bytes are waited for', () => {
    const spans = [span('fetch', 0, 9), span('unpack', 3, 5), span('unpack', 9, 10)];
    expect(bottleneckOf(observed(spans, { waitingSeconds: 8.5 }))).toBe('network');
  });

  it('is the processor where one fat layer is inflated by one thread of many', () => {
    const spans = [span('fetch', 0, 1), span('unpack', 1, 10)];
    expect(bottleneckOf(observed(spans, { waitingSeconds: 1 }))).toBe('cpu');
  });

  it('is the processor where all cores are busy, though bytes were waited for', () => {
    const spans = [span('fetch', 0, 8), span('unpack', 5, 10)];
    expect(bottleneckOf(observed(spans, { waitingSeconds: 7, cpuSeconds: 38 }))).toBe('cpu');
  });

  it('is the disk where unpacking waits for the file system', () => {
    const spans = [span('fetch', 0, 2), span('unpack', 1, 10)];
    expect(bottleneckOf(observed(spans, { waitingSeconds: 2, diskSeconds: 8 }))).toBe('disk');
  });

  it('is balanced where two are about as busy, and where nothing was done', () => {
    const spans = [span('fetch', 0, 9), span('unpack', 1, 10)];
    expect(bottleneckOf(observed(spans, { waitingSeconds: 9 }))).toBe('balanced');
    expect(bottleneckOf(observed([], { pullSeconds: 0, cpuSeconds: 0 }))).toBe('balanced');
  });
});

describe('time that spans cover', () => {
  it('counts what overlaps once and gaps not at all', () => {
    expect(
      covered([span('fetch', 4, 6), span('fetch', 0, 2), span('fetch', 1, 3), span('fetch', 1, 2)]),
    ).toBe(5);
    expect(covered([])).toBe(0);
  });
});
