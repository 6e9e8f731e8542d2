import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { endsWithLastSpan, whyRefusedOnRead } from './check.ts';
import { nameForPeople, unindexable, ztocEntry } from './entry.ts';
import { EntryList } from './entry-list.ts';
import { Indexability } from './indexability.ts';
import type { ZtocEntry } from './ztoc.ts';

/**
 * Gathers a layer's entries for its zTOC. Its calls throw PullBudgetError `unindexable`: also where `soci` makes a zTOC
 * and a file of the layer can't be read through it, which a container would find out.
 */
export class LayerContents implements TarSubscriber {
  readonly entries = new EntryList();
  readonly #indexability = new Indexability();
  #fileEnd = 0;

  entry(entry: TarEntry): void {
    const reason = this.#indexability.whyNot(entry);
    if (reason !== undefined) throw unindexable(reason);
    const made = ztocEntry(entry);
    const refused = whyUnreadable(entry, made);
    if (refused !== undefined)
      throw unindexable(`${nameForPeople(entry.name)} could not be read: ${refused}`);
    this.entries.add(made);
    if (entry.kind === 'file') this.#fileEnd = entry.dataStart + entry.dataBytes;
  }

  /** Of an uncompressed layer. */
  refusePlain(bytes: number, spanBytes: number): void {
    if (bytes === 0) throw unindexable('it is empty');
    if (endsWithLastSpan(this.#fileEnd, Math.ceil(bytes / spanBytes), spanBytes))
      throw unindexable('its last file ends with the last span');
  }
}

function whyUnreadable({ kind, uid, gid }: TarEntry, made: ZtocEntry): string | undefined {
  if (kind !== 'file') return undefined;
  if (uid !== made.uid || gid !== made.gid) return 'its owner does not fit into a zTOC';
  return whyRefusedOnRead(made);
}
