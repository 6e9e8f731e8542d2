import type { OwnerFinder } from './finder.ts';
import { joined, lastOf, parentOf, within } from './path.ts';

/** Compiled Python belongs to its source: `__pycache__/NAME.cpython-312.opt-1.pyc` to `../NAME.py` (PEP 3147). */
export const compiledFinder: OwnerFinder = {
  name: 'compiled Python',
  tells: [],
  starts: /\.pyc$/,
  claim(claims, nodes) {
    for (const node of nodes) {
      if (claims.ownerOf(node) !== undefined) continue;
      const path = claims.path(node);
      const source = claims.find(sourceOf(path));
      const owner = source === undefined ? undefined : claims.ownerOf(source);
      if (owner !== undefined) claims.claim(node, owner);
    }
  },
};

function sourceOf(path: string): string {
  const directory = parentOf(path);
  const [, cached] = /^([^.]+)\.[^/]*\.pyc$/.exec(lastOf(path)) ?? [];
  if (cached !== undefined && lastOf(directory) === '__pycache__') {
    return within(parentOf(directory), `${cached}.py`);
  }
  return path.slice(0, -1);
}

/** A link to a file beside it, and a command of node_modules/.bin, belong to what they lead to. */
export const linkFinder: OwnerFinder = {
  name: 'links',
  tells: [],
  starts: /\.so(?:$|\.)|^\.bin$/,
  claim(claims, nodes) {
    const { tree } = claims;
    // `a.so` leads to `a.so.1`, that to `a.so.1.2`: the last in order is no link.
    for (const start of [...nodes].reverse()) {
      const isBin = tree.kind(start) === 'directory' && claims.name(start) === '.bin';
      for (const node of isBin ? tree.children(start) : [start]) {
        if (tree.kind(node) !== 'symlink' || claims.ownerOf(node) !== undefined) continue;
        const directory = parentOf(claims.path(node));
        const path = joined(directory, tree.target(node).toString('latin1'));
        if (path === undefined || (!isBin && parentOf(path) !== directory)) continue;
        const owned = claims.find(path);
        const owner = owned === undefined ? undefined : claims.ownerOf(owned);
        if (owner !== undefined) claims.claim(node, owner);
      }
    }
  },
};
