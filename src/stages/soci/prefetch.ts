import type { Digest } from '../../content/image/digest.ts';
import type { Ztoc } from './ztoc.ts';

export const prefetchMediaType = 'application/vnd.amazon.soci.prefetch.v1+json';

/** What to fetch early: absolute paths and globs in the image. */
export interface PrefetchPlan {
  /** The artifact's bytes by layer. */
  readonly artifacts: ReadonlyMap<Digest, Uint8Array>;
  /** Patterns that no file of an indexed layer fits. */
  readonly unmatched: readonly string[];
}

/**
 * The spans that hold the files which `patterns` name, by layer, the topmost layer that has a file winning.
 * `layers`: those with a zTOC, the lowest first.
 */
export function planPrefetch(
  _patterns: readonly string[],
  _layers: readonly { readonly layer: Digest; readonly ztoc: Ztoc }[],
): PrefetchPlan {
  throw new Error('to be built');
}
