import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type Boundary, type BoundarySubscriber, windowBytes } from '../../content/gzip/boundary.ts';
import { type Digest, digestFrom } from '../../content/image/digest.ts';
import { explainIo } from '../../content/store/io-error.ts';
import {
  checkpointBytes,
  checkpointsHeader,
  checkpointsHeaderBytes,
  plainCheckpoints,
  writeCheckpoint,
} from './checkpoints.ts';
import type { CheckpointBytes } from './encode.ts';
import { unindexable } from './entry.ts';
import { mostHeaderBytes, whyGoRefuses } from './gzip-header.ts';
import type { SpanAlgorithm } from './ztoc.ts';

/** What a layer's blob is cut into, as a zTOC says it. */
export interface LayerSpans {
  readonly algorithm: SpanAlgorithm;
  readonly digests: readonly Digest[];
  readonly checkpoints: CheckpointBytes;
  /** A span goes on from one gzip member into the next: snapshotters before 0.14 end it with the first. */
  readonly crossesMembers: boolean;
}

const digestBytes = 32;
const flagBytes = 1;

/**
 * Takes checkpoints where `soci` takes them: at the first boundary, and at each that lies more than a span after the
 * last one taken (gzip_zinfo.c, generate_zinfo_from_file). But of several before the first byte only one: its own
 * snapshotter refuses a layer with two.
 *
 * Windows are 32 KiB each, so they go to a file at once; span digests and a flag follow them there. `spooledSpans` reads it.
 */
export class CheckpointSpool implements BoundarySubscriber, Disposable {
  readonly #path: string;
  readonly #file: number;
  readonly #spanBytes: number;
  readonly #record = Buffer.alloc(checkpointBytes);
  readonly #digests: Buffer[] = [];
  #hash: Hash | undefined;
  /** The compressed byte before the next one: two spans share it where they meet within it. */
  #lastByte = Buffer.alloc(1);
  #lastOut = 0;
  /** The blob up to the first boundary. */
  readonly #header: Buffer[] = [];
  #headerBytes = 0;
  #crossesMembers = false;

  /** Makes the file. */
  constructor(path: string, spanBytes: number) {
    this.#path = path;
    this.#spanBytes = spanBytes;
    this.#file = this.#io(() => openSync(path, 'wx', 0o600));
  }

  compressed(part: Uint8Array): void {
    if (part.byteLength === 0) return;
    if (this.#hash) this.#hash.update(part);
    else this.#keepHeader(part);
    this.#lastByte[0] = part[part.byteLength - 1] as number;
  }

  boundary(at: Boundary, window: (into: Uint8Array) => void): void {
    if (this.#hash !== undefined && at.out - this.#lastOut <= this.#spanBytes) {
      this.#crossesMembers ||= at.member;
      return;
    }
    if (this.#hash) this.#endSpan();
    else this.#checkHeader();
    this.#hash = createHash('sha256');
    if (at.bits > 0) this.#hash.update(this.#lastByte);
    this.#lastOut = at.out;
    writeCheckpoint(this.#record, at);
    window(this.#record.subarray(checkpointBytes - windowBytes));
    this.#write(this.#record);
  }

  /** The blob is at its end. */
  end(): void {
    this.#endSpan();
    this.#write(Buffer.concat([...this.#digests, Buffer.from([Number(this.#crossesMembers)])]));
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #endSpan(): void {
    if (this.#hash) this.#digests.push(this.#hash.digest());
  }

  #keepHeader(part: Uint8Array): void {
    this.#headerBytes += part.byteLength;
    if (this.#headerBytes > mostHeaderBytes) throw unindexable('its gzip header is too long');
    this.#header.push(Buffer.from(part));
  }

  #checkHeader(): void {
    const reason = whyGoRefuses(Buffer.concat(this.#header));
    if (reason !== undefined) throw unindexable(reason);
    this.#header.length = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#io(() => {
      for (let done = 0; done < bytes.byteLength; ) done += writeSync(this.#file, bytes, done);
    });
  }

  #io<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw explainIo(cause, this.#path);
    }
  }
}

/** What a CheckpointSpool wrote; the file is read again as the checkpoints are. */
export function spooledSpans(path: string, spanBytes: number): LayerSpans {
  const file = openSync(path, 'r');
  try {
    const count = (fstatSync(file).size - flagBytes) / (checkpointBytes + digestBytes);
    const digests = Buffer.alloc(count * digestBytes);
    readFully(file, digests, count * checkpointBytes);
    const flag = Buffer.alloc(flagBytes);
    readFully(file, flag, count * (checkpointBytes + digestBytes));
    return {
      algorithm: 'gzip',
      digests: Array.from(
        { length: count },
        (_, at) => `sha256:${digests.toString('hex', at * digestBytes, (at + 1) * digestBytes)}` as Digest,
      ),
      checkpoints: {
        byteLength: checkpointsHeaderBytes + count * checkpointBytes,
        read: () => readCheckpoints(path, count, spanBytes),
      },
      crossesMembers: flag[0] === 1,
    };
  } finally {
    closeSync(file);
  }
}

function* readCheckpoints(path: string, count: number, spanBytes: number): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    yield checkpointsHeader(count, spanBytes);
    const record = Buffer.alloc(checkpointBytes);
    for (let at = 0; at < count; at++) {
      readFully(file, record, at * checkpointBytes);
      yield record;
    }
  } finally {
    closeSync(file);
  }
}

function readFully(file: number, into: Buffer, position: number): void {
  for (let done = 0; done < into.byteLength; ) {
    const bytes = readSync(file, into, done, into.byteLength - done, position + done);
    if (bytes === 0) throw new Error('the file of checkpoints was cut off');
    done += bytes;
  }
}

/** Cuts an uncompressed layer into spans of one size. */
export class PlainSpans {
  readonly #spanBytes: number;
  readonly #digests: Digest[] = [];
  #hash = createHash('sha256');
  #inSpan = 0;
  #bytes = 0;

  constructor(spanBytes: number) {
    this.#spanBytes = spanBytes;
  }

  add(part: Uint8Array): void {
    for (let at = 0; at < part.byteLength; ) {
      const piece = part.subarray(at, at + this.#spanBytes - this.#inSpan);
      this.#hash.update(piece);
      this.#inSpan += piece.byteLength;
      at += piece.byteLength;
      if (this.#inSpan === this.#spanBytes) this.#endSpan();
    }
    this.#bytes += part.byteLength;
  }

  end(): LayerSpans {
    if (this.#inSpan > 0) this.#endSpan();
    const bytes = plainCheckpoints(this.#spanBytes, this.#bytes);
    return {
      algorithm: 'uncompressed',
      digests: this.#digests,
      checkpoints: { byteLength: bytes.byteLength, read: () => [bytes] },
      crossesMembers: false,
    };
  }

  #endSpan(): void {
    this.#digests.push(digestFrom(this.#hash));
    this.#hash = createHash('sha256');
    this.#inSpan = 0;
  }
}
