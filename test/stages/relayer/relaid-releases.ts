/** Random releases of an image, re-laid one after the other, each with the one before as its baseline. */
import fc from 'fast-check';
import { hasCode } from '../../../src/content/error.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import type { Limits } from '../../../src/stages/relayer/plan.ts';
import { purging } from '../../../src/stages/relayer/purge.ts';
import { type RelaidImage, relayerImage } from '../../../src/stages/relayer/relayer-image.ts';
import type { RelayerOptions } from '../../../src/stages/relayer/relayer-platform.ts';
import type { ScanLayer } from '../../../src/stages/relayer/scan.ts';
import type { TimePolicy } from '../../../src/stages/relayer/times.ts';
import { compressLayer } from '../../../src/stages/soci/compress.ts';
import { stackSeries } from '../../content/rootfs/stack-series.ts';
import type { Stack } from '../../content/rootfs/stacks.ts';
import { copyOf, imageOfStack, type MemoryImage } from './memory-image.ts';

export interface Choices {
  readonly limits: Limits;
  readonly flattenBase: boolean;
  /** How many layers the image that is named as its base has; 0: none is named. */
  readonly baseLayers: number;
  readonly volatile: readonly string[];
  readonly pin: readonly string[];
  readonly times: TimePolicy;
  readonly verify: RelayerOptions['verify'];
  readonly compression: RelayerOptions['compression'];
  /** Whether the next release finds this one's plan. */
  readonly plan: 'kept' | 'lost';
}

export interface Release {
  readonly stack: Stack;
  readonly choices: Choices;
}

export interface RelaidRelease {
  readonly stack: Stack;
  /** With which it was re-laid in the end. */
  readonly choices: Choices;
  readonly input: MemoryImage;
  readonly baseline: MemoryImage | undefined;
  readonly image: MemoryImage;
  readonly facts: RelaidImage['facts'];
}

export interface Tools {
  readonly scan: ScanLayer;
  readonly scratch: string;
}

const limits: fc.Arbitrary<Limits> = fc
  .tuple(
    fc.constantFrom(1, 2, 3, 5, 8, 60),
    fc.array(fc.constantFrom(1, 300, 1000, 5000, 1e9), { minLength: 3, maxLength: 3 }),
    fc.constantFrom('chain', 'blobs'),
    fc.constantFrom(0, 0.05, 0.25, 2),
  )
  .map(([maxLayers, sizes, reuse, slack]) => {
    const [minLayerBytes = 0, targetLayerBytes = 0, maxLayerBytes = 0] = sizes.sort((a, b) => a - b);
    return { maxLayers, minLayerBytes, targetLayerBytes, maxLayerBytes, reuse, slack };
  });

const patterns = fc.subarray(['d/**', '**/*.py', 'usr/lib', '**/a', 'D/*', '**'], { maxLength: 2 });

const choices: fc.Arbitrary<Choices> = fc.record({
  limits,
  flattenBase: fc.constantFrom(false, false, true),
  baseLayers: fc.constantFrom(0, 0, 0, 1, 2),
  volatile: patterns,
  pin: patterns,
  times: fc.constantFrom<TimePolicy>(
    { kind: 'baseline' },
    { kind: 'baseline' },
    { kind: 'keep' },
    { kind: 'clamp', epoch: 1_600_000_000 },
    { kind: 'clamp', epoch: 1_650_000_000 },
  ),
  verify: fc.constantFrom('changed', 'changed', 'full'),
  compression: fc.constantFrom('gzip', 'gzip', 'keep', 'zstd'),
  plan: fc.constantFrom('kept', 'kept', 'kept', 'lost'),
});

/** One to three. Written out they tell all that is needed to make them again. */
export const releases: fc.Arbitrary<readonly Release[]> = fc
  .tuple(stackSeries, fc.array(choices, { minLength: 3, maxLength: 3 }))
  .map(([series, chosen]) =>
    series.map((stack, at) => ({ stack, choices: chosen[at % chosen.length] as Choices })),
  );

/** @throws what re-layering throws */
export async function relayReleases(all: readonly Release[], tools: Tools): Promise<RelaidRelease[]> {
  const relaid: RelaidRelease[] = [];
  for (const [at, { stack, choices }] of all.entries()) {
    const input = await imageOfStack(`release ${at}`, stack);
    relaid.push(await relayOnce({ stack, choices, input, baseline: relaid.at(-1)?.image }, tools));
  }
  return relaid;
}

/** Where the base alone has as many layers as may be, it is made flat. */
export async function relayOnce(
  release: Omit<RelaidRelease, 'image' | 'facts'>,
  tools: Tools,
): Promise<RelaidRelease> {
  const { choices } = release;
  const flat = { ...release, choices: { ...choices, flattenBase: true } };
  try {
    return await relay(release, tools);
  } catch (error) {
    if (choices.flattenBase || !hasCode(error, 'too-many-layers')) throw error;
    return relay(flat, tools);
  }
}

async function relay(
  release: Omit<RelaidRelease, 'image' | 'facts'>,
  { scan, scratch }: Tools,
): Promise<RelaidRelease> {
  const { stack, choices, input, baseline } = release;
  const { baseLayers, plan, ...options } = choices;
  const relaid = await relayerImage({
    image: input,
    platforms: [],
    baseline,
    base: baseLayers === 0 ? undefined : await imageOfStack('base', stack.slice(0, baseLayers)),
    options: {
      ...options,
      isPurged: purging([]),
      compress: (layer) => compressLayer({ ...layer, spanBytes: 64 * 1024 }),
    },
    scan,
    scratch,
    progress: silentProgress,
    signal: new AbortController().signal,
    notice: () => {},
  });
  try {
    return { ...release, image: await copyOf(`${input.name}, re-laid`, relaid, plan), facts: relaid.facts };
  } finally {
    await relaid.close();
  }
}

/** Releases for people. */
export function told(all: readonly Release[]): string {
  const lines = all.flatMap(({ stack, choices }, at) => [
    `release ${at}: ${JSON.stringify(choices)}`,
    ...stack.flatMap((rows, layer) => [
      `  layer ${layer}`,
      ...rows.map((row) => `    ${JSON.stringify({ ...row, path: shown(row.path) }, abbreviated)}`),
    ]),
  ]);
  return lines.join('\n');
}

function abbreviated(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > 100 ? `${value.slice(0, 20)}… (${value.length})` : value;
}

function shown(path: string | Buffer): string {
  return typeof path === 'string' ? path : `latin1:${path.toString('latin1')}`;
}
