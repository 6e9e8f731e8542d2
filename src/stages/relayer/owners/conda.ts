import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { joined, parentOf, within } from './path.ts';
import { versionText } from './python-metadata.ts';

/** What `conda-meta/NAME-VERSION-BUILD.json` says of a package. */
interface CondaRecord {
  readonly name: string;
  readonly version: string | undefined;
  /** From the prefix, as latin1. */
  readonly files: Iterable<string>;
}

/** Conda packages of every prefix, base or environment, each with its record. */
export const condaFinder: OwnerFinder = {
  name: 'conda',
  tells: [{ ends: '.json', path: /(?:^|\/)conda-meta\/[^/]+\.json$/, most: 16 * 2 ** 20 }],
  starts: /^conda-meta$/,
  claim(claims, directories) {
    for (const directory of directories) {
      const prefix = parentOf(claims.path(directory));
      for (const node of claims.tree.children(directory)) claimPackage(claims, prefix, node);
    }
    for (const directory of directories) claimCache(claims, parentOf(claims.path(directory)));
  },
};

function claimPackage(claims: Claims, prefix: string, node: number): void {
  const content = claims.name(node).endsWith('.json') ? claims.kept(node) : undefined;
  const record = content && readRecord(content);
  if (!record) return;
  const { name, version } = record;
  const owner = claims.register({
    kind: 'conda',
    what: name,
    place: prefix,
    version,
    class: name === 'python' ? 'runtime' : 'library',
    isReplaceable: true,
  });
  claims.claim(node, owner);
  for (const file of record.files) {
    const path = joined(prefix, file);
    const found = path === undefined ? undefined : claims.find(path);
    if (found !== undefined) claims.claim(found, owner);
  }
}

/** What conda unpacked and is not installed; what is, are hard links mostly, and with their packages already. */
function claimCache(claims: Claims, prefix: string): void {
  const cache = claims.find(within(prefix, 'pkgs'));
  if (cache === undefined || claims.child(cache, 'urls.txt') === undefined) return;
  claims.claimBelow(
    cache,
    claims.register({ kind: 'conda', what: 'package cache', place: prefix, class: 'library' }),
  );
}

function readRecord(content: Buffer): CondaRecord | undefined {
  let read: unknown;
  try {
    read = JSON.parse(content.toString());
  } catch {
    return undefined;
  }
  const { name, version, files } = (read ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !/^[\w.-]{1,128}$/.test(name)) return undefined;
  return {
    name,
    version: typeof version === 'string' ? versionText(version) : undefined,
    files: latin1(Array.isArray(files) ? files : []),
  };
}

function* latin1(files: readonly unknown[]): Generator<string> {
  for (const file of files) {
    if (typeof file === 'string') yield Buffer.from(file).toString('latin1');
  }
}
