import { crc32 } from 'node:zlib';
import { windowBytes } from './boundary.ts';
import type { Decoder } from './decoder.ts';

/** The content of a stream: it waits in the decoder's memory, behind the window, until it is taken. */
export class Output {
  readonly #decoder: Decoder;
  /** Bytes of content before `output` in memory. */
  #before = 0;
  /** Addresses up to which content was taken, and counted into `#crc`. */
  #taken: number;
  #summed: number;
  /** Of the member; undefined where nobody asks for it: in spans. */
  #crc: number | undefined;
  #memberStart = 0;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    this.#taken = decoder.output;
    this.#summed = decoder.output;
  }

  /** Bytes of content so far, those of all members. */
  get position(): number {
    return this.#before + this.#decoder.outputAt.value - this.#decoder.output;
  }

  beginMember(): void {
    this.#summed = this.#decoder.outputAt.value;
    this.#crc = 0;
    this.#memberStart = this.position;
  }

  /** What the trailer of the member has to say. */
  endMember(): { readonly crc: number; readonly size: number } {
    this.#sum();
    return { crc: this.#crc ?? 0, size: this.position - this.#memberStart };
  }

  /** Gives what is there, but nothing beyond byte `end`. Once it was read there is room for more. */
  *take(end = Number.POSITIVE_INFINITY): Generator<Uint8Array, void> {
    const { memory, output, outputAt } = this.#decoder;
    this.#sum();
    const part = memory.subarray(this.#taken, Math.min(outputAt.value, end - this.#before + output));
    if (part.length > 0) yield part;
    this.#before += outputAt.value - output;
    this.#decoder.slide();
    this.#taken = output;
    this.#summed = output;
  }

  /** The last `windowBytes` of content, with zeros in front where there is less. */
  copyWindow(into: Uint8Array): void {
    const at = this.#decoder.outputAt.value;
    into.set(this.#decoder.memory.subarray(at - windowBytes, at));
  }

  setWindow(window: Uint8Array): void {
    this.#decoder.memory.set(window.subarray(0, windowBytes), this.#decoder.output - windowBytes);
  }

  #sum(): void {
    const at = this.#decoder.outputAt.value;
    if (this.#crc !== undefined) {
      this.#crc = crc32(this.#decoder.memory.subarray(this.#summed, at), this.#crc);
    }
    this.#summed = at;
  }
}
