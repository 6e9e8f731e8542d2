import { crc32 } from 'node:zlib';
import type { Input } from './input.ts';

const deflate = 8;
const flags = { headerCrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const;
const header = 'the header of a member';

/**
 * Uses up the header of a member (RFC 1952, 2.3); false where the stream ends before it, which the first can't.
 * Judges as zlib does: reserved flags are an error, a CRC-16 of the header is checked.
 */
export function* readHeader(input: Input, first: boolean): Generator<undefined, boolean> {
  const start = input.position;
  if (!(yield* isMember(input, first))) return false;
  const fixed = yield* input.take(10, header);
  const [, , method = 0, flag = 0] = fixed;
  if (method !== deflate) throw input.failure(`compression method ${method} at byte ${start + 2} is unknown`);
  if (flag & flags.reserved) {
    throw input.failure(`reserved flags are set at byte ${start + 3} (0x${flag.toString(16)})`);
  }
  let crc = crc32(fixed);
  if (flag & flags.extra) {
    const length = yield* input.take(2, header);
    crc = crc32(length, crc);
    for (let left = littleEndian(length); left > 0; ) {
      while (input.waiting.length === 0) yield* input.more(header);
      const part = input.use(Math.min(left, input.waiting.length));
      crc = crc32(part, crc);
      left -= part.length;
    }
  }
  if (flag & flags.name) crc = yield* skipText(input, crc);
  if (flag & flags.comment) crc = yield* skipText(input, crc);
  if (flag & flags.headerCrc) {
    const at = input.position;
    const said = littleEndian(yield* input.take(2, header));
    if (said !== (crc & 0xffff)) throw input.failure(`the header's CRC at byte ${at} does not fit`);
  }
  return true;
}

/** Whether a member begins here. What begins otherwise is no gzip at all, or no part of it. */
function* isMember(input: Input, first: boolean): Generator<undefined, boolean> {
  while (input.waiting.length < 2 && !input.ended) yield undefined;
  const [id1, id2] = input.waiting;
  if (id1 === undefined && !first) return false;
  if (id1 === undefined) throw input.failure('it is empty');
  if (id1 === 0x1f && (id2 ?? 0x8b) === 0x8b) return true;
  if (first) throw input.failure(`it does not begin as gzip does (1f 8b) but with ${hex(input.waiting)}`);
  const what = input.waiting.some((byte) => byte !== 0) ? `other bytes (${hex(input.waiting)})` : 'zeros';
  throw input.failure(`after its last member, at byte ${input.position}, ${what} follow`);
}

/** Bytes up to and with the next NUL. */
function* skipText(input: Input, before: number): Generator<undefined, number> {
  let crc = before;
  for (;;) {
    const { waiting } = input;
    const end = waiting.indexOf(0);
    crc = crc32(input.use(end === -1 ? waiting.length : end + 1), crc);
    if (end !== -1) return crc;
    yield* input.more(header);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 4)).toString('hex').replace(/..\B/g, '$& ');
}

/** An unsigned number of up to 4 bytes. */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
