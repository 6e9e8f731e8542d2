import type { ZtocEntry } from './ztoc.ts';

/** Entries of a layer, kept small until the zTOC, which begins with the last one, can be written. */
export class EntryList {
  get count(): number {
    throw new Error('to be built');
  }

  add(_entry: ZtocEntry): void {
    throw new Error('to be built');
  }

  at(_index: number): ZtocEntry {
    throw new Error('to be built');
  }
}
