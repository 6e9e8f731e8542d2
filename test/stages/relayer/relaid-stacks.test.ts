/** Random layer stacks, re-laid by random plans: what a container sees stays the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLayer } from '../../../src/content/layer/read.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import { differences } from '../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import { tableOf } from '../../../src/content/rootfs/table-builder.ts';
import type { Tree } from '../../../src/content/rootfs/tree.ts';
import { treeDigest } from '../../../src/content/rootfs/tree-digest.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { compareImages } from '../../../src/stages/relayer/compare-images.ts';
import { layerScan, type ScanLayer } from '../../../src/stages/relayer/scan.ts';
import { scratch } from '../../content/store/sample-image.ts';
import type { MemoryImage } from './memory-image.ts';
import { type RelaidRelease, relayOnce, relayReleases, releases, told } from './relaid-releases.ts';

/** In this thread: what is to be shown is what is in layers, not how threads read them. */
const scan: ScanLayer = async (layer, open) => {
  const { subscribers, found } = layerScan(layer);
  const read = await readLayer(open(), layer, { ratioLimit: 10_000, subscribers });
  return { found: found(read), checkpoints: undefined };
};

/** What fails is made smaller for as long as that. */
const timeout = process.env.PULL_BUDGET_FULL ? 3_600_000 : 120_000;

test('images of random stacks, re-laid by random plans, are the same to containers', {
  timeout,
}, async () => {
  const tools = { scan, scratch: await scratch() };
  await fc.assert(
    fc.asyncProperty(releases, async (all) => {
      try {
        for (const relaid of await relayReleases(all, tools)) await checkRelease(relaid, tools);
      } catch (cause) {
        throw new Error(`${(cause as Error).message}\n${told(all)}`, { cause });
      }
    }),
    {
      numRuns: process.env.PULL_BUDGET_FULL ? 2000 : 100,
      interruptAfterTimeLimit: timeout - 30_000,
      markInterruptAsFailure: true,
    },
  );
});

async function checkRelease(release: RelaidRelease, tools: Tools): Promise<void> {
  const { input, image, facts, choices } = release;
  const [before, after] = [await treeOf(input), await treeOf(image)];
  expect(treeDigest(after, { mtime: 'ignored' })).toBe(treeDigest(before, { mtime: 'ignored' }));
  expect(facts.map(({ tree }) => tree)).toEqual([treeDigest(before, { mtime: 'ignored' })]);
  const { times } = choices;
  const comparison = await compareImages({
    a: input,
    b: image,
    policy: { mtime: times.kind === 'keep' ? 'compared' : 'ignored' },
    names: { a: 'the image', b: 'the re-laid one' },
    most: 10,
    ...tools,
    progress: silentProgress,
    signal: new AbortController().signal,
  });
  expect(comparison).toMatchObject({ count: 0, lines: [] });
  expect(
    timesThatNobodyWants(release, before, after, release.baseline && (await treeOf(release.baseline))),
  ).toEqual([]);
  expectSoundLayers(release);
  expect((await relayOnce(release, tools)).image.descriptor.digest).toBe(image.descriptor.digest);
}

type Tools = { readonly scan: ScanLayer; readonly scratch: string };

async function treeOf({
  layers,
  source,
}: {
  layers: MemoryImage['layers'];
  source: ImageSource;
}): Promise<Tree> {
  const tables = [];
  for (const layer of layers) {
    const { found } = await scan(
      layer,
      () => source.readBlob(layer.descriptor),
      '',
      new AbortController().signal,
    );
    tables.push(tableOf(found.columns));
  }
  return mergeLayers(tables, (at) => `layer ${at}`);
}

/** Paths with mtimes other than the policy's. Directories that no layer names may have any. */
function timesThatNobodyWants(
  { choices: { times }, facts }: RelaidRelease,
  before: Tree,
  after: Tree,
  baseline: Tree | undefined,
): string[] {
  const changed = new Set<number>();
  if (baseline) for (const { a } of differences(before, baseline, { mtime: 'ignored' })) changed.add(a ?? -1);
  const baseLayers = facts[0]?.layers.filter(({ origin }) => origin === 'base').length ?? 0;
  const wanted = (node: number): (number | undefined)[] => {
    const own = before.mtime(node);
    if (own === undefined || times.kind === 'keep' || before.layer(node) < baseLayers) return [own];
    if (times.kind === 'clamp') return [Math.min(own, times.epoch)];
    const twin = changed.has(node) ? undefined : baseline?.find(before.path(node));
    return [own, twin === undefined ? undefined : baseline?.mtime(twin)];
  };
  return Array.from({ length: before.size }, (_, node) => node)
    .filter((node) => before.mtime(node) !== undefined)
    .filter((node) => !wanted(node).includes(after.mtime(after.find(before.path(node)) ?? -1)))
    .map(
      (node) =>
        `${before.path(node)}: ${wanted(node)}, not ${after.mtime(after.find(before.path(node)) ?? -1)}`,
    );
}

/** What is carried over lies where it lay; there are as many layers as may be; the config tells of all. */
function expectSoundLayers({ image, input, baseline, facts, choices }: RelaidRelease): void {
  const layers = facts[0]?.layers ?? [];
  const of = (origin: string) => layers.filter((layer) => layer.origin === origin).length;
  const carried = of('base') + of('baseline');
  expect(layers.map(({ origin }) => origin)).toEqual([
    ...Array<string>(of('base')).fill('base'),
    ...Array<string>(of('baseline')).fill('baseline'),
    ...Array<string>(of('new')).fill('new'),
  ]);
  expect(layers.length).toBeLessThanOrEqual(Math.max(choices.limits.maxLayers, carried));
  const held = baseline?.manifest.layers.map(({ digest }) => digest) ?? [];
  const digests = image.manifest.layers.map(({ digest }) => digest);
  const taken = digests.slice(of('base'), carried);
  if (choices.limits.reuse === 'chain' && taken.length > 0) {
    expect(digests.slice(0, carried)).toEqual(held.slice(0, carried));
  }
  expect(held.filter((digest) => taken.includes(digest))).toEqual(taken);
  expect(image.manifest.layers.slice(0, of('base'))).toEqual(input.manifest.layers.slice(0, of('base')));
  expect(image.config.diffIds).toEqual(layers.map(({ diffId }) => diffId));
  expect(digests).toEqual(layers.map(({ digest }) => digest));
  const { history } = JSON.parse(Buffer.from(image.config.raw).toString()) as {
    history: { empty_layer?: true }[];
  };
  expect(history.filter((entry) => !entry.empty_layer)).toHaveLength(layers.length);
}
