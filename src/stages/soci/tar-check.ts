import { createHash, type Hash } from 'node:crypto';
import { windowBytes } from '../../content/gzip/boundary.ts';
import { digestAlgorithm, digestFrom } from '../../content/image/digest.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import { TarScanner } from '../../content/tar/scanner.ts';
import { type Findings, problemFrom } from './findings.ts';
import { differenceFrom } from './tar-header.ts';
import type { Ztoc } from './ztoc.ts';

/** Holds the uncompressed tar, as the spans give it, against the layer's diffID and the entries of its zTOC. */
export class TarCheck {
  readonly #layer: Layer;
  readonly #ztoc: Ztoc;
  readonly #findings: Findings;
  readonly #hash: Hash;
  readonly #window = Buffer.alloc(windowBytes);
  #scanner: TarScanner | undefined;
  #entries = 0;
  /** No span was left out so far. */
  #isWhole = true;

  constructor(layer: Layer, ztoc: Ztoc, findings: Findings) {
    this.#layer = layer;
    this.#ztoc = ztoc;
    this.#findings = findings;
    this.#hash = createHash(digestAlgorithm(layer.diffId));
    this.#scanner = new TarScanner('the tar', [{ entry: (entry) => this.#compare(entry) }]);
  }

  /** The last of what came, with zeros in front where that is less; undefined where that is not known. */
  get window(): Buffer | undefined {
    return this.#isWhole ? Buffer.from(this.#window) : undefined;
  }

  take(chunk: Uint8Array): void {
    if (!this.#isWhole) return;
    this.#hash.update(chunk);
    const kept = chunk.subarray(-windowBytes);
    if (kept.byteLength > 0) {
      this.#window.copyWithin(0, kept.byteLength);
      this.#window.set(kept, windowBytes - kept.byteLength);
    }
    this.#scan((scanner) => scanner.push(chunk));
  }

  /** Some of the tar could not be read: what comes after it cannot be put in its place. */
  skip(): void {
    this.#isWhole = false;
  }

  end(): void {
    if (!this.#isWhole) return;
    this.#scan((scanner) => scanner.end());
    if (this.#scanner) this.#compareEnds(this.#scanner.position);
    const { diffId } = this.#layer;
    const digest = digestFrom(this.#hash, digestAlgorithm(diffId));
    if (digest === diffId) return;
    this.#findings.add({ what: `Its spans together unpack to ${digest}, the image's config says ${diffId}` });
  }

  #compareEnds(position: number): void {
    const { entryCount, uncompressedBytes } = this.#ztoc;
    if (this.#entries < entryCount) {
      const { name } = this.#ztoc.entry(this.#entries);
      const what = `The zTOC has ${entryCount} entries, the tar only ${this.#entries}`;
      this.#findings.add({ what, file: name.toString() });
    }
    if (position !== uncompressedBytes) {
      this.#findings.add({ what: `The tar has ${position} bytes, the zTOC says ${uncompressedBytes}` });
    }
  }

  #compare(tar: TarEntry): void {
    const at = this.#entries++;
    const file = tar.path;
    if (at >= this.#ztoc.entryCount) {
      this.#findings.add({ what: `The zTOC lacks entry ${at + 1} of the tar`, file });
      return;
    }
    const entry = this.#ztoc.entry(at);
    const difference = entry.offset === tar.dataStart ? differenceFrom(tar, entry) : 'offset';
    if (difference === undefined) return;
    this.#findings.add({ what: `Its ${difference} in the zTOC is not what the tar says`, file });
  }

  /** A tar that cannot be read is one problem, however much of it follows. */
  #scan(use: (scanner: TarScanner) => void): void {
    if (!this.#scanner) return;
    try {
      use(this.#scanner);
    } catch (error) {
      this.#scanner = undefined;
      this.#findings.add(problemFrom(error));
    }
  }
}
