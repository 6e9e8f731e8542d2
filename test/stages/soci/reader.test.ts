import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { readFile, readTar } from '../../../src/stages/soci/reader.ts';
import type { Ztoc, ZtocEntry } from '../../../src/stages/soci/ztoc.ts';
import { collected, type ReadableVector, readableVectors, serve, vectorNamed } from './lazy-layer.ts';

const openable = readableVectors.filter(({ expected }) => expected?.snapshotter.opens);

interface EntryAt {
  readonly at: number;
  readonly entry: ZtocEntry;
}

function filesOf({ decoded }: ReadableVector): EntryAt[] {
  const files: EntryAt[] = [];
  for (let at = 0; at < decoded.entryCount; at++) {
    const entry = decoded.entry(at);
    if (entry.type === 'reg') files.push({ at, entry });
  }
  return files;
}

/** As the snapshotter names it: of several with one name it sees the last. */
const pathOf = ({ name }: ZtocEntry): string => `/${name.toString().replace(/^\.?\//, '')}`;

/** A zTOC of which one entry says something else. */
function withEntry(ztoc: Ztoc, wanted: number, change: Partial<ZtocEntry>): Ztoc {
  return { ...ztoc, entry: (at) => ({ ...ztoc.entry(at), ...(at === wanted ? change : {}) }) };
}

describe('a file of a layer, read through its zTOC', () => {
  test.each(openable)('is what the tar has there: $name', async (vector) => {
    const { blob, mediaType, decoded, tar, expected } = vector;
    const unreadable = Object.keys(expected?.snapshotter.unreadable ?? {});
    const refused: string[] = [];
    const files = filesOf(vector);
    // Of thousands in one span some will do.
    const every = Math.ceil(files.length / 200);
    for (const { at, entry } of files.filter((_, place) => place % every === 0)) {
      const bytes = collected(readFile(serve(blob, mediaType, decoded), at)).catch((error) => {
        expect(error).toMatchObject({ code: 'header-mismatch' });
        refused.push(pathOf(entry));
        return undefined;
      });
      const content = await bytes;
      if (content === undefined) continue;
      expect(content.equals(tar.subarray(entry.offset, entry.offset + entry.size))).toBe(true);
    }
    expect(refused.sort()).toEqual(unreadable.sort());
  });

  test('takes one ranged read of just the spans that hold it and its header', async () => {
    const { blob, mediaType, decoded } = vectorNamed('stream-many-blocks');
    for (const { at, entry } of filesOf(vectorNamed('stream-many-blocks'))) {
      const layer = serve(blob, mediaType, decoded);
      const told: unknown[] = [];
      await collected(readFile({ ...layer, onFetch: (...fetched) => told.push(fetched) }, at));
      const before = at === 0 ? undefined : decoded.entry(at - 1);
      const start = before ? Math.ceil((before.offset + before.size) / 512) * 512 : 0;
      const wanted = decoded.spans.filter(
        (span) => span.outEnd > start && span.outStart < entry.offset + entry.size,
      );
      const range = { start: wanted[0]?.start, end: wanted.at(-1)?.end };
      expect(layer.ranges).toEqual([range]);
      expect(told).toEqual([[wanted.length, (range.end ?? 0) - (range.start ?? 0)]]);
    }
    expect(decoded.spans.length).toBeGreaterThan(3);
  });

  test('is refused where its span is not what the zTOC says, before a byte is given', async () => {
    const { blob, mediaType, decoded } = vectorNamed('stream-file-over-several-spans');
    const [{ at, entry }] = filesOf(vectorNamed('stream-file-over-several-spans')).sort(
      (a, b) => b.entry.size - a.entry.size,
    ) as [EntryAt];
    const last = decoded.spans.findLastIndex((span) => span.outStart < entry.offset + entry.size);
    const span = decoded.spans[last];
    if (!span) throw new Error('no span');
    const damaged = Buffer.from(blob);
    damaged[span.start + 20] = (damaged[span.start + 20] ?? 0) ^ 1;
    let given = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of readFile(serve(damaged, mediaType, decoded), at)) given += chunk.byteLength;
    };
    await expect(read()).rejects.toMatchObject({
      code: 'span-mismatch',
      message: expect.stringContaining(`span ${span.id}: its bytes are sha256:`),
    });
    expect(given).toBe(span.outStart - entry.offset);
  });

  test.each([
    ['name', { name: Buffer.from('other') }],
    ['mode', { mode: 0o777 }],
    ['owner', { uid: 4711 }],
    ['time', { modTime: '2001-01-01T00:00:00Z' }],
    ['time', { modTime: '' }],
    ['PAX records', { xattrs: [{ key: Buffer.from('a'), value: Buffer.from('b') }] }],
  ] as const)('is refused where its %s in the zTOC is not what the tar header says', async (what, change) => {
    const vector = vectorNamed('tar-basic');
    const [{ at }] = filesOf(vector) as [EntryAt];
    const layer = serve(vector.blob, vector.mediaType, withEntry(vector.decoded, at, change));
    await expect(collected(readFile(layer, at))).rejects.toMatchObject({
      code: 'header-mismatch',
      message: expect.stringContaining(`its ${what} is not what the layer's tar says`),
    });
  });

  test('may have been written in another time zone', async () => {
    const vector = vectorNamed('tar-basic');
    const [{ at, entry }] = filesOf(vector) as [EntryAt];
    const local = new Date(Date.parse(entry.modTime) + 7_200_000).toISOString().replace('.000Z', '+02:00');
    const layer = serve(vector.blob, vector.mediaType, withEntry(vector.decoded, at, { modTime: local }));
    expect((await collected(readFile(layer, at))).byteLength).toBe(entry.size);
  });

  test.each([
    ['before the one that it follows', { offset: 0 }],
    ['beyond the end of the tar', { size: 2 ** 50 }],
    ['with headers of many megabytes', { offset: 2 ** 40 }],
  ])('is refused where the zTOC has it %s', async (_, change) => {
    const vector = vectorNamed('tar-basic');
    const { at } = filesOf(vector).find(({ at }) => at > 0) as { at: number };
    const layer = serve(vector.blob, vector.mediaType, withEntry(vector.decoded, at, change));
    await expect(collected(readFile(layer, at))).rejects.toMatchObject({ code: 'bad-ztoc' });
    expect(layer.ranges).toEqual([]);
  });
});

describe('a range of the uncompressed tar', () => {
  test.each(['gzip-zlib-6', 'stream-multi-member', 'stream-members-of-span-plus-1', 'plain-tar'])(
    'is what is there, wherever it begins and ends: %s',
    async (name) => {
      const { blob, mediaType, decoded, tar } = vectorNamed(name);
      const edges = decoded.spans.flatMap(({ outStart }) => [outStart - 1, outStart, outStart + 1]);
      const places = [0, ...edges, decoded.uncompressedBytes].filter(
        (at) => at >= 0 && at <= decoded.uncompressedBytes,
      );
      for (const start of places.slice(0, 12)) {
        for (const end of places.slice(-12)) {
          const bytes = await collected(readTar(serve(blob, mediaType, decoded, 777), { start, end }));
          expect(bytes.equals(tar.subarray(start, Math.max(start, end)))).toBe(true);
        }
      }
    },
  );

  test('asks for nothing where it is empty', async () => {
    const { blob, mediaType, decoded } = vectorNamed('plain-tar');
    const layer = serve(blob, mediaType, decoded);
    expect(await collected(readTar(layer, { start: 5, end: 5 }))).toHaveLength(0);
    expect(layer.ranges).toEqual([]);
  });

  test('comes from a span too large for memory as from others', async () => {
    const tar = Buffer.alloc(17 * 1024 * 1024, 'x');
    const digest = digestOf(tar);
    const span = {
      id: 0,
      start: 0,
      end: tar.byteLength,
      bits: 0,
      outStart: 0,
      outEnd: tar.byteLength,
      digest,
    };
    const ztoc: Ztoc = {
      ...vectorNamed('plain-tar').decoded,
      spans: [span],
      uncompressedBytes: tar.byteLength,
    };
    const layer = serve(tar, 'application/vnd.oci.image.layer.v1.tar', ztoc, 1024 * 1024);
    const range = { start: 3, end: tar.byteLength - 3 };
    expect((await collected(readTar(layer, range))).equals(tar.subarray(3, -3))).toBe(true);
  });
});
