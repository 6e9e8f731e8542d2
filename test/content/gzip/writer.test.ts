import { randomBytes } from 'node:crypto';
import { deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { type Boundary, windowBytes } from '../../../src/content/gzip/boundary.ts';
import {
  type CompressedFacts,
  compressMembers,
  type MemberOptions,
} from '../../../src/content/gzip/writer.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { chunked } from '../layer/made-layer.ts';

/** Text of few words: it compresses, and no two parts of it are the same. */
function prose(length: number, seed = 1): Buffer {
  const words = ['layer', 'span', 'checkpoint', 'of', 'the', 'blob', '\n', 'a', 'digest', 'sha256:'];
  const text: string[] = [];
  let state = seed;
  for (let bytes = 0; bytes < length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const word = `${words[(state >>> 16) % words.length]}${state % 97} `;
    text.push(word);
    bytes += word.length;
  }
  return Buffer.from(text.join('')).subarray(0, length);
}

async function compress(content: Buffer, options: MemberOptions, bytes: ByteStream = chunked(content)) {
  const parts: Buffer[] = [];
  const told: Buffer[] = [];
  const boundaries: (Boundary & { window: Buffer; toldBytes: number })[] = [];
  const length = () => told.reduce((sum, part) => sum + part.byteLength, 0);
  let facts: CompressedFacts | undefined;
  const subscriber = {
    compressed: (part: Uint8Array) => void told.push(Buffer.from(part)),
    boundary: (at: Boundary, write: (into: Uint8Array) => void) => {
      const window = randomBytes(windowBytes);
      write(window);
      boundaries.push({ ...at, window, toldBytes: length() });
    },
    end: (at: CompressedFacts) => {
      facts = at;
    },
  };
  for await (const chunk of compressMembers(bytes, options, subscriber)) parts.push(Buffer.from(chunk));
  return { gzip: Buffer.concat(parts), told: Buffer.concat(told), boundaries, facts };
}

describe('a stream of members', () => {
  test('is read by others as one content', async () => {
    const content = prose(300_000);
    const { gzip } = await compress(content, { memberBytes: 40_001 });
    expect(gunzipSync(gzip).equals(content)).toBe(true);
    expect(gzip.byteLength).toBeLessThan(content.byteLength / 2);
  });

  test('holds the bytes asked for in each member but the last, which can be read by itself', async () => {
    const content = prose(100_000);
    const { gzip, boundaries } = await compress(content, { memberBytes: 30_001 });
    expect(boundaries.map(({ out }) => out)).toEqual([0, 30_001, 60_002, 90_003]);
    boundaries.forEach(({ in: at, out }, index) => {
      const next = boundaries[index + 1];
      const member = gzip.subarray(at - 10, next ? next.in - 10 : gzip.byteLength);
      expect(gunzipSync(member).equals(content.subarray(out, next?.out ?? content.byteLength))).toBe(true);
    });
  });

  test('ends where the last member is full', async () => {
    const { gzip, boundaries } = await compress(prose(60_000), { memberBytes: 20_000 });
    expect(boundaries).toHaveLength(3);
    expect(gunzipSync(gzip)).toHaveLength(60_000);
  });

  test('of no content has one empty member', async () => {
    const { gzip, boundaries, facts } = await compress(Buffer.alloc(0), { memberBytes: 20_000 });
    expect(gunzipSync(gzip)).toHaveLength(0);
    expect(boundaries).toMatchObject([{ in: 10, out: 0, bits: 0 }]);
    expect(facts).toMatchObject({ compressedBytes: gzip.byteLength, uncompressedBytes: 0 });
  });

  test('is the same whatever the number of members at a time and the chunks of the content', async () => {
    const content = prose(200_000);
    const { gzip } = await compress(content, { memberBytes: 9_001, parallel: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 500, max: 90_000 }),
        async (parallel, size) => {
          const other = await compress(content, { memberBytes: 9_001, parallel }, chunked(content, size));
          expect(other.gzip.equals(gzip)).toBe(true);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('is smaller at a higher level', async () => {
    const content = prose(100_000);
    const [fast, small] = await Promise.all(
      [1, 9].map((level) => compress(content, { memberBytes: 50_000, level })),
    );
    expect(small?.gzip.byteLength).toBeLessThan(fast?.gzip.byteLength ?? 0);
  });

  test('takes the chunks of a source that fills the same memory again and again', async () => {
    const content = prose(100_000);
    const lent = Buffer.alloc(7000);
    async function* lending(): ByteStream {
      for (let at = 0; at < content.byteLength; at += lent.byteLength) {
        const length = content.copy(lent, 0, at);
        yield lent.subarray(0, length);
        lent.fill(0xee);
      }
    }
    const { gzip } = await compress(content, { memberBytes: 30_001 }, lending());
    expect(gunzipSync(gzip).equals(content)).toBe(true);
  });
});

describe('who subscribes', () => {
  test('is told the whole stream once, and each boundary when the bytes before it are', async () => {
    const { gzip, told, boundaries } = await compress(prose(100_000), { memberBytes: 30_001 });
    expect(told.equals(gzip)).toBe(true);
    expect(boundaries).toHaveLength(4);
    for (const { in: at, bits, toldBytes } of boundaries) {
      expect(bits).toBe(0);
      expect(toldBytes).toBe(at);
    }
  });

  test.each([9_000, 32_768, 50_000])(
    'gets as the window what came before, with zeros in front, of members of %i bytes',
    async (memberBytes) => {
      const content = prose(120_000);
      const { boundaries } = await compress(content, { memberBytes });
      const padded = Buffer.concat([Buffer.alloc(windowBytes), content]);
      for (const { out, window } of boundaries) {
        expect(window.equals(padded.subarray(out, out + windowBytes))).toBe(true);
      }
    },
  );

  test('learns digests and sizes of what came out and what went in', async () => {
    const content = prose(100_000);
    const { gzip, facts } = await compress(content, { memberBytes: 30_001 });
    expect(facts).toEqual({
      digest: digestOf(gzip),
      compressedBytes: gzip.byteLength,
      diffId: digestOf(content),
      uncompressedBytes: content.byteLength,
    });
  });
});

describe('a member', () => {
  /** As many symbols as zlib remembers at level 1, one a byte: it begins a new block for what follows. */
  const exactly = Buffer.alloc(16_383);
  for (let at = 0, state = 7; at < exactly.byteLength; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    exactly[at] = state >>> 24;
  }
  const deflated = async (content: Buffer) =>
    (await compress(content, { memberBytes: content.byteLength, level: 1 })).gzip.subarray(10, -8);

  test('does not end with the empty block that zlib would write', async () => {
    const usual = deflateRawSync(exactly, { level: 1 });
    const ours = await deflated(exactly);
    expect(ours.equals(usual)).toBe(false);
    expect(inflateRawSync(ours).equals(exactly)).toBe(true);
  });

  test('is as zlib writes it otherwise', async () => {
    const content = exactly.subarray(1);
    expect((await deflated(content)).equals(deflateRawSync(content, { level: 1 }))).toBe(true);
  });
});

describe('a source', () => {
  test('that fails is what the stream fails of', async () => {
    async function* failing(): ByteStream {
      for (let at = 0; at < 9; at++) yield prose(10_000, at + 1);
      throw new Error('the disk is gone');
    }
    await expect(compress(Buffer.alloc(0), { memberBytes: 4_000 }, failing())).rejects.toThrow(
      'the disk is gone',
    );
  });

  test('is ended when the reader has enough', async () => {
    let ended = false;
    async function* endless(): ByteStream {
      try {
        for (;;) yield prose(10_000);
      } finally {
        ended = true;
      }
    }
    for await (const chunk of compressMembers(endless(), { memberBytes: 4_000 })) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    expect(ended).toBe(true);
  });

  test('is asked for no more than what is in the making', async () => {
    let given = 0;
    async function* counted(): ByteStream {
      for (let at = 0; at < 100; at++) {
        given++;
        yield prose(10_000, at + 1);
      }
    }
    const stream = compressMembers(counted(), { memberBytes: 10_000, parallel: 2 });
    await stream[Symbol.asyncIterator]().next();
    expect(given).toBeLessThanOrEqual(5);
  });
});
