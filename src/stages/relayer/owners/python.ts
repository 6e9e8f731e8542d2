import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { depthOf, joined, lastOf, parentOf, within } from './path.ts';
import {
  lines,
  namedByDirectory,
  type PythonMetadata,
  readMetadata,
  recordPaths,
} from './python-metadata.ts';

/** A directory or file that says that a distribution is installed beside it. */
interface Distribution {
  readonly node: number;
  readonly path: string;
  readonly site: string;
  readonly metadata: PythonMetadata;
  /** Where it names its files, by paths from `base`; undefined where no list was kept. */
  readonly record: DistributionRecord | undefined;
}

interface DistributionRecord {
  readonly node: number;
  readonly base: string;
  readonly paths: (text: string) => Iterable<string>;
}

const infoName = /\.(?:dist-info|egg-info)$/;
const guessedStarts = /\.(?:dist-info|egg-info|egg-link|egg)$/;
/** Unpacked wheels of uv's and others: nothing imports them from there. */
const caches = /(?:^|\/)\.cache\//;
const siteNames = /(?:^|\/)(?:site|dist)-packages$/;

/**
 * Python distributions by what they record: RECORD of a wheel (PEP 376, 427), installed-files.txt of an egg. Wherever
 * they are: site-packages, dist-packages, a virtual environment's, conda's, uv's, what `pip install --target` fills.
 *
 * A distribution whose metadata a package of conda's or the system's has belongs to that package: they are installed
 * and removed as one, and the package has more than the record says. One that was installed over such a package with
 * pip has other metadata and takes the files that it names (as conda itself tells them apart). Of an editable
 * installation the record names the hook alone; the sources stay where they are.
 */
export const pythonFinder: OwnerFinder = {
  name: 'python',
  tells: [
    { ends: '/RECORD', path: /\.dist-info\/RECORD$/, most: 16 * 2 ** 20 },
    { ends: '/METADATA', path: /\.dist-info\/METADATA$/, most: 2 ** 18 },
    { ends: '/PKG-INFO', path: /\.egg-info\/PKG-INFO$/, most: 2 ** 18 },
    { ends: '/installed-files.txt', path: /\.egg-info\/installed-files\.txt$/, most: 16 * 2 ** 20 },
    { ends: '/top_level.txt', path: /\.(?:dist|egg)-info\/top_level\.txt$/, most: 2 ** 16 },
    { ends: '.egg-info', path: /(?:site|dist)-packages\/[^/]+\.egg-info$/, most: 2 ** 18 },
  ],
  starts: infoName,
  claim(claims, nodes) {
    const distributions = distributionsAt(claims, nodes);
    const found: Owned[] = [];
    for (const distribution of distributions) {
      if (!distribution.record) continue;
      const owner = ownerOf(claims, distribution);
      if (owner === undefined) continue;
      claimRecorded(claims, distribution, owner);
      if (owner.isOwn) found.push({ distribution, index: owner.index });
    }
    pinExactly(claims, found);
  },
};

/** Distributions without a list of their files: by top_level.txt, or the distribution's name. */
export const guessedPythonFinder: OwnerFinder = {
  name: 'python without records',
  tells: [],
  starts: guessedStarts,
  claim(claims, nodes) {
    const distributions = distributionsAt(claims, nodes);
    const found: Owned[] = [];
    for (const distribution of distributions) {
      if (distribution.record || !siteNames.test(distribution.site)) continue;
      const owner = ownerOf(claims, distribution);
      if (owner === undefined) continue;
      claims.claimBelow(distribution.node, owner.index);
      if (infoName.test(distribution.path)) claimGuessed(claims, distribution, owner.index);
      if (owner.isOwn) found.push({ distribution, index: owner.index });
    }
    pinExactly(claims, found);
  },
};

/** Who has a distribution: itself, or a package that brought it. */
interface Found {
  readonly index: number;
  readonly isOwn: boolean;
}

interface Owned {
  readonly distribution: Distribution;
  readonly index: number;
}

function distributionsAt(claims: Claims, nodes: readonly number[]): readonly Distribution[] {
  const distributions = nodes.map((node) => distributionAt(claims, node));
  return inOrder(distributions.filter(({ path }) => !caches.test(path)));
}

function distributionAt(claims: Claims, node: number): Distribution {
  const path = claims.path(node);
  const site = parentOf(path);
  const text = (name: string) => claims.text(claims.child(node, name));
  const isDirectory = claims.tree.kind(node) === 'directory';
  const told = isDirectory ? (text('METADATA') ?? text('PKG-INFO')) : claims.text(node);
  const metadata = readMetadata(told ?? '');
  const named = namedByDirectory(lastOf(path));
  return {
    node,
    path,
    site,
    metadata: {
      name: metadata.name ?? named.name,
      version: metadata.version ?? named.version,
      exactly: metadata.exactly,
    },
    record:
      listAt(claims, node, 'RECORD', site, recordPaths) ??
      listAt(claims, node, 'installed-files.txt', path, lines),
  };
}

function listAt(
  claims: Claims,
  directory: number,
  name: string,
  base: string,
  paths: DistributionRecord['paths'],
): DistributionRecord | undefined {
  const node = claims.child(directory, name);
  return node === undefined || claims.kept(node) === undefined ? undefined : { node, base, paths };
}

/**
 * Those in a site directory first, then the upper ones: so that what a distribution has of others inside it, vendored,
 * is its own, and the plain name goes to what is imported.
 */
function inOrder(distributions: readonly Distribution[]): readonly Distribution[] {
  const rank = ({ site }: Distribution) => (siteNames.test(site) ? 0 : 1_000_000) + depthOf(site);
  return distributions
    .map((distribution) => ({ distribution, rank: rank(distribution) }))
    .sort((one, other) => one.rank - other.rank || one.distribution.node - other.distribution.node)
    .map(({ distribution }) => distribution);
}

/** Its own owner, or the package's that has its metadata. */
function ownerOf(claims: Claims, { node, site, metadata }: Distribution): Found | undefined {
  const witness = claims.child(node, 'METADATA') ?? claims.child(node, 'PKG-INFO') ?? node;
  const other = claims.ownerOf(witness);
  if (other !== undefined && !claims.isByPattern(other)) return { index: other, isOwn: false };
  const { name, version } = metadata;
  if (name === undefined) return undefined;
  return {
    index: claims.register({ kind: 'python', what: name, place: site, version, class: 'library' }),
    isOwn: true,
  };
}

function claimRecorded(claims: Claims, { node, record }: Distribution, { index, isOwn }: Found): void {
  const text = claims.text(record?.node) ?? '';
  for (const path of record?.paths(text) ?? []) {
    const full = joined(record?.base ?? '', path);
    const file = full === undefined ? undefined : claims.find(full);
    if (file === undefined || claims.tree.kind(file) === 'directory') continue;
    if (isOwn) claims.replace(file, index);
    else claims.claim(file, index);
  }
  claims.claimBelow(node, index);
}

function claimGuessed(claims: Claims, { node, site, metadata }: Distribution, owner: number): void {
  const told = claims.text(claims.child(node, 'top_level.txt'));
  const byName = metadata.name?.replaceAll('-', '_') ?? '';
  const tops = told === undefined ? [byName] : [...lines(told)].slice(0, 1000);
  for (const top of [...tops, `${byName}.libs`]) {
    if (!/^[^/]{1,200}$/.test(top) || top === '.' || top === '..') continue;
    for (const name of [top, `${top}.py`]) {
      const found = claims.find(within(site, name));
      if (found !== undefined) claims.claimBelow(found, owner);
    }
  }
}

function pinExactly(claims: Claims, found: readonly Owned[]): void {
  const bySite = new Map<string, number>();
  const key = (site: string, name: string) => `${name}\n${site}`;
  for (const { distribution, index } of found) {
    const { site, metadata } = distribution;
    if (metadata.name !== undefined) bySite.set(key(site, metadata.name), index);
  }
  for (const { distribution, index } of found) {
    const others = distribution.metadata.exactly.map((name) => bySite.get(key(distribution.site, name)));
    claims.pin(
      index,
      others.filter((other) => other !== undefined),
    );
  }
}
