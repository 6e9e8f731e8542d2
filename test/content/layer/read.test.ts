import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infrastructureError } from '../../../src/content/error.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { Compression } from '../../../src/content/image/media-type.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { chunked, describeLayer, type MadeLayer, makeLayer, tarOf } from './made-layer.ts';

const ratioLimit = 200;
const fixtures = join(import.meta.dirname, '../../fixtures/layers');
const fixture = (name: string): Buffer => readFileSync(join(fixtures, name, 'layer.tar.gz'));
const read = (layer: MadeLayer, chunkBytes?: number) =>
  readLayer(chunked(layer.bytes, chunkBytes), layer, { ratioLimit });

describe('reading a layer', () => {
  it.each<Compression>(['none', 'gzip', 'zstd'])(
    'tells subscribers of one in %s all that is in it',
    async (compression) => {
      const files = {
        'etc/motd': Buffer.from('hello\n'),
        'lib/data': randomBytes(700_000),
        empty: Buffer.alloc(0),
      };
      const layer = makeLayer(files, compression);
      const seen: [string, Buffer[]][] = [];
      let ended = 0;
      const result = await readLayer(chunked(layer.bytes), layer, {
        ratioLimit,
        subscribers: [
          {
            entry: ({ path }) => seen.push([path, []]),
            data: (part) => seen.at(-1)?.[1].push(Buffer.from(part)),
          },
          { end: () => ended++ },
        ],
      });
      expect(seen.map(([path, parts]) => [path, digestOf(Buffer.concat(parts))])).toEqual(
        Object.entries(files).map(([path, content]) => [path, digestOf(content)]),
      );
      expect(ended).toBe(1);
      expect(result).toEqual({ unpackedBytes: layer.tar.byteLength, archiveBytes: layer.tar.byteLength });
    },
  );

  const streams = readdirSync(fixtures).filter((name) => name.startsWith('stream-'));
  it.each(streams)('gets all of the gzip members of %s', async (name) => {
    const bytes = fixture(name);
    const tar = gunzipSync(bytes);
    const result = await read(describeLayer(tar, 'gzip', bytes), 1000);
    expect(result.unpackedBytes).toBe(tar.byteLength);
  });

  it('gets all of the frames of a zstd layer, however they fall into chunks', async () => {
    const skipped = (content: Buffer): Buffer => {
      const header = Buffer.alloc(8);
      header.writeUInt32LE(0x184d2a5e, 0);
      header.writeUInt32LE(content.byteLength, 4);
      return Buffer.concat([header, content]);
    };
    const tar = tarOf({ a: randomBytes(6000), b: Buffer.alloc(700_000, 'b'), c: Buffer.from('c') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(tar.byteLength), { maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 10_000 })),
        async (cuts, level, checksumFlag, chunkBytes) => {
          const ends = [...cuts.sort((a, b) => a - b), tar.byteLength];
          const frames = ends.flatMap((end, at) => [
            zstdCompressSync(tar.subarray(ends[at - 1] ?? 0, end), {
              params: { 100: level, 201: checksumFlag ? 1 : 0 },
            }),
            skipped(Buffer.alloc(at * 7)),
          ]);
          const layer = describeLayer(tar, 'zstd', Buffer.concat(frames));
          expect((await read(layer, chunkBytes)).unpackedBytes).toBe(tar.byteLength);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('counts padding after the end blocks as unpacked, and not as archive', async () => {
    const archive = tarOf({ a: Buffer.from('a') });
    const layer = describeLayer(Buffer.concat([archive, Buffer.alloc(8192)]), 'gzip');
    expect(await read(layer)).toEqual({
      unpackedBytes: archive.byteLength + 8192,
      archiveBytes: archive.byteLength,
    });
  });

  it('passes an error of the source on as it is', async () => {
    const layer = makeLayer({ a: Buffer.alloc(1000) });
    const broken = async function* () {
      yield layer.bytes.subarray(0, 20);
      throw infrastructureError('lost-connection', 'the connection was lost');
    };
    await expect(readLayer(broken(), layer, { ratioLimit })).rejects.toMatchObject({
      code: 'lost-connection',
    });
  });

  it('ends the source when a subscriber fails', async () => {
    const layer = makeLayer({ a: randomBytes(3_000_000) });
    let ended = false;
    const source = async function* () {
      try {
        yield* chunked(layer.bytes, 1000);
      } finally {
        ended = true;
      }
    };
    const failing = { entry: () => expect.fail('enough') };
    await expect(readLayer(source(), layer, { ratioLimit, subscribers: [failing] })).rejects.toThrow(
      'enough',
    );
    expect(ended).toBe(true);
  });
});

describe('a layer is refused', () => {
  const whole = makeLayer({ a: randomBytes(100_000) });
  const gzipOf = (bytes: Buffer): MadeLayer => describeLayer(whole.tar, 'gzip', bytes);
  const zstd = zstdCompressSync(whole.tar);
  const cases: [what: string, layer: MadeLayer][] = [
    ['cut off', gzipOf(whole.bytes.subarray(0, -1000))],
    ['cut off in its last bytes', gzipOf(whole.bytes.subarray(0, -3))],
    ['of a wrong CRC (real)', gzipOf(fixture('fail-bad-crc'))],
    ['cut off (real)', gzipOf(fixture('fail-truncated'))],
    ['with something else after its end', gzipOf(fixture('fail-garbage-after-gzip'))],
    ['not gzip at all', gzipOf(whole.tar)],
    ['in zstd and cut off', describeLayer(whole.tar, 'zstd', zstd.subarray(0, -10))],
    [
      'in zstd and damaged',
      describeLayer(whole.tar, 'zstd', Buffer.concat([zstd.subarray(0, 90), zstd.subarray(91)])),
    ],
    ['gzip where zstd was said', describeLayer(whole.tar, 'zstd', whole.bytes)],
    [
      'with something else after a zstd frame',
      describeLayer(whole.tar, 'zstd', Buffer.concat([zstd, Buffer.from('more')])),
    ],
  ];
  it.each(cases)('%s', async (_, layer) => {
    const refused = expect(read(layer)).rejects;
    await refused.toMatchObject({ kind: 'input', code: 'bad-layer' });
    await expect(read(layer, 700)).rejects.toThrow(layer.descriptor.digest);
  });

  it('that is gzip though its media type says tar', async () => {
    const layer = describeLayer(whole.tar, 'none', whole.bytes);
    await expect(read(layer)).rejects.toMatchObject({
      code: 'bad-tar',
      message: expect.stringContaining(layer.descriptor.digest),
    });
  });

  it('that the config knows by another digest', async () => {
    const other = { ...whole, diffId: digestOf('other') };
    await expect(read(other)).rejects.toMatchObject({
      code: 'diff-id-mismatch',
      message: `layer ${whole.descriptor.digest} unpacks to ${whole.diffId}, its image's config says ${other.diffId}`,
    });
  });

  it('that lost a whole gzip member', async () => {
    const [first, rest] = [whole.tar.subarray(0, 512), whole.tar.subarray(512)];
    const layer = describeLayer(whole.tar, 'gzip', Buffer.concat([gzipSync(first)]));
    expect(rest.byteLength).toBeGreaterThan(0);
    await expect(read(layer)).rejects.toMatchObject({ code: 'bad-tar' });
  });

  it('that is no layer by its media type', async () => {
    const layer = { ...whole, descriptor: { ...whole.descriptor, mediaType: 'application/vnd.acme.model' } };
    await expect(read(layer)).rejects.toMatchObject({ code: 'unknown-media-type' });
  });

  it('that unpacks to far more than it is, once it is past 64 MiB', async () => {
    const [harmless, bomb] = [60, 70].map((mib) => makeLayer({ zeros: Buffer.alloc(mib * 1024 * 1024) }));
    if (!harmless || !bomb) throw new Error('unreachable');
    await expect(read(harmless)).resolves.toMatchObject({ unpackedBytes: harmless.tar.byteLength });
    await expect(read(bomb)).rejects.toMatchObject({
      kind: 'input',
      code: 'unpack-ratio',
      message: expect.stringContaining(bomb.descriptor.digest),
      hint: expect.stringContaining('unpack-ratio-limit'),
    });
    await expect(readLayer(chunked(bomb.bytes), bomb, { ratioLimit: 2000 })).resolves.toBeDefined();
  });
});
