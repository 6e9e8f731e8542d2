import { inputError } from '../error.ts';
import type { JoinedXattrs } from './joined-xattrs.ts';
import { LayerMerge } from './layer-merge.ts';
import { mergedTree } from './merged-tree.ts';
import { Nodes } from './nodes.ts';
import type { FileTable } from './table.ts';
import type { Tree } from './tree.ts';

const mostLayers = 2 ** 16 - 2;

/**
 * The tree that containerd mounts on overlayfs for these layers, lowest first. Where readers of images are known to
 * disagree about a layer it is refused.
 * @param where of each table, for messages: `layer sha256:…`
 * @throws PullBudgetError `odd-layer`, naming layer and path
 */
export function mergeLayers(tables: readonly FileTable[], where: (layer: number) => string): Tree {
  if (tables.length > mostLayers) {
    throw inputError('odd-layer', `an image of ${tables.length} layers cannot be re-layered`, {
      hint: 'Overlayfs stacks 500 at most. Build the image with fewer.',
    });
  }
  const nodes = new Nodes();
  const joined: JoinedXattrs = new Map();
  for (let layer = 0; layer < tables.length; layer++) {
    new LayerMerge(nodes, tables, layer, where(layer), joined).run();
  }
  return mergedTree(nodes, tables, joined);
}
