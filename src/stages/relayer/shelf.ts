import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream } from '../../content/bytes.ts';
import { inputError } from '../../content/error.ts';
import { type Digest, digestHex, shortDigest } from '../../content/image/digest.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import type { LayerFile } from '../../content/layer/pieces.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import { tableOf } from '../../content/rootfs/table-builder.ts';
import { writeAt } from '../../content/store/file.ts';
import { interruptible } from '../../content/store/interruptible.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { assertRoom } from './disk-room.ts';
import { type KeptFiles, KeptShelf } from './kept.ts';
import { checkKnownTable } from './known-table.ts';
import type { ScanLayer } from './scan.ts';

/** A layer that was read: what is in it, and where its blob lies for later reads. */
export interface ShelvedLayer {
  readonly table: FileTable;
  readonly file: LayerFile;
}

export interface ShelfOptions {
  /** Where blobs and checkpoints go. */
  readonly folder: string;
  readonly scan: ScanLayer;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Whether files will be read from the layers again. */
  readonly keepsBlobs: boolean;
}

/** Layers that had to be read: each is read once, however often it is asked for, and its blob is kept in a file. */
export class LayerShelf implements AsyncDisposable {
  readonly #options: ShelfOptions;
  readonly #layers = new Map<Digest, Promise<ShelvedLayer>>();
  readonly #kept = new KeptShelf();
  /** By diffID: what layers are said to have, and what those that were read do have. */
  readonly #believed = new Map<Digest, FileTable[]>();
  readonly #read = new Map<Digest, FileTable>();
  /** Files that can be removed once nothing is read from layers any more. */
  readonly #files: string[] = [];
  /** Bytes that are still to come of blobs that are being read. */
  #coming = 0;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#ended.signal]);
  }

  /** Ends reads that go on, of layers that nobody waits for any more; what was read stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#layers.values());
  }

  /** Whether it was asked for before. */
  has({ descriptor }: Layer): boolean {
    return this.#layers.has(descriptor.digest);
  }

  /**
   * @throws PullBudgetError what `scan` and the source throw, `disk-full`, `diff-id-mismatch`, `bad-file-table` where it
   * is not what was believed of it
   */
  async take(layer: Layer, source: ImageSource): Promise<ShelvedLayer> {
    const { digest } = layer.descriptor;
    const taking = this.#layers.get(digest) ?? this.#scan(layer, source);
    this.#layers.set(digest, taking);
    const taken = await taking;
    // Two images may say two things of one blob.
    if (taken.table.diffId === layer.diffId) return taken;
    throw inputError(
      'diff-id-mismatch',
      `${taken.file.where} unpacks to ${taken.table.diffId}, and an image's config says ${layer.diffId}`,
      { hint: 'Layer and config do not belong together: no node will unpack this image. Build it again.' },
    );
  }

  /**
   * Takes somebody's word for what is in a layer: where it is read, before or after, it is held to that.
   * @throws PullBudgetError `bad-file-table`
   */
  believe(table: FileTable): void {
    const read = this.#read.get(table.diffId);
    if (read) checkKnownTable(table, read, `layer ${table.diffId}`);
    this.#believed.set(table.diffId, [...(this.#believed.get(table.diffId) ?? []), table]);
  }

  /** What tells owners of a layer that was taken; undefined where it is not held any more. */
  keptOf({ descriptor }: Layer): KeptFiles | undefined {
    return this.#kept.of(descriptor.digest);
  }

  /** Owners are only looked for in these layers from now on. */
  retainKept(layers: ReadonlySet<Digest>): void {
    this.#kept.retain(layers);
  }

  /** Removes blobs and checkpoints: from now on nothing is read from `file` of those that were taken. */
  async removeBlobs(): Promise<void> {
    for (const path of this.#files.splice(0)) await onDisk(path, () => rm(path, { force: true }));
  }

  async #scan(layer: Layer, source: ImageSource): Promise<ShelvedLayer> {
    const { folder, scan, progress, keepsBlobs } = this.#options;
    const signal = this.#signal;
    const { digest, mediaType, size } = layer.descriptor;
    const path = join(folder, digestHex(digest));
    const task = progress.start(`read layer ${shortDigest(digest)}`, size);
    let left = size;
    const came = (bytes: number): void => {
      left -= bytes;
      this.#coming -= bytes;
    };
    this.#coming += size;
    try {
      // Those that are asked for at once are all counted by now.
      await null;
      if (keepsBlobs) await assertRoom(folder, this.#coming, 'The layers to be read');
      const bytes = (): ByteStream => {
        const blob = interruptible(source.readBlob(layer.descriptor), signal, (read) => {
          came(read);
          task.advance(read);
        });
        return keepsBlobs ? copied(blob, path) : blob;
      };
      const { found, checkpoints } = await scan(layer, bytes, `${path}.ztoc`, signal);
      const table = tableOf(found.columns);
      const where = `layer ${digest}`;
      for (const known of this.#believed.get(table.diffId) ?? []) checkKnownTable(known, table, where);
      this.#read.set(table.diffId, table);
      this.#kept.put(digest, found.kept);
      this.#files.push(path, ...(checkpoints === undefined ? [] : [checkpoints]));
      return {
        table,
        file: {
          where,
          blob: path,
          compression: layerCompression(mediaType) ?? 'none',
          unpackedBytes: found.columns.unpackedBytes,
          ...(checkpoints === undefined ? {} : { checkpoints }),
        },
      };
    } finally {
      came(left);
      task.done();
    }
  }
}

/** Passes bytes on and writes them to a new file. */
async function* copied(bytes: ByteStream, path: string): ByteStream {
  await rm(path, { force: true });
  await using file = await onDisk(path, () => open(path, 'wx', 0o600));
  let at = 0;
  for await (const chunk of bytes) {
    await writeAt(file, chunk, at, path);
    at += chunk.byteLength;
    yield chunk;
  }
}
