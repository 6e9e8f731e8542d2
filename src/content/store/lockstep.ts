import type { ByteStream } from '../bytes.ts';

/** One of those who read the same bytes. */
export interface LockstepReader extends ByteStream {
  /** Reads no more: the others are not held up. What the bytes come from ends when the last one has left. */
  leave(): Promise<void>;
}

interface Asking {
  resolve(next: IteratorResult<Uint8Array>): void;
  reject(error: unknown): void;
}

const end: IteratorResult<Uint8Array> = { done: true, value: undefined };

/**
 * The same bytes for several readers, of one read: each chunk is lent to all of them until all ask for the next, so the
 * slowest sets the pace and nothing is kept. What the bytes throw, every reader gets. Ending an iteration leaves.
 */
export function lockstep(bytes: ByteStream, readers: number): LockstepReader[] {
  const step = new Lockstep(bytes);
  return Array.from({ length: readers }, () => step.reader());
}

class Lockstep {
  readonly #bytes: AsyncIterator<Uint8Array>;
  readonly #readers = new Set<LockstepReader>();
  readonly #asking = new Map<LockstepReader, Asking>();
  #reading = false;

  constructor(bytes: ByteStream) {
    this.#bytes = bytes[Symbol.asyncIterator]();
  }

  reader(): LockstepReader {
    const leave = (): Promise<void> => this.#leave(reader);
    const reader: LockstepReader = {
      leave,
      [Symbol.asyncIterator]: () => ({
        next: () => this.#ask(reader),
        async return() {
          await leave();
          return end;
        },
      }),
    };
    this.#readers.add(reader);
    return reader;
  }

  #ask(reader: LockstepReader): Promise<IteratorResult<Uint8Array>> {
    if (!this.#readers.has(reader)) return Promise.resolve(end);
    return new Promise((resolve, reject) => {
      this.#asking.set(reader, { resolve, reject });
      this.#step();
    });
  }

  async #leave(reader: LockstepReader): Promise<void> {
    if (!this.#readers.delete(reader)) return;
    this.#asking.get(reader)?.resolve(end);
    this.#asking.delete(reader);
    if (this.#readers.size === 0) await this.#bytes.return?.();
    else this.#step();
  }

  /** Reads on when all who are left have asked. */
  #step(): void {
    if (this.#reading || this.#asking.size < this.#readers.size) return;
    this.#reading = true;
    this.#bytes.next().then(
      (next) => {
        if (next.done) this.#readers.clear();
        this.#answer((asking) => asking.resolve(next));
      },
      (error) => {
        this.#readers.clear();
        this.#answer((asking) => asking.reject(error));
      },
    );
  }

  #answer(answer: (asking: Asking) => void): void {
    const asking = [...this.#asking.values()];
    this.#asking.clear();
    this.#reading = false;
    for (const one of asking) answer(one);
  }
}
