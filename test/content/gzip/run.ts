import type { Boundary } from '../../../src/content/gzip/boundary.ts';
import { windowBytes } from '../../../src/content/gzip/boundary.ts';
import { inflate, inflateSpan, type SpanStart } from '../../../src/content/gzip/inflate.ts';

/** Chunks of `size` bytes, each in memory that is overwritten once the next is asked for. */
export async function* chunked(
  bytes: Uint8Array,
  size = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  const lent = new Uint8Array(Math.min(size, bytes.length));
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    lent.set(part);
    yield lent.subarray(0, part.length);
    lent.fill(0xaa);
  }
}

/** Everything that is lent, kept. */
export async function collect(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const kept: Buffer[] = [];
  for await (const part of parts) kept.push(Buffer.from(part));
  return Buffer.concat(kept);
}

export function inflated(gzip: Uint8Array, chunk?: number): Promise<Buffer> {
  return collect(inflate(chunked(gzip, chunk), 'the layer'));
}

/** What is wrong with it, by `inflate`; undefined if nothing is. */
export async function complaint(gzip: Uint8Array, chunk?: number): Promise<string | undefined> {
  return inflated(gzip, chunk).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

export interface Heard {
  readonly content: Buffer;
  readonly boundaries: readonly (Boundary & { readonly window: Buffer })[];
  /** The compressed bytes, cut at each boundary. */
  readonly spans: readonly Buffer[];
}

/** All that a subscriber hears. */
export async function heard(gzip: Uint8Array, chunk?: number): Promise<Heard> {
  const boundaries: (Boundary & { readonly window: Buffer })[] = [];
  const spans: Buffer[][] = [[]];
  const parts = inflate(chunked(gzip, chunk), 'the layer', {
    compressed: (part) => spans.at(-1)?.push(Buffer.from(part)),
    boundary: (at, copyWindow) => {
      const window = Buffer.alloc(windowBytes, 0xbb);
      copyWindow(window);
      boundaries.push({ ...at, window });
      spans.push([]);
    },
  });
  return { content: await collect(parts), boundaries, spans: spans.map((span) => Buffer.concat(span)) };
}

/** `length` bytes from a boundary on, of the bytes up to `end`. */
export function spanAt(
  gzip: Uint8Array,
  at: Pick<Boundary, 'in' | 'bits'> & Pick<SpanStart, 'window'>,
  length: number,
  { end = gzip.length, chunk }: { end?: number; chunk?: number } = {},
): Promise<Buffer> {
  const from = gzip.subarray(at.in - (at.bits > 0 ? 1 : 0), end);
  return collect(inflateSpan(chunked(from, chunk), { bits: at.bits, window: at.window, length }, 'the span'));
}
