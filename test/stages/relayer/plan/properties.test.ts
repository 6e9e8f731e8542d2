import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../../../src/content/error.ts';
import { differences } from '../../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../../src/content/rootfs/merge.ts';
import type { FileTable } from '../../../../src/content/rootfs/table.ts';
import type { Tree } from '../../../../src/content/rootfs/tree.ts';
import { treeDigest } from '../../../../src/content/rootfs/tree-digest.ts';
import {
  type LayerPlan,
  type NewLayer,
  type PlanInput,
  planKeeping,
  planLayers,
  type StackLayer,
} from '../../../../src/stages/relayer/plan.ts';
import { layerOf, tableOfPlanned } from '../record-table.ts';
import { layersOf, limits, ownersOf, parentsOf, stack } from './made-stacks.ts';

/** An image as it was built, what nodes hold, and where the base ends; the base may be another than the baseline's. */
const inputs = fc.tuple(stack, stack, fc.nat(2), fc.boolean(), fc.nat(3), limits);

function inputOf([wanted, previous, common, isSameBase, keep, limits]: typeof inputs extends fc.Arbitrary<
  infer T
>
  ? T
  : never): PlanInput | undefined {
  const base = layersOf(previous.slice(0, common));
  const built = [...(isSameBase ? previous.slice(0, common + keep) : previous.slice(0, common)), ...wanted];
  const tree = mergedOrRefused(built);
  const below = isSameBase ? previous : previous.slice(1);
  if (tree === undefined || mergedOrRefused(below) === undefined) return undefined;
  const baseline = keep === 3 ? undefined : layersOf(below);
  return {
    tree,
    owners: ownersOf(tree),
    base,
    baseline,
    limits,
    packed: (node) => Math.ceil(tree.bytes(node) * 0.4),
  };
}

function mergedOrRefused(tables: readonly FileTable[]): Tree | undefined {
  try {
    return mergeLayers(tables, (layer) => `layer ${layer}`);
  } catch (error) {
    if (hasCode(error, 'odd-layer')) return undefined;
    throw error;
  }
}

function stackOf(input: PlanInput, plan: LayerPlan): StackLayer[] {
  return plan.layers.map((layer) => {
    if (layer.kind === 'new') return layerOf(tableOfPlanned(input.tree, layer), 1);
    const carried = (layer.from === 'base' ? input.base : input.baseline)?.[layer.index];
    if (carried === undefined) throw new Error(`no layer ${layer.index}`);
    return carried;
  });
}

const newLayers = (plan: LayerPlan): NewLayer[] => plan.layers.filter((layer) => layer.kind === 'new');

function check(property: (input: PlanInput, plan: LayerPlan, kept: readonly boolean[]) => void): void {
  let planned = 0;
  fc.assert(
    fc.property(inputs, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (made, kept) => {
      const input = inputOf(made);
      if (input === undefined) return;
      planned++;
      property(input, planLayers(input), kept);
    }),
  );
  expect(planned).toBeGreaterThan(30);
}

describe('a plan of any image on any baseline', () => {
  it('makes exactly the tree that is wanted', () => {
    check((input, plan) => {
      const tables = stackOf(input, plan).map(({ table }) => table);
      const result = mergeLayers(tables, (layer) => `planned layer ${layer}`);
      const found = [...differences(result, input.tree, { mtime: 'compared' })].map(({ a, b, aspects }) => [
        String(a === undefined ? input.tree.path(b ?? 0) : result.path(a)),
        ...aspects,
      ]);
      expect(found).toEqual([]);
      // A directory without an entry has no mtime of its own, and gets one when it is written: digests see that.
      expect(treeDigest(result, { mtime: 'ignored' })).toBe(treeDigest(input.tree, { mtime: 'ignored' }));
    });
  });

  it('makes it whichever layers of the baseline are kept', () => {
    let holes = 0;
    check((input, _plan, kept) => {
      const plan = planKeeping(input, ({ layers }) => layers.map((_, index) => kept[index] ?? true));
      const indices = plan.layers.flatMap((layer) => (layer.kind === 'carried' ? layer.index : []));
      if (indices.some((index, at) => index !== at)) holes++;
      const result = mergeLayers(
        stackOf(input, plan).map(({ table }) => table),
        (layer) => `planned layer ${layer}`,
      );
      expect([...differences(result, input.tree, { mtime: 'compared' })]).toEqual([]);
    });
    expect(holes).toBeGreaterThan(10);
  });

  it("has no more layers than the limit, the base at the bottom, and the baseline's in their order", () => {
    check((input, plan) => {
      expect(plan.layers.length).toBeLessThanOrEqual(input.limits.maxLayers);
      const kinds = plan.layers.map((layer) => (layer.kind === 'new' ? 'new' : layer.from));
      const ranks = kinds.map((kind) => ['base', 'baseline', 'new'].indexOf(kind));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(kinds.filter((kind) => kind === 'base')).toHaveLength(input.base.length);
      const indices = plan.layers.flatMap((layer) => (layer.kind === 'carried' ? layer.index : []));
      const carried = indices.slice(input.base.length);
      expect(carried).toEqual([...new Set(carried)].toSorted((a, b) => a - b));
    });
  });

  it('keeps a prefix of the baseline under the chain rule', () => {
    check((input, plan) => {
      if (input.limits.reuse !== 'chain') return;
      const indices = plan.layers.flatMap((layer) => (layer.kind === 'carried' ? layer.index : []));
      expect(indices).toEqual(indices.map((_, at) => at));
    });
  });

  it('writes with a node all directories above it and all links, and what it whites out is nowhere in that layer', () => {
    check(({ tree }, plan) => {
      for (const { nodes, whiteouts } of newLayers(plan)) {
        const written = new Set(nodes);
        expect([...nodes]).toEqual([...written].toSorted((a, b) => a - b));
        for (const node of nodes) {
          expect(node === 0 || written.has(tree.parent(node))).toBe(true);
          if (tree.kind(node) !== 'directory')
            expect(tree.links(node).every((link) => written.has(link))).toBe(true);
        }
        const kinds = new Map(
          [...nodes].map((node) => [tree.path(node).toString('latin1'), tree.kind(node)]),
        );
        expect(whiteouts).toEqual(whiteouts.toSorted(Buffer.compare));
        const removed = whiteouts.map((path) => path.toString('latin1'));
        for (const path of removed) {
          expect([...kinds.keys()].filter((other) => other === path || other.startsWith(`${path}/`))).toEqual(
            [],
          );
          expect(parentsOf(path).map((parent) => kinds.get(parent))).toEqual(
            parentsOf(path).map(() => 'directory'),
          );
          expect(removed.filter((other) => other.startsWith(`${path}/`))).toEqual([]);
        }
      }
    });
  });

  it('has whiteouts in its first new layer alone, and no new layer without a reason and a title', () => {
    check((_input, plan) => {
      const layers = newLayers(plan);
      expect(layers.slice(1).flatMap(({ whiteouts }) => whiteouts)).toEqual([]);
      for (const { nodes, whiteouts, title, reason } of layers) {
        expect(nodes.length + whiteouts.length).toBeGreaterThan(0);
        expect(title).not.toBe('');
        expect(reason).not.toBe('');
      }
    });
  });

  it('is the same each time', () => {
    check((input, plan) => expect(planLayers(input)).toEqual(plan));
  });

  it('says of each node which layer shows it', () => {
    check((input, plan) => {
      const stack = stackOf(input, plan);
      const result = mergeLayers(
        stack.map(({ table }) => table),
        (layer) => `planned layer ${layer}`,
      );
      for (let node = 0; node < input.tree.size; node++) {
        const shown = result.find(input.tree.path(node)) ?? -1;
        if (result.row(shown) < 0) continue;
        expect(plan.shownBy[node]).toBe(result.layer(shown));
      }
    });
  });

  it('leaves an image as it is that was planned a moment ago', () => {
    check((input, plan) => {
      const baseline = stackOf(input, plan);
      const again = planLayers({ ...input, baseline });
      expect(newLayers(again)).toEqual([]);
      expect(again.layers).toHaveLength(plan.layers.length);
      expect(again.cost.delta).toBe(0);
    });
  });
});
