import { hasCode } from '../../../content/error.ts';
import { type Changes, changesBetween } from '../../../content/rootfs/differences.ts';
import { mergeLayers } from '../../../content/rootfs/merge.ts';
import type { Tree } from '../../../content/rootfs/tree.ts';
import { entryBytes, entryUnpackedBytes } from './cost.ts';
import type { Choice } from './cuts.ts';
import type { CarriedLayer, Limits, PlanInput, StackLayer } from './layer-plan.ts';
import { marksOf, survey } from './survey.ts';
import { reasons } from './titles.ts';

export interface Carried extends CarriedLayer {
  readonly layer: StackLayer;
}

/** What a plan is built on: the layers that are carried, and what has to be written on top of them. */
export interface Ground {
  readonly carried: readonly Carried[];
  /** Of `carried`. */
  readonly tree: Tree;
  /** From `tree` to the one that is wanted. */
  readonly changes: Changes;
  /** Against the baseline, where the plan builds on it. */
  readonly known: Known | undefined;
  /** Why there are new layers. */
  readonly reason: string;
  /** The lowest layer of the baseline that is given up. */
  readonly compactedFrom: number | undefined;
}

export interface Known {
  /** Marks nodes of the wanted tree that differ from the baseline's. */
  readonly isChanged: Uint8Array;
  /** Marks those whose path the baseline has. */
  readonly isKnown: Uint8Array;
  /** Why what did not change is written again. */
  readonly compacts: string;
}

/** Which of the layers above the base stay: see `chooseKept`. */
export type Chooser = (choice: Choice, limits: Limits) => readonly boolean[];

export function groundOf(input: PlanInput, choose: Chooser): Ground {
  const { base, baseline, limits } = input;
  if (baseline === undefined || baseline.length === 0) return afresh(input, reasons.noBaseline, undefined);
  const shared = sharedLayers(base, baseline);
  if (shared === base.length) return onBaseline(input, baseline, true, choose);
  // Above a changed base nodes of the chain rule download everything whatever is kept.
  if (limits.reuse === 'chain') return afresh(input, reasons.otherBase, shared);
  return onBaseline(input, baseline, false, choose);
}

/** How many of the lowest layers are the same. */
function sharedLayers(base: readonly StackLayer[], baseline: readonly StackLayer[]): number {
  const different = base.findIndex((layer, index) => layer.diffId !== baseline[index]?.diffId);
  return different < 0 ? base.length : different;
}

function afresh(input: PlanInput, reason: string, compactedFrom: number | undefined): Ground {
  const carried = carry(input.base, 'base');
  const tree = treeOf(carried);
  const changes = changesBetween(tree, input.tree);
  return { carried, tree, changes, known: undefined, reason, compactedFrom };
}

function onBaseline(
  input: PlanInput,
  baseline: readonly StackLayer[],
  isSameBase: boolean,
  choose: Chooser,
): Ground {
  const { tree: wanted, base } = input;
  const layers = carry(baseline, 'baseline');
  const previous = treeOf(layers);
  const changes = changesBetween(previous, wanted);
  const isChanged = marksOf(changes.emit, wanted.size);
  const isProvided = isSameBase ? new Uint8Array(wanted.size) : providedBy(input);
  const isElsewhere = isChanged.map((mark, node) => mark | (isProvided[node] ?? 0));
  const state = survey(baseline, previous, wanted, isElsewhere, input);
  const isFresh = isChanged.map((mark, node) => mark & ~(isProvided[node] ?? 0));
  const first = isSameBase ? base.length : 0;
  const choice: Choice = {
    baseLayers: base.length,
    baseBytes: base.reduce((total, layer) => total + layer.bytes, 0),
    layers: state.layers.slice(first),
    fresh: freshBytes(input, isFresh),
    sameBase: isSameBase,
  };
  const isSame = isSameBase && changes.emit.length + changes.remove.length === 0;
  const isSettled = isSame && baseline.length <= input.limits.maxLayers;
  const kept = isSettled ? choice.layers.map(() => true) : choose(choice, input.limits);
  const [below, above] = [carry(base, 'base'), layers.slice(first)];
  const lowest = kept.indexOf(false);
  const given = choice.layers.filter((_, index) => !kept[index]);
  const known: Known = { isChanged, isKnown: state.isKnown, compacts: reasons.compacts(given) };
  if (isSameBase && lowest < 0) {
    const carried = [...below, ...above];
    return { carried, tree: previous, changes, known, reason: reasons.changed, compactedFrom: undefined };
  }
  const { carried, tree } = mergeable(below, above, kept);
  return {
    carried,
    tree,
    changes: changesBetween(tree, wanted),
    known,
    reason: isSameBase ? reasons.changed : reasons.otherBase,
    compactedFrom: isSameBase ? first + lowest : sharedLayers(base, baseline),
  };
}

/** Marks nodes of the wanted tree that the base shows as they are to be. */
function providedBy({ base, tree }: PlanInput): Uint8Array {
  const missing = marksOf(changesBetween(treeOf(carry(base, 'base')), tree).emit, tree.size);
  return missing.map((mark) => 1 - mark);
}

function freshBytes(input: PlanInput, isFresh: Uint8Array): Choice['fresh'] {
  const { tree } = input;
  let [bytes, unpacked] = [0, 0];
  for (let node = 0; node < tree.size; node++) {
    if (isFresh[node] === 0) continue;
    bytes += entryBytes;
    unpacked += entryUnpackedBytes;
    if (tree.kind(node) !== 'file' || tree.firstLink(node) !== node) continue;
    bytes += input.packed(node);
    unpacked += tree.bytes(node);
  }
  return { bytes, unpacked };
}

/**
 * The carried layers and their tree. Layers that were fine on top of one that is given up may not be without it (a
 * directory entry over what is a symlink then): all above it are given up too.
 */
function mergeable(below: readonly Carried[], above: readonly Carried[], kept: readonly boolean[]) {
  const carried = [...below, ...above.filter((_, index) => kept[index])];
  try {
    return { carried, tree: treeOf(carried) };
  } catch (error) {
    if (!hasCode(error, 'odd-layer')) throw error;
    const prefix = [...below, ...above.slice(0, Math.max(0, kept.indexOf(false)))];
    return { carried: prefix, tree: treeOf(prefix) };
  }
}

function carry(stack: readonly StackLayer[], from: 'base' | 'baseline'): Carried[] {
  return stack.map((layer, index) => ({ kind: 'carried', from, index, layer }));
}

function treeOf(carried: readonly Carried[]): Tree {
  return mergeLayers(
    carried.map(({ layer }) => layer.table),
    (index) => `layer ${carried[index]?.layer.diffId}`,
  );
}
