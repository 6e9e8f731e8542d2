import { TarEntry } from './entry.ts';
import {
  badTar,
  blockBytes,
  isZeroBlock,
  paddingAfter,
  parseHeader,
  parseNumber,
  type TarHeader,
} from './header.ts';
import { type Overrides, overridesOf, type PaxRecord, parsePax } from './pax.ts';

/** Long names and PAX headers may be so long, as Go's reader has it: memory must not follow a header's word. */
const maxExtensionBytes = 1024 * 1024;

/** Who wants to know what is in an archive. All calls are synchronous, in the archive's order. */
export interface TarSubscriber {
  entry?(entry: TarEntry): void;
  /** A part of an entry's data. It is a view of a buffer that was pushed: copy it to keep it. */
  data?(part: Buffer, entry: TarEntry): void;
  /** The archive is whole. */
  end?(): void;
}

/** Fields that long-name and PAX headers set for the entry after them. */
interface Pending {
  start: number | undefined;
  longName: Buffer | undefined;
  longLink: Buffer | undefined;
  pax: readonly PaxRecord[];
}

/** An extended header whose body is being gathered. */
interface Extension {
  readonly type: string;
  readonly position: number;
  readonly body: Buffer;
  filled: number;
}

const noRecords: readonly PaxRecord[] = [];

/**
 * Reads a tar archive that is pushed to it in chunks of any size, and hands on its entries and their data without
 * copying. What follows the two zero blocks at the end is padding and not looked at.
 * @throws (from `push` and `end`) PullBudgetError `bad-tar`, naming the position
 */
export class TarScanner {
  readonly #where: string;
  readonly #entry: ((entry: TarEntry) => void)[];
  readonly #data: ((part: Buffer, entry: TarEntry) => void)[];
  readonly #end: (() => void)[];
  readonly #block = Buffer.alloc(blockBytes);
  #blockFilled = 0;
  #position = 0;
  #dataLeft = 0;
  #paddingLeft = 0;
  #zeroBlocks = 0;
  #current: TarEntry | undefined;
  #extension: Extension | undefined;
  /** The header of a GNU sparse file, while blocks with more of its map follow. */
  #sparse: { readonly header: TarHeader; readonly size: number | undefined } | undefined;
  #pending: Pending = unchanged();
  #globals = noRecords;
  #globalOverrides: Overrides = {};
  #globalBytes = 0;

  constructor(where: string, subscribers: readonly TarSubscriber[]) {
    this.#where = where;
    this.#entry = subscribers.flatMap((subscriber) => subscriber.entry?.bind(subscriber) ?? []);
    this.#data = subscribers.flatMap((subscriber) => subscriber.data?.bind(subscriber) ?? []);
    this.#end = subscribers.flatMap((subscriber) => subscriber.end?.bind(subscriber) ?? []);
  }

  /** Bytes read so far: at the end those of the archive, its two zero blocks included and padding after them not. */
  get position(): number {
    return this.#position;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.byteLength && this.#zeroBlocks < 2; ) {
      const used = this.#take(bytes, at);
      at += used;
      this.#position += used;
    }
  }

  end(): void {
    if (this.#dataLeft > 0) {
      throw this.#bad(
        `it ends ${this.#dataLeft} bytes before the end of ${JSON.stringify(this.#current?.path)}`,
      );
    }
    if (this.#blockFilled > 0 || this.#extension || this.#sparse) throw this.#bad('it ends within a header');
    for (const subscriber of this.#end) subscriber();
  }

  /** Uses up some of the bytes from `at` on; says how many. */
  #take(bytes: Buffer, at: number): number {
    const left = bytes.byteLength - at;
    if (this.#dataLeft > 0) return this.#takeData(bytes, at, Math.min(left, this.#dataLeft));
    if (this.#extension) return this.#takeExtension(this.#extension, bytes, at);
    if (this.#paddingLeft > 0) {
      const used = Math.min(left, this.#paddingLeft);
      this.#paddingLeft -= used;
      return used;
    }
    if (this.#blockFilled === 0 && left >= blockBytes) {
      this.#takeBlock(bytes, at, this.#position);
      return blockBytes;
    }
    const used = bytes.copy(this.#block, this.#blockFilled, at, at + blockBytes - this.#blockFilled);
    this.#blockFilled += used;
    if (this.#blockFilled === blockBytes) {
      this.#blockFilled = 0;
      this.#takeBlock(this.#block, 0, this.#position + used - blockBytes);
    }
    return used;
  }

  #takeData(bytes: Buffer, at: number, used: number): number {
    this.#dataLeft -= used;
    if (this.#data.length > 0 && this.#current) {
      const part = bytes.subarray(at, at + used);
      for (const subscriber of this.#data) subscriber(part, this.#current);
    }
    return used;
  }

  #takeExtension(extension: Extension, bytes: Buffer, at: number): number {
    const used = bytes.copy(extension.body, extension.filled, at);
    extension.filled += used;
    if (extension.filled === extension.body.byteLength) this.#endExtension(extension);
    return used;
  }

  #takeBlock(bytes: Buffer, offset: number, position: number): void {
    if (this.#sparse) {
      const { header, size } = this.#sparse;
      this.#sparse = undefined;
      this.#maybeSparse(header, size, bytes[offset + 504] === 1, position);
      return;
    }
    if (bytes[offset] === 0 && isZeroBlock(bytes, offset)) {
      this.#zeroBlocks++;
      return;
    }
    if (this.#zeroBlocks > 0) throw badTar(this.#where, position, 'a header follows a block of zeros');
    const header = parseHeader(bytes, offset, position, this.#where);
    this.#pending.start ??= position;
    if (header.type === 'x' || header.type === 'g' || header.type === 'L' || header.type === 'K') {
      this.#startExtension(header, position);
    } else if (header.type === 'S' && header.format === 'gnu') {
      const size = parseNumber(bytes, offset + 483, 12);
      this.#maybeSparse(header, size, bytes[offset + 482] === 1, position);
    } else {
      this.#startEntry(header, position, undefined);
    }
  }

  /** https://www.gnu.org/software/tar/manual/html_node/Standard.html: oldgnu_header and sparse_header */
  #maybeSparse(header: TarHeader, size: number | undefined, more: boolean, position: number): void {
    if (more) this.#sparse = { header, size };
    else this.#startEntry(header, position, size);
  }

  #startExtension({ type, size }: TarHeader, position: number): void {
    if (size > maxExtensionBytes) {
      throw badTar(this.#where, position, `there is an extended header of ${size} bytes, over 1 MiB`);
    }
    const extension = { type, position, body: Buffer.alloc(size), filled: 0 };
    this.#extension = extension;
    if (size === 0) this.#endExtension(extension);
  }

  #endExtension({ type, position, body }: Extension): void {
    this.#extension = undefined;
    this.#paddingLeft = paddingAfter(body.byteLength);
    if (type === 'L') this.#pending.longName = untilNul(body);
    else if (type === 'K') this.#pending.longLink = untilNul(body);
    else {
      const records = parsePax(body, position, this.#where);
      if (type === 'x') this.#pending.pax = records;
      else this.#addGlobals(records, body.byteLength, position);
    }
  }

  #addGlobals(records: readonly PaxRecord[], bytes: number, position: number): void {
    // With its block: each is weighed against all before it, so thousands of empty ones would cost too.
    this.#globalBytes += blockBytes + bytes;
    if (this.#globalBytes > maxExtensionBytes) {
      throw badTar(this.#where, position, 'its global PAX headers come to more than 1 MiB');
    }
    this.#globals = [...this.#globals, ...records];
    this.#globalOverrides = overridesOf(this.#globals, position, this.#where);
    // It belongs to no entry.
    if (this.#pending.start === position) this.#pending.start = undefined;
  }

  #startEntry(header: TarHeader, position: number, sparseSize: number | undefined): void {
    const { start = position, longName, longLink, pax } = this.#pending;
    let overrides = this.#globalOverrides;
    if (pax.length > 0) overrides = { ...overrides, ...overridesOf(pax, start, this.#where) };
    if (longName) overrides = { ...overrides, name: longName };
    if (longLink) overrides = { ...overrides, linkname: longLink };
    const dataStart = position + blockBytes;
    const entry = new TarEntry(header, {
      start,
      dataStart,
      pax,
      globals: this.#globals,
      overrides,
      sparseSize,
    });
    this.#pending = unchanged();
    this.#current = entry;
    this.#dataLeft = entry.dataBytes;
    this.#paddingLeft = paddingAfter(entry.dataBytes);
    for (const subscriber of this.#entry) subscriber(entry);
  }

  #bad(what: string): Error {
    return badTar(this.#where, this.#position, what);
  }
}

const unchanged = (): Pending => ({
  start: undefined,
  longName: undefined,
  longLink: undefined,
  pax: noRecords,
});

/** Of an empty one the header's own field stands. */
function untilNul(body: Buffer): Buffer | undefined {
  const end = body.indexOf(0);
  const text = body.subarray(0, end < 0 ? body.byteLength : end);
  return text.byteLength === 0 ? undefined : text;
}
