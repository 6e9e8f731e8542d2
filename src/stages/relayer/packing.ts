/** What is at least so long is passed on as it is. */
const longBytes = 64 * 1024;
const packBytes = 4 * longBytes;

/** Packs bytes into chunks that are worth passing on: no chunk but the last has less than 64 KiB. */
export class Packing {
  readonly #pack = Buffer.allocUnsafeSlow(packBytes);
  #filled = 0;

  /** Whether there is room for so many bytes. */
  fits(bytes: number): boolean {
    return this.#filled + bytes <= packBytes;
  }

  /** Copies bytes that fit. */
  put(bytes: Uint8Array): void {
    this.#pack.set(bytes, this.#filled);
    this.#filled += bytes.byteLength;
  }

  /** Copies bytes or passes them on, whatever their number; a chunk is used until the next one is asked for. */
  *add(bytes: Uint8Array): Generator<Uint8Array, void> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      if (this.#filled === 0 && rest.byteLength >= longBytes) {
        yield rest;
        return;
      }
      const part = rest.subarray(0, packBytes - this.#filled);
      this.put(part);
      rest = rest.subarray(part.byteLength);
      if (!this.fits(1)) yield* this.take();
    }
  }

  /** What is left. */
  *take(): Generator<Uint8Array, void> {
    if (this.#filled > 0) yield this.#pack.subarray(0, this.#filled);
    this.#filled = 0;
  }
}
