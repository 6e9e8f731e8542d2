import { type FileHandle, open } from 'node:fs/promises';
import { posix } from 'node:path';
import { inputError } from '../error.ts';
import { readAt } from './file.ts';
import { explainIo, isMissing } from './io-error.ts';
import type { LayoutFiles, StoredFile } from './layout-source.ts';
import { collect } from './verify.ts';

/** An entry of a tar archive: where its bytes are, or what it links to. */
interface TarEntry {
  readonly start: number;
  readonly size: number;
  /** The name of another entry, for symbolic and hard links. */
  readonly link?: string;
}

const blockBytes = 512;
/** An image archive holds a few files a layer: far more are an attack on memory. */
const maxEntries = 100_000;
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
  readonly #entries: ReadonlyMap<string, TarEntry>;

  private constructor(location: string, file: FileHandle, path: string, entries: Map<string, TarEntry>) {
    this.location = location;
    this.#file = file;
    this.#path = path;
    this.#entries = entries;
  }

  /** Takes the file over: close() closes it, and so does a failure here. @throws PullBudgetError `bad-archive` */
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

  #follow(name: string): TarEntry | undefined {
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

async function indexEntries(file: FileHandle, path: string): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const { size: end } = await file.stat();
  let extended: Extension = {};
  for (let at = 0; at < end; ) {
    const block = await readWhole(file, at, blockBytes, end, path);
    if (block.every((byte) => byte === 0)) break;
    checkHeader(block, at, path);
    const type = String.fromCharCode(block[156] ?? 0);
    const size = 'x' === type || 'L' === type || 'K' === type || 'g' === type ? undefined : extended.size;
    const bytes = size ?? number(block.subarray(124, 136), path);
    const start = at + blockBytes;
    at = start + Math.ceil(bytes / blockBytes) * blockBytes;
    if (start + bytes > end) throw damaged(path, `it ends in the middle of an entry, at byte ${end}`);
    if (type === 'g') continue;
    if (type === 'x' || type === 'L' || type === 'K') {
      if (bytes > maxExtensionBytes) throw damaged(path, `an extended header is ${bytes} bytes long`);
      extended = { ...extended, ...extension(type, await readWhole(file, start, bytes, end, path), path) };
      continue;
    }
    const name = extended.name ?? ustarName(block);
    const target = extended.link ?? text(block.subarray(157, 257));
    extended = {};
    if (type === '1') entries.set(normal(name), { start, size: 0, link: normal(target) });
    else if (type === '2') {
      entries.set(normal(name), { start, size: 0, link: normal(posix.join(posix.dirname(name), target)) });
    } else if (type === '0' || type === '\0' || type === '7')
      entries.set(normal(name), { start, size: bytes });
    if (entries.size > maxEntries) throw damaged(path, `it has more than ${maxEntries} entries`);
  }
  return entries;
}

async function readWhole(
  file: FileHandle,
  at: number,
  bytes: number,
  end: number,
  path: string,
): Promise<Buffer> {
  if (at + bytes > end) throw damaged(path, `it ends in the middle of a header, at byte ${end}`);
  return collect(readAt(file, at, at + bytes, path), bytes, path);
}

/** What a PAX or GNU header says about the entry after it. */
interface Extension {
  readonly name?: string;
  readonly link?: string;
  readonly size?: number;
}

function extension(type: 'x' | 'L' | 'K', body: Buffer, path: string): Extension {
  if (type === 'L') return { name: text(body) };
  if (type === 'K') return { link: text(body) };
  let found: Extension = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.toString('latin1', at, space));
    if (space < 0 || !Number.isSafeInteger(length) || length <= space - at) {
      throw damaged(path, 'it has a malformed PAX header');
    }
    const record = body.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const value = record.slice(equals + 1);
    const key = record.slice(0, equals);
    if (key === 'path') found = { ...found, name: value };
    if (key === 'linkpath') found = { ...found, link: value };
    if (key === 'size') found = { ...found, size: Number(value) };
    at += length;
  }
  if (found.size !== undefined && !(Number.isSafeInteger(found.size) && found.size >= 0)) {
    throw damaged(path, 'it has a malformed PAX size');
  }
  return found;
}

function checkHeader(block: Buffer, at: number, path: string): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 0 : (block[i] as number);
  if (number(block.subarray(148, 156), path) !== sum) {
    throw damaged(
      path,
      at === 0 ? 'it does not begin with a tar header' : `the header at byte ${at} is damaged`,
    );
  }
}

/** Octal digits, or base 256 where the first bit is set (GNU). */
function number(field: Buffer, path: string): number {
  const value =
    (field[0] as number) & 0x80
      ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] as number) & 0x7f)
      : Number.parseInt(text(field).trim() || '0', 8);
  if (!Number.isSafeInteger(value) || value < 0) throw damaged(path, 'a header holds no valid number');
  return value;
}

function ustarName(block: Buffer): string {
  const name = text(block.subarray(0, 100));
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? text(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(field: Buffer): string {
  const zero = field.indexOf(0);
  return field.toString('utf8', 0, zero < 0 ? field.length : zero);
}

/** One spelling for `./a`, `a/` and `/a`. */
function normal(name: string): string {
  return posix.join('/', name).replace(/(?<=.)\/$/, '');
}

function damaged(path: string, why: string): Error {
  return inputError('bad-archive', `${path} is no whole tar archive: ${why}`, {
    hint: 'The file is damaged, cut off, or of another format; save the image again.',
  });
}
