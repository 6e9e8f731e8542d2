import { type FileHandle, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import type { Manifest } from '../image/manifest.ts';
import { readAt, syncName, writeAt } from './file.ts';
import { makeFolders } from './folder.ts';
import { explainIo, isMissing, onDisk } from './io-error.ts';
import {
  checkLayoutVersion,
  emptyIndex,
  formatLayoutIndex,
  type LayoutIndex,
  layoutVersion,
  withEntry,
  withTag,
  withUntagged,
} from './layout-index.ts';
import { blobName, type LayoutFiles, LayoutSource, type StoredFile } from './layout-source.ts';
import { underLock } from './lock.ts';
import { newMark, sweep } from './owner.ts';
import type { BlobOutcome, ImageSink, ImageSource } from './store.ts';
import { arriving, collect } from './verify.ts';

/** Files that are being written; beside the blobs, so that a rename moves them in. */
const ingest = 'ingest';

/**
 * Opens the OCI image layout in the folder `path`; with `create`, makes one where there is none.
 * @throws PullBudgetError `no-layout`, `unsupported-layout`, `no-access`, `disk-full`
 */
export async function openLayout(path: string, options: { create?: boolean } = {}): Promise<Layout> {
  const layout = new Layout(path);
  if (options.create) await layout.create();
  await layout.check();
  return layout;
}

/** The files of a layout in a folder. */
class FolderFiles implements LayoutFiles {
  readonly location: string;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.location = `oci:${path}`;
  }

  async find(name: string): Promise<StoredFile | undefined> {
    const path = join(this.path, name);
    const size = await sizeOf(path);
    if (size === undefined) return undefined;
    return { size, read: (start, end) => readFile(path, start, end) };
  }

  async close(): Promise<void> {}
}

async function* readFile(path: string, start: number, end: number): ByteStream {
  await using file = await onDisk(path, () => open(path));
  yield* readAt(file, start, end, path);
}

/** Bytes of a file; undefined where there is none, but perhaps a pipe, which would be waited for without end. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (cause) {
    if (isMissing(cause) || (cause as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw explainIo(cause, path);
  }
}

/**
 * An OCI image layout in a folder. Blobs become visible by a rename once they are whole and on the disk;
 * index.json changes under a lock; so several processes may write at once, and one may be killed.
 */
export class Layout extends LayoutSource implements ImageSink {
  readonly path: string;
  readonly #writing = new Set<string>();
  /** Manifests written here that no entry and no manifest written here names yet. */
  readonly #loose = new Map<Digest, Descriptor>();

  constructor(path: string) {
    super(new FolderFiles(path));
    this.path = path;
  }

  async create(): Promise<void> {
    await onDisk(this.path, () => makeFolders(join(this.path, 'blobs', 'sha256')));
    await sweep(join(this.path, ingest));
    if (!(await this.files.find('oci-layout'))) {
      await this.#put('oci-layout', Buffer.from(JSON.stringify(layoutVersion)));
    }
    if (!(await this.files.find('index.json'))) await this.changeIndex((index) => index);
  }

  async check(): Promise<void> {
    const file = await this.files.find('oci-layout');
    if (!file) {
      throw inputError('no-layout', `${this.path} is no OCI image layout: it has no oci-layout file`, {
        hint: 'Name the folder that holds oci-layout, index.json and blobs.',
      });
    }
    checkLayoutVersion(await collect(file.read(0, file.size), 4096, this.location), this.location);
  }

  /** Bytes of a blob that is here, undefined where it is not. Its content is checked only when it is read. */
  async blobSize(digest: Digest): Promise<number | undefined> {
    return sizeOf(join(this.path, blobName(digest)));
  }

  async writeBlob(descriptor: Descriptor, open: () => ByteStream, from?: ImageSource): Promise<BlobOutcome> {
    // Of another size it is damaged, and replaced by the right bytes.
    if ((await this.blobSize(descriptor.digest)) === descriptor.size) return 'existed';
    await this.#write(blobName(descriptor.digest), arriving(open, descriptor, this.location, from));
    return 'written';
  }

  /** An empty file beside the blobs for one whose digest is known only at its end: then `adopt` or `discard` it. */
  async spool(): Promise<string> {
    const path = join(this.path, ingest, newMark());
    this.#writing.add(path);
    const file = await this.#ingest(path);
    await file.close();
    return path;
  }

  /** Moves a spooled file in as the blob that its writer found it to be. */
  async adopt(path: string, digest: Digest): Promise<void> {
    await onDisk(path, async () => {
      await using file = await open(path, 'a');
      await file.sync();
    });
    await this.#moveIn(path, join(this.path, blobName(digest)));
    this.#writing.delete(path);
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true });
    this.#writing.delete(path);
  }

  /** A manifest with a subject gets an entry at once, so that it is found as a referrer. */
  async writeManifest(manifest: Manifest): Promise<void> {
    const { descriptor } = manifest;
    await this.writeBlob(descriptor, async function* () {
      yield manifest.raw;
    });
    if (manifest.kind === 'index') {
      for (const child of manifest.manifests) this.#loose.delete(child.digest);
    }
    if (manifest.kind !== 'opaque' && manifest.subject) {
      await this.changeIndex((index) => withUntagged(index, descriptor));
    } else {
      this.#loose.set(descriptor.digest, descriptor);
    }
  }

  async tag(manifest: Manifest, tag: string): Promise<void> {
    await this.changeIndex((index) => withTag(index, manifest.descriptor, tag));
    this.#loose.delete(manifest.descriptor.digest);
  }

  /** What was written and neither tagged nor named by an index gets an entry without a tag. */
  override async close(): Promise<void> {
    const loose = [...this.#loose.values()];
    if (loose.length > 0) await this.changeIndex((index) => loose.reduce(withEntry, index));
    this.#loose.clear();
    await this.abort();
    await super.close();
  }

  async abort(): Promise<void> {
    for (const path of this.#writing) await rm(path, { force: true });
    this.#writing.clear();
    // Only if nobody else is writing there.
    await rmdir(join(this.path, ingest)).catch(() => {});
  }

  /** Replaces index.json by what `change` makes of it, alone under the lock. */
  async changeIndex(change: (index: LayoutIndex) => LayoutIndex): Promise<void> {
    await underLock(join(this.path, 'index.json.lock'), async () => {
      const there = (await this.files.find('index.json')) !== undefined;
      const before = there ? await this.index() : emptyIndex;
      const after = change(before);
      if (!there || after !== before) await this.#put('index.json', formatLayoutIndex(after));
    });
  }

  #put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#write(
      name,
      (async function* () {
        yield bytes;
      })(),
    );
  }

  /** Makes a file of the layout appear whole, and stay through a power cut. */
  async #write(name: string, bytes: ByteStream): Promise<void> {
    const target = join(this.path, name);
    const temporary = join(this.path, ingest, newMark());
    this.#writing.add(temporary);
    try {
      await using file = await this.#ingest(temporary);
      let size = 0;
      for await (const chunk of bytes) {
        await writeAt(file, chunk, size, temporary);
        size += chunk.byteLength;
      }
      await onDisk(temporary, () => file.sync());
      await this.#moveIn(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      this.#writing.delete(temporary);
    }
  }

  /** Makes a temporary file; its folder goes whenever some writer is the last one there. */
  async #ingest(path: string): Promise<FileHandle> {
    for (;;) {
      try {
        return await open(path, 'wx');
      } catch (cause) {
        if (!isMissing(cause)) throw explainIo(cause, path);
        await onDisk(this.path, () => makeFolders(dirname(path)));
      }
    }
  }

  async #moveIn(temporary: string, target: string): Promise<void> {
    await onDisk(target, async () => {
      await makeFolders(dirname(target));
      await rename(temporary, target);
    });
    await syncName(target);
  }
}
