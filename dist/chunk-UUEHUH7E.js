import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  inflateSpan
} from "./chunk-5KLYFH7M.js";
import {
  spool
} from "./chunk-NSLFNWD3.js";
import {
  readAt
} from "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestFrom
} from "./chunk-RJ5NUFKW.js";

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
  BlobCursor,
  holdSpan,
  contentOf
};
