import { PullBudgetError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import { differences } from '../../content/rootfs/differences.ts';
import { mergeLayers } from '../../content/rootfs/merge.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { treeDigest } from '../../content/rootfs/tree-digest.ts';
import { describeDifference } from './difference-text.ts';

const policy = { mtime: 'compared' } as const;
const mostNamed = 10;

/**
 * The new layers, merged, are the tree that was wanted.
 * @returns the tree digest of both
 * @throws PullBudgetError `tree-differs`, naming paths: nothing may be published then
 */
export function verifyTree(wanted: Tree, layers: readonly FileTable[]): Digest {
  const made = mergeLayers(layers, (at) => `new layer ${layers[at]?.diffId}`);
  const digest = treeDigest(wanted, policy);
  if (treeDigest(made, policy) === digest) return digest;
  const lines: string[] = [];
  for (const difference of differences(wanted, made, policy)) {
    lines.push(describeDifference(wanted, made, difference));
    if (lines.length === mostNamed) break;
  }
  throw new PullBudgetError(
    'infrastructure',
    'tree-differs',
    `the re-laid image is not the image that it was made from: ${lines.join('; ')}`,
    { hint: 'Nothing was published. Leave relayer off for this image, and report it.' },
  );
}
