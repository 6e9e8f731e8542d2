import { gunzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import pako from 'pako';
import { describe, expect, it } from 'vitest';
import { asMember, headerOf, makeDeflated, makeGzip } from './made-gzip.ts';
import { Random } from './random.ts';
import { boundariesOf } from './reference.ts';
import { complaint, heard, inflated, spanAt } from './run.ts';

const streams = process.env.PULL_BUDGET_FULL ? 100_000 : 2_000;

/** Of 1 and 7 bytes where that does not make too many of them. */
const chunkSize = (random: Random, gzip: Buffer) =>
  random.one(gzip.length < 4_000 ? [1, 7, 4096, undefined] : [500, 4096, undefined]);

describe('inflate, beside other decoders', () => {
  it(`gives what node:zlib gives, of ${streams} streams in chunks of any size`, async () => {
    for (let seed = 0; seed < streams; seed++) {
      const random = new Random(seed);
      const { gzip, content } = makeGzip(random, seed % 100 === 0 ? 600_000 : 8_000);
      const chunk = chunkSize(random, gzip);
      const ours = await inflated(gzip, chunk);
      expect(ours.equals(content), `seed ${seed}`).toBe(true);
      expect(gunzipSync(gzip).equals(content), `seed ${seed}`).toBe(true);
    }
  });

  it('finds the boundaries that zlib finds, as pako has it, and can begin at each', async () => {
    for (let seed = 0; seed < streams / 10; seed++) {
      const random = new Random(seed);
      const { gzip, content } = makeGzip(random, 40_000);
      const chunk = chunkSize(random, gzip);
      const { boundaries } = await heard(gzip, chunk);
      const found = boundaries.map(({ window: _, ...at }) => at);
      expect(found, `seed ${seed}`).toEqual(boundariesOf(gzip, content.length));

      const first = random.below(boundaries.length);
      const begin = boundaries[first];
      const end = boundaries[first + random.below(boundaries.length - first) + 1];
      if (begin === undefined) throw new Error(`seed ${seed}: no boundary`);
      const wanted = content.subarray(begin.out, end?.out);
      const span = await spanAt(gzip, begin, wanted.length, {
        ...(end && { end: end.in }),
        ...(chunk && { chunk }),
      });
      expect(span.equals(wanted), `seed ${seed}`).toBe(true);
    }
  });

  it('reads what pako writes of any bytes, in any chunks', async () => {
    const level = fc.integer({ min: 0, max: 9 }) as fc.Arbitrary<pako.DeflateOptions['level']>;
    const bytes = fc.array(fc.uint8Array({ maxLength: 300, size: 'max' }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(bytes, level, fc.integer({ min: 1, max: 400 }), async (parts, level, chunk) => {
        const members = parts.map((part) => pako.gzip(part, level === undefined ? {} : { level }));
        if (members.length === 0) members.push(pako.gzip(new Uint8Array()));
        expect(await inflated(Buffer.concat(members), chunk)).toEqual(Buffer.concat(parts));
      }),
    );
  });
});

/** What zlib says of a fault, and what we say. */
const faults: Readonly<Record<string, RegExp>> = {
  'invalid block type': /a block of the invalid type 3/,
  'invalid stored block lengths': /the length of a stored block/,
  'too many length or distance symbols': /more length or distance codes/,
  'invalid code lengths set': /no usable code for code lengths/,
  'invalid bit length repeat': /a repeated code length/,
  // zlib takes a code for code lengths that has no codes, and reads only zeros with it.
  'invalid code -- missing end-of-block': /no code for the end of the block|no usable code for code lengths/,
  'invalid literal/lengths set': /no usable code for literals and lengths/,
  'invalid distances set': /no usable code for distances/,
  'invalid literal/length code': /a literal or length without meaning/,
  'invalid distance code': /a distance without meaning/,
  'invalid distance too far back': /a match that begins before the data does/,
  'unexpected end of file': /cut off in its data|no usable code for code lengths/,
};

interface Judged {
  readonly fault?: string;
  readonly content: Buffer;
  /** Bytes of deflate that were used. */
  readonly used: number;
}

function judgedByZlib(deflated: Buffer): Judged {
  try {
    const { buffer, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { content: buffer, used: engine.bytesWritten };
  } catch (error) {
    return { fault: (error as Error).message, content: Buffer.alloc(0), used: 0 };
  }
}

describe('inflate, of damaged streams', () => {
  it(`accepts and rejects ${streams / 2} damaged deflate streams as node:zlib does, for the same reason`, async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < streams / 2; seed++) {
      const random = new Random(seed);
      const deflated = damaged(random, makeDeflated(random, 3_000).deflated);
      const { fault, content, used } = judgedByZlib(deflated);
      const chunk = chunkSize(random, deflated);
      if (fault === undefined) {
        const gzip = asMember(deflated.subarray(0, used), content);
        expect((await inflated(gzip, chunk)).equals(content), `seed ${seed}`).toBe(true);
      } else {
        const ours = await complaint(Buffer.concat([headerOf({}), deflated]), chunk);
        expect(ours, `seed ${seed}: ${fault}`).toMatch(faults[fault] ?? fault);
        seen.add(fault);
      }
    }
    expect([...seen].sort()).toEqual(Object.keys(faults).sort());
  });

  it('accepts and rejects damaged gzip streams as node:zlib does, but for bytes that follow', async () => {
    for (let seed = 0; seed < streams / 2; seed++) {
      const random = new Random(seed);
      const gzip = damaged(random, makeGzip(random, 400).gzip);
      const ours = await complaint(gzip, chunkSize(random, gzip));
      expect(ours === undefined, `seed ${seed}: ${ours}`).toBe(isWholeToZlib(gzip));
    }
  });
});

/** zlib leaves what follows the last member alone. */
function isWholeToZlib(gzip: Buffer): boolean {
  try {
    const { engine } = gunzipSync(gzip, { info: true }) as unknown as { engine: { bytesWritten: number } };
    return engine.bytesWritten === gzip.length;
  } catch {
    return false;
  }
}

/** Bits turned over, bytes cut off, put in, or taken out; more often near the front, where headers are. */
function damaged(random: Random, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = Math.min(random.below(result.length + 1), random.one([20, 80, result.length]));
    const how = random.below(5);
    if (how === 0) result = result.subarray(0, at);
    else if (how === 1)
      result = Buffer.concat([result.subarray(0, at), random.bytes(random.below(5)), result.subarray(at)]);
    else if (how === 2)
      result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1 + random.below(3))]);
    else if (at < result.length) result[at] = (result[at] ?? 0) ^ (1 << random.below(8));
  }
  return result;
}
