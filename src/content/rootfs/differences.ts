import type { Tree } from './tree.ts';

/** In what two nodes of one path differ. */
export type Aspect =
  | 'only-in-a'
  | 'only-in-b'
  | 'type'
  | 'mode'
  | 'owner'
  | 'mtime'
  | 'content'
  | 'target'
  | 'device'
  | 'xattrs'
  | 'links';

export interface Difference {
  /** Nodes of that path in either tree; undefined where it is not there. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly aspects: readonly Aspect[];
}

export interface ComparePolicy {
  /** `compared`: mtimes count where both trees know one. `ignored`: they do not, nor those in .pyc that name their source's. */
  readonly mtime: 'compared' | 'ignored';
}

/** What differs, in the order of paths (a directory before what is in it; what is below a path that is only in one tree is listed too). */
export function differences(_a: Tree, _b: Tree, _policy: ComparePolicy): Iterable<Difference> {
  throw new Error('to be built');
}

/** What one layer on top of `from` has to have, so that the result is `to` (mtimes compared). */
export interface Changes {
  /** Nodes of `to`, ascending. With a link of an inode all its links. Directories only where they themselves differ or are new. */
  readonly emit: Uint32Array;
  /** Nodes of `from` to be whited out: the topmost of each removed subtree; where a directory becomes something else, nothing (an entry that is no directory hides it). */
  readonly remove: Uint32Array;
}

export function changesBetween(_from: Tree, _to: Tree): Changes {
  throw new Error('to be built');
}
