import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { whyUnindexable, ztocEntry } from './entry.ts';
import { EntryList } from './entry-list.ts';

/** A layer that no snapshotter would take a zTOC of. The message is half a sentence. */
export class Unindexable extends Error {}

/** Gathers a layer's entries for its zTOC. Its calls throw Unindexable. */
export class LayerContents implements TarSubscriber {
  readonly entries = new EntryList();
  #dataEnd = 0;

  entry(entry: TarEntry): void {
    const reason = whyUnindexable(entry);
    if (reason !== undefined) throw new Unindexable(reason);
    this.entries.add(ztocEntry(entry));
    if (entry.dataBytes > 0) this.#dataEnd = entry.dataStart + entry.dataBytes;
  }

  /** Of an uncompressed layer: the snapshotter fails in a span that nothing follows the last file in. */
  refuseUnpadded(bytes: number): void {
    if (bytes === 0) throw new Unindexable('it is empty');
    if (this.#dataEnd === bytes) throw new Unindexable('it ends with the data of its last file');
  }
}
