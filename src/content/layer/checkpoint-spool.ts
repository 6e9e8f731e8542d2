import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type Boundary, type BoundarySubscriber, windowBytes } from '../gzip/boundary.ts';
import {
  type Checkpoint,
  checkpointBytes,
  checkpointPlaceBytes,
  readCheckpoint,
  writeCheckpoint,
} from '../gzip/checkpoint.ts';
import { explainIo } from '../store/io-error.ts';

/** The last bytes of a spool: how many checkpoints it has. */
const countBytes = 4;
const nothing = new Uint8Array(0);

/**
 * Takes checkpoints where `soci` takes them: at the first boundary, and at each that lies more than a span after the
 * last one taken (gzip_zinfo.c, generate_zinfo_from_file). But of several before the first byte only one: its own
 * snapshotter refuses a layer with two.
 *
 * Windows are 32 KiB each, so they go to a file at once. `CheckpointFile` reads it.
 */
export class CheckpointSpool implements BoundarySubscriber, Disposable {
  readonly #path: string;
  readonly #file: number;
  readonly #spanBytes: number;
  readonly #record = Buffer.alloc(checkpointBytes);
  #count = 0;
  #lastOut = 0;

  /** Makes the file. */
  constructor(path: string, spanBytes: number) {
    this.#path = path;
    this.#spanBytes = spanBytes;
    this.#file = this.#io(() => openSync(path, 'wx', 0o600));
  }

  /** Whether a checkpoint is taken there. */
  isTaken({ out }: Boundary): boolean {
    return this.#count === 0 || out - this.#lastOut > this.#spanBytes;
  }

  boundary(at: Boundary, window: (into: Uint8Array) => void): void {
    if (!this.isTaken(at)) return;
    this.#count++;
    this.#lastOut = at.out;
    writeCheckpoint(this.#record, at);
    window(this.#record.subarray(checkpointPlaceBytes));
    this.#write(this.#record);
  }

  /** The stream is at its end. `tail`: what else the file is to hold. */
  end(tail: Uint8Array = nothing): void {
    const count = Buffer.alloc(countBytes);
    count.writeUInt32LE(this.#count);
    this.#write(tail);
    this.#write(count);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
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

/** What a CheckpointSpool wrote, once it was ended. */
export class CheckpointFile implements Disposable {
  readonly count: number;
  readonly #path: string;
  readonly #file: number;

  /** Opens the file. */
  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'r');
    const { size } = fstatSync(this.#file);
    this.count = this.#read(Buffer.alloc(countBytes), size - countBytes).readUInt32LE();
  }

  place(at: number): Checkpoint {
    return readCheckpoint(this.#read(Buffer.alloc(checkpointPlaceBytes), at * checkpointBytes));
  }

  /** `windowBytes` of output before a checkpoint. */
  window(at: number): Buffer {
    return this.#read(Buffer.allocUnsafe(windowBytes), at * checkpointBytes + checkpointPlaceBytes);
  }

  /** Checkpoints as they are in the file; each is lent until the next is asked for. */
  *records(): Generator<Uint8Array> {
    const record = Buffer.alloc(checkpointBytes);
    for (let at = 0; at < this.count; at++) yield this.#read(record, at * checkpointBytes);
  }

  /** What the spool was ended with. */
  tail(): Buffer {
    const start = this.count * checkpointBytes;
    return this.#read(Buffer.alloc(fstatSync(this.#file).size - countBytes - start), start);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #read(into: Buffer, position: number): Buffer {
    for (let done = 0; done < into.byteLength; ) {
      const bytes = readSync(this.#file, into, done, into.byteLength - done, position + done);
      if (bytes === 0) throw new Error(`the file of checkpoints was cut off: ${this.#path}`);
      done += bytes;
    }
    return into;
  }
}
