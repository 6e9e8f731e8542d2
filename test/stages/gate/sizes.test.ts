import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../src/facts/units.ts';
import { gate, imageOf, imageSet, layer, platformImage, verdictOf } from './facts.ts';

const baseline = (...bytes: number[]) => ({ baseline: imageOf(...bytes) });

describe('a budget of the image', () => {
  it.each([
    ['size <= 100 B', imageOf(60, 39), 'pass', 99],
    ['size <= 100 B', imageOf(60, 40), 'pass', 100],
    ['size <= 100 B', imageOf(60, 41), 'fail', 101],
    ['layer-size <= 60 B', imageOf(60, 41), 'pass', 60],
    ['layer-size <= 59 B', imageOf(60, 41), 'fail', 60],
    ['layers <= 2', imageOf(1, 2), 'pass', 2],
    ['layers <= 1', imageOf(1, 2), 'fail', 2],
    ['layers <= 0', imageOf(), 'pass', 0],
    ['layer-size <= 0 B', imageOf(), 'pass', 0],
  ] as const)('%s: what meets the limit passes (%#)', (budget, image, outcome, value) => {
    const limit = Number(/<= (\d+)/.exec(budget)?.[1]);
    expect(verdictOf(budget, { image })).toMatchObject({
      outcome,
      value,
      limit,
      platform: 'linux/amd64',
      samples: [],
    });
  });

  it('says by how much the limit is missed or met', () => {
    const image = imageOf(6_320_000_000);
    expect(verdictOf('size <= 6 GB', { image }).reason).toBe('6.32 GB: 320 MB over 6.00 GB');
    expect(verdictOf('size <= 7 GB', { image }).reason).toBe('6.32 GB: 680 MB under 7.00 GB');
    expect(verdictOf('size <= 6.32 GB', { image }).reason).toBe('6.32 GB: exactly 6.32 GB');
    expect(verdictOf('layers <= 3', { image: imageOf(1, 2, 3, 4, 5) }).reason).toBe('5: 2 over 3');
  });

  it('names the largest layer and what made it, without what is not text in it', () => {
    const layers = [
      layer(1),
      layer(9, { createdBy: 'RUN /bin/sh -c pip install\u001b[2J\n torch # buildkit' }),
      layer(2),
    ];
    const { reason } = verdictOf('layer-size <= 5 B', { image: imageSet(platformImage(layers)) });
    expect(reason).toBe('layer 2 of 3 (RUN pip install torch) is 9 B: 4 B over 5 B');
    const nameless = verdictOf('layer-size <= 5 B', { image: imageOf(9, 1) }).reason;
    expect(nameless).toBe('layer 1 of 2 is 9 B: 4 B over 5 B');
  });

  it('counts a blob that stands in the image twice once', () => {
    const image = imageSet(platformImage([layer(50), layer(50)]));
    expect(verdictOf('size <= 50 B', { image })).toMatchObject({ outcome: 'pass', value: 50 });
  });

  it('is inconclusive on what nobody has unpacked, and judged once it is known', () => {
    const read = layer(10, { unpackedBytes: 30 });
    const image = imageSet(platformImage([read, layer(20)]));
    expect(verdictOf('unpacked <= 1 GB', { image })).toMatchObject({
      outcome: 'inconclusive',
      reason: 'the unpacked size of 1 of 2 layers is not known: it is once the image has been pulled',
    });
    expect(verdictOf('unpacked <= 1 GB', { image })).not.toHaveProperty('value');
    const known = imageSet(platformImage([read, layer(20, { unpackedBytes: 70 })]));
    expect(verdictOf('unpacked <= 100 B', { image: known })).toMatchObject({ outcome: 'pass', value: 100 });
    expect(verdictOf('unpacked <= 99 B', { image: known }).outcome).toBe('fail');
  });
});

describe('a budget against the baseline', () => {
  it.each([
    // growth: 200 on 1000
    ['size <= baseline', 1000, 1000, 'pass', 1000],
    ['size <= baseline', 1000, 1001, 'fail', 1000],
    ['size <= baseline + 20%', 1000, 1200, 'pass', 1200],
    ['size <= baseline + 20%', 1000, 1201, 'fail', 1200],
    ['size <= baseline + 200 B', 1000, 1200, 'pass', 1200],
    ['size <= baseline + 200 B', 1000, 1201, 'fail', 1200],
    // Passes one threshold, not the other.
    ['size <= baseline + 20% and 300 B', 1000, 1250, 'pass', 1300],
    ['size <= baseline + 30% and 200 B', 1000, 1250, 'pass', 1300],
    ['size <= baseline + 30% and 200 B', 1000, 1300, 'pass', 1300],
    ['size <= baseline + 30% and 200 B', 1000, 1301, 'fail', 1300],
    // 15 % of 110 is 16.5, and bytes are whole.
    ['size <= baseline + 15%', 110, 126, 'pass', 126],
    ['size <= baseline + 15%', 110, 127, 'fail', 126],
    // 1.15 * 100 is 114.99999999999999 in doubles.
    ['size <= baseline + 1.15%', 10_000, 10_115, 'pass', 10_115],
    ['size <= baseline + 115%', 100, 215, 'pass', 215],
    ['size <= baseline + 10%', 0, 1, 'fail', 0],
    ['size <= baseline + 10%', 1000, 10, 'pass', 1100],
  ] as const)('%s of %d: %d is a %s', (budget, before, now, outcome, limit) => {
    const verdict = verdictOf(budget, { image: imageOf(now), ...baseline(before) });
    expect(verdict).toMatchObject({ outcome, limit, value: now, baseline: before });
  });

  it.each([
    ['layers <= baseline + 1', [1, 2], [1, 2, 3], 'pass'],
    ['layers <= baseline + 1', [1, 2], [1, 2, 3, 4], 'fail'],
    ['layers <= baseline + 50%', [1, 2, 3], [1, 2, 3, 4], 'pass'],
    ['layers <= baseline + 50%', [1, 2, 3], [1, 2, 3, 4, 5], 'fail'],
    ['layer-size <= baseline + 10%', [100, 7], [110], 'pass'],
    ['layer-size <= baseline + 10%', [100, 7], [111], 'fail'],
  ] as const)('%s of %j: %j is a %s', (budget, before, now, outcome) => {
    expect(verdictOf(budget, { image: imageOf(...now), ...baseline(...before) }).outcome).toBe(outcome);
  });

  it('says how much the image grew or shrank', () => {
    const against = (now: number) =>
      verdictOf('size <= baseline + 5%', { image: imageOf(now), ...baseline(5e9) }).reason;
    expect(against(5.4e9)).toBe('5.40 GB, grew by 400 MB (8.0 %): 150 MB over 5.25 GB');
    expect(against(4e9)).toBe('4.00 GB, shrank by 1.00 GB (20.0 %): 1.25 GB under 5.25 GB');
    expect(against(5e9)).toBe('5.00 GB, as the baseline: 250 MB under 5.25 GB');
  });

  it('passes a first image, and says so', () => {
    const verdict = verdictOf('size <= baseline + 5%', {
      baselineMissing: 'ghcr.io/acme/serve:latest is not there',
    });
    expect(verdict).toMatchObject({
      outcome: 'pass',
      value: 100,
      reason: 'no baseline: ghcr.io/acme/serve:latest is not there',
    });
    expect(verdict).not.toHaveProperty('limit');
  });

  it('passes the first image of a platform that the baseline does not have', () => {
    const image = imageSet(platformImage([layer(1)]), platformImage([layer(2)], 'linux/arm64'));
    const { verdicts } = gate('size <= baseline', { image, ...baseline(1) });
    expect(verdicts).toMatchObject([
      { platform: 'linux/amd64', outcome: 'pass', baseline: 1 },
      {
        platform: 'linux/arm64',
        outcome: 'pass',
        reason: 'no baseline: ghcr.io/acme/serve:main has no linux/arm64',
      },
    ]);
  });

  it('is inconclusive where no baseline was named, and says what to set', () => {
    for (const budget of [
      'size <= baseline',
      'delta <= 1 GB',
      'pull-time <= baseline',
      'pull-time[holds=baseline] <= 1 s',
    ]) {
      expect(verdictOf(budget)).toMatchObject({
        outcome: 'inconclusive',
        reason: 'no baseline was named to hold it against: set `baseline`',
      });
    }
  });

  it('is inconclusive while the unpacked size of the baseline is not known', () => {
    const image = imageSet(platformImage([layer(10, { unpackedBytes: 30 })]));
    expect(verdictOf('unpacked <= baseline', { image, ...baseline(10) })).toMatchObject({
      outcome: 'inconclusive',
      value: 30,
      reason: expect.stringContaining('of the baseline, the unpacked size of 1 of 1 layers is not known'),
    });
  });
});

describe('a budget of the delta', () => {
  const before = imageOf(100, 200, 400);
  // The second layer changed; the third is the old one, upon another chain.
  const image = imageOf(100, 300, 400);

  it.each([
    ['delta <= 700 B', 'pass', 700],
    ['delta <= 699 B', 'fail', 700],
    ['delta[chain] <= 699 B', 'fail', 700],
    ['delta[blobs] <= 300 B', 'pass', 300],
    ['delta[blobs] <= 299 B', 'fail', 300],
  ])('%s is a %s', (budget, outcome, value) => {
    expect(verdictOf(budget, { image, baseline: before })).toMatchObject({ outcome, value, unit: 'bytes' });
  });

  it('knows what is unpacked once the layers above the shared ones were read', () => {
    const of = (...layers: [content: number, unpacked?: number][]) =>
      imageSet(
        platformImage(
          layers.map(([bytes, unpackedBytes]) =>
            layer(bytes, unpackedBytes === undefined ? {} : { unpackedBytes }),
          ),
        ),
      );
    const unread = verdictOf('delta-unpacked <= 1 GB', { image: of([1], [2]), baseline: of([1]) });
    expect(unread).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('a layer is not known'),
    });
    const read = of([1], [2, 500]);
    expect(verdictOf('delta-unpacked <= 500 B', { image: read, baseline: of([1]) }).outcome).toBe('pass');
    expect(verdictOf('delta-unpacked <= 499 B', { image: read, baseline: of([1]) }).outcome).toBe('fail');
  });

  it('passes where the baseline is not there, whatever a delta against nothing would be', () => {
    const verdict = verdictOf('delta <= 1 B', { image, baselineMissing: 'gone' });
    expect(verdict).toMatchObject({ outcome: 'pass', reason: 'no baseline: gone' });
  });

  it('is inconclusive where nobody worked it out', () => {
    expect(verdictOf('delta <= 1 GB', { image, baseline: before, deltas: [] })).toMatchObject({
      outcome: 'inconclusive',
      reason: 'what linux/amd64 shares with the baseline is not known',
    });
  });
});

describe('an index', () => {
  const index = imageSet(
    platformImage([layer(100)]),
    platformImage([layer(150)], 'linux/arm64'),
    platformImage([layer(50)], 'linux/arm/v7'),
  );

  it('is judged platform by platform', () => {
    const { outcome, verdicts } = gate('size <= 100 B', { image: index });
    expect(verdicts.map(({ platform, outcome }) => [platform, outcome])).toEqual([
      ['linux/amd64', 'pass'],
      ['linux/arm64', 'fail'],
      ['linux/arm/v7', 'pass'],
    ]);
    expect(outcome).toBe('fail');
  });

  it.each(['linux/arm64', 'linux/arm64/v8', 'linux/aarch64'])(
    'is judged on %s alone if that is named',
    (platform) => {
      expect(verdictOf(`size[${platform}] <= 150 B`, { image: index })).toMatchObject({
        platform: 'linux/arm64',
        value: 150,
      });
    },
  );

  it('finds a platform without a variant in the one with the default variant', () => {
    expect(verdictOf('size[linux/arm] <= 50 B', { image: index }).platform).toBe('linux/arm/v7');
    const verbose = imageSet(platformImage([layer(7)], 'linux/arm64/v8'));
    expect(verdictOf('size[linux/arm64] <= 7 B', { image: verbose }).outcome).toBe('pass');
  });

  it('is an error for a platform that it does not have, which says those it has', () => {
    const result = gate('size[linux/riscv64] <= 1 GB', { image: index });
    expect(result.outcome).toBe('error');
    expect(result.verdicts).toMatchObject([
      {
        outcome: 'error',
        platform: 'linux/riscv64',
        reason: 'the image has no linux/riscv64; it has linux/amd64, linux/arm64, linux/arm/v7',
      },
    ]);
  });

  it('is an error if it holds no image at all: nothing was judged', () => {
    expect(gate('size <= 1 GB', { image: imageSet() })).toMatchObject({
      outcome: 'error',
      verdicts: [{ reason: 'the image has no platform at all' }],
    });
  });
});

describe('reasons', () => {
  it('hold no control characters, whatever names and platforms an image gives itself', () => {
    const evil = 'linux/\u001b[31mevil\r\n::error::x\u202e';
    const image = imageSet(platformImage([layer(1, { createdBy: `${evil}\0` })], evil));
    const reasons = [
      gate('size <= baseline\nlayer-size <= 1 B\ndelta <= 1 B\npull-time <= 1 s\nsize[linux/amd64] <= 1 B', {
        image,
        ...baseline(1),
      }),
      gate('size <= baseline', { image, baselineMissing: evil }),
    ].flatMap(({ verdicts }) => verdicts.map(({ reason }) => reason));
    expect(reasons).toHaveLength(6);
    for (const reason of reasons) expect(reason).not.toMatch(/\p{C}/u);
  });

  it('give a size as everywhere else', () => {
    expect(verdictOf('size <= 1 GB', { image: imageOf(123_456_789) }).reason).toContain(
      formatBytes(123_456_789),
    );
  });
});
