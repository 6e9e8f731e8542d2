import type { ByteStream } from '../bytes.ts';

/** What a thread needs to open its end: shared memory, which is not copied when it is posted. */
export interface RingMemory {
  readonly bytes: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

/** Places in `control`. Positions are bytes modulo 2^32, of which the capacity is a divisor. */
const written = 0;
const read = 1;
const state = 2;
/** Changes whenever one of the others does: what a side waits on. */
const changes = 3;
const open = 0;
const ended = 1;
const closed = 2;

/** A reader gets no more at once: it works on what still lies in its core's cache. */
const mostBytesAtOnce = 256 * 1024;

/** Memory for a ring; `capacity` is a power of two. */
export function makeRing(capacity: number): RingMemory {
  return { bytes: new SharedArrayBuffer(capacity), control: new SharedArrayBuffer(16) };
}

/** Nobody reads any more: the writer may stop. */
export class RingClosed extends Error {}

/**
 * Bytes on their way from one thread to another, without a copy of their own for each message: one thread writes, one
 * other reads, and who is faster waits. A thread of a pool has nothing else to do and blocks; the main thread awaits.
 */
export class Ring {
  readonly memory: RingMemory;
  readonly #bytes: Uint8Array;
  readonly #control: Int32Array;
  readonly #mask: number;

  constructor(memory: RingMemory) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.bytes);
    this.#control = new Int32Array(memory.control);
    this.#mask = memory.bytes.byteLength - 1;
  }

  /** Copies all of the chunk in, from a thread that must not block. @throws RingClosed */
  async write(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.byteLength; ) {
      const seen = Atomics.load(this.#control, changes);
      const used = this.#put(chunk, done);
      done += used;
      if (used === 0) await Atomics.waitAsync(this.#control, changes, seen).value;
    }
  }

  /** Copies all of the chunk in, and blocks while there is no room. @throws RingClosed */
  writeBlocking(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.byteLength; ) {
      const seen = Atomics.load(this.#control, changes);
      const used = this.#put(chunk, done);
      done += used;
      if (used === 0) Atomics.wait(this.#control, changes, seen);
    }
  }

  /** All is written. */
  end(): void {
    Atomics.compareExchange(this.#control, state, open, ended);
    this.#tell();
  }

  /** Either side has given up: a writer's next `write` throws, a reader's bytes break off with an error. */
  close(): void {
    Atomics.store(this.#control, state, closed);
    this.#tell();
  }

  /** The bytes, by a thread that may block. A chunk is a view of the ring. @throws (while iterating) RingClosed */
  async *read(): ByteStream {
    for (;;) {
      const seen = Atomics.load(this.#control, changes);
      // Before the positions: what was written before the end is here when the end is seen.
      const now = Atomics.load(this.#control, state);
      if (now === closed) throw new RingClosed('the other side has given up');
      const at = Atomics.load(this.#control, read);
      const waiting = (Atomics.load(this.#control, written) - at) >>> 0;
      if (waiting > 0) {
        const start = at & this.#mask;
        const length = Math.min(waiting, this.#bytes.byteLength - start, mostBytesAtOnce);
        yield this.#bytes.subarray(start, start + length);
        Atomics.add(this.#control, read, length);
        this.#tell();
      } else if (now === ended) {
        return;
      } else {
        Atomics.wait(this.#control, changes, seen);
      }
    }
  }

  /** Copies in what there is room for from `done` on; says how many bytes. */
  #put(chunk: Uint8Array, done: number): number {
    if (Atomics.load(this.#control, state) === closed) throw new RingClosed('the other side has given up');
    const at = Atomics.load(this.#control, written);
    const room = this.#bytes.byteLength - ((at - Atomics.load(this.#control, read)) >>> 0);
    const start = at & this.#mask;
    const length = Math.min(chunk.byteLength - done, room, this.#bytes.byteLength - start);
    if (length === 0) return 0;
    this.#bytes.set(chunk.subarray(done, done + length), start);
    Atomics.add(this.#control, written, length);
    this.#tell();
    return length;
  }

  #tell(): void {
    Atomics.add(this.#control, changes, 1);
    Atomics.notify(this.#control, changes);
  }
}
