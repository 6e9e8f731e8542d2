import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { inputError } from '../error.ts';
import { type Surroundings, TarEntry } from '../tar/entry.ts';
import { badTar, blockBytes, isZeroBlock, paddingAfter, parseHeader, type TarHeader } from '../tar/header.ts';
import { type Overrides, overridesOf, parsePax } from '../tar/pax.ts';
import { readAt } from './file.ts';
import { explainIo, isMissing } from './io-error.ts';
import type { LayoutFiles, StoredFile } from './layout-source.ts';
import { collect } from './verify.ts';

/** Where an entry's bytes are in the archive, or what it links to. */
interface Place {
  readonly start: number;
  readonly size: number;
  /** The name of another entry, for symbolic and hard links. */
  readonly link?: string;
}

/** An image archive holds a few files a layer: far more are an attack on memory. */
const maxEntries = 100_000;
const maxNameBytes = 16 * 1024 * 1024;
const maxExtensionBytes = 1024 * 1024;
const maxLinks = 16;

/**
 * The files of a tar archive by name, read by position: one walk over the headers, then no order matters.
 * Names are keys and nothing else: nothing is ever extracted.
 */
export class TarFiles implements LayoutFiles {
  readonly location: string;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #entries: ReadonlyMap<string, Place>;

  private constructor(location: string, file: FileHandle, path: string, entries: Map<string, Place>) {
    this.location = location;
    this.#file = file;
    this.#path = path;
    this.#entries = entries;
  }

  /** Takes the file over: close() closes it, and so does a failure here. @throws PullBudgetError `bad-tar` */
  static async index(location: string, file: FileHandle, path: string): Promise<TarFiles> {
    try {
      return new TarFiles(location, file, path, await indexEntries(file, path));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async find(name: string): Promise<StoredFile | undefined> {
    const entry = this.#follow(name);
    if (!entry) return undefined;
    const { start, size } = entry;
    return {
      size,
      read: (from, to) => readAt(this.#file, start + from, start + Math.min(to, size), this.#path),
    };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #follow(name: string): Place | undefined {
    let entry = this.#entries.get(normal(name));
    for (let links = 0; entry?.link !== undefined && links < maxLinks; links++) {
      entry = this.#entries.get(entry.link);
    }
    return entry?.link === undefined ? entry : undefined;
  }
}

/** Opens an archive for reading. @throws PullBudgetError `not-found`, `no-access` */
export async function openArchiveFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    if (isMissing(cause)) {
      throw inputError('not-found', `there is no archive ${path}`, {
        hint: 'Check the path, or write an image there first.',
        cause,
      });
    }
    throw explainIo(cause, path);
  }
}

async function indexEntries(file: FileHandle, path: string): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  let nameBytes = 0;
  for await (const entry of entriesOf(file, path)) {
    const place = placeOf(entry);
    if (place) places.set(normal(entry.path), place);
    nameBytes += entry.name.byteLength + entry.linkname.byteLength;
    if (places.size > maxEntries)
      throw badTar(path, entry.start, `there are more than ${maxEntries} entries`);
    if (nameBytes > maxNameBytes) throw badTar(path, entry.start, 'its names come to more than 16 MiB');
  }
  return places;
}

/** Walks from header to header, past the data; global PAX headers hold nothing that is needed here. */
async function* entriesOf(file: FileHandle, path: string): AsyncGenerator<TarEntry> {
  const { size: end } = await file.stat();
  let before: Surroundings | undefined;
  for (let at = 0; at < end; ) {
    const block = await readWhole(file, at, blockBytes, end, path);
    if (isZeroBlock(block, 0)) return;
    const header = parseHeader(block, 0, at, path);
    const around = { ...(before ?? { ...untouched, start: at }), dataStart: at + blockBytes };
    const isExtension = extensions.has(header.type);
    const entry = isExtension ? undefined : new TarEntry(header, around);
    const bytes = entry ? entry.dataBytes : header.size;
    if (around.dataStart + bytes > end) throw badTar(path, end, 'it ends in the middle of an entry');
    if (entry) yield entry;
    before = isExtension ? await extended(around, header, file, path) : undefined;
    at = around.dataStart + bytes + paddingAfter(bytes);
  }
}

const extensions: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
const untouched = { pax: [], globals: [], overrides: {} };

/** What a PAX or GNU header says about the entry after it. */
async function extended(
  around: Surroundings,
  { type, size }: TarHeader,
  file: FileHandle,
  path: string,
): Promise<Surroundings> {
  const { dataStart, start } = around;
  if (size > maxExtensionBytes) throw badTar(path, dataStart, `there is an extended header of ${size} bytes`);
  const body = await readWhole(file, dataStart, size, dataStart + size, path);
  const text = body.subarray(0, body.indexOf(0) < 0 ? size : body.indexOf(0));
  const said: Readonly<Record<string, () => Overrides>> = {
    x: () => overridesOf(parsePax(body, start, path), start, path),
    L: () => ({ name: text }),
    K: () => ({ linkname: text }),
  };
  return { ...around, overrides: { ...around.overrides, ...said[type]?.() } };
}

function placeOf(entry: TarEntry): Place | undefined {
  // What the archive has of a sparse file is not the file.
  if (entry.sparseSize !== undefined) return undefined;
  const target = entry.linkname.toString();
  switch (entry.kind) {
    case 'file':
      return { start: entry.dataStart, size: entry.dataBytes };
    case 'hardlink':
      return { start: 0, size: 0, link: normal(target) };
    case 'symlink':
      return { start: 0, size: 0, link: normal(posix.join(posix.dirname(entry.path), target)) };
    default:
      return undefined;
  }
}

async function readWhole(
  file: FileHandle,
  at: number,
  bytes: number,
  end: number,
  path: string,
): Promise<Buffer> {
  const read = at + bytes > end ? undefined : await collect(readAt(file, at, at + bytes, path), bytes, path);
  if (read?.byteLength !== bytes) throw badTar(path, end, 'it ends in the middle of a header');
  return read;
}

/** One spelling for `./a`, `a/` and `/a`. */
function normal(name: string): string {
  return posix.join('/', name).replace(/(?<=.)\/$/, '');
}
