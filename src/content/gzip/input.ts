import { inputError, type PullBudgetError } from '../error.ts';
import type { Decoder } from './decoder.ts';

/**
 * The compressed side of a stream: bytes wait in the decoder's memory until they are used up. Readers are generators
 * that yield where they want more bytes.
 */
export class Input {
  readonly #decoder: Decoder;
  readonly #where: string;
  readonly #compressed: ((part: Uint8Array) => void) | undefined;
  /** Bytes of the stream before the first one in memory. */
  #before = 0;
  /** Address up to which subscribers know what was used up. */
  #told: number;
  #ended = false;

  constructor(decoder: Decoder, where: string, compressed?: (part: Uint8Array) => void) {
    this.#decoder = decoder;
    this.#where = where;
    this.#compressed = compressed;
    this.#told = decoder.input;
  }

  /** Takes the first bytes of `chunk`, and says how many. */
  feed(chunk: Uint8Array): number {
    const { memory, input, inputSize, inputAt, inputEnd } = this.#decoder;
    this.tell();
    const kept = inputEnd.value - inputAt.value;
    memory.copyWithin(input, inputAt.value, inputEnd.value);
    this.#before += inputAt.value - input;
    this.#told = input;
    const part = chunk.length > inputSize - kept ? chunk.subarray(0, inputSize - kept) : chunk;
    memory.set(part, input + kept);
    inputAt.value = input;
    inputEnd.value = input + kept + part.length;
    return part.length;
  }

  /** No more bytes come. */
  end(): void {
    this.#ended = true;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes of the stream that are used up. */
  get position(): number {
    return this.#before + this.#decoder.inputAt.value - this.#decoder.input;
  }

  /** What waits to be used. */
  get waiting(): Uint8Array {
    return this.#decoder.memory.subarray(this.#decoder.inputAt.value, this.#decoder.inputEnd.value);
  }

  /** Waits for more bytes; `what` is cut off if none come. */
  *more(what: string): Generator<undefined, void> {
    if (this.#ended)
      throw this.failure(`it is cut off in ${what}, after byte ${this.#before + this.#inMemory}`);
    yield undefined;
  }

  /** The next `count` bytes, used up; lent until more are asked for. */
  *take(count: number, what: string): Generator<undefined, Uint8Array> {
    while (this.waiting.length < count) yield* this.more(what);
    return this.use(count);
  }

  use(count: number): Uint8Array {
    const part = this.waiting.subarray(0, count);
    this.#decoder.inputAt.value += count;
    return part;
  }

  /** Lets subscribers know what was used up by now. */
  tell(): void {
    const at = this.#decoder.inputAt.value;
    if (at > this.#told) this.#compressed?.(this.#decoder.memory.subarray(this.#told, at));
    this.#told = at;
  }

  failure(what: string): PullBudgetError {
    return inputError('bad-layer', `${this.#where} is no gzip stream that can be read: ${what}`, {
      hint: 'The layer is damaged, cut off, or not compressed as its media type says; build or push the image again.',
    });
  }

  get #inMemory(): number {
    return this.#decoder.inputEnd.value - this.#decoder.input;
  }
}
