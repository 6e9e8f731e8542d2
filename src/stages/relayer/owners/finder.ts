import type { Claims } from './claims.ts';

/** Files whose content a finder reads. */
export interface Told {
  /** How the path ends: looked at first. */
  readonly ends: string;
  readonly path: RegExp;
  /** Of a larger file the content is not wanted. */
  readonly most: number;
}

/**
 * Finds the files of one kind of owner. Paths and names are latin1 strings here, a character a byte: so they keep their
 * bytes, and regular expressions read them.
 */
export interface OwnerFinder {
  readonly name: string;
  readonly tells: readonly Told[];
  /** Names of the nodes that it starts from; none: it is called once, with nothing. */
  readonly starts?: RegExp;
  /** @param starts ascending: a directory before what is below it */
  claim(claims: Claims, starts: readonly number[]): void;
}
