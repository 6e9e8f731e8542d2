import type { FileTable } from './table.ts';
import type { Tree } from './tree.ts';

/**
 * The tree that containerd mounts on overlayfs for these layers, lowest first. Where readers of images are known to
 * disagree about a layer it is refused.
 * @param where of each table, for messages: `layer sha256:…`
 * @throws PullBudgetError `odd-layer`, naming layer and path
 */
export function mergeLayers(_tables: readonly FileTable[], _where: (layer: number) => string): Tree {
  throw new Error('to be built');
}
