import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  entryTypeOf,
  inflateSpan,
  ztocEntry
} from "./chunk-LCFLOM33.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  spool
} from "./chunk-KFOAQ6GS.js";
import {
  readAt
} from "./chunk-SK2TNT2F.js";
import {
  digestAlgorithm,
  digestFrom
} from "./chunk-RJ5NUFKW.js";

// src/stages/soci/tar-header.ts
var blockBytes = 512;
function headerStart(ztoc, at) {
  if (at === 0) return 0;
  const { offset, size } = ztoc.entry(at - 1);
  return Math.ceil((offset + size) / blockBytes) * blockBytes;
}
var HeaderReader = class {
  #scanner;
  #length;
  #entry;
  #read = 0;
  constructor(length, where) {
    this.#length = length;
    this.#scanner = new TarScanner(where, [{ entry: (entry) => this.#entry ??= entry }]);
  }
  /** Takes what of a chunk is header. @returns the rest of it @throws PullBudgetError `bad-tar` */
  push(chunk) {
    const header = chunk.subarray(0, this.#length - this.#read);
    if (header.byteLength > 0) this.#scanner.push(header);
    this.#read += header.byteLength;
    return chunk.subarray(header.byteLength);
  }
  get isWhole() {
    return this.#read === this.#length;
  }
  get entry() {
    return this.#entry?.dataStart === this.#length ? this.#entry : void 0;
  }
};
function differenceFrom(tar, entry) {
  if (entryTypeOf[tar.kind] === void 0) return "type";
  const own = ztocEntry(tar);
  const compared = [
    ["name", own.name.equals(entry.name)],
    ["type", own.type === entry.type],
    ["size", own.size === entry.size],
    ["link", own.linkname.equals(entry.linkname)],
    ["mode", own.mode === entry.mode],
    // Of larger ones a zTOC keeps the low 32 bits, which the snapshotter then finds to be others.
    ["owner", tar.uid === entry.uid && own.uname.equals(entry.uname)],
    ["group", tar.gid === entry.gid && own.gname.equals(entry.gname)],
    ["time", isSameTime(own.modTime, entry.modTime)],
    ["device", own.devmajor === entry.devmajor && own.devminor === entry.devminor],
    ["PAX records", isSameXattrs(own.xattrs, entry.xattrs)]
  ];
  return compared.find(([, isEqual]) => !isEqual)?.[0];
}
function isSameTime(a, b) {
  const [one, other] = [instant(a), instant(b)];
  return one !== void 0 && one === other;
}
function instant(text) {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  return Number.isNaN(seconds) ? void 0 : `${seconds} ${(match?.[2] ?? "").replace(/0+$/, "")}`;
}
function isSameXattrs(a, b) {
  return a.length === b.length && a.every(({ key, value }, at) => {
    const other = b[at];
    return other !== void 0 && key.equals(other.key) && value.equals(other.value);
  });
}

// src/stages/soci/held-span.ts
import { createHash } from "node:crypto";
var mostBytesInMemory = 16 * 1024 * 1024;
var BlobCursor = class {
  #chunks;
  #chunk = new Uint8Array(0);
  #position;
  #lastByte = new Uint8Array(1);
  constructor(bytes, position) {
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#position = position;
  }
  /** Of the blob: what was taken ends here. */
  get position() {
    return this.#position;
  }
  /**
   * Bytes `start` to `end` of the blob; fewer where it ends before. `start` is the cursor's position, or the byte
   * before it, which neighbouring spans share.
   */
  async *take(start, end) {
    if (start < this.#position && start < end) yield this.#lastByte;
    while (this.#position < end) {
      if (this.#chunk.byteLength === 0) {
        const { done, value } = await this.#chunks.next();
        if (done) return;
        this.#chunk = value;
        continue;
      }
      const piece = this.#chunk.subarray(0, end - this.#position);
      this.#chunk = this.#chunk.subarray(piece.byteLength);
      this.#position += piece.byteLength;
      this.#lastByte[0] = piece[piece.byteLength - 1];
      yield piece;
    }
  }
  async [Symbol.asyncDispose]() {
    await this.#chunks.return?.();
  }
};
async function holdSpan(blob, { start, end, digest }) {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let byteLength = 0;
  const taken = async function* () {
    for await (const piece of blob.take(start, end)) {
      hash.update(piece);
      byteLength += piece.byteLength;
      yield piece;
    }
  };
  if (end - start > mostBytesInMemory) {
    const { file, path } = await spool(taken());
    return {
      byteLength,
      digest: digestFrom(hash, algorithm),
      read: () => readAt(file, 0, byteLength, path),
      [Symbol.asyncDispose]: () => file.close()
    };
  }
  const room = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  for await (const piece of taken()) {
    room.set(piece, filled);
    filled += piece.byteLength;
  }
  return {
    byteLength,
    digest: digestFrom(hash, algorithm),
    read: async function* () {
      yield room.subarray(0, byteLength);
    },
    [Symbol.asyncDispose]: async () => {
    }
  };
}
function contentOf(held, { algorithm, bits, window, length }, where) {
  return algorithm === "uncompressed" ? held.read() : inflateSpan(held.read(), { bits, window, length }, where);
}

export {
  headerStart,
  HeaderReader,
  differenceFrom,
  BlobCursor,
  holdSpan,
  contentOf
};
