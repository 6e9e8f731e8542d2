import { inputError } from '../../content/error.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { plain } from '../../facts/plain.ts';
import type { PurgedPaths } from '../../facts/relayer.ts';
import { globMatcher, pathOf } from './owners/pattern.ts';

/** Whether a path of an image is to be in no blob. */
export interface IsPurged {
  (path: Buffer): boolean;
  readonly rules: readonly Rule[];
}

interface Rule {
  /** As somebody wrote it. */
  readonly pattern: string;
  readonly fits: (path: string) => boolean;
}

/**
 * Paths or globs, with or without a slash in front; a directory that one fits goes with all that is below it. Paths are
 * what layers call them: links are not followed.
 * @throws PullBudgetError `bad-pattern`
 */
export function purging(patterns: readonly string[]): IsPurged {
  const rules = patterns.map(ruleOf);
  const isPurged = (path: Buffer): boolean => {
    if (rules.length === 0) return false;
    const text = path.toString();
    return rules.some(({ fits }) => fits(text));
  };
  return Object.assign(isPurged, { rules });
}

function ruleOf(pattern: string): Rule {
  const path = pathOf(pattern);
  const is = globMatcher('purge', pattern);
  const isBelow = globMatcher('purge', `${path}/**`);
  return {
    pattern,
    fits: (other) => other === path || other.startsWith(`${path}/`) || is(other) || isBelow(other),
  };
}

/** How many paths are told by their names, and how many are counted. */
const [mostNamed, mostCounted] = [20, 10_000];

/**
 * What the layers that there were have of what is to be in none, and which patterns fit nothing of it: somebody
 * mistyped them, or the paths are gone already.
 */
export function findPurged(
  tables: Iterable<FileTable>,
  { rules }: IsPurged,
): { readonly paths: PurgedPaths | undefined; readonly idle: readonly string[] } {
  const found = new Set<string>();
  const idle = new Set(rules);
  for (const table of rules.length === 0 ? [] : tables) {
    for (let row = 0; row < table.rows; row++) {
      if (isRemoval(table, row)) continue;
      const path = table.path(row).toString();
      const fitting = rules.filter(({ fits }) => fits(path));
      for (const rule of fitting) idle.delete(rule);
      if (fitting.length > 0 && found.size < mostCounted) found.add(path);
    }
  }
  const named = [...found].toSorted().slice(0, mostNamed);
  return {
    paths: found.size === 0 ? undefined : { paths: named.map((path) => plain(path, 500)), count: found.size },
    idle: [...idle].map(({ pattern }) => pattern),
  };
}

/** The first path of a layer that is to be in no blob; whiteouts hold nothing. */
export function purgedPath(table: FileTable, isPurged: IsPurged): Buffer | undefined {
  if (isPurged.rules.length === 0) return undefined;
  for (let row = 0; row < table.rows; row++) {
    if (isRemoval(table, row)) continue;
    const path = table.path(row);
    if (isPurged(path)) return path;
  }
  return undefined;
}

/** How many of the lowest layers hold nothing that is to be in no blob. */
export function countClean(tables: readonly FileTable[], isPurged: IsPurged): number {
  const first = tables.findIndex((table) => purgedPath(table, isPurged) !== undefined);
  return first === -1 ? tables.length : first;
}

function isRemoval(table: FileTable, row: number): boolean {
  const kind = table.kind(row);
  return kind === 'whiteout' || kind === 'opaque';
}

/** @throws PullBudgetError `purged-path-visible`: removing it would change what containers see */
export function refuseVisible(tree: Tree, isPurged: IsPurged): void {
  for (let node = 1; node < tree.size; node++) {
    const path = tree.path(node);
    if (!isPurged(path)) continue;
    throw inputError(
      'purged-path-visible',
      `/${shownPath(path)} is to be purged, and the image still has it`,
      {
        hint: 'Purging takes what was deleted or replaced out of the layers below. Remove the file in the build as well.',
      },
    );
  }
}
