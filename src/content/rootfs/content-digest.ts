import { createHash, type Hash, hash } from 'node:crypto';
import type { TimestampPyc } from './table.ts';

export interface ContentDigest {
  readonly digest: Buffer;
  readonly pyc: TimestampPyc | undefined;
}

/** SHA-256 of no bytes. */
export const emptyDigest: Buffer = hash('sha256', '', 'buffer');

/** Magic, flags, mtime and size of its source: https://peps.python.org/pep-0552/ */
export const pycHeaderBytes = 16;
const zeros = Buffer.alloc(4);

/** Hashes contents one after the other, each pushed in parts. */
export class ContentDigester {
  #left = 0;
  #whole: Hash | undefined;
  #masked: Hash | undefined;
  /** What is there of a .pyc's header, until it is whole. */
  #head: Buffer | undefined;
  #sourceMtime = 0;

  /** @param mayBePyc whether its name says so */
  begin(bytes: number, mayBePyc: boolean): void {
    this.#left = bytes;
    this.#whole = undefined;
    this.#masked = undefined;
    this.#head = mayBePyc && bytes >= pycHeaderBytes ? Buffer.alloc(0) : undefined;
  }

  /** @returns the digests once the content is whole */
  push(part: Buffer): ContentDigest | undefined {
    this.#left -= part.byteLength;
    if (this.#head) this.#pushHead(this.#head, part);
    else this.#masked?.update(part);
    if (this.#left === 0 && !this.#whole) return this.#end(hash('sha256', part, 'buffer'));
    this.#whole ??= createHash('sha256');
    this.#whole.update(part);
    return this.#left > 0 ? undefined : this.#end(this.#whole.digest());
  }

  #pushHead(before: Buffer, part: Buffer): void {
    const head = before.byteLength > 0 ? Buffer.concat([before, part]) : part;
    if (head.byteLength < pycHeaderBytes) {
      // The part is lent.
      this.#head = Buffer.from(head);
      return;
    }
    this.#head = undefined;
    if (head[2] !== 0x0d || head[3] !== 0x0a || head.readUInt32LE(4) !== 0) return;
    this.#sourceMtime = head.readUInt32LE(8);
    this.#masked = createHash('sha256').update(head.subarray(0, 8)).update(zeros).update(head.subarray(12));
  }

  #end(digest: Buffer): ContentDigest {
    if (!this.#masked) return { digest, pyc: undefined };
    return { digest, pyc: { maskedDigest: this.#masked.digest(), sourceMtime: this.#sourceMtime } };
  }
}
