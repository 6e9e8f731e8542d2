import { cleanPath } from '../../content/rootfs/path.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { tellsOwners } from './owners.ts';

/** Files of a layer that say who put others there, by their row in the layer's table. */
export type KeptFiles = ReadonlyMap<number, Uint8Array>;

/** Of one layer. Package databases of the largest images seen are some 30 MB. */
const mostBytes = 256 * 1024 * 1024;

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
