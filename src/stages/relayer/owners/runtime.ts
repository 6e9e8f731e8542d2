import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import { lastOf, parentOf, within } from './path.ts';

/** Packages are not their interpreter's. */
const packages = /^(?:site|dist)-packages$/;

/** Where runtimes are put that bring no list of their files; what the first group matches is the version. */
const places: readonly { readonly path: RegExp; readonly what: string }[] = [
  { path: /^usr\/local\/cuda(?:-([\d.]+))?$/, what: 'cuda' },
  { path: /^usr\/local\/nvidia$|^opt\/nvidia$/, what: 'nvidia' },
  { path: /^opt\/rocm(?:-([\d.]+))?$/, what: 'rocm' },
  { path: /^usr\/local\/go$/, what: 'go' },
  { path: /^(?:opt\/java|usr\/lib\/jvm)$/, what: 'java' },
  { path: /^usr\/local\/(?:rustup|cargo)$/, what: 'rust' },
  { path: /^usr\/local\/lib\/ruby$/, what: 'ruby' },
  { path: /^usr\/share\/dotnet$/, what: 'dotnet' },
  { path: /^usr\/local\/(?:bin|include|share\/doc)\/node$/, what: 'node' },
];
const placeNames = /^(?:cuda(?:-[\d.]+)?|nvidia|rocm(?:-[\d.]+)?|go|java|jvm|rustup|cargo|ruby|dotnet|node)$/;

/** Interpreters and toolkits: what is theirs and no package's. */
export const runtimeFinder: OwnerFinder = {
  name: 'runtimes',
  tells: [],
  starts: new RegExp(`^(?:os\\.py|pyvenv\\.cfg|conda-meta)$|${placeNames.source}`),
  claim(claims, nodes) {
    for (const node of nodes) {
      const name = claims.name(node);
      const path = claims.path(node);
      if (name === 'os.py') claimPython(claims, path);
      else if (name === 'pyvenv.cfg') claimEnvironment(claims, parentOf(path));
      else if (name === 'conda-meta') claimConda(claims, parentOf(path));
      else claimPlace(claims, node, path);
    }
  },
};

function claimPlace(claims: Claims, node: number, path: string): void {
  for (const place of places) {
    const found = place.path.exec(path);
    if (found) claims.claimBelow(node, register(claims, place.what, '', found[1]));
  }
}

/** A Python by its standard library: `PREFIX/lib/python3.12/os.py`. */
function claimPython(claims: Claims, path: string): void {
  const [, prefix = '', library = '', version] =
    /^(?:(.*)\/)?(lib(?:64)?\/python(\d\.\d+))\/os\.py$/.exec(path) ?? [];
  const source = claims.find(path);
  if (version === undefined || source === undefined || claims.ownerOf(source) !== undefined) return;
  const owner = register(claims, 'python', prefix, version);
  claimWithoutPackages(claims, within(prefix, library), owner);
  claimWithoutPackages(claims, within(prefix, `include/python${version}`), owner);
  claimNamed(claims, within(prefix, 'lib'), /^libpython[\d.]*\.(?:so|a)/, owner);
  claimNamed(claims, within(prefix, 'lib/pkgconfig'), /^python-?[\d.]*/, owner);
  claimNamed(claims, within(prefix, 'bin'), /^(?:python|pydoc|idle|2to3|pip)[\d.-]*(?:-config)?$/, owner);
}

/** A virtual environment but for what is installed in it. */
function claimEnvironment(claims: Claims, prefix: string): void {
  const owner = claims.register({ kind: 'venv', what: `/${prefix}`, place: '', class: 'runtime' });
  for (const name of ['bin', 'include', 'lib', 'lib64', 'pyvenv.cfg']) {
    claimWithoutPackages(claims, within(prefix, name), owner);
  }
}

/** What conda's packages do not name in a prefix of its own: activation scripts, caches, its history. */
function claimConda(claims: Claims, prefix: string): void {
  if (['', 'usr', 'usr/local', claims.options.workingDir.toString('latin1')].includes(prefix)) return;
  claimWithoutPackages(claims, prefix, register(claims, 'conda', prefix, undefined));
}

function claimWithoutPackages(claims: Claims, path: string, owner: number): void {
  const top = claims.find(path);
  if (top === undefined) return;
  claims.claimBelow(top, owner, (directory) => {
    const name = claims.name(directory);
    return packages.test(name) || (name === 'envs' && lastOf(path) !== 'lib');
  });
}

function claimNamed(claims: Claims, directory: string, names: RegExp, owner: number): void {
  const top = claims.find(directory);
  if (top === undefined) return;
  for (const node of claims.tree.children(top)) {
    if (claims.tree.kind(node) !== 'directory' && names.test(claims.name(node))) claims.claim(node, owner);
  }
}

function register(claims: Claims, what: string, place: string, version: string | undefined): number {
  return claims.register({ kind: 'runtime', what, place, version, class: 'runtime' });
}
