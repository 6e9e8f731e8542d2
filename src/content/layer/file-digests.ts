import { createHash, type Hash } from 'node:crypto';
import { type Digest, digestFrom } from '../image/digest.ts';
import type { TarEntry } from '../tar/entry.ts';
import type { TarSubscriber } from '../tar/scanner.ts';

/**
 * Hashes the content of a layer's files as it passes: `found` is told each entry that is a file, and its content's
 * SHA-256, in the archive's order. Of a sparse file that is the data in the archive. Who wants no digests does not
 * subscribe: they cost as much as the layer's own.
 */
export class FileDigests implements TarSubscriber {
  readonly #found: (entry: TarEntry, digest: Digest) => void;
  #file: { readonly entry: TarEntry; readonly hash: Hash } | undefined;

  constructor(found: (entry: TarEntry, digest: Digest) => void) {
    this.#found = found;
  }

  entry(entry: TarEntry): void {
    this.#close();
    if (entry.kind === 'file') this.#file = { entry, hash: createHash('sha256') };
  }

  data(part: Buffer): void {
    this.#file?.hash.update(part);
  }

  end(): void {
    this.#close();
  }

  #close(): void {
    if (this.#file) this.#found(this.#file.entry, digestFrom(this.#file.hash));
    this.#file = undefined;
  }
}
