import type { ByteRange, ByteStream } from '../bytes.ts';
import { inputError, type PullBudgetError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../image/digest.ts';
import { describeReferrer, type Manifest, maxManifestBytes, parseManifest } from '../image/manifest.ts';
import { isManifestType } from '../image/media-type.ts';
import { findEntries, type LayoutIndex, namesOf, parseLayoutIndex, placesOf, tagOf } from './layout-index.ts';
import type { ImageSource } from './store.ts';
import { collect, verified } from './verify.ts';

/** The files of an image layout, wherever they lie: in a folder, in an archive. */
export interface LayoutFiles {
  readonly location: string;
  /** The file of that name in the layout (`blobs/sha256/…`), undefined where there is none. */
  find(name: string): Promise<StoredFile | undefined>;
  close(): Promise<void>;
}

export interface StoredFile {
  /** Bytes. */
  readonly size: number;
  /** Bytes `start` to `end`; fewer where the file ends before. */
  read(start: number, end: number): ByteStream;
}

/** Larger than any registry allows a manifest to be, since a layout may hold thousands of tags. */
const maxIndexBytes = 16 * maxManifestBytes;

export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** Reads a stored blob, checked against its descriptor unless a range is asked for. */
export async function* readStored(
  file: StoredFile,
  descriptor: Descriptor,
  range: ByteRange | undefined,
  location: string,
): ByteStream {
  if (range === undefined) {
    yield* verified(file.read(0, file.size), descriptor, location, 'at rest');
    return;
  }
  if (file.size !== descriptor.size) {
    throw inputError(
      'size-mismatch',
      `${location}: ${descriptor.digest} is ${file.size} bytes long, not ${descriptor.size}`,
      { hint: 'The stored content is damaged; delete it and build or pull the image again.' },
    );
  }
  yield* file.read(range.start, Math.min(range.end, file.size));
}

/** Reads images from the files of a layout: https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md */
export class LayoutSource implements ImageSource {
  protected readonly files: LayoutFiles;
  /** What an entry is called in messages and in `tags`. */
  readonly #called: (entry: Descriptor) => string | undefined;

  constructor(files: LayoutFiles, called: (entry: Descriptor) => string | undefined = tagOf) {
    this.files = files;
    this.#called = called;
  }

  get location(): string {
    return this.files.location;
  }

  async resolve(target?: string | Digest): Promise<Descriptor> {
    const { entries } = await this.index();
    const found = target === undefined ? await this.#images(entries) : findEntries(entries, target);
    const [first] = found;
    if (first && found.every((entry) => entry.digest === first.digest)) return first;
    if (first) throw this.#ambiguous(found, target);
    if (target !== undefined && isDigest(target)) return this.#resolveBlob(target);
    throw this.#notFound(entries, target);
  }

  /** What the layout is of: its entries, less those that are about another one (signatures, SOCI indexes). */
  async #images(entries: readonly Descriptor[]): Promise<readonly Descriptor[]> {
    if (new Set(entries.map((entry) => entry.digest)).size < 2) return entries;
    const images: Descriptor[] = [];
    for (const entry of entries) {
      const manifest = await this.#readIfHere(entry);
      if (manifest === undefined || manifest.kind === 'opaque' || !manifest.subject) images.push(entry);
    }
    return images.length === 0 ? entries : images;
  }

  /** A manifest that no entry names, but an index does, or its writer alone knows. */
  async #resolveBlob(digest: Digest): Promise<Descriptor> {
    const file = await this.files.find(blobName(digest));
    if (!file) throw this.#missing(digest);
    const where = `${this.location}: ${digest}`;
    const raw = await collect(file.read(0, file.size), maxManifestBytes, where);
    const { mediaType } = parseManifest(raw, {}, where).descriptor;
    return parseManifest(raw, { descriptor: { mediaType, digest, size: file.size } }, where).descriptor;
  }

  async readManifest(descriptor: Descriptor): Promise<Manifest> {
    const where = `${this.location}: ${descriptor.digest}`;
    const raw = await collect(this.readBlob(descriptor), maxManifestBytes, where);
    return parseManifest(raw, { descriptor }, where);
  }

  async *readBlob(descriptor: Descriptor, range?: ByteRange): ByteStream {
    const file = await this.files.find(blobName(descriptor.digest));
    if (!file) throw this.#missing(descriptor.digest);
    yield* readStored(file, descriptor, range, this.location);
  }

  async tags(): Promise<string[]> {
    const { entries } = await this.index();
    return [...new Set(entries.map(this.#called).filter((tag) => tag !== undefined))].sort();
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    const found = new Map<Digest, Descriptor>();
    const seen = new Set<Digest>();
    const waiting = [...(await this.index()).entries];
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      if (seen.has(entry.digest) || !isManifestType(entry.mediaType)) continue;
      seen.add(entry.digest);
      const manifest = await this.#readIfHere(entry);
      if (manifest === undefined || manifest.kind === 'opaque') continue;
      if (manifest.kind === 'index') waiting.push(...manifest.manifests);
      if (manifest.subject?.digest === subject) found.set(entry.digest, describeReferrer(manifest));
    }
    const all = [...found.values()];
    return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType);
  }

  close(): Promise<void> {
    return this.files.close();
  }

  /** The newest state of index.json: others may be writing. */
  async index(): Promise<LayoutIndex> {
    const file = await this.files.find('index.json');
    if (!file) {
      throw inputError('no-layout', `${this.location} has no index.json: it is no image layout`, {
        hint: 'Name the folder that holds oci-layout and index.json, or write an image there first.',
      });
    }
    // To its end, not to the size that it had: another writer may have replaced it since.
    const raw = await collect(file.read(0, maxIndexBytes + 1), maxIndexBytes, `${this.location}: index.json`);
    return parseLayoutIndex(raw, this.location);
  }

  /** Undefined where the content is not here (an index may name platforms that were left out) or no manifest. */
  async #readIfHere(descriptor: Descriptor): Promise<Manifest | undefined> {
    if (!isManifestType(descriptor.mediaType)) return undefined;
    if (!(await this.files.find(blobName(descriptor.digest)))) return undefined;
    return this.readManifest(descriptor);
  }

  #missing(digest: Digest): PullBudgetError {
    return inputError('not-found', `${this.location} does not hold ${digest}`, {
      hint: 'It may have been left out or deleted; write the whole image there again.',
    });
  }

  #notFound(entries: readonly Descriptor[], target: string | undefined): PullBudgetError {
    const here =
      entries.length === 0 ? 'It holds no image.' : `There are: ${namesOf(entries, this.#called)}.`;
    const what = target === undefined ? 'holds no image' : `holds no image "${target}"`;
    return inputError('not-found', `${this.location} ${what}`, { hint: here });
  }

  #ambiguous(found: readonly Descriptor[], target: string | undefined): PullBudgetError {
    if (target === undefined) {
      const names = namesOf(found, this.#called);
      return inputError('ambiguous', `${this.location} holds several images: ${names}`, {
        hint: 'Name one of them after the path: by its tag, or by its digest.',
      });
    }
    const choices = placesOf(found).join(', ');
    return inputError('ambiguous', `${this.location} holds several images called "${target}": ${choices}`, {
      hint: 'Name one of them after the path by its digest: @sha256:…',
    });
  }
}
