import { differences, markLinks } from '../../content/rootfs/differences.ts';
import { pycTime, sourceOf } from '../../content/rootfs/python-source.ts';
import { type Tree, withTimes } from '../../content/rootfs/tree.ts';

/** Whose mtimes paths get. */
export type TimePolicy =
  /** That of the baseline where nothing else of the path differs, else its own. */
  | { readonly kind: 'baseline' }
  | { readonly kind: 'keep' }
  /** Its own, but none after this, in seconds since 1970: SOURCE_DATE_EPOCH. */
  | { readonly kind: 'clamp'; readonly epoch: number };

/**
 * The tree with the mtimes that its image is to have. What layers of the base show keeps its own, whatever the policy:
 * with another it would have to be shipped once more, above them.
 * @param baseLayers so many of the lowest layers stay as they are
 */
export function withWantedTimes(
  tree: Tree,
  baseline: Tree | undefined,
  policy: TimePolicy,
  baseLayers: number,
): Tree {
  const times = newTimes(tree, baseline, policy);
  if (times === undefined) return tree;
  for (let node = 0; node < tree.size; node++) if (tree.layer(node) < baseLayers) times[node] = Number.NaN;
  return withTimes(tree, { mtime: withoutNewSources(tree, times) });
}

function newTimes(tree: Tree, baseline: Tree | undefined, policy: TimePolicy): Float64Array | undefined {
  switch (policy.kind) {
    case 'keep':
      return undefined;
    case 'clamp':
      return clamped(tree, policy.epoch);
    case 'baseline':
      return baseline && timesOf(baseline, tree);
  }
}

/**
 * A .pyc that was not compiled from its source as it is now must not seem to be: Python would run it. Where the source's
 * new time is the one that it names, the source keeps its own.
 */
function withoutNewSources(tree: Tree, times: Float64Array): Float64Array {
  for (let node = 0; node < tree.size; node++) {
    if (tree.kind(node) !== 'file' || tree.pycMtime(node) !== undefined) continue;
    const { layer, row } = tree.content(node);
    const named = tree.tables[layer]?.pyc(row)?.sourceMtime;
    const source = named === undefined ? undefined : sourceOf(tree, node);
    if (source === undefined || pycTime(times[source]) !== named) continue;
    for (const link of tree.links(source)) times[link] = Number.NaN;
  }
  return times;
}

function clamped(tree: Tree, epoch: number): Float64Array {
  return Float64Array.from({ length: tree.size }, (_, node) =>
    (tree.mtime(node) ?? 0) > epoch ? epoch : Number.NaN,
  );
}

/** The baseline's mtimes of the paths that differ in nothing else; NaN for all others. */
function timesOf(baseline: Tree, tree: Tree): Float64Array {
  const isOther = new Uint8Array(tree.size);
  for (const { a } of differences(tree, baseline, { mtime: 'ignored' })) {
    if (a !== undefined) isOther[tree.firstLink(a)] = 1;
  }
  // Links of one inode have one time: where one of them is new, none of them is as it was.
  markLinks(tree, isOther);
  const times = new Float64Array(tree.size).fill(Number.NaN);
  for (let node = 0; node < tree.size; node++) {
    if (isOther[node] === 1) continue;
    const twin = baseline.find(tree.path(node));
    times[node] = (twin === undefined ? undefined : baseline.mtime(twin)) ?? Number.NaN;
  }
  return times;
}
