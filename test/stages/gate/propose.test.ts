import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBudgets } from '../../../src/stages/gate/budgets.ts';
import { proposeBudgets } from '../../../src/stages/gate/propose.ts';
import { gate, imageSet, layer, platformImage } from './facts.ts';

describe('proposeBudgets', () => {
  it('rounds up what the image costs today, a comment behind each', () => {
    const layers = [
      layer(5_000_000_000, { unpackedBytes: 12e9 }),
      layer(410_000_000, { unpackedBytes: 1e9 }),
    ];
    expect(proposeBudgets(imageSet(platformImage(layers)))).toEqual(
      [
        'size <= 6 GB                            # today 5.41 GB: what a fresh node downloads',
        'unpacked <= 15 GB                       # today 13.0 GB',
        'layer-size <= 5.5 GB                    # today 5.00 GB the largest layer',
        'layers <= 3                             # today 2',
        'size <= baseline + 5% and 10 MB         # fails only what grows by more than both',
        'warn: delta <= 1.4 GB                   # what a node downloads that has the last release',
      ].map((line) =>
        line.replace(/^(.*?) *( {2}#.*)$/, (_, text, comment) => `${text.padEnd(31)}${comment}`),
      ),
    );
  });

  it('takes the largest platform of an index, and no unpacked size that is known only in part', () => {
    const image = imageSet(
      platformImage([layer(100, { unpackedBytes: 7 })]),
      platformImage([layer(900), layer(800)], 'linux/arm64'),
    );
    const text = proposeBudgets(image).join('\n');
    expect(text).toMatch(/^size <= 1\.9 kB /m);
    expect(text).toMatch(/^layer-size <= 990 B /m);
    expect(text).not.toContain('unpacked');
    expect(text).not.toContain('pull-time');
  });

  it('proposes what parses, and what the image passes today, as its own baseline too', () => {
    const bytes = fc.oneof(fc.nat(2000), fc.nat(2 ** 31), fc.integer({ min: 1e9, max: 5e10 }));
    const layers = fc.array(bytes, { maxLength: 70 });
    fc.assert(
      fc.property(layers, fc.boolean(), (sizes, isRead) => {
        const image = imageSet(
          platformImage(sizes.map((size) => layer(size, isRead ? { unpackedBytes: size * 3 } : {}))),
        );
        const text = proposeBudgets(image).join('\n');
        expect(parseBudgets(text).length).toBeGreaterThanOrEqual(6 - (isRead ? 0 : 1));
        const outcome = (more: object) => gate(text, { image, ...more }).outcome;
        expect(outcome({ baselineMissing: 'none yet' })).toBe('pass');
        expect(outcome({ baseline: image })).toBe('pass');
      }),
    );
  });
});
