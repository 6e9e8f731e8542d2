import type { TarEntry } from '../../content/tar/entry.ts';
import { blockBytes } from '../../content/tar/header.ts';
import { entryTypeOf, nameForPeople, whyUnindexable } from './entry.ts';
import { PathTree } from './path-tree.ts';

/** Tells of a layer, entry by entry in the tar's order, whether a snapshotter would take a zTOC of it. */
export class Indexability {
  readonly #tree = new PathTree();
  /** Where the snapshotter takes the next header to be, and the name before that. */
  #next = 0;
  #before: Buffer | undefined;

  /**
   * What this entry, or its place after those before it, has against a zTOC: half a sentence, as `whyUnindexable` has
   * it. To be asked of every entry until there is a reason.
   */
  whyNot(entry: TarEntry): string | undefined {
    const type = entryTypeOf[entry.kind];
    const reason = whyUnindexable(entry) ?? this.#whyMisplaced(entry);
    if (reason !== undefined || !type) return reason;
    this.#next = nextHeader(entry.dataStart, entry.size);
    this.#before = entry.name;
    const fault = this.#tree.add({ name: entry.name, type, linkname: entry.linkname });
    return fault && faultText(fault, entry);
  }

  /** Headers are found by the sizes before them, so one that says more or less than there is hides the next. */
  #whyMisplaced(entry: TarEntry): string | undefined {
    const overlaps = this.#next > entry.dataStart;
    const lost = entry.kind === 'file' && this.#next !== entry.start;
    if (!overlaps && !lost) return undefined;
    if (this.#before && this.#next > entry.start)
      return `${nameForPeople(this.#before)} has a size and no data`;
    return `there is more than its header before ${nameForPeople(entry.name)}`;
  }
}

/** Where the header after an entry is, if its data is as long as it says. */
export function nextHeader(offset: number, size: number): number {
  return Math.ceil((offset + size) / blockBytes) * blockBytes;
}

/** What a fault in the file tree means: half a sentence. */
export function faultText(
  fault: NonNullable<ReturnType<PathTree['add']>>,
  { name, linkname }: { readonly name: Buffer; readonly linkname: Buffer },
): string {
  if (fault === 'many folders') return 'more than a million folders have no entry of their own';
  if (fault === 'long name') return `a part of the name ${nameForPeople(name)} is longer than 32,768 bytes`;
  return `${nameForPeople(name)} is a hard link to ${nameForPeople(linkname)}, which is not before it in the layer`;
}
