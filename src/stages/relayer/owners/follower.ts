import { sourceOf } from '../../../content/rootfs/python-source.ts';
import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { joined, parentOf } from './path.ts';

/** Compiled Python belongs to its source. */
export const compiledFinder: OwnerFinder = {
  name: 'compiled Python',
  tells: [],
  starts: /\.pyc$/,
  claim(claims, nodes) {
    for (const node of nodes) {
      if (claims.ownerOf(node) !== undefined) continue;
      const source = sourceOf(claims.tree, node);
      const owner = source === undefined ? undefined : claims.ownerOf(source);
      if (owner !== undefined) claims.claim(node, owner);
    }
  },
};

/** Directories of links to what packages have elsewhere: busybox's commands, npm's. */
const commandDirectories = /^(?:usr\/(?:local\/)?)?s?bin$|(?:^|\/)node_modules\/\.bin$/;

/** A link to a library beside it, and a command that is a link, belong to what they lead to. */
export const linkFinder: OwnerFinder = {
  name: 'links',
  tells: [],
  starts: /\.so(?:$|\.)|^s?bin$|^\.bin$/,
  claim(claims, nodes) {
    const { tree } = claims;
    // `a.so` leads to `a.so.1`, that to `a.so.1.2`: the last in order is no link.
    for (const node of [...nodes].reverse()) {
      if (tree.kind(node) === 'symlink')
        claimLink(claims, node, (path, directory) => parentOf(path) === directory);
      else if (tree.kind(node) === 'directory' && commandDirectories.test(claims.path(node))) {
        for (const child of tree.children(node)) {
          if (tree.kind(child) === 'symlink') claimLink(claims, child, () => true);
        }
      }
    }
  },
};

function claimLink(
  claims: Claims,
  node: number,
  isMeant: (path: string, directory: string) => boolean,
): void {
  if (claims.ownerOf(node) !== undefined) return;
  const directory = parentOf(claims.path(node));
  const path = joined(directory, claims.tree.target(node).toString('latin1'));
  const target = path === undefined || !isMeant(path, directory) ? undefined : claims.find(path);
  const owner = target === undefined ? undefined : claims.ownerOf(target);
  if (owner !== undefined) claims.claim(node, owner);
}
