/** What flatbuffers' runtime lacks: numbers that are no bigints, and reading bytes that nobody vouches for. */
import type { Builder } from 'flatbuffers';
import { inputError, type PullBudgetError } from '../../content/error.ts';

/** Adds a `long` field; 0 is the default and so left out. `value` is a safe integer. */
export function addLong(builder: Builder, slot: number, value: number): void {
  if (value === 0) return;
  builder.prep(8, 0);
  builder.writeInt32(Math.floor(value / 2 ** 32));
  builder.writeInt32(value | 0);
  builder.slot(slot);
}

/** Adds a field that holds a table, a string or a vector; never left out, wherever that lies. */
export function addOffset(builder: Builder, slot: number, offset: number): void {
  builder.addFieldOffset(slot, offset, Number.NaN);
}

/** A table: its place in the buffer, the place of the vtable that says where its fields are, and the bytes of both. */
export interface Table {
  readonly at: number;
  readonly byteLength: number;
  readonly vtable: number;
  readonly vtableBytes: number;
}

/** Elements of a vector: place of the first, and how many. */
export interface Vector {
  readonly at: number;
  readonly count: number;
}

const nothing = Buffer.alloc(0);

/**
 * Reads a flatbuffer whose every offset, length and count may be a lie: nothing outside the buffer is ever touched,
 * and nothing is allocated but views. https://flatbuffers.dev/internals/
 * @throws (from all methods) PullBudgetError `bad-ztoc`
 */
export class FlatReader {
  readonly bytes: Buffer;
  readonly #where: string;
  readonly #leftOut: Vector;

  /** `leftOut`: a vector of bytes that were not all read: nothing else may lie there. */
  constructor(bytes: Uint8Array, where: string, leftOut: Vector = { at: 0, count: 0 }) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
    this.#leftOut = leftOut;
  }

  /** Of a flatbuffer that is a vector of this one. */
  within({ at, count }: Vector): FlatReader {
    return new FlatReader(this.bytes.subarray(at, at + count), this.#where);
  }

  bad(what: string): PullBudgetError {
    return inputError('bad-ztoc', `${this.#where} is no zTOC that can be read: ${what}`, {
      hint: 'It is damaged, or was made by a tool that pull-budget does not know; index the image again.',
    });
  }

  root(): Table {
    return this.#table(this.#indirect(0));
  }

  /** A table within a table. */
  table(table: Table, slot: number): Table | undefined {
    const field = this.#field(table, slot, 4);
    return field === undefined ? undefined : this.#table(this.#indirect(field));
  }

  tableOf(vector: Vector, index: number): Table {
    return this.#table(this.#indirect(vector.at + 4 * index));
  }

  /** A view; empty where there is none. */
  string(table: Table, slot: number): Buffer {
    const { at, count } = this.vector(table, slot, 1);
    return count === 0 ? nothing : this.bytes.subarray(at, at + count);
  }

  stringOf(vector: Vector, index: number): Buffer {
    const { at, count } = this.#vector(this.#indirect(vector.at + 4 * index), 1);
    return this.bytes.subarray(at, at + count);
  }

  /** Empty where there is none. */
  vector(table: Table, slot: number, elementBytes: number): Vector {
    const field = this.#field(table, slot, 4);
    return field === undefined ? { at: 0, count: 0 } : this.#vector(this.#indirect(field), elementBytes);
  }

  int8(table: Table, slot: number, otherwise: number): number {
    const field = this.#field(table, slot, 1);
    return field === undefined ? otherwise : ((this.bytes[field] as number) << 24) >> 24;
  }

  int32(table: Table, slot: number): number {
    const field = this.#field(table, slot, 4);
    return field === undefined ? 0 : this.#int32(field);
  }

  uint32(table: Table, slot: number): number {
    return this.int32(table, slot) >>> 0;
  }

  /** Refused where it is beyond 2^53, as no number of an archive is. */
  long(table: Table, slot: number): number {
    const field = this.#field(table, slot, 8);
    return field === undefined ? 0 : this.longAt(field);
  }

  /** The place must be within the buffer. */
  longAt(at: number): number {
    const value = this.#int32(at + 4) * 2 ** 32 + (this.#int32(at) >>> 0);
    if (!Number.isSafeInteger(value)) throw this.bad(`the number at byte ${at} is beyond 2^53`);
    return value;
  }

  /** Place of a field that the table has. */
  #field(table: Table, slot: number, bytes: number): number | undefined {
    const entry = 4 + 2 * slot;
    if (entry + 2 > table.vtableBytes) return undefined;
    const offset = this.#uint16(table.vtable + entry);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + bytes > table.byteLength) {
      throw this.bad(`a field of the table at byte ${table.at} lies outside it`);
    }
    return table.at + offset;
  }

  #table(at: number): Table {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    const vtable = at - this.#int32(at);
    if (vtable < 0 || vtable + 4 > this.bytes.byteLength) throw this.#outside(vtable);
    const vtableBytes = this.#uint16(vtable);
    const byteLength = this.#uint16(vtable + 2);
    if (vtableBytes < 4 || vtable + vtableBytes > this.bytes.byteLength) throw this.#outside(vtable);
    if (byteLength < 4 || at + byteLength > this.bytes.byteLength) throw this.#outside(at);
    this.#checkRead(at, at + byteLength);
    this.#checkRead(vtable, vtable + vtableBytes);
    return { at, byteLength, vtable, vtableBytes };
  }

  #vector(at: number, elementBytes: number): Vector {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    const count = this.#int32(at) >>> 0;
    if (at + 4 + count * elementBytes > this.bytes.byteLength) {
      throw this.bad(`it ends before the ${count} elements that stand at byte ${at}`);
    }
    if (at + 4 !== this.#leftOut.at) this.#checkRead(at, at + 4 + count * elementBytes);
    return { at: at + 4, count };
  }

  #checkRead(start: number, end: number): void {
    const { at, count } = this.#leftOut;
    if (start < at + count && end > at) throw this.bad(`byte ${start} lies among its checkpoints`);
  }

  #indirect(at: number): number {
    if (at + 4 > this.bytes.byteLength) throw this.#outside(at);
    return at + (this.#int32(at) >>> 0);
  }

  #outside(at: number): PullBudgetError {
    return this.bad(`a table or vector is said to be at byte ${at}, and there are ${this.bytes.byteLength}`);
  }

  #uint16(at: number): number {
    return (this.bytes[at] as number) | ((this.bytes[at + 1] as number) << 8);
  }

  #int32(at: number): number {
    const { bytes } = this;
    return (
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    );
  }
}
