import { inputError } from '../../content/error.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { whyUnindexable, ztocEntry } from './entry.ts';
import { EntryList } from './entry-list.ts';

/** Of a layer that no snapshotter would take a zTOC of. The message is half a sentence. */
export function unindexable(reason: string): Error {
  return inputError('unindexable', reason, { hint: 'Nodes pull this layer as a whole.' });
}

/** Gathers a layer's entries for its zTOC. Its calls throw PullBudgetError `unindexable`. */
export class LayerContents implements TarSubscriber {
  readonly entries = new EntryList();
  #dataEnd = 0;

  entry(entry: TarEntry): void {
    const reason = whyUnindexable(entry);
    if (reason !== undefined) throw unindexable(reason);
    this.entries.add(ztocEntry(entry));
    if (entry.dataBytes > 0) this.#dataEnd = entry.dataStart + entry.dataBytes;
  }

  /** Of an uncompressed layer: the snapshotter fails in a span that nothing follows the last file in. */
  refuseUnpadded(bytes: number): void {
    if (bytes === 0) throw unindexable('it is empty');
    if (this.#dataEnd === bytes) throw unindexable('it ends with the data of its last file');
  }
}
