import type { Digest } from '../../content/image/digest.ts';
import { cleanPath } from '../../content/rootfs/path.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { tellsOwners } from './owners.ts';

/** Files of a layer that say who put others there, by their row in the layer's table. */
export type KeptFiles = ReadonlyMap<number, Uint8Array>;

/** Of one layer. Package databases of the largest images seen are some 30 MB. */
const mostBytes = 32 * 1024 * 1024;
/** Of all layers that are held at once. */
const mostInAll = 3 * mostBytes;

/** Keeps those files while their layer is read. What is beyond the bound is not kept: its files belong to their directories. */
export class OwnersKeeper implements TarSubscriber {
  readonly files = new Map<number, Buffer>();
  #row = -1;
  #bytes = 0;
  #file: { readonly content: Buffer; filled: number } | undefined;

  entry(entry: TarEntry): void {
    this.#row++;
    this.#file = undefined;
    if (entry.kind !== 'file' || entry.dataBytes === 0 || entry.sparseSize !== undefined) return;
    const path = cleanPath(entry.name);
    if (typeof path === 'string' || !tellsOwners(path, entry.dataBytes)) return;
    this.#bytes += entry.dataBytes;
    if (this.#bytes > mostBytes) return;
    this.#file = { content: Buffer.allocUnsafe(entry.dataBytes), filled: 0 };
    this.files.set(this.#row, this.#file.content);
  }

  data(part: Buffer): void {
    if (!this.#file) return;
    this.#file.content.set(part, this.#file.filled);
    this.#file.filled += part.byteLength;
  }
}

/**
 * What was kept of several layers. Where it is too much, what there is most of goes first, so that layers may come in any
 * order: what stays is the same.
 */
export class KeptShelf {
  readonly #files = new Map<Digest, { readonly files: KeptFiles; readonly bytes: number }>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = mostInAll) {
    this.#most = most;
  }

  put(layer: Digest, files: KeptFiles): void {
    let bytes = 0;
    for (const { byteLength } of files.values()) bytes += byteLength;
    this.#files.set(layer, { files, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#most) this.#drop(this.#largest());
  }

  /** Undefined of layers that nothing is held of any more. */
  of(layer: Digest): KeptFiles | undefined {
    return this.#files.get(layer)?.files;
  }

  /** Drops what is of other layers. */
  retain(layers: ReadonlySet<Digest>): void {
    for (const layer of [...this.#files.keys()]) if (!layers.has(layer)) this.#drop(layer);
  }

  #drop(layer: Digest): void {
    this.#bytes -= this.#files.get(layer)?.bytes ?? 0;
    this.#files.delete(layer);
  }

  #largest(): Digest {
    const all = [...this.#files].map(([layer, { bytes }]) => ({ layer, bytes }));
    const [largest] = all.sort((a, b) => b.bytes - a.bytes || (a.layer < b.layer ? -1 : 1));
    return (largest as (typeof all)[0]).layer;
  }
}
