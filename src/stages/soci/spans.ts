import { createHash, type Hash } from 'node:crypto';
import type { Boundary, BoundarySubscriber } from '../../content/gzip/boundary.ts';
import { checkpointBytes } from '../../content/gzip/checkpoint.ts';
import { type Digest, digestFrom } from '../../content/image/digest.ts';
import { CheckpointFile, CheckpointSpool } from '../../content/layer/checkpoint-spool.ts';
import { checkpointsHeader, checkpointsHeaderBytes, plainCheckpoints } from './checkpoints.ts';
import type { CheckpointBytes } from './encode.ts';
import { unindexable } from './entry.ts';
import { mostHeaderBytes, whyGoRefuses } from './gzip-header.ts';
import type { SpanAlgorithm } from './ztoc.ts';

/** What a layer's blob is cut into, as a zTOC says it. */
export interface LayerSpans {
  /** Why there can be no zTOC, half a sentence. */
  readonly whyNot?: string | undefined;
  readonly algorithm: SpanAlgorithm;
  readonly digests: readonly Digest[];
  readonly checkpoints: CheckpointBytes;
  /** A span goes on from one gzip member into the next: snapshotters before 0.14 end it with the first. */
  readonly crossesMembers: boolean;
}

const digestBytes = 32;

/**
 * Cuts a gzip layer into spans where checkpoints are taken: these go to a file, and span digests and a flag behind
 * them. `spooledSpans` reads it.
 */
export class SpanSpool implements BoundarySubscriber, Disposable {
  readonly #checkpoints: CheckpointSpool;
  readonly #digests: Buffer[] = [];
  #hash: Hash | undefined;
  /** The compressed byte before the next one: two spans share it where they meet within it. */
  #lastByte = Buffer.alloc(1);
  /** The blob up to the first boundary. */
  readonly #header: Buffer[] = [];
  #headerBytes = 0;
  #crossesMembers = false;
  readonly #isPatient: boolean;
  #whyNot: string | undefined;

  /** Makes the file. `isPatient`: with a header that Go refuses it goes on; else `unindexable` is thrown. */
  constructor(path: string, spanBytes: number, isPatient: boolean) {
    this.#isPatient = isPatient;
    this.#checkpoints = new CheckpointSpool(path, spanBytes);
  }

  compressed(part: Uint8Array): void {
    if (part.byteLength === 0) return;
    if (this.#hash) this.#hash.update(part);
    else this.#keepHeader(part);
    this.#lastByte[0] = part[part.byteLength - 1] as number;
  }

  boundary(at: Boundary, window: (into: Uint8Array) => void): void {
    if (!this.#checkpoints.isTaken(at)) {
      this.#crossesMembers ||= at.member;
      return;
    }
    if (this.#hash) this.#endSpan();
    else this.#checkHeader();
    this.#hash = createHash('sha256');
    if (at.bits > 0) this.#hash.update(this.#lastByte);
    this.#checkpoints.boundary(at, window);
  }

  /** Why there can be no zTOC, half a sentence. */
  get whyNot(): string | undefined {
    return this.#whyNot;
  }

  /** The blob is at its end. */
  end(): void {
    this.#endSpan();
    const flag = Buffer.from([Number(this.#crossesMembers)]);
    this.#checkpoints.end(Buffer.concat([...this.#digests, flag, Buffer.from(this.#whyNot ?? '')]));
  }

  [Symbol.dispose](): void {
    this.#checkpoints[Symbol.dispose]();
  }

  #endSpan(): void {
    if (this.#hash) this.#digests.push(this.#hash.digest());
  }

  #keepHeader(part: Uint8Array): void {
    this.#headerBytes += part.byteLength;
    if (this.#headerBytes > mostHeaderBytes) this.#refuse('its gzip header is too long');
    else this.#header.push(Buffer.from(part));
  }

  #checkHeader(): void {
    const reason = whyGoRefuses(Buffer.concat(this.#header));
    if (reason !== undefined) this.#refuse(reason);
    this.#header.length = 0;
  }

  #refuse(reason: string): void {
    if (!this.#isPatient) throw unindexable(reason);
    this.#whyNot ??= reason;
  }
}

/** What a SpanSpool wrote; the file is read again as the checkpoints are. */
export function spooledSpans(path: string, spanBytes: number): LayerSpans {
  using file = new CheckpointFile(path);
  const { count } = file;
  const tail = file.tail();
  const end = count * digestBytes + 1;
  return {
    whyNot: tail.length > end ? tail.toString('utf8', end) : undefined,
    algorithm: 'gzip',
    digests: Array.from(
      { length: count },
      (_, at) => `sha256:${tail.toString('hex', at * digestBytes, (at + 1) * digestBytes)}` as Digest,
    ),
    checkpoints: {
      byteLength: checkpointsHeaderBytes + count * checkpointBytes,
      read: () => readCheckpoints(path, spanBytes),
    },
    crossesMembers: tail[end - 1] === 1,
  };
}

function* readCheckpoints(path: string, spanBytes: number): Generator<Uint8Array> {
  using file = new CheckpointFile(path);
  yield checkpointsHeader(file.count, spanBytes);
  yield* file.records();
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
