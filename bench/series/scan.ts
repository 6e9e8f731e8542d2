/** Entries of layers, read once: what a scan found is kept by the layer's digest beside the series. */
import { createHash, type Hash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layer, readLayer } from '../../src/content/layer/read.ts';
import type { ImageSource } from '../../src/content/store/store.ts';
import type { TarEntry } from '../../src/content/tar/entry.ts';
import type { TarSubscriber } from '../../src/content/tar/scanner.ts';
import { seriesFolder } from './room.ts';
import type { Entry } from './tree.ts';

const cache = join(seriesFolder, 'scans');

/** Zeros may be most of a layer. */
const ratioLimit = 10_000;

export async function scanLayer(source: ImageSource, layer: Layer): Promise<Entry[]> {
  const kept = join(cache, `${layer.diffId.replace(':', '-')}.json`);
  try {
    return JSON.parse(await readFile(kept, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const found: Entry[] = [];
  await readLayer(source.readBlob(layer.descriptor), layer, {
    ratioLimit,
    subscribers: [collectEntries(found)],
  });
  await mkdir(cache, { recursive: true });
  await writeFile(`${kept}.part`, JSON.stringify(found));
  await rename(`${kept}.part`, kept);
  return found;
}

/** Reads a layer again for the content of some of its files, by path; a path given twice has the last one's. */
export async function readContents(
  source: ImageSource,
  layer: Layer,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Buffer>> {
  const parts = new Map<string, Buffer[]>();
  const collector: TarSubscriber = {
    entry: (entry) => {
      if (wanted.has(pathOf(entry.name))) parts.set(pathOf(entry.name), []);
    },
    data: (part, entry) => parts.get(pathOf(entry.name))?.push(Buffer.from(part)),
  };
  await readLayer(source.readBlob(layer.descriptor), layer, { ratioLimit, subscribers: [collector] });
  return new Map([...parts].map(([path, all]) => [path, Buffer.concat(all)]));
}

function collectEntries(found: Entry[]): TarSubscriber {
  let open: { readonly entry: TarEntry; readonly hash: ContentHash } | undefined;
  const close = (): void => {
    if (open) found.push(describe(open.entry, open.hash.digest()));
    open = undefined;
  };
  return {
    entry: (entry) => {
      close();
      if (entry.sparseSize !== undefined)
        throw new Error(`${entry.path} is sparse, which this bench cannot read`);
      open = { entry, hash: new ContentHash(entry.path.endsWith('.pyc')) };
    },
    data: (part) => open?.hash.update(part),
    end: close,
  };
}

/** The digest of a file's content; that of a .pyc by timestamp is blind for the timestamp, bytes 8 to 11. */
class ContentHash {
  readonly #hash: Hash = createHash('sha256');
  /** The first bytes of a .pyc, until there are enough to know. */
  #head: Buffer | undefined;

  constructor(isPyc: boolean) {
    this.#head = isPyc ? Buffer.alloc(0) : undefined;
  }

  update(part: Buffer): void {
    if (!this.#head) {
      this.#hash.update(part);
      return;
    }
    this.#head = Buffer.concat([this.#head, part]);
    if (this.#head.byteLength >= 16) this.#flush(this.#head);
  }

  digest(): string {
    if (this.#head) this.#hash.update(this.#head);
    return this.#hash.digest('base64');
  }

  /** https://peps.python.org/pep-0552/: flags 0 say that the source's mtime follows. */
  #flush(head: Buffer): void {
    if (head.readUInt32LE(4) === 0) head.fill(0, 8, 12);
    this.#hash.update(head);
    this.#head = undefined;
  }
}

function describe(entry: TarEntry, digest: string): Entry {
  const { kind, mode, uid, gid, size, linkname, devmajor, devminor } = entry;
  const contents: Partial<Record<typeof kind, string>> = {
    file: digest,
    symlink: linkname.toString('latin1'),
    hardlink: cleanPath(linkname),
    character: `${devmajor}:${devminor}`,
    block: `${devmajor}:${devminor}`,
  };
  const xattrs = entry.pax
    .filter(({ key }) => key.toString().startsWith('SCHILY.xattr.'))
    .map(({ key, value }) => `${key.toString('latin1')}=${value.toString('base64')}`);
  return {
    path: pathOf(entry.name),
    kind,
    mode,
    uid,
    gid,
    size: kind === 'file' ? size : 0,
    content: contents[kind] ?? '',
    xattrs: xattrs.sort().join(' '),
  };
}

/** Names may be any bytes: each is a character here. */
const pathOf = (name: Buffer): string => cleanPath(name);
const cleanPath = (name: Buffer): string =>
  name
    .toString('latin1')
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
