import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { infrastructureError } from '../../../src/content/error.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { Findings } from '../../../src/stages/soci/findings.ts';
import { verifyLayer } from '../../../src/stages/soci/verify.ts';
import type { Span, Ztoc, ZtocEntry } from '../../../src/stages/soci/ztoc.ts';
import { chunked } from '../../content/layer/made-layer.ts';
import { type ReadableVector, readableVectors, serve, vectorNamed } from './lazy-layer.ts';

function verify(
  vector: ReadableVector,
  { ztoc = vector.decoded, blob = vector.blob } = {},
): Promise<Findings> {
  const { source, descriptor } = serve(blob, vector.mediaType, ztoc);
  return verifyLayer(source.readBlob(descriptor), vector.layer, ztoc);
}

const told = ({ list }: Findings): string[] => list.map(({ what }) => what);

const spanOf = ({ decoded }: ReadableVector, id: number): Span => decoded.spans[id] as Span;

/** The blob with a bit of a byte turned over. */
function flipped(blob: Buffer, at: number): Buffer {
  const damaged = Buffer.from(blob);
  damaged[at] = (damaged[at] ?? 0) ^ 0x10;
  return damaged;
}

function namesIn({ decoded }: ReadableVector, { outStart, outEnd }: Span): string[] {
  const names = [];
  for (let at = 0; at < decoded.entryCount; at++) {
    const { name, offset, size } = decoded.entry(at);
    if (offset - 512 < outEnd && offset + size > outStart) names.push(name.toString());
  }
  return names;
}

describe('a layer and its zTOC', () => {
  test.each(readableVectors)('are judged as the snapshotter judges them: $name', async (vector) => {
    const { opens, unreadable = {} } = vector.expected?.snapshotter ?? {};
    const findings = await verify(vector);
    if (opens && Object.keys(unreadable).length === 0) expect(findings.list).toEqual([]);
    else expect(findings.list).not.toEqual([]);
    const files = findings.list.map(({ file }) => file?.replace(/^\.?\/?/, '/')).filter((file) => file);
    for (const file of Object.keys(unreadable)) expect(files).toContain(file);
  });

  /** The layer with more bytes in its last span, which is then the whole rest of the blob. */
  function withMore(vector: ReadableVector, more: Buffer): { blob: Buffer; ztoc: Ztoc } {
    const blob = Buffer.concat([vector.blob, more]);
    const last = vector.decoded.spans.length - 1;
    const spans = vector.decoded.spans.map((span) =>
      span.id === last
        ? { ...span, end: blob.byteLength, digest: digestOf(blob.subarray(span.start)) }
        : span,
    );
    return { blob, ztoc: { ...vector.decoded, spans, compressedBytes: blob.byteLength } };
  }

  test('are not whole where there is more behind the gzip stream, which no node unpacks', async () => {
    const vector = vectorNamed('gzip-zlib-6');
    const { blob, ztoc } = withMore(vector, Buffer.alloc(100));
    const layer = { ...vector.layer, descriptor: describeBytes(vector.mediaType, blob) };
    expect((await verifyLayer(chunked(blob), layer, ztoc)).list).toEqual([
      expect.objectContaining({
        span: vector.decoded.spans.length - 1,
        what: expect.stringMatching(/after its last member, at byte \d+, zeros follow/),
      }),
    ]);
  });

  test('are whole, padding and all, that the zTOC does not count', async () => {
    const vector = vectorNamed('gzip-zlib-6');
    for (const padding of [Buffer.alloc(1), Buffer.alloc(9000), Buffer.alloc(300_000, 'padding ')]) {
      const tar = Buffer.concat([vector.tar, padding]);
      const { blob, ztoc } = withMore(vector, gzipSync(padding));
      const layer = { descriptor: describeBytes(vector.mediaType, blob), diffId: digestOf(tar) };
      expect((await verifyLayer(chunked(blob), layer, ztoc)).list).toEqual([]);
      const other = { ...layer, diffId: digestOf('other') };
      expect(told(await verifyLayer(chunked(blob), other, ztoc))).toEqual([
        expect.stringMatching(/^Its spans together unpack to sha256:.*, the image's config says sha256:/),
      ]);
    }
  });
});

describe('a damaged layer', () => {
  test('has the span named that is damaged, and the files in it', async () => {
    const vector = vectorNamed('stream-many-blocks');
    const span = spanOf(vector, 2);
    const findings = await verify(vector, { blob: flipped(vector.blob, span.start + 700) });
    const [first] = findings.list;
    expect(first).toMatchObject({ span: 2, what: expect.stringMatching(/^Its bytes are sha256:/) });
    const [name] = namesIn(vector, span);
    expect(first?.file?.startsWith(name as string)).toBe(true);
    expect(new Set(findings.list.flatMap(({ span }) => span ?? []))).toEqual(new Set([2]));
    expect(told(findings)).toContainEqual(expect.stringMatching(/^The layer's bytes are sha256:/));
  });

  test('has every damaged span named, up to twenty problems', async () => {
    const vector = vectorNamed('stream-many-blocks');
    const blob = vector.decoded.spans.reduce(
      (damaged, span) => flipped(damaged, span.start + 300),
      vector.blob,
    );
    const findings = await verify(vector, { blob });
    const spans = findings.list.flatMap(({ span }) => span ?? []);
    expect(new Set(spans)).toEqual(new Set(vector.decoded.spans.map(({ id }) => id)));
    expect(findings.list.length + findings.more).toBeGreaterThan(vector.decoded.spans.length);
    expect(findings.list.length).toBeLessThanOrEqual(20);
  });

  test('that ends early has the span named that it ends in', async () => {
    const vector = vectorNamed('stream-many-blocks');
    const span = spanOf(vector, 3);
    const findings = await verify(vector, { blob: vector.blob.subarray(0, span.end - 1) });
    expect(findings.list).toContainEqual(
      expect.objectContaining({ span: 3, what: 'The layer ends before the span does' }),
    );
  });

  test('of another content than the config says is told so', async () => {
    const vector = vectorNamed('plain-tar');
    const layer = { ...vector.layer, diffId: digestOf('something else') };
    const findings = await verifyLayer(chunked(vector.blob), layer, vector.decoded);
    expect(told(findings)).toEqual([expect.stringMatching(/^Its spans together unpack to /)]);
  });
});

test('a layer that breaks off because its store fails is not judged', async () => {
  const vector = vectorNamed('stream-many-blocks');
  const breaking = async function* () {
    yield vector.blob.subarray(0, 5000);
    throw infrastructureError('registry-unavailable', 'gone');
  };
  await expect(verifyLayer(breaking(), vector.layer, vector.decoded)).rejects.toMatchObject({
    code: 'registry-unavailable',
  });
});

describe('a zTOC that does not tell the truth', () => {
  test('about the window of a span has that span named, and no other', async () => {
    const vector = vectorNamed('stream-many-blocks');
    const swapped = (id: number): number => (id === 1 ? 2 : id === 2 ? 1 : id);
    const ztoc = { ...vector.decoded, window: (id: number) => vector.decoded.window(swapped(id)) };
    const findings = await verify(vector, { ztoc });
    expect(findings.list).toEqual(
      [1, 2].map((span) => ({
        span,
        what: 'Its window is not the 32768 bytes of the tar before it',
        file: expect.any(String),
      })),
    );
  });

  test('but only about bytes of a window that nothing refers to, does no harm', async () => {
    const vector = vectorNamed('gzip-pigz-independent');
    const independent = vector.decoded.spans.filter(({ id }) => id > 0);
    const ztoc = { ...vector.decoded, window: () => Buffer.alloc(32_768) };
    const harmed = (await verify(vector, { ztoc })).list.map(({ span }) => span);
    expect(harmed.length).toBeLessThan(independent.length);
  });

  test.each([
    ['the digest of a span', 'span 1'],
    ['where a span begins in the tar', 'out'],
    ['where a span begins in the layer', 'in'],
  ])('about %s is told so', async (_, what) => {
    const vector = vectorNamed('gzip-zlib-6');
    const spans = vector.decoded.spans.map((span) => ({ ...span }));
    const [first, second] = spans as [Span, Span];
    const change = {
      'span 1': [first, { ...second, digest: digestOf('other') }],
      out: [
        { ...first, outEnd: first.outEnd - 1 },
        { ...second, outStart: second.outStart - 1 },
      ],
      in: [
        { ...first, end: first.end - 1 },
        { ...second, start: second.start - 1 },
      ],
    }[what] as [Span, Span];
    const ztoc = { ...vector.decoded, spans: [...change, ...spans.slice(2)] };
    const { list } = await verify(vector, { ztoc });
    expect(list[0]?.span ?? list[0]?.what).toBeDefined();
    expect(list.every(({ span }) => span === undefined || span <= 1)).toBe(true);
  });

  test.each([
    ['size', { size: 1 }],
    ['offset', { offset: 1024 }],
    ['mode', { mode: 0 }],
    ['name', { name: Buffer.from('other') }],
    ['link', { linkname: Buffer.from('other') }],
    ['PAX records', { xattrs: [{ key: Buffer.from('a'), value: Buffer.from('b') }] }],
  ] as const)('about the %s of an entry has the file named', async (what, change) => {
    const vector = vectorNamed('tar-basic');
    const { decoded } = vector;
    const at = 5;
    const entry = (place: number): ZtocEntry => ({
      ...decoded.entry(place),
      ...(place === at ? change : {}),
    });
    const findings = await verify(vector, { ztoc: { ...decoded, entry } });
    expect(findings.list).toContainEqual({
      what: `Its ${what} in the zTOC is not what the tar says`,
      file: decoded.entry(at).name.toString(),
    });
  });

  test('about how many entries there are has the first one named that is too few or too many', async () => {
    const vector = vectorNamed('tar-basic');
    const { decoded } = vector;
    const fewer = await verify(vector, { ztoc: { ...decoded, entryCount: decoded.entryCount - 1 } });
    const last = decoded.entry(decoded.entryCount - 1).name.toString();
    expect(fewer.list).toContainEqual({
      what: `The zTOC lacks entry ${decoded.entryCount} of the tar`,
      file: last,
    });
    const entry = (at: number): ZtocEntry =>
      at < decoded.entryCount
        ? decoded.entry(at)
        : { ...decoded.entry(0), name: Buffer.from('more'), offset: 28_160 };
    const more = await verify(vector, { ztoc: { ...decoded, entry, entryCount: decoded.entryCount + 1 } });
    expect(more.list).toContainEqual(expect.objectContaining({ file: 'more' }));
  });

  test('about the size of the tar is told so', async () => {
    const vector = vectorNamed('plain-tar');
    const ztoc = { ...vector.decoded, uncompressedBytes: vector.decoded.uncompressedBytes - 512 };
    expect(told(await verify(vector, { ztoc }))).toContainEqual(
      expect.stringMatching(/^The tar has \d+ bytes, the zTOC says \d+$/),
    );
  });

  test('about where the gzip header ends is told so', async () => {
    const vector = vectorNamed('stream-header-fields');
    const [first] = vector.decoded.spans as [Span];
    const ztoc = {
      ...vector.decoded,
      spans: [{ ...first, start: first.start - 1 }, ...vector.decoded.spans.slice(1)],
    };
    expect(told(await verify(vector, { ztoc }))).toContainEqual(
      expect.stringMatching(/^No gzip header ends at byte/),
    );
  });

  test('and whose spans do not follow each other is not followed', async () => {
    const vector = vectorNamed('gzip-zlib-6');
    const ztoc = { ...vector.decoded, spans: vector.decoded.spans.toReversed() };
    expect(told(await verify(vector, { ztoc }))).toContainEqual(
      'Its spans do not follow each other: nothing in them was checked',
    );
  });
});
