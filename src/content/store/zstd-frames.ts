import type { ByteStream } from '../bytes.ts';

/**
 * Cuts a zstd stream where its frames end. Layers by pzstd or zstd:chunked have many frames, and node:zlib ends its
 * output at the first frame that ends within a chunk: the rest of the chunk is dropped without a word (Node 24.21).
 * What is no frame passes uncut, for the decoder to refuse.
 */
export async function* cutAtFrames(bytes: ByteStream): ByteStream {
  const walk = new FrameWalk();
  for await (const chunk of bytes) {
    let start = 0;
    for (let at = 0; at < chunk.byteLength; ) {
      at += walk.step(chunk, at);
      if (at < chunk.byteLength && !walk.betweenFrames) continue;
      yield chunk.subarray(start, at);
      start = at;
    }
  }
}

/** What is read next of a frame, and how many bytes it has. https://www.rfc-editor.org/rfc/rfc8878#section-3.1 */
const fields = { magic: 4, skippableSize: 4, descriptor: 1, blockHeader: 3 };

/** Follows the lengths that frames and their blocks begin with. */
class FrameWalk {
  #field: keyof typeof fields = 'magic';
  /** Bytes to pass over before it. */
  #skip = 0;
  /** The bytes of the field so far, little endian. */
  #value = 0;
  #filled = 0;
  #checksumBytes = 0;

  get betweenFrames(): boolean {
    return this.#field === 'magic' && this.#skip === 0 && this.#filled === 0;
  }

  /** Walks over some bytes from `at` on; says how many. */
  step(chunk: Uint8Array, at: number): number {
    if (this.#skip > 0) {
      const passed = Math.min(this.#skip, chunk.byteLength - at);
      this.#skip -= passed;
      return passed;
    }
    this.#value += (chunk[at] as number) * 256 ** this.#filled++;
    if (this.#filled === fields[this.#field]) this.#next(this.#field, this.#value);
    return 1;
  }

  #next(field: keyof typeof fields, value: number): void {
    if (field === 'magic') {
      if (value === 0xfd2fb528) this.#go('descriptor');
      else if (value >= 0x184d2a50 && value <= 0x184d2a5f) this.#go('skippableSize');
      else this.#go('magic', Number.POSITIVE_INFINITY);
    } else if (field === 'skippableSize') {
      this.#go('magic', value);
    } else if (field === 'descriptor') {
      const singleSegment = (value >> 5) & 1;
      const sizeBytes = [singleSegment, 2, 4, 8][value >> 6] as number;
      this.#checksumBytes = (value >> 2) & 1 ? 4 : 0;
      this.#go('blockHeader', (singleSegment ? 0 : 1) + ([0, 1, 2, 4][value & 3] as number) + sizeBytes);
    } else {
      // A block of type 1 is one byte, repeated.
      const bytes = ((value >> 1) & 3) === 1 ? 1 : value >> 3;
      if (value & 1) this.#go('magic', bytes + this.#checksumBytes);
      else this.#go('blockHeader', bytes);
    }
  }

  #go(field: keyof typeof fields, skip = 0): void {
    this.#field = field;
    this.#skip = skip;
    this.#value = 0;
    this.#filled = 0;
  }
}
