import { createHash } from 'node:crypto';
import type { ByteRange, ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import { parseConfig } from '../image/config.ts';
import { type Descriptor, describeBytes, isObject } from '../image/descriptor.ts';
import { type Digest, digestFrom } from '../image/digest.ts';
import { type Manifest, maxManifestBytes, parseManifest } from '../image/manifest.ts';
import { type Compression, mediaTypes } from '../image/media-type.ts';
import { compressionOf } from './decompress.ts';
import { fullName } from './layout-index.ts';
import { type LayoutFiles, readStored, type StoredFile } from './layout-source.ts';
import type { ImageSource } from './store.ts';
import { collect } from './verify.ts';

/** An element of manifest.json. https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.2.md */
interface SavedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** Configs hold labels and environment; megabytes are more than any real one. */
const maxConfigBytes = 4 * maxManifestBytes;

/** @throws PullBudgetError `bad-archive` */
export async function parseSavedImages(files: LayoutFiles): Promise<SavedImage[]> {
  const where = `${files.location}: manifest.json`;
  const raw = await collect(await whole(files, 'manifest.json'), maxConfigBytes, where);
  let value: unknown;
  try {
    value = JSON.parse(raw.toString());
  } catch (cause) {
    throw damaged(where, 'is not JSON', cause);
  }
  if (!Array.isArray(value)) throw damaged(where, 'is not a list of images');
  const strings = (list: unknown): list is string[] =>
    Array.isArray(list) && list.every((text) => typeof text === 'string');
  return value.map((saved) => {
    if (!isObject(saved) || typeof saved.Config !== 'string' || !strings(saved.Layers)) {
      throw damaged(where, 'names an image without Config and Layers');
    }
    return {
      Config: saved.Config,
      RepoTags: strings(saved.RepoTags) ? saved.RepoTags : [],
      Layers: saved.Layers,
    };
  });
}

/**
 * Images of an archive that holds no manifests: one is made from config and layers, in OCI media types. The
 * same image gives the same bytes, but not those of the registry that it once came from.
 */
export class LegacyArchive implements ImageSource {
  readonly #files: LayoutFiles;
  readonly #images: readonly SavedImage[];
  readonly #described = new Map<SavedImage, Promise<Descriptor>>();
  readonly #blobs = new Map<Digest, StoredFile>();

  constructor(files: LayoutFiles, images: readonly SavedImage[]) {
    this.#files = files;
    this.#images = images;
  }

  get location(): string {
    return this.#files.location;
  }

  /** Reads each layer of the image once, to know its digest. */
  async resolve(target?: string | Digest): Promise<Descriptor> {
    const found =
      target === undefined ? this.#images : this.#images.filter((image) => answersTo(image, target));
    const [image, another] = found;
    const names = (await this.tags()).join(', ') || 'they have no names';
    if (!image) {
      const what = target === undefined ? 'no image' : `no image "${target}"`;
      throw inputError('not-found', `${this.location} holds ${what}`, { hint: `There are: ${names}.` });
    }
    if (another) {
      throw inputError('ambiguous', `${this.location} holds several images: ${names}`, {
        hint: 'Name one of them after the path, or by sha256: and the digits of its image ID.',
      });
    }
    const known = this.#described.get(image);
    if (known) return known;
    const described = this.#describe(image);
    this.#described.set(image, described);
    return described;
  }

  async readManifest(descriptor: Descriptor): Promise<Manifest> {
    const where = `${this.location}: ${descriptor.digest}`;
    return parseManifest(
      await collect(this.readBlob(descriptor), maxManifestBytes, where),
      { descriptor },
      where,
    );
  }

  async *readBlob(descriptor: Descriptor, range?: ByteRange): ByteStream {
    const file = this.#blobs.get(descriptor.digest);
    if (!file) {
      throw inputError('not-found', `${this.location} does not hold ${descriptor.digest}`, {
        hint: 'Digests are known here only for the image that was opened by name.',
      });
    }
    yield* readStored(file, descriptor, range, this.location);
  }

  /** Names with their tags (`alpine:3.19`). */
  async tags(): Promise<string[]> {
    return [...new Set(this.#images.flatMap((image) => image.RepoTags))].sort();
  }

  async referrers(): Promise<Descriptor[]> {
    return [];
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  async #describe(image: SavedImage): Promise<Descriptor> {
    const where = `${this.location}: ${image.Config}`;
    const raw = await collect(await whole(this.#files, image.Config), maxConfigBytes, where);
    const { diffIds } = parseConfig(raw, where);
    const config = describeBytes(mediaTypes.ociConfig, raw);
    const id = imageId(image);
    if (id !== undefined && id !== config.digest) throw changed(where, id, config.digest);
    if (diffIds.length !== image.Layers.length) {
      throw damaged(where, `lists ${diffIds.length} layers, and manifest.json ${image.Layers.length}`);
    }
    const layers: Descriptor[] = [];
    for (const [at, name] of image.Layers.entries()) {
      layers.push(await this.#describeLayer(name, diffIds[at] as Digest));
    }
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
    );
    const descriptor = describeBytes(mediaTypes.ociManifest, manifest);
    this.#blobs.set(config.digest, inMemory(raw)).set(descriptor.digest, inMemory(manifest));
    return descriptor;
  }

  /** Docker stores layers uncompressed, so that the digest is the diffID; other writers compress them. */
  async #describeLayer(name: string, diffId: Digest): Promise<Descriptor> {
    const file = await find(this.#files, name);
    const hash = createHash('sha256');
    let compression: Compression | undefined;
    for await (const chunk of file.read(0, file.size)) {
      compression ??= compressionOf(chunk);
      hash.update(chunk);
    }
    const digest = digestFrom(hash);
    const mediaType = layerTypes[compression ?? 'none'];
    if (mediaType === layerTypes.none && digest !== diffId) {
      throw changed(`${this.location}: ${name}`, diffId, digest);
    }
    this.#blobs.set(digest, file);
    return { mediaType, digest, size: file.size };
  }
}

const layerTypes: Readonly<Record<Compression, string>> = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
};

function answersTo(image: SavedImage, target: string): boolean {
  if (target === imageId(image)) return true;
  const full = fullName(target);
  return full !== undefined && image.RepoTags.some((name) => fullName(name) === full);
}

/** The config's digest where its name tells it: `<hex>.json`, `sha256:<hex>`, `blobs/sha256/<hex>`. */
function imageId(image: SavedImage): Digest | undefined {
  const hex = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(image.Config)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}

async function find(files: LayoutFiles, name: string): Promise<StoredFile> {
  const file = await files.find(name);
  if (file) return file;
  throw damaged(`${files.location}: manifest.json`, `names "${name}", which is not there`);
}

async function whole(files: LayoutFiles, name: string): Promise<ByteStream> {
  const file = await find(files, name);
  return file.read(0, file.size);
}

function inMemory(bytes: Uint8Array): StoredFile {
  return {
    size: bytes.byteLength,
    async *read(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

function changed(where: string, expected: Digest, got: Digest): Error {
  return inputError('digest-mismatch', `${where}: the bytes of ${expected} are ${got}`, {
    hint: 'The archive is damaged; save the image again.',
  });
}

function damaged(where: string, what: string, cause?: unknown): Error {
  return inputError('bad-archive', `${where} ${what}`, {
    hint: 'The archive is damaged or was not made by "docker save"; save the image again.',
    cause,
  });
}
