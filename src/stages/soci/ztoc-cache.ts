import { copyFile, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream } from '../../content/bytes.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../content/image/digest.ts';
import { readAt } from '../../content/store/file.ts';
import { makeFolders } from '../../content/store/folder.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { newMark, sweep } from '../../content/store/owner.ts';
import { verified } from '../../content/store/verify.ts';
import type { KnownZtoc } from './reuse.ts';
import { ztocMediaType } from './ztoc.ts';

/** Some 300 GB of unpacked layers; a cache of GitHub's holds 10 GB for all of a repository. */
const defaultMostBytes = 2 * 1024 ** 3;
const temporary = 'tmp-';
const namePattern = /^sha(?:256|512)-[0-9a-f]+-\d+-([0-9a-f]{64})\.ztoc$/;

/**
 * zTOCs by layer and span size, kept from run to run in a folder that several processes may use at once. A file's name
 * says which layer it is of and what its own digest is, so that one rename makes an entry, and a damaged one is found.
 */
export class ZtocCache {
  readonly #folder: string;
  readonly #mostBytes: number;

  constructor(folder: string, mostBytes = defaultMostBytes) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /** What there is for a layer, the newest first. */
  async find(layer: Digest, spanBytes: number): Promise<KnownZtoc[]> {
    const prefix = prefixOf(layer, spanBytes);
    const found = await this.#entries((name) => name.startsWith(prefix));
    return found.map(({ path, digest, size }) => ({
      digest,
      size,
      from: `the cache ${this.#folder}`,
      source: undefined,
      read: () => readEntry(path, { mediaType: ztocMediaType, digest, size }),
    }));
  }

  /** Notes that the entry was of use: what was not for the longest time goes first. */
  async touch(layer: Digest, spanBytes: number, digest: Digest): Promise<void> {
    const now = new Date();
    // It may have been removed meanwhile.
    await utimes(this.#path(layer, spanBytes, digest), now, now).catch(() => {});
  }

  /** Removes an entry that turned out to be bad. */
  async drop(layer: Digest, spanBytes: number, digest: Digest): Promise<void> {
    await rm(this.#path(layer, spanBytes, digest), { force: true }).catch(() => {});
  }

  /** Copies a file that is a layer's zTOC in. @throws PullBudgetError `disk-full`, `no-access` */
  async store(layer: Digest, spanBytes: number, ztoc: { digest: Digest; path: string }): Promise<void> {
    const path = this.#path(layer, spanBytes, ztoc.digest);
    const making = join(this.#folder, temporary + newMark());
    await onDisk(this.#folder, async () => {
      await makeFolders(this.#folder);
      try {
        await copyFile(ztoc.path, making);
        await rename(making, path);
      } catch (error) {
        await rm(making, { force: true });
        throw error;
      }
    });
  }

  /** Removes what killed processes left, and the entries longest out of use where all are too large together. */
  async prune(): Promise<void> {
    await sweep(this.#folder, temporary);
    let bytes = 0;
    for (const { size, path } of await this.#entries((name) => namePattern.test(name))) {
      bytes += size;
      if (bytes > this.#mostBytes) await rm(path, { force: true }).catch(() => {});
    }
  }

  #path(layer: Digest, spanBytes: number, digest: Digest): string {
    return join(this.#folder, `${prefixOf(layer, spanBytes)}${digestHex(digest)}.ztoc`);
  }

  /** Those whose names fit, the newest first. */
  async #entries(fits: (name: string) => boolean): Promise<Entry[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const entries = await Promise.all(names.filter(fits).map((name) => entryOf(this.#folder, name)));
    return entries.filter((entry) => entry !== undefined).sort((a, b) => b.mtimeMs - a.mtimeMs);
  }
}

interface Entry {
  readonly digest: Digest;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

function prefixOf(layer: Digest, spanBytes: number): string {
  return `${digestAlgorithm(layer)}-${digestHex(layer)}-${spanBytes}-`;
}

/** Undefined for what is no entry, or was removed meanwhile. */
async function entryOf(folder: string, name: string): Promise<Entry | undefined> {
  const digest = `sha256:${namePattern.exec(name)?.[1]}`;
  const path = join(folder, name);
  const file = await stat(path).catch(() => undefined);
  if (!isDigest(digest) || !file?.isFile()) return undefined;
  return { digest, path, size: file.size, mtimeMs: file.mtimeMs };
}

async function* readEntry(path: string, descriptor: Descriptor): ByteStream {
  await using file = await onDisk(path, () => open(path));
  yield* verified(readAt(file, 0, descriptor.size, path), descriptor, path, 'at rest');
}
