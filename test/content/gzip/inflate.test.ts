import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PullBudgetError } from '../../../src/content/error.ts';
import { windowBytes } from '../../../src/content/gzip/boundary.ts';
import { inflate } from '../../../src/content/gzip/inflate.ts';
import { asMember, headerOf } from './made-gzip.ts';
import { Random } from './random.ts';
import { chunked, collect, complaint, heard, inflated, spanAt } from './run.ts';

const content = Buffer.from('what is in a layer, again and again; '.repeat(50));
const plain = gzipSync(content);
/** Without repeats, yet worth a code: blocks that begin at any bit. */
const noise = new Random(1).bytes(700_000, 100);

describe('a gzip stream', () => {
  it('is inflated, however its bytes come', async () => {
    for (const chunk of [1, 2, 3, 7, 100, 4096]) expect(await inflated(plain, chunk)).toEqual(content);
  });

  it('may be larger than all buffers', async () => {
    const far = Buffer.concat([noise, content, noise.subarray(0, 300_000)]);
    expect((await inflated(gzipSync(far))).equals(far)).toBe(true);
    expect((await inflated(gzipSync(far, { level: 0 }), 1_000_000)).equals(far)).toBe(true);
  });

  it('may have no content', async () => {
    expect(await inflated(gzipSync(''))).toEqual(Buffer.alloc(0));
  });

  it('may have many members, empty ones among them, and one content', async () => {
    const members = [gzipSync(''), plain, gzipSync(''), gzipSync('tail'), gzipSync('')];
    for (const chunk of [1, 7, 4096]) {
      expect(await inflated(Buffer.concat(members), chunk)).toEqual(
        Buffer.concat([content, Buffer.from('tail')]),
      );
    }
  });

  it('may have every header field, longer than what is read at once', async () => {
    const fields = {
      text: true,
      extra: Buffer.alloc(65_535, 'extra'),
      name: 'n'.repeat(150_000),
      comment: 'c'.repeat(70_000),
      crc: true,
    };
    const gzip = asMember(deflateRawSync(content), content, fields);
    expect((await inflated(gzip)).equals(content)).toBe(true);
    expect(await inflated(gzip, 1000)).toEqual(content);
  });

  it('is read no further than its reader wants', async () => {
    let given = 0;
    const bytes = (async function* () {
      for await (const chunk of chunked(gzipSync(noise), 65_536)) {
        given++;
        yield chunk;
      }
    })();
    for await (const _ of inflate(bytes, 'the layer')) break;
    expect(given).toBeLessThan(7);
  });

  it('is not mixed up with others that are read at the same time, or after one that was given up', async () => {
    const others = ['one', 'two', 'three'].map((word) => Buffer.from(word.repeat(200_000)));
    for await (const _ of inflate(chunked(plain), 'the layer')) break;
    const all = await Promise.all(others.map((other) => inflated(gzipSync(other), 100)));
    for (const [at, other] of others.entries()) expect(all[at]?.equals(other)).toBe(true);
  });

  it('fails as its source does', async () => {
    const broken = (async function* () {
      yield plain.subarray(0, 30);
      throw new Error('the line is dead');
    })();
    await expect(collect(inflate(broken, 'the layer'))).rejects.toThrow('the line is dead');
  });
});

describe('what is no whole gzip stream', () => {
  const deflated = deflateRawSync(content);
  const flipped = (at: number) => {
    const copy = Buffer.from(plain);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const two = Buffer.concat([plain, plain]);

  it.each<[string, Buffer, string]>([
    ['nothing at all', Buffer.alloc(0), 'it is empty'],
    ['a tar', Buffer.from('usr/bin/env'), 'it does not begin as gzip does (1f 8b) but with 75 73 72 2f'],
    ['half a magic', Buffer.from([0x1f]), 'it is cut off in the header of a member, after byte 1'],
    [
      'a wrong half of a magic',
      Buffer.from([0x1f, 0x8c]),
      'it does not begin as gzip does (1f 8b) but with 1f 8c',
    ],
    ['half a header', plain.subarray(0, 6), 'it is cut off in the header of a member, after byte 6'],
    [
      'half a name',
      headerOf({ name: 'name' }).subarray(0, 12),
      'it is cut off in the header of a member, after byte 12',
    ],
    [
      'another method',
      Buffer.from([0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0]),
      'compression method 7 at byte 2 is unknown',
    ],
    [
      'a reserved flag',
      Buffer.from([0x1f, 0x8b, 8, 64, 0, 0, 0, 0, 0, 0]),
      'reserved flags are set at byte 3 (0x40)',
    ],
    [
      'a wrong header CRC',
      Buffer.concat([headerOf({ crc: true }).subarray(0, 10), Buffer.from('??'), deflated]),
      "the header's CRC at byte 10 does not fit",
    ],
    ['half its data', plain.subarray(0, 30), 'it is cut off in its data, after byte 30'],
    [
      'half a trailer',
      plain.subarray(0, -3),
      `it is cut off in the trailer of a member, after byte ${plain.length - 3}`,
    ],
    ['half a second member', two.subarray(0, -9), `it is cut off in its data, after byte ${two.length - 9}`],
    ['a wrong CRC', flipped(plain.length - 8), `stands at byte ${plain.length - 8}`],
    [
      'a wrong size',
      flipped(plain.length - 4),
      `its content has 1850 bytes, but 1851 stands at byte ${plain.length - 4}`,
    ],
    [
      'zeros behind',
      Buffer.concat([plain, Buffer.alloc(512)]),
      `after its last member, at byte ${plain.length}, zeros follow`,
    ],
    [
      'other bytes behind',
      Buffer.concat([plain, Buffer.from([0x1f, 0x8c, 0, 0])]),
      `after its last member, at byte ${plain.length}, other bytes (1f 8c 00 00) follow`,
    ],
    [
      'a damaged block',
      Buffer.concat([headerOf({}), Buffer.from([7])]),
      'a block of the invalid type 3, at byte 10',
    ],
  ])('%s: says what is wrong, and where', async (_, gzip, what) => {
    expect(await complaint(gzip)).toContain(what);
    expect(await complaint(gzip, 1)).toContain(what.replace(/ but with .*| \(1f 8c 00 00\).*/, ''));
  });

  it("is the user's to repair: the error names the layer", async () => {
    const failure = await inflated(plain.subarray(0, 30)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PullBudgetError);
    expect(failure).toMatchObject({
      code: 'bad-layer',
      kind: 'input',
      message: 'the layer is no gzip stream that can be read: it is cut off in its data, after byte 30',
      hint: expect.stringContaining('build or push the image again'),
    });
  });

  it('is no reason to refuse the next one', async () => {
    await complaint(flipped(20));
    expect(await inflated(plain)).toEqual(content);
  });
});

describe('a boundary', () => {
  const flushed = (text: string) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH });

  it('follows each header and each block but the last of its member', async () => {
    const first = asMember(Buffer.concat([flushed('abc'), deflateRawSync('def')]), Buffer.from('abcdef'));
    const { boundaries } = await heard(Buffer.concat([first, gzipSync('ghi')]));
    // A fixed block, the empty stored one that flushes, and the first block of the next member.
    expect(boundaries.map(({ in: at, out, bits }) => [at, out, bits])).toEqual([
      [10, 0, 0],
      [15, 3, 6],
      [10 + flushed('abc').length, 3, 0],
      [first.length + 10, 6, 0],
    ]);
  });

  it('has the content before it as its window, that of earlier members too, with zeros in front', async () => {
    const parts = [noise.subarray(0, 20_000), noise.subarray(20_000, 50_000), noise.subarray(0, 300_000)];
    const members = [...parts, Buffer.alloc(0)].map((part) => gzipSync(part, { memLevel: 9 }));
    const { boundaries } = await heard(Buffer.concat(members), 5000);
    const before = Buffer.concat([Buffer.alloc(windowBytes), ...parts]);
    expect(boundaries.length).toBeGreaterThan(8);
    for (const { out, window } of boundaries) {
      expect(window.equals(before.subarray(out, out + windowBytes))).toBe(true);
    }
  });

  it('has zeros as its window in a stream after another', async () => {
    await heard(gzipSync(noise));
    const [first] = (await heard(plain)).boundaries;
    expect(first?.window.equals(Buffer.alloc(windowBytes))).toBe(true);
  });
});

describe('a span', () => {
  const members = [noise.subarray(0, 200_000), content, noise.subarray(100_000, 500_000)];
  const gzip = Buffer.concat(members.map((member) => gzipSync(member)));
  const whole = Buffer.concat(members);

  it('gives the content from its boundary on, over the ends of members, in chunks of any size', async () => {
    const { boundaries } = await heard(gzip);
    expect(boundaries.some(({ bits }) => bits > 0)).toBe(true);
    for (const [at, boundary] of boundaries.entries()) {
      const chunk = [1, 7, 4096, 100_000][at % 4] ?? 1;
      const length = Math.min(whole.length - boundary.out, chunk < 4096 ? 3000 : 450_000);
      const span = await spanAt(gzip, boundary, length, { chunk });
      expect(span.equals(whole.subarray(boundary.out, boundary.out + length))).toBe(true);
    }
  });

  it('needs no byte beyond the next boundary, and looks at none beyond what is wanted', async () => {
    const { boundaries } = await heard(gzip);
    for (const [at, begin] of boundaries.entries()) {
      const end = boundaries[at + 1] ?? { in: gzip.length, out: whole.length };
      const damaged = Buffer.concat([gzip.subarray(0, end.in), Buffer.alloc(100, 0xff)]);
      for (const bytes of [gzip.subarray(0, end.in), damaged]) {
        const span = await spanAt(bytes, begin, end.out - begin.out);
        expect(span.equals(whole.subarray(begin.out, end.out))).toBe(true);
      }
    }
  });

  it('of no end goes on to that of the stream, over the ends of members', async () => {
    const { boundaries } = await heard(gzip);
    const toEnd = (bytes: Buffer, at: number) =>
      spanAt(bytes, boundaries[at] as (typeof boundaries)[number], Number.POSITIVE_INFINITY);
    for (const at of [0, 1, boundaries.length - 1]) {
      expect((await toEnd(gzip, at)).equals(whole.subarray(boundaries[at]?.out))).toBe(true);
    }
    await expect(toEnd(gzip.subarray(0, -1), 1)).rejects.toThrow('it is cut off in the trailer of a member');
    await expect(toEnd(Buffer.concat([gzip, Buffer.alloc(9)]), 1)).rejects.toThrow('zeros follow');
  });

  it('of no length is empty', async () => {
    expect(await spanAt(gzip, { in: 10, bits: 0, window: Buffer.alloc(windowBytes) }, 0)).toEqual(
      Buffer.alloc(0),
    );
  });

  it('fails where it is damaged, cut off, or ends too soon', async () => {
    const start = { in: 10, bits: 0, window: Buffer.alloc(windowBytes) };
    const why = (bytes: Buffer, length: number) =>
      spanAt(bytes, start, length).then(String, ({ message }) => message);
    expect(await why(gzip.subarray(0, 5000), 20_000)).toContain(
      'the span is no gzip stream that can be read: it is cut off in its data, after byte 4990',
    );
    expect(await why(plain, content.length + 1)).toContain('it ends after 1850 of 1851 bytes of content');
    expect(await why(Buffer.concat([plain, Buffer.alloc(20)]), content.length + 1)).toContain('zeros follow');
    expect(await why(Buffer.concat([plain.subarray(0, 10), Buffer.from([7])]), 1)).toContain(
      'a block of the invalid type 3',
    );
  });
});
