import fc from 'fast-check';
import { Builder } from 'flatbuffers';
import { describe, expect, test } from 'vitest';
import { hasCode } from '../../../src/content/error.ts';
import { problemsOf } from '../../../src/stages/soci/check.ts';
import { plainCheckpoints } from '../../../src/stages/soci/checkpoints.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import type { Ztoc } from '../../../src/stages/soci/ztoc.ts';
import {
  encoded,
  entriesOf,
  entryAt,
  indexedVectors,
  partsOf,
  vector,
  xattr,
  ztocBytes,
} from './ztoc-parts.ts';

function decoded(name: string): Ztoc {
  return decodeZtoc(vector(name).ztoc as Buffer, name);
}

describe('a zTOC that soci made', () => {
  test.each(indexedVectors)('of $name has its checkpoints, and spans without gaps', (one) => {
    const ztoc = decodeZtoc(one.ztoc, one.name);
    const { spans } = ztoc;
    expect(ztoc).toMatchObject({
      version: '0.9',
      buildTool: 'AWS SOCI CLI v0.2',
      compressedBytes: one.blob.byteLength,
      spanBytes: one.spanBytes,
    });
    if (ztoc.algorithm === 'gzip') {
      expect(
        spans.map(({ start, bits, outStart }) => ({ in: start + (bits > 0 ? 1 : 0), out: outStart, bits })),
      ).toEqual(one.expected?.checkpoints);
    }
    spans.slice(1).forEach((span, at) => {
      const before = spans[at];
      expect(before?.end).toBe(span.start + (span.bits > 0 ? 1 : 0));
      expect(before?.outEnd).toBe(span.outStart);
    });
    expect(spans.at(-1)?.end).toBe(one.blob.byteLength);
  });

  test('of an uncompressed layer has spans of one size, the last one shorter', () => {
    const { spans, spanBytes, compressedBytes, window } = decoded('plain-tar');
    for (const { id, start, outStart } of spans)
      expect([start, outStart]).toEqual([id * spanBytes, id * spanBytes]);
    expect(spans).toHaveLength(Math.ceil(compressedBytes / spanBytes));
    expect(() => window(0)).toThrow('no window');
  });

  test('has windows that are views of its bytes', () => {
    const { window, spans } = decoded('stream-many-blocks');
    expect(Buffer.from(window(0)).equals(Buffer.alloc(32_768))).toBe(true);
    expect(window(1).byteLength).toBe(32_768);
    expect(Buffer.from(window(1)).equals(Buffer.alloc(32_768))).toBe(false);
    expect(() => window(spans.length)).toThrow(RangeError);
  });

  test('has no entry before the first or after the last', () => {
    const { entry, entryCount } = decoded('tar-basic');
    for (const at of [-1, entryCount, 0.5]) expect(() => entry(at)).toThrow(RangeError);
  });
});

describe('a zTOC of the first soci versions', () => {
  test('has no first checkpoint, and is read as if it had', () => {
    const ztoc = decoded('stream-many-blocks');
    const parts = partsOf(ztoc);
    const blob = Buffer.concat(Array.from(parts.checkpoints.read(), (part) => Buffer.from(part)));
    const old = Buffer.concat([blob.subarray(0, 12), blob.subarray(12 + 32_785)]);
    const bytes = encoded({ ...parts, checkpoints: { byteLength: old.byteLength, read: () => [old] } });
    const read = decodeZtoc(bytes, 'old');
    expect(read.spans).toEqual(ztoc.spans);
    for (const { id } of read.spans) expect(Buffer.from(read.window(id)).equals(ztoc.window(id))).toBe(true);
  });

  test('may lack whatever has a default', () => {
    const builder = new Builder();
    const [version, type] = [builder.createString('0.9'), builder.createString('reg')];
    builder.startObject(14);
    builder.addFieldOffset(1, type, 0);
    const files = [builder.endObject()];
    builder.startVector(4, 1, 4);
    for (const file of files) builder.addOffset(file);
    const metadata = builder.endVector();
    builder.startObject(1);
    builder.addFieldOffset(0, metadata, 0);
    const toc = builder.endObject();
    const checkpoints = builder.createByteVector(plainCheckpoints(512, 0));
    builder.startObject(4);
    builder.addFieldInt8(0, 2, 1);
    builder.addFieldInt32(1, -1, 0);
    builder.addFieldOffset(3, checkpoints, 0);
    const info = builder.endObject();
    builder.startObject(6);
    builder.addFieldOffset(0, version, 0);
    builder.addFieldOffset(4, toc, 0);
    builder.addFieldOffset(5, info, 0);
    builder.finish(builder.endObject());
    const { entry, spans, buildTool } = decodeZtoc(builder.asUint8Array(), 'sparse');
    expect({ spans, buildTool }).toEqual({ spans: [], buildTool: '' });
    const nothing = Buffer.alloc(0);
    expect(entry(0)).toEqual({
      ...entryAt(0, { name: nothing, uname: nothing, gname: nothing, modTime: '', mode: 0 }),
    });
  });
});

describe('a zTOC is refused', () => {
  const good = ztocBytes([entryAt(512, { xattrs: [xattr('a', 'b')] })]);

  /** The first of these bytes replaced; it throws where they are not there. */
  function patched(from: string, to: string): Buffer {
    const bytes = Buffer.from(good);
    const at = bytes.indexOf(from);
    if (at < 0) throw new Error(`${from} is not there`);
    bytes.write(to, at);
    return bytes;
  }

  function refusal(bytes: Uint8Array): string {
    try {
      decodeZtoc(bytes, 'zTOC of layer x');
    } catch (error) {
      if (hasCode(error, 'bad-ztoc')) return (error as Error).message;
      throw error;
    }
    return 'none';
  }

  const withBlob = (blob: Buffer) =>
    ztocBytes([entryAt(512)], { checkpoints: { byteLength: blob.byteLength, read: () => [blob] } });
  const checkpoints = (): Buffer =>
    Buffer.concat(Array.from(partsOf(decodeZtoc(good, '')).checkpoints.read(), (part) => Buffer.from(part)));

  test('of another version, and says which', () => {
    expect(refusal(patched('0.9', '1.0'))).toContain('version is "1.0", and only 0.9 is known');
  });

  test('of an unknown compression, type of file or digest', () => {
    expect(refusal(patched('reg', 'rog'))).toContain('type is "rog"');
    expect(refusal(patched('sha256:0', 'sha256:X'))).toContain('digest of span 0');
  });

  test('whose checkpoints are not as many as its spans', () => {
    expect(refusal(withBlob(Buffer.concat([checkpoints(), Buffer.alloc(1)])))).toContain('checkpoints');
    expect(refusal(withBlob(checkpoints().subarray(0, 11)))).toContain('no checkpoints');
    const two = checkpoints();
    two.writeInt32LE(2, 0);
    expect(refusal(withBlob(two))).toContain('2 checkpoints and 1 digests');
  });

  test('whose spans run backwards, or begin within a ninth bit', () => {
    const behind = checkpoints();
    behind.writeBigInt64LE(1001n, 12);
    expect(refusal(withBlob(behind))).toContain('span 0 ends before it begins');
    const bits = checkpoints();
    bits[28] = 8;
    expect(refusal(withBlob(bits))).toContain('checkpoint of span 0');
    const negative = checkpoints();
    negative.writeBigInt64LE(-1n, 4);
    expect(refusal(withBlob(negative))).toContain('spans are of -1 bytes');
  });

  test('whose uncompressed spans are not those of the layer', () => {
    const plain = (spanBytes: number, size: number) => {
      const blob = plainCheckpoints(spanBytes, size);
      const list = { byteLength: blob.byteLength, read: () => [blob] };
      return refusal(ztocBytes([entryAt(512)], { algorithm: 'uncompressed', checkpoints: list }));
    };
    expect(plain(1000, 1000)).toBe('none');
    expect(plain(999, 1000)).toContain('2 spans and 1 digests');
    expect(plain(1000, 999)).toContain('its layer has 1000 bytes');
    expect(plain(0, 1000)).toContain('spans are of 0 bytes');
  });

  test('that has more digests than its bytes can hold', () => {
    const bytes = Buffer.from(good);
    // Before the one digest are its length, its place, and how many there are.
    const count = bytes.indexOf('sha256:') - 12;
    expect(bytes.readInt32LE(count)).toBe(1);
    bytes.writeInt32LE(2000, count);
    expect(refusal(bytes)).toContain('share their digests');
  });

  test('that is empty, or cut anywhere', () => {
    const small = vector('tar-basic').ztoc as Buffer;
    for (let length = 0; length < small.byteLength; length += length < 400 ? 1 : 997) {
      expect(refusal(small.subarray(0, length))).not.toBe('none');
    }
  });

  test('whose files share a long list, which would take the square of its size to read', () => {
    const builder = new Builder();
    const [version, type] = [builder.createString('0.9'), builder.createString('reg')];
    const same = (place: number, count: number) => {
      builder.startVector(4, count, 4);
      for (let at = 0; at < count; at++) builder.addOffset(place);
      return builder.endVector();
    };
    builder.startObject(2);
    const record = builder.endObject();
    const xattrs = same(record, 60_000);
    builder.startObject(14);
    builder.addFieldOffset(1, type, 0);
    builder.addFieldOffset(13, xattrs, 0);
    const metadata = same(builder.endObject(), 60_000);
    builder.startObject(1);
    builder.addFieldOffset(0, metadata, 0);
    const toc = builder.endObject();
    builder.startObject(6);
    builder.addFieldOffset(0, version, 0);
    builder.addFieldOffset(4, toc, 0);
    builder.finish(builder.endObject());
    expect(refusal(builder.asUint8Array())).toContain('its files share what they say');
  });
});

describe('a zTOC that was damaged', () => {
  const originals = ['tar-pax-xattrs', 'tar-basic', 'plain-tar', 'stream-many-blocks'].map(
    (name) => vector(name).ztoc as Buffer,
  );

  /** Mostly of bytes that say something, and not of windows. */
  const edit = fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    near: fc.constantFrom('start', 'end', 'anywhere'),
    value: fc.oneof(
      fc.constantFrom(0, 1, -1, 4, 8, 0x7fffffff, -0x80000000, 0xffff),
      fc.integer(),
      fc.integer({ min: -300, max: 300 }),
    ),
    width: fc.constantFrom(1, 2, 4),
  });

  test('is refused, or all of it can be read, soon', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(4000)),
        (original, edits, cut) => {
          const bytes = Buffer.from(original.subarray(0, original.byteLength - (cut ?? 0)));
          for (const change of edits) damage(bytes, change);
          const started = performance.now();
          readAll(bytes);
          expect(performance.now() - started).toBeLessThan(1000);
        },
      ),
      { numRuns: process.env.PULL_BUDGET_FULL ? 50_000 : 1000 },
    );
  });

  test('is refused, or all of it can be read, whichever of its bytes is another one', () => {
    const original = ztocBytes([entryAt(512, { xattrs: [xattr('key', 'value')] }), entryAt(1024)]);
    const window = original.indexOf(Buffer.alloc(32_768));
    for (let at = 0; at < original.byteLength; at++) {
      if (at === window + 64) at += 32_600;
      for (const change of [1, 0x80, 0xff]) {
        const bytes = Buffer.from(original);
        bytes[at] = (bytes[at] as number) ^ change;
        readAll(bytes);
      }
    }
  });
});

interface Edit {
  readonly place: number;
  readonly near: string;
  readonly value: number;
  readonly width: number;
}

function damage(bytes: Buffer, { place, near, value, width }: Edit): void {
  const range =
    near === 'anywhere' ? bytes.byteLength : Math.min(bytes.byteLength, near === 'start' ? 400 : 3000);
  const at = Math.floor(place * range) + (near === 'end' ? bytes.byteLength - range : 0);
  for (let byte = 0; byte < width && at + byte < bytes.byteLength; byte++)
    bytes[at + byte] = value >> (8 * byte);
}

/** Only `bad-ztoc` may be thrown, and that before anything is read. */
function readAll(bytes: Buffer): void {
  let ztoc: Ztoc;
  try {
    ztoc = decodeZtoc(bytes, 'damaged');
  } catch (error) {
    if (!hasCode(error, 'bad-ztoc')) throw error;
    return;
  }
  entriesOf(ztoc);
  if (ztoc.algorithm === 'gzip') for (const { id } of ztoc.spans) ztoc.window(id);
  problemsOf(ztoc, bytes.byteLength);
}
