import { type Claims, unclaimed } from './claims.ts';
import type { OwnerClass } from './owner.ts';
import { bytesOf } from './path.ts';

/** What a directory holds that nobody says whose it is. */
interface Place {
  readonly path: string;
  readonly class: OwnerClass;
  /** Directories down to this depth have an owner each, what is below goes with them. */
  readonly levels: number;
  /** One owner for all of it, by kind and name. */
  readonly owner?: readonly [kind: string, what: string];
}

const debian = ['debian', 'database'] as const;
const apk = ['apk', 'database'] as const;
const rpm = ['rpm', 'database'] as const;

/**
 * The nearest one counts. What a package manager notes changes with every package: it goes late, as do caches and logs,
 * so that it does not break the layers of what is installed.
 */
const places: readonly Place[] = [
  { path: '', class: 'app', levels: 1 },
  ...[
    'bin',
    'boot',
    'dev',
    'etc',
    'lib',
    'lib32',
    'lib64',
    'libx32',
    'media',
    'mnt',
    'proc',
    'sbin',
    'sys',
  ].map((path) => ({ path, class: 'system', levels: 1 }) as const),
  { path: 'usr', class: 'system', levels: 2 },
  { path: 'usr/local', class: 'library', levels: 3 },
  { path: 'usr/src', class: 'app', levels: 3 },
  { path: 'opt', class: 'library', levels: 2 },
  { path: 'home', class: 'app', levels: 2 },
  { path: 'root', class: 'app', levels: 1 },
  { path: 'srv', class: 'app', levels: 2 },
  { path: 'var', class: 'system', levels: 2 },
  { path: 'var/lib', class: 'system', levels: 3 },
  { path: 'var/www', class: 'app', levels: 3 },
  { path: 'var/task', class: 'app', levels: 2 },
  { path: 'var/runtime', class: 'runtime', levels: 2 },
  { path: 'var/lib/dpkg', class: 'volatile', levels: 3, owner: debian },
  { path: 'var/lib/apt', class: 'volatile', levels: 3, owner: debian },
  { path: 'lib/apk/db', class: 'volatile', levels: 3, owner: apk },
  { path: 'usr/lib/apk/db', class: 'volatile', levels: 4, owner: apk },
  { path: 'etc/apk', class: 'volatile', levels: 2, owner: apk },
  { path: 'var/lib/rpm', class: 'volatile', levels: 3, owner: rpm },
  { path: 'usr/lib/sysimage/rpm', class: 'volatile', levels: 4, owner: rpm },
  { path: 'var/lib/dnf', class: 'volatile', levels: 3, owner: rpm },
  { path: 'var/lib/yum', class: 'volatile', levels: 3, owner: rpm },
  { path: 'etc/ld.so.cache', class: 'volatile', levels: 0 },
  ...['run', 'tmp', 'var/cache', 'var/log', 'var/run', 'var/tmp', 'root/.cache'].map(
    (path) => ({ path, class: 'volatile', levels: 0 }) as const,
  ),
];

/** What is not a package's beside packages. */
const packages: Place = { path: '', class: 'library', levels: 0 };
const packagesName = /^(?:site|dist)-packages$/;

/** A directory with more is not split into an owner each. */
const mostSplits = 100;
/** A larger owner is split, by directories that are at least so large themselves. */
const splitBytes = 256 * 2 ** 20;
const leastSplitBytes = 64 * 2 ** 20;

/** Some owner for every node: claims as they are, else by directory. Directories by what is in them. */
export function withRest(claims: Claims): Uint32Array {
  const { tree } = claims;
  const rest = restByDirectory(claims);
  const of = new Uint32Array(tree.size);
  // Of each directory whose all below it is: unclaimed while nothing was seen, `shared` when it is several owners'.
  const inside = new Uint32Array(tree.size).fill(unclaimed);
  const shared = unclaimed - 1;
  for (let node = tree.size - 1; node >= 0; node -= 1) {
    const all = inside[node] as number;
    const isLeaf = all === unclaimed;
    of[node] = isLeaf ? (claims.ownerOf(node) ?? rest(node)) : all === shared ? rest(node) : all;
    if (node === 0) continue;
    const parent = tree.parent(node);
    const own = isLeaf ? (of[node] as number) : all;
    const before = inside[parent] as number;
    inside[parent] = before === unclaimed || before === own ? own : shared;
  }
  return of;
}

/** The owner by directory of a node. */
function restByDirectory(claims: Claims): (node: number) => number {
  const heads = headsOf(claims);
  const owners = new Map<number, number>();
  return (node) => {
    const head = heads.of[node] as number;
    const known = owners.get(head);
    if (known !== undefined) return known;
    const { class: ownerClass, owner } = heads.place(head);
    const [kind, what] = owner ?? ['files', `/${claims.path(head)}`];
    const index = claims.register({ kind, what, place: '', class: ownerClass });
    owners.set(head, index);
    return index;
  };
}

interface Heads {
  /** Of each node the node whose owner it has. */
  readonly of: Uint32Array;
  readonly place: (head: number) => Place;
}

function headsOf(claims: Claims): Heads {
  const { tree } = claims;
  const { bytes, files, directories } = unclaimedBelow(claims);
  const placed = placedNodes(claims);
  const kinds: Place[] = [...places, packages];
  const placeOf = new Uint8Array(tree.size);
  const depth = new Uint16Array(tree.size);
  const of = new Uint32Array(tree.size);
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parent(node);
    // Where there is nothing to own a directory goes with the one above.
    const place = files[node] === 0 ? undefined : (placed.get(node) ?? packagesPlace(claims, node));
    placeOf[node] = place ? kinds.indexOf(place) : (placeOf[parent] as number);
    depth[node] = Math.min((depth[parent] as number) + 1, 0xffff);
    const isUpper = (depth[node] as number) <= (kinds[placeOf[node] as number] as Place).levels;
    const isSplit =
      of[parent] === parent &&
      (bytes[parent] as number) > splitBytes &&
      (bytes[node] as number) >= leastSplitBytes;
    const isHead =
      tree.kind(node) === 'directory' &&
      files[node] !== 0 &&
      (directories[parent] as number) <= mostSplits &&
      (isUpper || isSplit);
    of[node] = place || isHead ? node : (of[parent] as number);
  }
  return { of, place: (head) => kinds[placeOf[head] as number] as Place };
}

function placedNodes({ tree }: Claims): Map<number, Place> {
  const placed = new Map<number, Place>();
  for (const place of places) {
    const node = tree.find(bytesOf(place.path));
    if (node !== undefined) placed.set(node, place);
  }
  return placed;
}

function packagesPlace(claims: Claims, node: number): Place | undefined {
  const isDirectory = claims.tree.kind(node) === 'directory';
  return isDirectory && packagesName.test(claims.name(node)) ? packages : undefined;
}

/** Of each node what nobody claims there and below, files of all kinds and their bytes; and directories in it. */
function unclaimedBelow(claims: Claims): {
  readonly bytes: Float64Array;
  readonly files: Uint32Array;
  readonly directories: Uint32Array;
} {
  const { tree } = claims;
  const bytes = new Float64Array(tree.size);
  const files = new Uint32Array(tree.size);
  const directories = new Uint32Array(tree.size);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent(node);
    if (tree.kind(node) === 'directory') directories[parent] = (directories[parent] as number) + 1;
    else if (claims.ownerOf(node) === undefined) {
      files[node] = 1;
      bytes[node] = tree.bytes(node);
    }
    files[parent] = (files[parent] as number) + (files[node] as number);
    bytes[parent] = (bytes[parent] as number) + (bytes[node] as number);
  }
  return { bytes, files, directories };
}
