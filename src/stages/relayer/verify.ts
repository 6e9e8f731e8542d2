import { PullBudgetError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import { differences, timesUnknownTo } from '../../content/rootfs/differences.ts';
import { mergeLayers } from '../../content/rootfs/merge.ts';
import { isCurrent } from '../../content/rootfs/python-source.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { treeDigest } from '../../content/rootfs/tree-digest.ts';
import { describeDifference, pathOf } from './difference-text.ts';

const mostNamed = 10;

/**
 * The new layers, merged, are the tree that was wanted, mtimes and all. Directories that no layer named before have got
 * an mtime of their own, so that the trees are compared and not their digests alone.
 * @param input what containers see of the image as it was built
 * @returns the tree digest of both, mtimes left out
 * @throws PullBudgetError `tree-differs`, naming paths: nothing may be published then
 */
export function verifyTree(wanted: Tree, layers: readonly FileTable[], input: Tree): Digest {
  const made = mergeLayers(layers, (at) => `new layer ${layers[at]?.diffId}`);
  const lines: string[] = [];
  for (const difference of differences(wanted, made, { mtime: 'compared' })) {
    lines.push(describeDifference(wanted, made, difference));
    if (lines.length === mostNamed) break;
  }
  for (const path of otherwiseCompiled(input, made)) {
    if (lines.length === mostNamed) break;
    lines.push(`${path}: is that of its source in one of them alone`);
  }
  for (const node of timesUnknownTo(made, wanted)) {
    if (lines.length === mostNamed) break;
    lines.push(`${pathOf(wanted, node)}: has lost its mtime`);
  }
  const digest = treeDigest(made, { mtime: 'ignored' });
  if (lines.length === 0 && treeDigest(wanted, { mtime: 'ignored' }) === digest) return digest;
  throw new PullBudgetError(
    'infrastructure',
    'tree-differs',
    `the re-laid image is not the image that it was made from: ${lines.join('; ')}`,
    { hint: 'Nothing was published. Leave relayer off for this image, and report it.' },
  );
}

/** Of .pyc that Python runs in one of the trees, and compiles again in the other: times alone make the one or the other. */
function* otherwiseCompiled(input: Tree, made: Tree): Generator<string> {
  for (let node = 0; node < input.size; node++) {
    const before = input.kind(node) === 'file' ? isCurrent(input, node) : undefined;
    if (before === undefined) continue;
    const twin = made.find(input.path(node));
    const after = twin === undefined ? undefined : isCurrent(made, twin);
    if (after !== undefined && after !== before) yield pathOf(input, node);
  }
}
