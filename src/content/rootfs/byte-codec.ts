import { GrowingColumn } from './column.ts';

/** Numbers and byte strings one after the other, which `ByteReader` reads. */
export class ByteWriter {
  readonly #bytes = new GrowingColumn(Uint8Array);

  byte(value: number): void {
    this.#bytes.push(value);
  }

  /** Seven bits a byte, the lowest first. @param value a safe integer, not negative */
  number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) | 0x80);
    this.#bytes.push(rest);
  }

  /** A double, short where it is a whole number away from what is expected. */
  near(value: number, expected: number): void {
    const delta = value - expected;
    const folded = delta < 0 ? -2 * delta : 2 * delta + 1;
    if (Number.isInteger(delta) && Number.isSafeInteger(folded) && expected + delta === value) {
      this.number(folded);
      return;
    }
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleLE(value, 1);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.pushAll(bytes);
  }

  string(bytes: Uint8Array): void {
    this.number(bytes.byteLength);
    this.raw(bytes);
  }

  take(): Uint8Array {
    return this.#bytes.take();
  }
}

/** Reads what `ByteWriter` wrote; what goes beyond its bytes, or a safe integer, is an error that `fault` makes. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #fault: (what: string) => Error;
  #at = 0;

  constructor(bytes: Uint8Array, fault: (what: string) => Error) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fault = fault;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw this.#fault('it ends too early');
    return byte;
  }

  number(most = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > most) throw this.#fault(`it has a number over ${most}`);
      if (byte < 0x80) return value;
    }
  }

  near(expected: number): number {
    const folded = this.number();
    if (folded === 0) return this.raw(8).readDoubleLE(0);
    return folded % 2 === 0 ? expected - folded / 2 : expected + (folded - 1) / 2;
  }

  /** A view. */
  raw(length: number): Buffer {
    if (length > this.#bytes.byteLength - this.#at) throw this.#fault('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A view. */
  string(most?: number): Buffer {
    return this.raw(this.number(most));
  }
}
