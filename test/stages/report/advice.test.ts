import { describe, expect, test } from 'vitest';
import type { Report } from '../../../src/facts/report.ts';
import type { Verdict } from '../../../src/facts/verdict.ts';
import { advice } from '../../../src/stages/report/advice.ts';
import { lineText } from '../../../src/stages/report/document.ts';
import {
  faultOf,
  gateOf,
  imageFacts,
  layerFacts,
  measurementOf,
  reportOf,
  sampleOf,
  setFacts,
  verdictOf,
} from './fixture.ts';

const said = (more: Partial<Report>) => advice(reportOf(more)).map(lineText);
const over = (text: string, value: number, more: Partial<Verdict> = {}) =>
  gateOf([verdictOf(text, { outcome: 'fail', value, ...more })]);
const small = (...sizes: number[]) =>
  setFacts('r.example/a:2', [
    imageFacts(sizes.map((bytes, n) => layerFacts(n + 1, bytes, bytes * 3, `RUN step ${n + 1}`))),
  ]);

describe('advice', () => {
  test('names the largest new layer and how much of it is too much', () => {
    expect(said({ gate: over('size <= 6.7 GB', 6_748_028_000) })).toEqual([
      'size <= 6.7 GB is 48.0 MB over: of what is new layer 5 (RUN uv pip install --system vllm==0.6.5, 752 MB) is the largest; 6.4 % off its 752 MB would do.',
    ]);
  });

  test('counts unpacked bytes for a budget on them', () => {
    expect(said({ gate: over('unpacked <= 15 GB', 15_141_000_000) })[0]).toContain(
      '6.6 % off its 2.14 GB unpacked',
    );
  });

  test('without a baseline it looks at all layers, and says when one is not enough', () => {
    const image = small(500_000_000, 300_000_000, 100_000_000);
    const gate = over('size <= 200 MB', 900_000_000);
    expect(said({ image, baseline: undefined, gate })).toEqual([
      'size <= 200 MB is 700 MB over: layer 1 (RUN step 1, 500 MB) is the largest, and the 2 largest together hold that much.',
    ]);
  });

  test('finds a changed layer below unchanged ones, even if every budget holds', () => {
    const [a, b, c] = [layerFacts(1, 30e6), layerFacts(2, 40e6, 9e7, 'COPY app /app'), layerFacts(3, 900e6)];
    const image = setFacts('r.example/a:2', [
      imageFacts([a, { ...b, digest: layerFacts(9, 0).digest, diffId: layerFacts(9, 0).diffId }, c]),
    ]);
    const baseline = setFacts('r.example/a:1', [imageFacts([a, b, c], 0x110)]);
    expect(said({ image, baseline })).toEqual([
      '1 unchanged layer (900 MB) stand above changed layer 2 (COPY app /app, 40.0 MB): move what changes to the top, and a node that holds the baseline downloads 40.0 MB instead of 940 MB.',
    ]);
  });

  test('splits a layer that is too large into as many parts as the limit asks for', () => {
    const gate = over('layer-size <= 2 GB', 4_620_000_000);
    expect(said({ gate })).toEqual([
      'layer 2 (RUN apt-get install -y cuda-libraries-12-4 libnccl2, 4.62 GB) is over 2.00 GB: in 3 steps its parts also download and unpack beside each other.',
    ]);
  });

  test('joins the lightest neighbours where there are too many layers', () => {
    const image = small(900_000, 10_000, 20_000, 5_000, 800_000);
    expect(said({ image, baseline: undefined, gate: over('layers <= 3', 5) })).toEqual([
      'layers <= 3 is 2 layers over: layers 2 to 4 are the lightest neighbours (35.0 kB); made by one step, they are one.',
    ]);
  });

  test.each([
    [
      'network',
      'the network bounds it (2 of 2 pulls): at its rate 30.0 s are enough for 3.37 GB of the 6.75 GB downloaded.',
    ],
    [
      'disk',
      'writing bounds it (2 of 2 pulls): 30.0 s are enough for 7.57 GB of the 15.1 GB in 128412 files.',
    ],
    [
      'cpu',
      'decompression bounds it (2 of 2 pulls): 6.75 GB of the layers are gzip; zstd layers take less of a processor.',
    ],
    ['balanced', 'no one resource bounds it: 6.75 GB come down and 15.1 GB are written in 128412 files.'],
  ] as const)('of a slow pull that the %s bounds it says what the limit allows', (bottleneck, what) => {
    const measurement = measurementOf([sampleOf(60, { bottleneck }), sampleOf(60, { bottleneck })]);
    const gate = over('pull-time <= 30 s', 60, { samples: [60, 60] });
    expect(said({ gate, measurement })).toEqual([`pull-time <= 30 s is 30.0 s over: ${what}`]);
  });

  test('of times on both sides of the limit it says how far they spread', () => {
    const gate = gateOf([
      verdictOf('pull-time <= 45 s', { outcome: 'inconclusive', value: 45.1, samples: [43.2, 45.1, 46] }),
    ]);
    expect(said({ gate })).toEqual([
      'pull-time <= 45 s is open: 3 samples from 43.2 s to 46.0 s around 45.0 s; a quieter runner, or more runs, would settle it.',
    ]);
  });

  test('of a difference that may be chance it says what would settle it', () => {
    const undecided = (samples: number[]) =>
      said({
        gate: gateOf([
          verdictOf('pull-time <= baseline + 1 s', { outcome: 'inconclusive', value: 5, samples, p: 0.2 }),
        ]),
      });
    expect(undecided([5, 5, 5])).toEqual([
      'pull-time <= baseline + 1 s is open: the difference may be chance; a quieter runner, or more runs, would settle it.',
    ]);
    expect(undecided([5, 5, 5, 5, 5, 5, 5])).toEqual([
      'pull-time <= baseline + 1 s is open: the difference may be chance; a quieter runner would settle it.',
    ]);
  });

  test('of a time that is open for another reason than its samples it asks for no runs', () => {
    const reason = 'image and baseline were pulled from different registries: their times do not compare';
    const verdict = verdictOf('pull-time <= baseline', {
      outcome: 'inconclusive',
      samples: [5, 5, 5],
      reason,
    });
    expect(said({ gate: gateOf([verdict]) })).toEqual([]);
  });

  test('of broken pulls it says that they tell nothing about the image', () => {
    const gate = gateOf([verdictOf('pull-time <= 45 s', { outcome: 'error' })]);
    const measurement = measurementOf([], [faultOf('http-503'), faultOf('http-503')]);
    expect(said({ gate, measurement })[0]).toContain('2 pulls broke (http-503)');
  });

  test('asks for an expired waiver to be renewed or removed', () => {
    const waiver = { budget: 'size', reason: 'move', until: '2026-01-31', owner: 'gpu-team' };
    const gate = gateOf([], { outcome: 'fail', waiverProblems: [{ waiver, problem: 'expired' }] });
    expect(said({ gate })[0]).toContain('The waiver for size ended on 2026-01-31');
  });

  test('where all holds it says which limit is closest', () => {
    const gate = gateOf([
      verdictOf('layers <= 60', { value: 6 }),
      verdictOf('size <= 7 GB', { value: 6_748_028_000 }),
      verdictOf('delta <= 5 GB', { limit: undefined }),
      // Passed by its shift, though the median is over.
      verdictOf('pull-time <= baseline', { value: 5.1, limit: 5 }),
    ]);
    expect(said({ gate })).toEqual(['Closest to its limit is size <= 7 GB: 252 MB left (3.6 %).']);
  });

  test('puts what fails the build before what only warns', () => {
    const gate = gateOf([
      verdictOf('warn: size <= 6 GB', { outcome: 'fail', value: 6.7e9 }),
      verdictOf('layers <= 5', { outcome: 'fail', value: 6 }),
    ]);
    expect(said({ gate }).map((line) => line.split(' is ')[0])).toEqual([
      'layers <= 5',
      'warn: size <= 6 GB',
    ]);
  });

  test('a waived excess is nobody’s task today', () => {
    const waiver = { budget: 'size', reason: 'move', until: '2026-06-30', owner: 'gpu-team' };
    expect(said({ gate: over('size <= 6 GB', 6.7e9, { waiver }) })).toEqual([]);
  });
});
