import type { ByteRange } from '../bytes.ts';

/** The part of a blob that a request asks for. */
export type RequestedRange = 'whole' | 'unsatisfiable' | ByteRange;

/**
 * A `Range` header against a blob's size. What is malformed or of several parts is answered whole, as it may be.
 * https://www.rfc-editor.org/rfc/rfc9110#section-14.2
 */
export function requestedRange(header: string | undefined, size: number): RequestedRange {
  const match = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/**
 * The `Content-Range` of an upload's chunk, which unlike HTTP's is `<first>-<last>` alone.
 * undefined without one, 'malformed' for anything else.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function chunkRange(header: string | undefined): ByteRange | 'malformed' | undefined {
  if (header === undefined) return undefined;
  // Some clients write HTTP's own form, `bytes 0-99/*`.
  const match = /^(?:bytes\s+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header);
  if (!match) return 'malformed';
  const range = { start: Number(match[1]), end: Number(match[2]) + 1 };
  return range.end > range.start ? range : 'malformed';
}
