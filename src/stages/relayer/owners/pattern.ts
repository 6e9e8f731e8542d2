import picomatch from 'picomatch';
import { inputError } from '../../../content/error.ts';
import type { Tree } from '../../../content/rootfs/tree.ts';
import type { Claims } from './claims.ts';
import type { OwnerFinder } from './finder.ts';
import type { OwnerClass } from './owner.ts';

/** What the user's patterns name, one owner a pattern: what changes often first, then what seldom does. */
export const patternFinder: OwnerFinder = {
  name: 'patterns',
  tells: [],
  claim(claims) {
    const { volatile, pin } = claims.options;
    const rules = [
      ...volatile.map(rule(claims.tree, 'volatile', 'volatile')),
      ...pin.map(rule(claims.tree, 'pin', 'system')),
    ];
    if (rules.length > 0) claimMatching(claims, rules);
  },
};

interface PatternRule {
  readonly setting: 'volatile' | 'pin';
  readonly pattern: string;
  readonly class: OwnerClass;
  readonly matches: (path: string) => boolean;
}

/** Hidden files are meant too, and a pattern means what it says, not the contrary. */
const options = { dot: true, nonegate: true } as const;

function rule(
  tree: Tree,
  setting: PatternRule['setting'],
  ownerClass: OwnerClass,
): (pattern: string) => PatternRule {
  return (pattern) => ({ setting, pattern, class: ownerClass, matches: matcher(tree, setting, pattern) });
}

/** A pattern that is a path means that path, whatever characters it has; others are globs. */
function matcher(tree: Tree, setting: string, pattern: string): (path: string) => boolean {
  const path = pathOf(pattern);
  return tree.find(Buffer.from(path)) === undefined
    ? globMatcher(setting, pattern)
    : (other) => other === path;
}

/** What a pattern is as the path of a tree. */
export function pathOf(pattern: string): string {
  return pattern.replace(/^\/+/, '').replace(/\/+$/, '');
}

/** Of whole paths. @throws PullBudgetError `bad-pattern` */
export function globMatcher(setting: string, pattern: string): (path: string) => boolean {
  try {
    const matches = picomatch(pathOf(pattern), options);
    return (path) => matches(path);
  } catch (cause) {
    throw inputError('bad-pattern', `${setting}: ${JSON.stringify(pattern.slice(0, 200))} is no pattern`, {
      hint: 'Write an absolute path in the image, or a glob like /app/**/*.py.',
      cause,
    });
  }
}

function claimMatching(claims: Claims, rules: readonly PatternRule[]): void {
  const { tree } = claims;
  // The first rule that a node or a directory above it fits; a rule's number plus one.
  const fits = new Uint16Array(tree.size);
  const owners = rules.map(() => -1);
  for (let node = 1; node < tree.size; node += 1) {
    const above = fits[tree.parent(node)] as number;
    const path = above === 1 ? '' : tree.path(node).toString();
    const last = above === 0 ? rules.length : above - 1;
    let first = 0;
    while (first < last && !rules[first]?.matches(path)) first += 1;
    if (first === rules.length) continue;
    fits[node] = first + 1;
    const { setting, pattern, class: ownerClass } = rules[first] as PatternRule;
    if (owners[first] === -1) {
      const what = Buffer.from(pattern).toString('latin1');
      owners[first] = claims.register({
        kind: setting,
        what,
        place: '',
        class: ownerClass,
        isByPattern: true,
      });
    }
    claims.claim(node, owners[first] as number);
  }
}
