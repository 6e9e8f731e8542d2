import type { Ztoc } from './ztoc.ts';

/** Something of a zTOC that makes the snapshotter refuse the layer, or a file of it unreadable. */
export interface Problem {
  /** A sentence without its full stop. */
  readonly what: string;
  readonly span?: number;
  /** For people. */
  readonly file?: string;
}

/** What the snapshotter checks of a zTOC before it mounts the layer, and what it would fail on at a file's first read. */
export function problemsOf(_ztoc: Ztoc, _blobBytes: number): Problem[] {
  throw new Error('to be built');
}
