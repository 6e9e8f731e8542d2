import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  TarEntry,
  badTar,
  blockBytes,
  isZeroBlock,
  overridesOf,
  paddingAfter,
  parseHeader,
  parseNumber,
  parsePax
} from "./chunk-HXSIVDWK.js";

// src/content/tar/scanner.ts
var maxExtensionBytes = 1024 * 1024;
var noRecords = [];
var TarScanner = class {
  #where;
  #entry;
  #data;
  #end;
  #block = Buffer.alloc(blockBytes);
  #blockFilled = 0;
  #position = 0;
  #dataLeft = 0;
  #paddingLeft = 0;
  #zeroBlocks = 0;
  #current;
  #extension;
  /** The header of a GNU sparse file, while blocks with more of its map follow. */
  #sparse;
  #pending = unchanged();
  #globals = noRecords;
  #globalOverrides = {};
  #globalBytes = 0;
  constructor(where, subscribers) {
    this.#where = where;
    this.#entry = subscribers.flatMap((subscriber) => subscriber.entry?.bind(subscriber) ?? []);
    this.#data = subscribers.flatMap((subscriber) => subscriber.data?.bind(subscriber) ?? []);
    this.#end = subscribers.flatMap((subscriber) => subscriber.end?.bind(subscriber) ?? []);
  }
  /** Bytes read so far: at the end those of the archive, its two zero blocks included and padding after them not. */
  get position() {
    return this.#position;
  }
  push(chunk) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.byteLength && this.#zeroBlocks < 2; ) {
      const used = this.#take(bytes, at);
      at += used;
      this.#position += used;
    }
  }
  end() {
    if (this.#dataLeft > 0) {
      throw this.#bad(
        `it ends ${this.#dataLeft} bytes before the end of ${JSON.stringify(this.#current?.path)}`
      );
    }
    if (this.#blockFilled > 0 || this.#extension || this.#sparse) throw this.#bad("it ends within a header");
    for (const subscriber of this.#end) subscriber();
  }
  /** Uses up some of the bytes from `at` on; says how many. */
  #take(bytes, at) {
    const left = bytes.byteLength - at;
    if (this.#dataLeft > 0) return this.#takeData(bytes, at, Math.min(left, this.#dataLeft));
    if (this.#extension) return this.#takeExtension(this.#extension, bytes, at);
    if (this.#paddingLeft > 0) {
      const used2 = Math.min(left, this.#paddingLeft);
      this.#paddingLeft -= used2;
      return used2;
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
  #takeData(bytes, at, used) {
    this.#dataLeft -= used;
    if (this.#data.length > 0 && this.#current) {
      const part = bytes.subarray(at, at + used);
      for (const subscriber of this.#data) subscriber(part, this.#current);
    }
    return used;
  }
  #takeExtension(extension, bytes, at) {
    const used = bytes.copy(extension.body, extension.filled, at);
    extension.filled += used;
    if (extension.filled === extension.body.byteLength) this.#endExtension(extension);
    return used;
  }
  #takeBlock(bytes, offset, position) {
    if (this.#sparse) {
      const { header: header2, size } = this.#sparse;
      this.#sparse = void 0;
      this.#maybeSparse(header2, size, bytes[offset + 504] === 1, position);
      return;
    }
    if (bytes[offset] === 0 && isZeroBlock(bytes, offset)) {
      this.#zeroBlocks++;
      return;
    }
    if (this.#zeroBlocks > 0) throw badTar(this.#where, position, "a header follows a block of zeros");
    const header = parseHeader(bytes, offset, position, this.#where);
    this.#pending.start ??= position;
    if (header.type === "x" || header.type === "g" || header.type === "L" || header.type === "K") {
      this.#startExtension(header, position);
    } else if (header.type === "S" && header.format === "gnu") {
      const size = parseNumber(bytes, offset + 483, 12);
      this.#maybeSparse(header, size, bytes[offset + 482] === 1, position);
    } else {
      this.#startEntry(header, position, void 0);
    }
  }
  /** https://www.gnu.org/software/tar/manual/html_node/Standard.html: oldgnu_header and sparse_header */
  #maybeSparse(header, size, more, position) {
    if (more) this.#sparse = { header, size };
    else this.#startEntry(header, position, size);
  }
  #startExtension({ type, size }, position) {
    if (size > maxExtensionBytes) {
      throw badTar(this.#where, position, `there is an extended header of ${size} bytes, over 1 MiB`);
    }
    const extension = { type, position, body: Buffer.alloc(size), filled: 0 };
    this.#extension = extension;
    if (size === 0) this.#endExtension(extension);
  }
  #endExtension({ type, position, body }) {
    this.#extension = void 0;
    this.#paddingLeft = paddingAfter(body.byteLength);
    if (type === "L") this.#pending.longName = untilNul(body);
    else if (type === "K") this.#pending.longLink = untilNul(body);
    else {
      const records = parsePax(body, position, this.#where);
      if (type === "x") this.#pending.pax = records;
      else this.#addGlobals(records, body.byteLength, position);
    }
  }
  #addGlobals(records, bytes, position) {
    this.#globalBytes += blockBytes + bytes;
    if (this.#globalBytes > maxExtensionBytes) {
      throw badTar(this.#where, position, "its global PAX headers come to more than 1 MiB");
    }
    this.#globals = [...this.#globals, ...records];
    this.#globalOverrides = overridesOf(this.#globals, position, this.#where);
    if (this.#pending.start === position) this.#pending.start = void 0;
  }
  #startEntry(header, position, sparseSize) {
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
      sparseSize
    });
    this.#pending = unchanged();
    this.#current = entry;
    this.#dataLeft = entry.dataBytes;
    this.#paddingLeft = paddingAfter(entry.dataBytes);
    for (const subscriber of this.#entry) subscriber(entry);
  }
  #bad(what) {
    return badTar(this.#where, this.#position, what);
  }
};
var unchanged = () => ({
  start: void 0,
  longName: void 0,
  longLink: void 0,
  pax: noRecords
});
function untilNul(body) {
  const end = body.indexOf(0);
  const text = body.subarray(0, end < 0 ? body.byteLength : end);
  return text.byteLength === 0 ? void 0 : text;
}

export {
  TarScanner
};
