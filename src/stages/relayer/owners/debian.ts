import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { joined, within } from './path.ts';
import { lines, versionText } from './python-metadata.ts';

const database = 'var/lib/dpkg';
const info = `${database}/info`;
const distroless = `${database}/status.d`;

/**
 * Debian packages: dpkg's lists of files with the package's own files beside them, and distroless' `status.d`. Lists
 * may name `/lib/x` where the tree has `/usr/lib/x` behind a link, and what is diverted lies elsewhere.
 */
export const debianFinder: OwnerFinder = {
  name: 'debian',
  tells: [
    { ends: '.list', path: /^var\/lib\/dpkg\/info\/[^/]+\.list$/, most: 16 * 2 ** 20 },
    { ends: '/status', path: /^var\/lib\/dpkg\/status$/, most: 32 * 2 ** 20 },
    { ends: '/diversions', path: /^var\/lib\/dpkg\/diversions$/, most: 2 ** 20 },
    { ends: '.md5sums', path: /^var\/lib\/dpkg\/status\.d\/[^/]+$/, most: 16 * 2 ** 20 },
    { ends: '', path: /^var\/lib\/dpkg\/status\.d\/[^/]+$/, most: 2 ** 18 },
  ],
  claim(claims) {
    claimInstalled(claims);
    claimDistroless(claims);
  },
};

function claimInstalled(claims: Claims): void {
  const directory = claims.find(info);
  if (directory === undefined) return;
  const versions = versionsOf(claims.text(claims.find(`${database}/status`)) ?? '');
  const diversions = diversionsOf(claims.text(claims.find(`${database}/diversions`)) ?? '');
  const owners = new Map<string, number>();
  for (const node of claims.tree.children(directory)) {
    const [, stem] = /^(.+)\.list$/.exec(claims.name(node)) ?? [];
    const list = stem === undefined ? undefined : claims.text(node);
    if (stem === undefined || list === undefined) continue;
    const [name = '', architecture = ''] = stem.split(':', 2);
    const version = versions.get(stem) ?? versions.get(name);
    const owner = registerPackage(claims, name, architecture, version);
    owners.set(stem, owner);
    for (const path of lines(list)) claimPath(claims, diverted(path, name, diversions), owner);
  }
  for (const node of claims.tree.children(directory)) {
    const owner = owners.get(claims.name(node).replace(/\.[^.]*$/, ''));
    if (owner !== undefined) claims.claim(node, owner);
  }
}

function claimDistroless(claims: Claims): void {
  const directory = claims.find(distroless);
  if (directory === undefined) return;
  for (const node of claims.tree.children(directory)) {
    const file = claims.name(node);
    const control = file.endsWith('.md5sums') ? undefined : claims.text(node);
    if (control === undefined) continue;
    const { name, version } = controlOf(control);
    const owner = registerPackage(claims, name ?? file, '', version);
    claims.claim(node, owner);
    const sums = claims.find(within(distroless, `${file}.md5sums`));
    if (sums === undefined) continue;
    claims.claim(sums, owner);
    for (const line of lines(claims.text(sums) ?? '')) {
      const [, path] = /^[0-9a-f]{32} [ *](.+)$/.exec(line) ?? [];
      if (path !== undefined) claimPath(claims, path, owner);
    }
  }
}

function registerPackage(claims: Claims, what: string, place: string, version: string | undefined): number {
  return claims.register({ kind: 'debian', what, place, version, class: 'system', isReplaceable: true });
}

function claimPath(claims: Claims, path: string, owner: number): void {
  const full = joined('', path);
  const node = full === undefined || full === '' ? undefined : claims.find(full);
  if (node !== undefined) claims.claim(node, owner);
}

/** Of each path that is diverted where to, and by which package: its own file stays. */
type Diversions = ReadonlyMap<string, { readonly to: string; readonly by: string }>;

/** The database has three lines each: path, where it goes, package (dpkg-divert(1)). */
function diversionsOf(text: string): Diversions {
  const diversions = new Map<string, { to: string; by: string }>();
  const all = [...lines(text)];
  for (let at = 0; at + 2 < all.length; at += 3) {
    diversions.set(all[at] as string, { to: all[at + 1] as string, by: all[at + 2] as string });
  }
  return diversions;
}

function diverted(path: string, name: string, diversions: Diversions): string {
  const diversion = diversions.get(path);
  return diversion === undefined || diversion.by === name ? path : diversion.to;
}

/** Versions by package, and by `package:architecture`. */
function versionsOf(status: string): Map<string, string> {
  const versions = new Map<string, string>();
  for (const paragraph of paragraphs(status)) {
    const { name, architecture, version } = controlOf(paragraph);
    if (name === undefined || version === undefined) continue;
    versions.set(name, version);
    versions.set(`${name}:${architecture}`, version);
  }
  return versions;
}

function controlOf(paragraph: string): Record<'name' | 'architecture' | 'version', string | undefined> {
  const field = (name: RegExp) => name.exec(paragraph)?.[1]?.trim();
  const name = field(/^Package:(.{1,200})$/m);
  return {
    name: name !== undefined && /^[\w.+-]+$/.test(name) ? name : undefined,
    architecture: field(/^Architecture:(.{1,200})$/m),
    version: versionText(field(/^Version:(.{1,200})$/m) ?? ''),
  };
}

function* paragraphs(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n\n', at);
    yield text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 2;
  }
}
