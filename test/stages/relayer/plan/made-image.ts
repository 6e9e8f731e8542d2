import { createHash } from 'node:crypto';
import { mergeLayers } from '../../../../src/content/rootfs/merge.ts';
import type { Owner, OwnerClass } from '../../../../src/stages/relayer/owners.ts';
import type {
  LayerPlan,
  Limits,
  NewLayer,
  PlanInput,
  StackLayer,
} from '../../../../src/stages/relayer/plan.ts';
import { type Entry, layerOf, tableOfEntries, tableOfPlanned } from '../record-table.ts';

export const MB = 1_000_000;

/** A file as tests write it: path, owner, megabytes (compressed and not), content. */
export type File = readonly [path: string, owner: string, megabytes: number, content?: string];

const ownersByName: Readonly<
  Record<string, { class: OwnerClass; version?: string; pinned?: readonly string[] }>
> = {
  'debian curl': { class: 'system', version: '8.14' },
  'python torch': { class: 'heavy', version: '2.9.1', pinned: ['python nvidia'] },
  'python nvidia': { class: 'heavy', version: '12.9' },
  'python numpy': { class: 'heavy', version: '2.3.4' },
  'python flask': { class: 'library', version: '3.1.0' },
  'python rich': { class: 'library', version: '14.0' },
  'model /models/a': { class: 'model' },
  'files /app': { class: 'app' },
  'files /app/build': { class: 'volatile' },
};
const owners: readonly Owner[] = Object.entries(ownersByName).map(([name, rest]) => ({ name, ...rest }));

export const limits: Limits = {
  maxLayers: 60,
  minLayerBytes: 10 * MB,
  targetLayerBytes: 100 * MB,
  maxLayerBytes: 500 * MB,
  reuse: 'chain',
  slack: 0.25,
};

export function entriesOf(files: readonly File[]): Entry[] {
  const directories = new Set(files.flatMap(([path]) => above(path)));
  return [
    ...[...directories].map((path): Entry => ({ path: Buffer.from(path), kind: 'directory' })),
    ...files.map(([path, , megabytes, content = '']): Entry => {
      const digest = createHash('sha256').update(`${content} ${megabytes}`).digest();
      return { path: Buffer.from(path), kind: 'file', bytes: megabytes * MB, digest };
    }),
  ];
}

function above(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

export function layer(files: readonly File[], more: readonly Entry[] = []): StackLayer {
  const bytes = files.reduce((total, [, , megabytes]) => total + megabytes * MB, 0);
  return layerOf(tableOfEntries([...entriesOf(files), ...more]), bytes);
}

export const base = layer([['bin/sh', 'debian curl', 30]]);

/** An image of the base and files above it, as it was built. */
export function image(
  files: readonly File[],
  options: Partial<PlanInput> = {},
  more: readonly Entry[] = [],
): PlanInput {
  const below = options.base ?? [base];
  const tree = mergeLayers(
    [...below.map(({ table }) => table), layer(files, more).table],
    (at) => `layer ${at}`,
  );
  const ownerOf = new Map(
    files.map(([path, owner]) => [path, owners.findIndex(({ name }) => name === owner)]),
  );
  const of = new Uint32Array(tree.size);
  for (let node = 0; node < tree.size; node++)
    of[node] = Math.max(0, ownerOf.get(String(tree.path(node))) ?? 0);
  return {
    tree,
    owners: { owners, of },
    base: below,
    baseline: undefined,
    limits,
    packed: (node) => tree.bytes(node),
    ...options,
  };
}

/** What a registry has once a plan was written. */
export function written(input: PlanInput, plan: LayerPlan): StackLayer[] {
  return plan.layers.map((planned) => {
    if (planned.kind === 'new') {
      const bytes = [...planned.nodes].reduce((total, node) => total + input.packed(node), 0);
      return layerOf(tableOfPlanned(input.tree, planned), bytes);
    }
    const carried = (planned.from === 'base' ? input.base : input.baseline)?.[planned.index];
    if (carried === undefined) throw new Error(`no layer ${planned.index}`);
    return carried;
  });
}

export const newLayers = (plan: LayerPlan): NewLayer[] =>
  plan.layers.filter(({ kind }) => kind === 'new') as NewLayer[];

/** Paths of what is no directory. */
export function paths(input: PlanInput, { nodes }: NewLayer): string[] {
  return [...nodes]
    .filter((node) => input.tree.kind(node) !== 'directory')
    .map((node) => String(input.tree.path(node)));
}
