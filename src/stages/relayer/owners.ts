import type { Tree } from '../../content/rootfs/tree.ts';
import { apkFinder } from './owners/apk.ts';
import { appFinder } from './owners/app.ts';
import { Claims } from './owners/claims.ts';
import { condaFinder } from './owners/conda.ts';
import { debianFinder } from './owners/debian.ts';
import type { OwnerFinder } from './owners/finder.ts';
import { compiledFinder, linkFinder } from './owners/follower.ts';
import { knownFinder } from './owners/known.ts';
import { modelFinder } from './owners/model.ts';
import { npmFinder } from './owners/npm.ts';
import type { Kept, OwnerOptions, Owners } from './owners/owner.ts';
import { patternFinder } from './owners/pattern.ts';
import { guessedPythonFinder, pythonFinder } from './owners/python.ts';
import { withRest } from './owners/rest.ts';
import { runtimeFinder } from './owners/runtime.ts';

export {
  classes,
  type Kept,
  type Owner,
  type OwnerClass,
  type OwnerOptions,
  type Owners,
} from './owners/owner.ts';

/**
 * By precedence: the user; whoever lists its files; what is known of layers that were not read; whoever is known by
 * names and places. What none of them claims goes by directory. rpm's database is not read (sqlite, in Node only over a
 * file on the host): its packages go by directory.
 */
const finders: readonly OwnerFinder[] = [
  patternFinder,
  debianFinder,
  apkFinder,
  condaFinder,
  pythonFinder,
  knownFinder,
  guessedPythonFinder,
  npmFinder,
  compiledFinder,
  linkFinder,
  modelFinder,
  runtimeFinder,
  appFinder,
];

const told = finders.flatMap((finder) => finder.tells);

/**
 * Whether a file's content is wanted by an owner finder: to be kept while a layer is read. `path` as FileTable has it.
 * Each kind of file has a largest size, from 64 KiB (package.json) to 32 MiB (dpkg's status, apk's database): of a real
 * image of 300 Python distributions and 500 Debian packages some 30 MB in all.
 */
export function tellsOwners(path: Buffer, bytes: number): boolean {
  const text = path.toString('latin1');
  return told.some(
    ({ ends, path: wanted, most }) => bytes <= most && text.endsWith(ends) && wanted.test(text),
  );
}

/**
 * Whose each node is. Hard links of one inode have one owner; directories have the owner of all that is in them.
 * Deterministic: by the tree and the files' content alone.
 * @throws PullBudgetError `bad-pattern` for a pattern that picomatch refuses
 */
export async function findOwners(tree: Tree, kept: Kept, options: OwnerOptions): Promise<Owners> {
  const claims = new Claims(tree, kept, options);
  const starts = startsOf(tree);
  for (const [index, finder] of finders.entries()) finder.claim(claims, starts[index] ?? []);
  const of = withRest(claims);
  return { owners: claims.owners(of), of };
}

/** Nodes by whose name a finder starts: each name is looked at once. */
function startsOf(tree: Tree): readonly (readonly number[])[] {
  const starts = finders.map((): number[] => []);
  for (let node = 1; node < tree.size; node += 1) {
    const name = tree.name(node).toString('latin1');
    for (const [index, finder] of finders.entries()) if (finder.starts?.test(name)) starts[index]?.push(node);
  }
  return starts;
}
