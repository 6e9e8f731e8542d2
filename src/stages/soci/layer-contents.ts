import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { endsWithLastSpan, whyRefusedOnRead } from './check.ts';
import { nameForPeople, unindexable, ztocEntry } from './entry.ts';
import { EntryList, maxZtocBytes, tooLarge } from './entry-list.ts';
import { Indexability } from './indexability.ts';
import type { ZtocEntry } from './ztoc.ts';

/**
 * Gathers a layer's entries for its zTOC, or the reason why it gets none: also where `soci` makes a zTOC and a file of
 * the layer can't be read through it, which a container would find out.
 */
export class LayerContents implements TarSubscriber {
  readonly entries = new EntryList();
  readonly #indexability = new Indexability();
  #fileEnd = 0;
  #whyNot: string | undefined;

  /** Why there can be no zTOC, half a sentence. No entry is gathered any more once there is a reason. */
  get whyNot(): string | undefined {
    return this.#whyNot;
  }

  entry(entry: TarEntry): void {
    this.#whyNot ??= this.#add(entry);
  }

  /** An uncompressed layer is at its end. */
  endPlain(bytes: number, spanBytes: number): void {
    const spans = Math.ceil(bytes / spanBytes);
    if (bytes === 0) this.#whyNot ??= 'it is empty';
    else if (endsWithLastSpan(this.#fileEnd, spans, spanBytes))
      this.#whyNot ??= 'its last file ends with the last span';
  }

  /** @throws PullBudgetError `unindexable` */
  assertIndexable(): void {
    if (this.#whyNot !== undefined) throw unindexable(this.#whyNot);
  }

  /** What is against it. */
  #add(entry: TarEntry): string | undefined {
    const reason = this.#indexability.whyNot(entry);
    if (reason !== undefined) return reason;
    const made = ztocEntry(entry);
    const refused = whyUnreadable(entry, made);
    if (refused !== undefined) return `${nameForPeople(entry.name)} could not be read: ${refused}`;
    this.entries.add(made);
    if (entry.kind === 'file') this.#fileEnd = entry.dataStart + entry.dataBytes;
    return this.entries.flatBytes > maxZtocBytes ? tooLarge : undefined;
  }
}

function whyUnreadable({ kind, uid, gid }: TarEntry, made: ZtocEntry): string | undefined {
  if (kind !== 'file') return undefined;
  if (uid !== made.uid || gid !== made.gid) return 'its owner does not fit into a zTOC';
  return whyRefusedOnRead(made);
}
