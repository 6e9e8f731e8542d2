import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { joined, within } from './path.ts';
import { lines, versionText } from './python-metadata.ts';

/** Where apk keeps what is installed; the second since Alpine merged /usr. */
const databases = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

/**
 * Alpine packages: one file with a paragraph each, lines of a letter and a value (wiki.alpinelinux.org, Apk spec):
 * P name, V version, F a directory, R a file in it.
 */
export const apkFinder: OwnerFinder = {
  name: 'apk',
  tells: [{ ends: '/installed', path: /^(?:usr\/)?lib\/apk\/db\/installed$/, most: 32 * 2 ** 20 }],
  claim(claims) {
    const nodes = new Set(databases.map((path) => claims.find(path)));
    for (const node of nodes) claimListed(claims, claims.text(node) ?? '');
  },
};

function claimListed(claims: Claims, text: string): void {
  let name = '';
  let directory = '';
  let owner: number | undefined;
  for (const line of lines(text)) {
    const value = line.slice(2);
    if (line === '') owner = undefined;
    else if (line.startsWith('P:')) name = value;
    else if (line.startsWith('V:')) owner = registerPackage(claims, name, value);
    else if (line.startsWith('F:')) {
      directory = value;
      claimPath(claims, directory, owner);
    } else if (line.startsWith('R:')) claimPath(claims, within(directory, value), owner);
  }
}

function registerPackage(claims: Claims, what: string, version: string): number | undefined {
  if (!/^[\w.+-]{1,200}$/.test(what)) return undefined;
  return claims.register({
    kind: 'apk',
    what,
    place: '',
    version: versionText(version),
    class: 'system',
    isReplaceable: true,
  });
}

function claimPath(claims: Claims, path: string, owner: number | undefined): void {
  const full = joined('', path);
  const node = owner === undefined || !full ? undefined : claims.find(full);
  if (node !== undefined && owner !== undefined) claims.claim(node, owner);
}
