import type { OwnerFinder } from './finder.ts';

/** Names of owners by pattern: the patterns of this run say that, not those of an earlier one. */
const byPattern = /^(?:volatile|pin) /;

/** Files of layers that were not read belong to whom they did when their layer was. */
export const knownFinder: OwnerFinder = {
  name: 'known',
  tells: [],
  claim(claims) {
    const { tree, options } = claims;
    if (!options.known) return;
    for (let node = 1; node < tree.size; node += 1) {
      const row = tree.row(node);
      if (row < 0 || claims.ownerOf(node) !== undefined) continue;
      const owner = options.known(tree.layer(node), row);
      if (owner && !byPattern.test(owner.name)) claims.claim(node, claims.adopt(owner));
    }
  },
};
