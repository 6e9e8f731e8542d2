type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Byte strings one after the other: the first begins at 0, each ends where `ends` says. */
export interface ByteStrings {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

export function byteString({ bytes, ends }: ByteStrings, at: number): Buffer {
  const start = at === 0 ? 0 : (ends[at - 1] as number);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, (ends[at] as number) - start);
}

/** Numbers that become more. */
export class GrowingColumn<Type extends Numbers> {
  readonly #type: new (
    buffer: ArrayBuffer,
  ) => Type;
  #values: Type;
  #length = 0;

  constructor(type: new (buffer: ArrayBuffer) => Type) {
    this.#type = type;
    this.#values = new type(new ArrayBuffer(8192));
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#values[index] as number;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#resize(more(this.#length));
    this.#values[this.#length++] = value;
  }

  pushAll(values: ArrayLike<number>): void {
    let room = this.#values.length;
    while (room < this.#length + values.length) room = more(room);
    if (room > this.#values.length) this.#resize(room);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }

  /** Its numbers without the room for more; it has none then. */
  take(): Type {
    this.#resize(this.#length);
    const values = this.#values;
    this.#values = new this.#type(new ArrayBuffer(0));
    this.#length = 0;
    return values;
  }

  #resize(length: number): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#values;
    this.#values = new this.#type((buffer as ArrayBuffer).transfer(length * BYTES_PER_ELEMENT));
  }
}

/** Large columns have little room to spare: their memory is what counts. */
function more(length: number): number {
  return length < 2 ** 16 ? length * 2 : Math.ceil(length * 1.25);
}

/** Byte strings that become more. */
export class BytePool {
  readonly #bytes = new GrowingColumn(Uint8Array);
  readonly #ends = new GrowingColumn(Uint32Array);

  get count(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** @returns its number */
  add(string: Uint8Array): number {
    this.#bytes.pushAll(string);
    this.#ends.push(this.#bytes.length);
    return this.#ends.length - 1;
  }

  holds(number: number, string: Uint8Array): boolean {
    const start = number === 0 ? 0 : this.#ends.at(number - 1);
    if (this.#ends.at(number) - start !== string.byteLength) return false;
    for (let at = 0; at < string.byteLength; at++)
      if (this.#bytes.at(start + at) !== string[at]) return false;
    return true;
  }

  take(): ByteStrings {
    return { bytes: this.#bytes.take(), ends: this.#ends.take() };
  }
}

/** Byte strings of which each is kept once. */
export class DistinctPool {
  readonly #pool = new BytePool();
  readonly #hashes = new GrowingColumn(Uint32Array);
  /** Open addressing: a string's number plus one where its hash says, or in the next free place after that. */
  #slots = new Uint32Array(1024);
  /** So that nobody can make strings that all meet in one slot. */
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);

  get count(): number {
    return this.#pool.count;
  }

  get byteLength(): number {
    return this.#pool.byteLength;
  }

  holds(number: number, string: Uint8Array): boolean {
    return this.#pool.holds(number, string);
  }

  /** @returns its number: that of the one that is there, or the next */
  add(string: Uint8Array): number {
    const hash = this.#hash(string);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1;
      if (this.#hashes.at(number) === hash && this.#pool.holds(number, string)) return number;
    }
    const number = this.#pool.add(string);
    this.#hashes.push(hash);
    if (this.count * 2 > this.#slots.length) this.#grow();
    else this.#settle(number);
    return number;
  }

  take(): ByteStrings {
    this.#slots = new Uint32Array(0);
    this.#hashes.take();
    return this.#pool.take();
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.count; number++) this.#settle(number);
  }

  #settle(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes.at(number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #hash(string: Uint8Array): number {
    let hash = this.#seed;
    for (let at = 0; at < string.byteLength; at++) {
      hash = Math.imul(hash ^ (string[at] as number), 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }
}
