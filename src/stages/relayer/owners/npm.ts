import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { depthOf } from './path.ts';
import { versionText } from './python-metadata.ts';

/** A directory in a `node_modules` that has a package.json. */
interface NpmPackage {
  readonly node: number;
  readonly name: string;
  /** Path of the `node_modules`. */
  readonly place: string;
  readonly version: string | undefined;
}

/** npm packages, however they are nested (pnpm's store too): the nearest package's directory has a file. */
export const npmFinder: OwnerFinder = {
  name: 'npm',
  tells: [
    {
      ends: '/package.json',
      path: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@]+\/package\.json$/,
      most: 2 ** 16,
    },
  ],
  starts: /^node_modules$/,
  claim(claims, directories) {
    const packages = directories
      .filter((node) => claims.tree.kind(node) === 'directory')
      .flatMap((node) => packagesIn(claims, node));
    const tops = new Set(packages.map(({ node }) => node));
    for (const { node, name, place, version } of upperFirst(packages)) {
      const owner = claims.register({ kind: 'npm', what: name, place, version, class: 'library' });
      claims.claimBelow(node, owner, (directory) => tops.has(directory));
    }
  },
};

/** So that the plain name goes to what a program that is not nested itself imports. */
function upperFirst(packages: readonly NpmPackage[]): NpmPackage[] {
  return packages
    .map((found) => ({ found, depth: depthOf(found.place) }))
    .sort((one, other) => one.depth - other.depth || one.found.node - other.found.node)
    .map(({ found }) => found);
}

function packagesIn(claims: Claims, directory: number): NpmPackage[] {
  const place = claims.path(directory);
  const found: NpmPackage[] = [];
  for (const node of claims.tree.children(directory)) {
    const name = claims.name(node);
    if (claims.tree.kind(node) !== 'directory') continue;
    if (!name.startsWith('@')) addPackage(claims, found, node, name, place);
    else {
      for (const scoped of claims.tree.children(node)) {
        addPackage(claims, found, scoped, `${name}/${claims.name(scoped)}`, place);
      }
    }
  }
  return found;
}

function addPackage(claims: Claims, found: NpmPackage[], node: number, name: string, place: string): void {
  if (claims.tree.kind(node) !== 'directory') return;
  const manifest = claims.child(node, 'package.json');
  if (manifest !== undefined) found.push({ node, name, place, version: versionIn(claims.kept(manifest)) });
}

function versionIn(manifest: Buffer | undefined): string | undefined {
  if (!manifest) return undefined;
  try {
    const { version } = (JSON.parse(manifest.toString()) ?? {}) as Record<string, unknown>;
    return typeof version === 'string' ? versionText(version) : undefined;
  } catch {
    return undefined;
  }
}
