import { type FileHandle, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import pLimit from 'p-limit';
import type { ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import type { Manifest } from '../image/manifest.ts';
import { paddingAfter } from '../tar/header.ts';
import { endOfArchive, fileHeader, folderHeader } from '../tar/writer.ts';
import { syncName, writeAt } from './file.ts';
import { isMissing, onDisk } from './io-error.ts';
import { emptyIndex, formatLayoutIndex, type LayoutIndex, layoutVersion, withEntry } from './layout-index.ts';
import { blobName } from './layout-source.ts';
import { newMark, sweep } from './owner.ts';
import type { BlobOutcome, ImageSink, ImageSource } from './store.ts';
import { arriving } from './verify.ts';

/** What one kind of archive has beyond an image layout in a tar file. */
export interface ArchiveForm {
  readonly transport: 'oci-archive' | 'docker-archive';
  /** Refuses manifests that the archive cannot hold. */
  check(manifest: Manifest): void;
  withTag(index: LayoutIndex, descriptor: Descriptor, tag: string): LayoutIndex;
  /** Files that stand in the archive beside those of the layout. */
  documents(index: LayoutIndex, manifests: readonly Manifest[]): readonly (readonly [string, unknown])[];
}

/**
 * Writes an archive that appears under its name at close(), whole. Blobs go straight into the temporary
 * file beside it, one after the other; one that fails is cut off again.
 */
export class ArchiveSink implements ImageSink {
  readonly location: string;
  readonly holdsIndexes: boolean;
  readonly #form: ArchiveForm;
  /** As the user wrote it, for messages. */
  readonly #path: string;
  /** Where the archive is put: the file that a symbolic link leads to, not the link. */
  readonly #place: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #turn = pLimit(1);
  readonly #written = new Set<Digest>();
  readonly #manifests: Manifest[] = [];
  #index = emptyIndex;
  #end = 0;

  private constructor(path: string, form: ArchiveForm, place: string, temporary: string, file: FileHandle) {
    this.location = `${form.transport}:${path}`;
    this.holdsIndexes = form.transport === 'oci-archive';
    this.#form = form;
    this.#path = path;
    this.#place = place;
    this.#temporary = temporary;
    this.#file = file;
  }

  /**
   * @param mode of the file, less the umask.
   * @throws PullBudgetError `not-a-file`, `no-access`, `bad-path`, `disk-full`
   */
  static async create(path: string, form: ArchiveForm, mode = 0o666): Promise<ArchiveSink> {
    const place = await placeFor(path);
    await sweep(dirname(place), `${basename(place)}.tmp-`);
    const temporary = `${place}.tmp-${newMark()}`;
    const sink = new ArchiveSink(
      path,
      form,
      place,
      temporary,
      await onDisk(path, () => open(temporary, 'wx', mode)),
    );
    try {
      for (const folder of ['blobs', 'blobs/sha256']) await sink.#append(folderHeader(folder));
      return sink;
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  writeBlob(descriptor: Descriptor, open: () => ByteStream, from?: ImageSource): Promise<BlobOutcome> {
    return this.#turn(async () => {
      if (this.#written.has(descriptor.digest)) return 'existed';
      const bytes = arriving(open, descriptor, this.location, from);
      await this.#addFile(blobName(descriptor.digest), descriptor.size, bytes);
      this.#written.add(descriptor.digest);
      return 'written';
    });
  }

  checkImage(top: Manifest): void {
    this.#form.check(top);
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    this.#form.check(manifest);
    const outcome = await this.writeBlob(manifest.descriptor, async function* () {
      yield manifest.raw;
    });
    if (outcome === 'written') this.#manifests.push(manifest);
  }

  async tag(manifest: Manifest, tag: string): Promise<void> {
    this.#index = this.#form.withTag(this.#index, manifest.descriptor, tag);
  }

  async close(): Promise<void> {
    await this.#turn(async () => {
      const index = this.#wholeIndex();
      const documents = [
        ['oci-layout', layoutVersion] as const,
        ...this.#form.documents(index, this.#manifests),
        ['index.json', JSON.parse(Buffer.from(formatLayoutIndex(index)).toString())] as const,
      ];
      for (const [name, content] of documents) {
        const bytes = Buffer.from(JSON.stringify(content));
        await this.#addFile(name, bytes.byteLength, [bytes]);
      }
      await this.#append(endOfArchive);
      await onDisk(this.#path, async () => {
        await this.#file.sync();
        await this.#file.close();
        await rename(this.#temporary, this.#place);
      });
      await syncName(this.#place);
    });
  }

  async abort(): Promise<void> {
    await this.#turn(async () => {
      await this.#file.close();
      await rm(this.#temporary, { force: true });
    });
  }

  /** With entries for referrers, and for manifests that neither a tag nor an index leads to. */
  #wholeIndex(): LayoutIndex {
    const children = new Set(
      this.#manifests.flatMap((one) =>
        one.kind === 'index' ? one.manifests.map((child) => child.digest) : [],
      ),
    );
    return this.#manifests
      .filter((one) => !children.has(one.descriptor.digest) || (one.kind !== 'opaque' && one.subject))
      .reduce((index, one) => withEntry(index, one.descriptor), this.#index);
  }

  async #addFile(
    name: string,
    size: number,
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    const start = this.#end;
    try {
      await this.#append(fileHeader(name, size));
      for await (const chunk of bytes) await this.#append(chunk);
      await this.#append(new Uint8Array(paddingAfter(size)));
    } catch (error) {
      this.#end = start;
      await onDisk(this.#path, () => this.#file.truncate(start));
      throw error;
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await writeAt(this.#file, bytes, this.#end, this.#path);
    this.#end += bytes.byteLength;
  }
}

/**
 * The file that an archive at `path` becomes. A rename would replace whatever stands there, be it the device
 * /dev/stdout, so only a regular file may. @throws PullBudgetError `not-a-file`
 */
async function placeFor(path: string): Promise<string> {
  if (path === '-') throw notAFile(path, 'an archive cannot be written to the standard output');
  return onDisk(path, async () => {
    const named = await lstat(path).catch(unlessMissing);
    if (named === undefined) return path;
    const found = await stat(path).catch(unlessMissing);
    if (found === undefined) throw notAFile(path, `${path} is a symbolic link that leads to nothing`);
    if (found.isDirectory()) throw notAFile(path, `${path} is a folder, and an archive is one file`);
    if (!found.isFile()) throw notAFile(path, `${path} is a device, a pipe or a socket, not a file`);
    return realpath(path);
  });
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

function notAFile(path: string, what: string): Error {
  const file = path === '-' ? 'image.tar, or ./- for a file of that name' : 'image.tar';
  return inputError('not-a-file', what, {
    hint: `Name a file, or one that is not there yet: ${file}. It is made beside that name and moved there once it is whole.`,
  });
}
