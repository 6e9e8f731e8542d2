import fc from 'fast-check';
import { Builder } from 'flatbuffers';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import { encodeZtoc, type ZtocParts } from '../../../src/stages/soci/encode.ts';
import { EntryList } from '../../../src/stages/soci/entry-list.ts';
import { entryTypes, type ZtocEntry } from '../../../src/stages/soci/ztoc.ts';
import { encoded, entryAt, indexedVectors, listOf, partsOf, xattr, ztocBytes } from './ztoc-parts.ts';

const bytes = fc.uint8Array({ maxLength: 9 }).map((array) => Buffer.from(array));
const entry = fc.record({
  name: bytes,
  type: fc.constantFrom(...entryTypes),
  // There is a header before each entry.
  offset: fc.maxSafeNat().filter((offset) => offset > 0),
  size: fc.nat(3),
  linkname: bytes,
  mode: fc.maxSafeInteger(),
  uid: fc.nat(2 ** 32 - 1),
  gid: fc.nat(1),
  uname: bytes,
  gname: bytes,
  modTime: fc.constantFrom('', '1970-01-01T00:00:00.5Z'),
  devmajor: fc.constantFrom(0, -1, 2 ** 33),
  devminor: fc.nat(1),
  xattrs: fc.array(fc.record({ key: bytes, value: bytes }), { maxLength: 2 }),
});

/** The schema's tables as any flatbuffer encoder would build them, in soci's order. */
function builtAtOnce(parts: ZtocParts, entries: readonly ZtocEntry[], checkpoints: Uint8Array): Buffer {
  const builder = new Builder(1);
  const [version, tool] = [builder.createString('0.9'), builder.createString('AWS SOCI CLI v0.2')];
  const files = entries.map(() => 0);
  for (let at = entries.length - 1; at >= 0; at--) files[at] = builtEntry(builder, entries[at] as ZtocEntry);
  const metadata = builtVector(builder, files);
  builder.startObject(1);
  builder.addFieldOffset(0, metadata, 0);
  const toc = builder.endObject();
  const blob = builder.createByteVector(checkpoints);
  const digests = builtVector(
    builder,
    parts.spanDigests.map((digest) => builder.createString(digest)),
  );
  builder.startObject(4);
  builder.addFieldInt32(1, parts.spanDigests.length - 1, 0);
  builder.addFieldOffset(2, digests, 0);
  builder.addFieldOffset(3, blob, 0);
  builder.addFieldInt8(0, parts.algorithm === 'gzip' ? 1 : 2, 1);
  const info = builder.endObject();
  builder.startObject(6);
  builder.addFieldOffset(0, version, 0);
  builder.addFieldOffset(1, tool, 0);
  builder.addFieldOffset(4, toc, 0);
  builder.addFieldInt64(2, BigInt(parts.compressedBytes), 0n);
  builder.addFieldInt64(3, BigInt(parts.uncompressedBytes), 0n);
  builder.addFieldOffset(5, info, 0);
  builder.finish(builder.endObject());
  return Buffer.from(builder.asUint8Array());
}

function builtEntry(builder: Builder, entry: ZtocEntry): number {
  const { name, type, linkname, uname, gname, modTime } = entry;
  const strings = [name, type, linkname, uname, gname, modTime].map((text) => builder.createString(text));
  const xattrs = entry.xattrs.map(({ key, value }) => {
    const pair = [builder.createString(key), builder.createString(value)];
    builder.startObject(2);
    pair.forEach((place, slot) => {
      builder.addFieldOffset(slot, place, 0);
    });
    return builder.endObject();
  });
  const vector = builtVector(builder, xattrs);
  const string = (slot: number, index: number) => builder.addFieldOffset(slot, strings[index] as number, 0);
  const long = (slot: number, value: number) => builder.addFieldInt64(slot, BigInt(value), 0n);
  builder.startObject(14);
  string(0, 0);
  string(1, 1);
  long(2, entry.offset);
  long(3, entry.size);
  string(4, 2);
  long(5, entry.mode);
  builder.addFieldInt32(6, entry.uid, 0);
  builder.addFieldInt32(7, entry.gid, 0);
  string(8, 3);
  string(9, 4);
  string(10, 5);
  long(11, entry.devmajor);
  long(12, entry.devminor);
  builder.addFieldOffset(13, vector, 0);
  return builder.endObject();
}

function builtVector(builder: Builder, places: readonly number[]): number {
  builder.startVector(4, places.length, 4);
  for (const place of places.toReversed()) builder.addOffset(place);
  return builder.endVector();
}

describe('a zTOC', () => {
  test.each(indexedVectors)('of $name is byte for byte what soci writes', ({ name, ztoc, expected }) => {
    const bytes = encoded(partsOf(decodeZtoc(ztoc, name)));
    expect(bytes.equals(ztoc)).toBe(true);
    expect(digestOf(bytes)).toBe(`sha256:${expected?.ztoc_sha256}`);
  });

  test('is what one flatbuffer builder makes, however things are aligned', () => {
    const entries = fc.array(entry, { maxLength: 4 });
    const digests = fc.array(fc.uint8Array({ maxLength: 4 }).map(digestOf), { maxLength: 3 });
    const checkpoints = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(entries, digests, checkpoints, fc.maxSafeNat(), (files, spanDigests, blob, bytes) => {
        const parts = {
          compressedBytes: bytes,
          uncompressedBytes: 0,
          algorithm: bytes % 2 ? ('gzip' as const) : ('uncompressed' as const),
          entries: listOf(files),
          spanDigests,
          checkpoints: { byteLength: blob.byteLength, read: () => [blob] },
        };
        expect(encoded(parts).toString('hex')).toBe(builtAtOnce(parts, files, blob).toString('hex'));
      }),
    );
  });

  test('comes in pieces, the checkpoints as they are read', () => {
    const parts = partsOf(decodeZtoc(indexedVectors[0]?.ztoc as Buffer, 'vector'));
    const read: string[] = [];
    const checkpoints = {
      byteLength: parts.checkpoints.byteLength,
      *read() {
        for (const part of parts.checkpoints.read()) {
          read.push('part');
          yield part;
        }
      },
    };
    const chunks = encodeZtoc({ ...parts, checkpoints });
    chunks.next();
    expect(read).toEqual([]);
    chunks.next();
    expect(read).toEqual(['part']);
  });

  test('of many files comes in pieces of a megabyte', () => {
    const list = new EntryList();
    const entry = entryAt(512, { name: Buffer.alloc(60, 'n') });
    for (let at = 0; at < 20_000; at++) list.add(entry);
    const parts = { ...partsOf(decodeZtoc(ztocBytes([]), 'made')), entries: list };
    const sizes = Array.from(encodeZtoc(parts), (chunk) => chunk.byteLength);
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(3 * 1024 * 1024);
    expect(Math.max(...sizes)).toBe(1024 * 1024);
  });

  test('is refused where it would be larger than readers can address', () => {
    const checkpoints = { byteLength: 2 ** 31, read: () => [] };
    const parts = { ...partsOf(decodeZtoc(ztocBytes([]), 'made')), checkpoints };
    expect(() => encodeZtoc(parts).next()).toThrow(
      expect.objectContaining({ code: 'unindexable', message: expect.stringContaining('2 GiB') }),
    );
  });

  test('is not finished with other checkpoints than were announced', () => {
    const parts = partsOf(decodeZtoc(ztocBytes([]), 'made'));
    const checkpoints = { ...parts.checkpoints, byteLength: parts.checkpoints.byteLength + 4 };
    expect(() => encoded({ ...parts, checkpoints })).toThrow('bytes of checkpoints');
  });

  test('takes no more memory than its entries announce', () => {
    const entries = [
      entryAt(512),
      entryAt(1024, { name: Buffer.from('é'), xattrs: [xattr('a', ''), xattr('bcd', 'efghi')] }),
      entryAt(2 ** 40, {
        mode: 0o100644,
        uid: 1,
        gid: 2,
        size: 3,
        devmajor: 4,
        devminor: 5,
        linkname: Buffer.from('x'),
      }),
    ];
    const list = listOf(entries);
    const empty = ztocBytes([]).byteLength;
    expect(ztocBytes(entries).byteLength - empty).toBeLessThanOrEqual(list.flatBytes + 256);
  });
});
