/**
 * 30 further releases of made images under both rules, without a byte of content: does what a node downloads stay near
 * what changed, and what a fresh node downloads near the image?
 *
 *   node bench/series/simulate.ts [histories=20] [releases=30] [seed=1]
 */
import { createHash } from 'node:crypto';
import { mergeLayers } from '../../src/content/rootfs/merge.ts';
import type { Tree } from '../../src/content/rootfs/tree.ts';
import type { Owner, Owners } from '../../src/stages/relayer/owners.ts';
import { type LayerPlan, type Limits, planLayers, type StackLayer } from '../../src/stages/relayer/plan.ts';
import {
  type Entry,
  layerOf,
  tableOfEntries,
  tableOfPlanned,
} from '../../test/stages/relayer/record-table.ts';
import { type Group, type MadeFile, makeWorld, nextWorld, randomOf, type World } from './made-world.ts';

const MB = 1e6;

/** What a file takes in a layer; the planner's estimate is a few percent off. */
const packedBytes = (file: MadeFile): number => file.bytes * file.ratio;
const headerBytes = 80;

interface Release {
  readonly tree: Tree;
  readonly owners: Owners;
  readonly base: StackLayer;
  /** By path. */
  readonly files: ReadonlyMap<string, MadeFile>;
  /** As it was built, the base and one layer. */
  readonly plainBytes: number;
}

function releaseOf(world: World, base: StackLayer): Release {
  const [above, all] = [filesOf(world.groups), filesOf([...world.base, ...world.groups])];
  const table = tableOfEntries(entriesOf([...above.values()]));
  const tree = mergeLayers([base.table, table], (layer) => `layer ${layer}`);
  const groups = [...world.base, ...world.groups];
  const owners = groups.map(
    (group): Owner => ({ name: group.name, version: `1.${group.version}`, class: group.class }),
  );
  const ownerOf = new Map(
    groups.flatMap((group, index) => group.files.map(({ path }) => [path, index] as const)),
  );
  const of = new Uint32Array(tree.size);
  for (let node = 0; node < tree.size; node++) of[node] = ownerOf.get(tree.path(node).toString()) ?? 0;
  const plainBytes = base.bytes + 200 + bytesOfFiles([...above.values()]);
  return { tree, owners: { owners, of }, base, files: all, plainBytes };
}

const filesOf = (groups: readonly Group[]) =>
  new Map(groups.flatMap(({ files }) => files.map((file) => [file.path, file] as const)));

const bytesOfFiles = (files: readonly MadeFile[]): number =>
  files.reduce((total, file) => total + packedBytes(file) + headerBytes, 0);

function entriesOf(files: readonly MadeFile[]): Entry[] {
  const directories = new Set<string>();
  for (const { path } of files) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      directories.add(path.slice(0, at));
  }
  const entries = [...directories].map((path): Entry => ({ path: Buffer.from(path), kind: 'directory' }));
  for (const { path, bytes, content } of files) {
    entries.push({ path: Buffer.from(path), kind: 'file', bytes, digest: contentDigest(content) });
  }
  return entries.sort((a, b) => Buffer.compare(a.path, b.path));
}

const contentDigest = (content: number): Buffer => createHash('sha256').update(String(content)).digest();

export interface ReleaseFigures {
  readonly delta: number;
  readonly lowerBound: number;
  readonly fresh: number;
  readonly plain: number;
  readonly dead: number;
  readonly layers: number;
  readonly compacts: boolean;
}

/** One history: the first release is planned without a baseline, each further one on the one before. */
export function simulate(seed: number, releases: number, limits: Limits, scale = 1): ReleaseFigures[] {
  const random = randomOf(seed);
  let world = makeWorld(random, scale);
  const baseFiles = [...filesOf(world.base).values()];
  const base = layerOf(tableOfEntries(entriesOf(baseFiles)), bytesOfFiles(baseFiles));
  let stack: StackLayer[] | undefined;
  let before: Release | undefined;
  const figures: ReleaseFigures[] = [];
  for (let index = 0; index <= releases; index++) {
    const release = releaseOf(world, base);
    const plan = planOf(release, stack, limits);
    const next = stackOf(release, plan, stack ?? []);
    if (before !== undefined && stack !== undefined) {
      figures.push(figuresOf(before, release, plan, stack, next, limits));
    }
    [stack, before] = [next, release];
    world = nextWorld(random, world);
  }
  return figures;
}

function planOf(release: Release, baseline: StackLayer[] | undefined, limits: Limits): LayerPlan {
  const { tree, owners, base } = release;
  const packed = (node: number): number => {
    const file = release.files.get(tree.path(node).toString());
    return file === undefined ? 0 : packedBytes(file) * (0.96 + (file.content % 9) / 100);
  };
  return planLayers({ tree, owners, base: [base], baseline, limits, packed });
}

function stackOf(release: Release, plan: LayerPlan, baseline: readonly StackLayer[]): StackLayer[] {
  return plan.layers.map((layer) => {
    if (layer.kind === 'carried') {
      const carried = layer.from === 'base' ? release.base : baseline[layer.index];
      if (carried === undefined) throw new Error(`no layer ${layer.index} in the baseline`);
      return carried;
    }
    const files = [...layer.nodes].flatMap(
      (node) => release.files.get(release.tree.path(node).toString()) ?? [],
    );
    const headers = (layer.nodes.length - files.length + layer.whiteouts.length) * headerBytes;
    return layerOf(tableOfPlanned(release.tree, layer), 200 + bytesOfFiles(files) + headers);
  });
}

function figuresOf(
  before: Release,
  release: Release,
  plan: LayerPlan,
  baseline: readonly StackLayer[],
  stack: readonly StackLayer[],
  limits: Limits,
): ReleaseFigures {
  const there = new Set(baseline.map(({ diffId }) => diffId));
  const broken = stack.findIndex(({ diffId }, index) => diffId !== baseline[index]?.diffId);
  const chained = broken < 0 ? stack.length : broken;
  const downloaded = stack.filter(({ diffId }, index) =>
    limits.reuse === 'chain' ? index >= chained : !there.has(diffId),
  );
  const changed = [...release.files.values()].filter(
    (file) => before.files.get(file.path)?.content !== file.content,
  );
  return {
    delta: bytesOf(downloaded),
    lowerBound: bytesOfFiles(changed),
    fresh: bytesOf(stack),
    plain: release.plainBytes,
    dead: plan.cost.dead,
    layers: stack.length,
    compacts: plan.compactedFrom !== undefined,
  };
}

const bytesOf = (stack: readonly StackLayer[]): number =>
  stack.reduce((total, layer) => total + layer.bytes, 0);

export interface Summary {
  /** Sum of deltas ÷ sum of lower bounds, and ÷ twice that sum with a megabyte a release: the goal is below 1. */
  readonly ratio: number;
  readonly ofGoal: number;
  /** Largest of a release that does not compact: delta less 0.5 MB, ÷ lower bound. */
  readonly worstPlain: number;
  /** Largest over all releases. */
  readonly fresh: number;
  readonly layers: number;
  readonly compactions: number;
}

export function summarise(figures: readonly ReleaseFigures[]): Summary {
  const sum = (of: (figure: ReleaseFigures) => number): number =>
    figures.reduce((total, f) => total + of(f), 0);
  const bound = sum((f) => f.lowerBound);
  const appending = figures.filter((f) => !f.compacts);
  return {
    ratio: sum((f) => f.delta) / bound,
    ofGoal: sum((f) => f.delta) / (2 * (bound + figures.length * MB)),
    worstPlain: Math.max(...appending.map((f) => (f.delta - 0.5 * MB) / f.lowerBound)),
    fresh: Math.max(...figures.map((f) => f.fresh / f.plain)),
    layers: Math.max(...figures.map((f) => f.layers)),
    compactions: figures.length - appending.length,
  };
}

export const limitsOf = (reuse: Limits['reuse']): Limits => ({
  maxLayers: 60,
  minLayerBytes: 10 * MB,
  targetLayerBytes: 100 * MB,
  maxLayerBytes: 500 * MB,
  reuse,
  slack: reuse === 'chain' ? 0.25 : 0.05,
});

function main(histories: number, releases: number, seed: number): void {
  for (const reuse of ['chain', 'blobs'] as const) {
    const summaries = Array.from({ length: histories }, (_, at) =>
      summarise(simulate(seed + at, releases, limitsOf(reuse))),
    );
    console.log(`${reuse}: ${histories} histories of ${releases} releases`);
    for (const key of Object.keys(summaries[0] ?? {}) as (keyof Summary)[]) {
      const sorted = summaries.map((summary) => summary[key]).sort((a, b) => a - b);
      const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(3);
      console.log(`  ${key.padEnd(12)} median ${at(0.5)}  90 % ${at(0.9)}  most ${at(1)}`);
    }
  }
}

if (import.meta.main) {
  const [histories = 20, releases = 30, seed = 1] = process.argv.slice(2).map(Number);
  main(histories, releases, seed);
}
