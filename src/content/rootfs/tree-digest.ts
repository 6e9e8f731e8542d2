import type { Digest } from '../image/digest.ts';
import type { ComparePolicy } from './differences.ts';
import type { Tree } from './tree.ts';

/** Two trees have the same digest where `differences` finds none, and only there. Nodes of `without` (paths' nodes) and what is below them do not count. */
export function treeDigest(_tree: Tree, _policy: ComparePolicy, _without?: ReadonlySet<number>): Digest {
  throw new Error('to be built');
}
