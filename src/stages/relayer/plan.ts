import type { Tree } from '../../content/rootfs/tree.ts';
import { type Bin, pack } from './plan/bins.ts';
import { chooseKept } from './plan/cuts.ts';
import { type Carried, type Chooser, type Ground, groundOf } from './plan/ground.ts';
import {
  type LayerPlan,
  type NewLayer,
  type Placement,
  type PlanInput,
  placements,
  type StackLayer,
} from './plan/layer-plan.ts';
import { checkLimits, checkRoom } from './plan/limits.ts';
import { withMoved } from './plan/moves.ts';
import { removalsOf, type Written, writeBins } from './plan/new-layers.ts';
import { parcelsOf } from './plan/parcels.ts';
import { marksOf, survey } from './plan/survey.ts';
import { titleOf } from './plan/titles.ts';

export { explain } from './plan/explain.ts';
export {
  type CarriedLayer,
  type LayerPlan,
  type Limits,
  type NewLayer,
  noLayer,
  type Placement,
  type PlanInput,
  type PlannedLayer,
  placements,
  type StackLayer,
} from './plan/layer-plan.ts';

/**
 * Pure and deterministic. Layers that the baseline has stay where they are and what is new goes on top; which of the
 * baseline's are given up is chosen by cost.ts. The new layers hold all in which the tree of the carried ones differs
 * from the wanted one, so that estimates decide what a plan costs, never what it makes.
 * @throws PullBudgetError `too-many-layers` where the base alone has as many as the limit and something has to go on
 * top, `bad-limits`
 */
export function planLayers(input: PlanInput): LayerPlan {
  return planKeeping(input, chooseKept);
}

/** A plan that keeps what `choose` says: whatever that is, the tree is the wanted one. */
export function planKeeping(input: PlanInput, choose: Chooser): LayerPlan {
  checkLimits(input.limits);
  const ground = groundOf(input, choose);
  const { tree, owners, limits } = input;
  const needed = marksOf(ground.changes.emit, tree.size);
  const emit = isAfresh(ground) ? ground.changes.emit : withMoved(input, ground.changes.emit, needed);
  const isSame = emit.length + ground.changes.remove.length === 0;
  if (!isSame) checkRoom(ground.carried.length, limits);
  const parcels = parcelsOf(tree, owners, emit, limits, input);
  // A base may have more layers than there may be, as long as nothing goes on top of it.
  const slots = Math.max(1, limits.maxLayers - ground.carried.length);
  const bins = pack(parcels, limits, slots, isAfresh(ground) ? 'afresh' : 'appended');
  const written = writeBins(tree, bins, removalsOf(ground.tree, tree, ground.changes.remove));
  const placement = placementsOf(tree, ground, written, needed);
  const layers = written.map((layer, index) => named(input, ground, layer, bins[index], placement));
  const isEmitted = marksOf(emit, tree.size);
  const state = survey(stackOf(ground), ground.tree, tree, isEmitted, input);
  const shownBy = state.seenIn;
  written.forEach((layer, index) => {
    for (const node of layer.nodes) shownBy[node] = ground.carried.length + index;
  });
  return {
    layers: [...ground.carried.map(({ kind, from, index }) => ({ kind, from, index })), ...layers],
    cost: {
      ...downloads(input, ground.carried, written),
      dead: state.layers.reduce((total, layer) => total + layer.dead, 0),
    },
    compactedFrom: ground.compactedFrom,
    shownBy,
    placement,
  };
}

/** Nothing but the base is carried: all else may be arranged at will. */
function isAfresh(ground: Ground): boolean {
  return ground.carried.every(({ from }) => from === 'base');
}

function stackOf(ground: Ground): StackLayer[] {
  return ground.carried.map(({ layer }) => layer);
}

function named(
  { owners }: PlanInput,
  ground: Ground,
  layer: Written,
  bin: Bin | undefined,
  placement: Uint8Array,
): NewLayer {
  const { nodes, whiteouts, bytes } = layer;
  const compacted = placements.indexOf('compacted');
  const compacts = nodes.some((node) => placement[node] === compacted);
  const reason = compacts && ground.known !== undefined ? ground.known.compacts : ground.reason;
  return {
    kind: 'new',
    nodes,
    whiteouts,
    bytes: Math.round(bytes),
    title: titleOf(bin?.parcels ?? [], owners, whiteouts.length),
    reason,
  };
}

function placementsOf(
  tree: Tree,
  { known }: Ground,
  written: readonly Written[],
  needed: Uint8Array,
): Uint8Array {
  const placement = new Uint8Array(tree.size);
  const whyOf = (node: number, isOwn: boolean): Placement => {
    if (known === undefined) return needed[node] === 1 ? 'first' : 'parent';
    if (known.isChanged[node] === 1) return known.isKnown[node] === 1 ? 'changed' : 'added';
    if (needed[node] === 1) return 'compacted';
    return isOwn ? 'moved' : 'parent';
  };
  for (const { nodes, isOwn } of written) {
    for (const node of nodes) placement[node] = placements.indexOf(whyOf(node, isOwn(node)));
  }
  return placement;
}

/** What a node with the baseline and one with nothing download. */
function downloads(
  { baseline = [], limits }: PlanInput,
  carried: readonly Carried[],
  written: readonly Written[],
): { delta: number; fresh: number } {
  const there = new Set(baseline.map(({ diffId }) => diffId));
  const isReused = (diffId: string, index: number): boolean =>
    limits.reuse === 'blobs' ? there.has(diffId as StackLayer['diffId']) : baseline[index]?.diffId === diffId;
  let delta = 0;
  let fresh = 0;
  let isChained = true;
  carried.forEach(({ layer }, index) => {
    const reused = isReused(layer.diffId, index);
    isChained &&= reused;
    fresh += layer.bytes;
    if (limits.reuse === 'chain' ? !isChained : !reused) delta += layer.bytes;
  });
  for (const { bytes } of written) {
    delta += bytes;
    fresh += bytes;
  }
  return { delta, fresh };
}
