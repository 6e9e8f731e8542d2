import { differences, markLinks } from '../../content/rootfs/differences.ts';
import { namedTime, pycTime, sourceOf } from '../../content/rootfs/python-source.ts';
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
 * A .pyc that stays as it is, because it has hard links or is not that of its source, must stay what it is to Python: it
 * would run one that came to be of another source, and compile again one that is not of its source any more. Its source
 * keeps its own time then.
 */
function withoutNewSources(tree: Tree, times: Float64Array): Float64Array {
  const keepsOwn = new Uint8Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    if (tree.kind(node) !== 'file' || tree.pycMtime(node) !== undefined) continue;
    const source = sourceOf(tree, node);
    if (source === undefined) continue;
    const named = namedTime(tree, node);
    if (named === 'unknown' || named === pycTime(times[source]) || named === pycTime(tree.mtime(source))) {
      keepsOwn[tree.firstLink(source)] = 1;
    }
  }
  markLinks(tree, keepsOwn);
  for (let node = 0; node < tree.size; node++) if (keepsOwn[node] === 1) times[node] = Number.NaN;
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
