import { open } from 'node:fs/promises';
import type { ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestOf, isDigest } from '../image/digest.ts';
import { describeReferrer, type Manifest, parseManifest } from '../image/manifest.ts';
import { readAt } from './file.ts';
import { onDisk } from './io-error.ts';
import { readStored, type StoredFile } from './layout-source.ts';
import type { ImageSource } from './store.ts';

interface MadeFile {
  readonly digest: Digest;
  readonly size: number;
  readonly path: string;
  /** Where it was taken over from. */
  readonly origin?: ImageSource | undefined;
}

/** What was made of an image. */
export interface Made {
  readonly original: Descriptor;
  /** What stands for the image now: names that led to `original` lead here. */
  readonly descriptor: Descriptor;
  readonly manifests: readonly Manifest[];
  /** Blobs in memory: small ones. */
  readonly documents: readonly Uint8Array[];
  readonly files: readonly MadeFile[];
  /** Blobs of other images that it has too, each where it is. */
  readonly borrowed?: ReadonlyMap<Digest, ImageSource>;
}

/**
 * The source of an image with what was made of it: everything that `base` has, and the new manifests and blobs.
 * `base` stays open when it is closed; `close` says what else is to be done then.
 */
export function overlay(base: ImageSource, made: Made, close: () => Promise<void>): ImageSource {
  const { location } = base;
  const manifests = new Map(made.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const blobs = new Map<Digest, StoredFile>([
    ...made.documents.map((bytes) => [digestOf(bytes), inMemory(bytes)] as const),
    ...made.files.map(({ digest, size, path }) => [digest, onPath(path, size)] as const),
  ]);
  const origins = new Map(made.files.map(({ digest, origin }) => [digest, origin]));
  return {
    location,
    async resolve(target) {
      if (target !== undefined && isDigest(target)) {
        return manifests.get(target)?.descriptor ?? base.resolve(target);
      }
      const found = await base.resolve(target);
      return found.digest === made.original.digest ? made.descriptor : found;
    },
    async readManifest(descriptor) {
      const manifest = manifests.get(descriptor.digest);
      if (!manifest) return base.readManifest(descriptor);
      return parseManifest(manifest.raw, { descriptor }, `${location}: ${descriptor.digest}`);
    },
    readBlob(descriptor, range) {
      const blob = blobs.get(descriptor.digest);
      if (blob) return readStored(blob, descriptor, range, location);
      return (made.borrowed?.get(descriptor.digest) ?? base).readBlob(descriptor, range);
    },
    origin(blob) {
      if (blobs.has(blob.digest)) return origins.get(blob.digest);
      const from = made.borrowed?.get(blob.digest) ?? base;
      return from.origin?.(blob) ?? from;
    },
    tags: () => base.tags(),
    async referrers(subject, artifactType) {
      const found = new Map(made.manifests.flatMap((manifest) => referrerOf(manifest, subject)));
      for (const other of await base.referrers(subject, artifactType)) found.set(other.digest, other);
      return [...found.values()].filter(
        (referrer) => artifactType === undefined || referrer.artifactType === artifactType,
      );
    },
    close,
  };
}

function referrerOf(manifest: Manifest, subject: Digest): [Digest, Descriptor][] {
  if (manifest.kind === 'opaque' || manifest.subject?.digest !== subject) return [];
  return [[manifest.descriptor.digest, describeReferrer(manifest)]];
}

function inMemory(bytes: Uint8Array): StoredFile {
  return {
    size: bytes.byteLength,
    async *read(start, end) {
      yield bytes.subarray(start, end);
    },
  };
}

function onPath(path: string, size: number): StoredFile {
  return { size, read: (start, end) => readFile(path, start, end) };
}

async function* readFile(path: string, start: number, end: number): ByteStream {
  await using file = await onDisk(path, () => open(path));
  yield* readAt(file, start, end, path);
}
