import type { TarEntry } from '../../content/tar/entry.ts';
import type { ZtocEntry } from './ztoc.ts';

/** A tar's entry as Go's reader, and so `soci`, puts it into a zTOC. */
export function ztocEntry(_entry: TarEntry): ZtocEntry {
  throw new Error('to be built');
}

/** Why a layer with this entry gets no zTOC that a snapshotter takes: half a sentence, `./a is a sparse file`. */
export function whyUnindexable(_entry: TarEntry): string | undefined {
  throw new Error('to be built');
}
