/** A piece that is held. */
interface Held {
  readonly bytes: number;
  readonly content: Promise<Buffer>;
  /** Who looks at it now: it can't be given up. */
  readers: number;
}

/**
 * Pieces of content, the least recently wanted given up first. Memory is given back at once: left to the garbage
 * collector, which sees only the small object in front of it, tens of MiB pile up.
 */
export class PieceCache {
  readonly #capacity: number;
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** `capacity`: bytes held at most, but for pieces that are being looked at. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A piece of so many bytes, which `fill` writes unless it is held. It stays until it is released as often as it was
   * taken. @throws what `fill` throws; then nothing is held
   */
  async take(key: string, bytes: number, fill: (into: Buffer) => Promise<void>): Promise<Buffer> {
    const held = this.#held.get(key) ?? this.#hold(bytes, fill);
    // Last in order: given up last.
    this.#held.delete(key);
    this.#held.set(key, held);
    held.readers++;
    try {
      return await held.content;
    } catch (error) {
      held.readers--;
      this.#giveUp(key, held);
      throw error;
    }
  }

  /** `isDone`: nobody will want it again. */
  release(key: string, isDone: boolean): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.readers--;
    if (isDone) this.#giveUp(key, held);
  }

  #hold(bytes: number, fill: (into: Buffer) => Promise<void>): Held {
    for (const [key, held] of this.#held) {
      if (this.#bytes + bytes <= this.#capacity) break;
      this.#giveUp(key, held);
    }
    this.#bytes += bytes;
    const into = Buffer.allocUnsafeSlow(bytes);
    return { bytes, readers: 0, content: fill(into).then(() => into) };
  }

  /** Unless somebody looks at it. */
  #giveUp(key: string, held: Held): void {
    if (held.readers > 0 || !this.#held.delete(key)) return;
    this.#bytes -= held.bytes;
    held.content.then(
      ({ buffer }) => buffer instanceof ArrayBuffer && buffer.transfer(0),
      () => {},
    );
  }
}
