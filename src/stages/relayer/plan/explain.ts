import type { Tree } from '../../../content/rootfs/tree.ts';
import type { Owners } from '../owners.ts';
import { type LayerPlan, noLayer, type Placement, placements } from './layer-plan.ts';
import { ownerTitle } from './titles.ts';

/**
 * Why a path is in the layer that shows it, in sentences for people: `--explain PATH`.
 * @param path as the tree has paths
 */
export function explain(plan: LayerPlan, tree: Tree, owners: Owners, path: Buffer): string {
  const name = JSON.stringify(`/${path.toString()}`);
  const node = tree.find(path);
  if (node === undefined) return `${name} is not in the image.`;
  const owner = owners.owners[owners.of[node] ?? 0];
  const group = owner === undefined ? 'nobody that is known' : ownerTitle(owner);
  const what = `${name} (${tree.kind(node)}) belongs to ${group}, of the class ${owner?.class ?? 'volatile'}.`;
  const index = plan.shownBy[node] ?? noLayer;
  const layer = plan.layers[index];
  if (layer === undefined)
    return `${what} No layer has an entry for it: it is there since something in it is.`;
  const place = `It is in layer ${index + 1} of ${plan.layers.length}`;
  if (layer.kind === 'carried') {
    const whose = layer.from === 'base' ? 'of the base' : 'of the baseline';
    return `${what} ${place}, which is carried from layer ${layer.index + 1} ${whose}: ${whys.carried}.`;
  }
  const why = whys[placements[plan.placement[node] ?? 0] ?? 'carried'];
  return `${what} ${place}, which is new (${layer.title}; ${layer.reason}): ${why}.`;
}

const whys: Readonly<Record<Placement, string>> = {
  carried: 'it is there as it is to be, so nothing is written again',
  added: 'the baseline does not have this path',
  changed: 'it is not what the baseline has, and only what changed of a group is written again',
  moved: 'it did not change, but nearly all of its group did, so that the group is written whole',
  compacted: 'it did not change, but the layer that had it was given up',
  first: 'groups are laid by how seldom they change and by size, what changes least at the bottom',
  parent: 'a directory comes with each new layer that has something in it',
};
