import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type LayerVector, layerVectors } from '../../stages/soci/vectors.ts';
import { complaint, type Heard, heard, spanAt } from './run.ts';

const gzipLayers = layerVectors.filter(({ mediaType }) => mediaType.endsWith('gzip'));

/** Which boundaries soci takes: soci-format, "Checkpoints". */
function checkpoints({ boundaries }: Heard, span: number): Heard['boundaries'] {
  let last = 0;
  return boundaries.filter(({ out }) => {
    const taken = out === 0 || out - last > span;
    if (taken) last = out;
    return taken;
  });
}

describe('inflate, of the layers that soci indexed', () => {
  const indexed = gzipLayers.flatMap(({ expected, ztoc, ...layer }) =>
    expected?.checkpoints && ztoc ? [{ ...layer, ztoc, ...expected, checkpoints: expected.checkpoints }] : [],
  );

  it('has them', () => expect(indexed.length).toBeGreaterThan(50));

  it.each(indexed)('$name: checkpoints, windows and span digests are those of its zTOC', async (the) => {
    const { blob: layer, ztoc } = the;
    const all = await heard(layer, 1000);
    const taken = checkpoints(all, the.spanBytes);
    expect(taken.map(({ in: at, out, bits }) => ({ in: at, out, bits }))).toEqual(the.checkpoints);
    for (const checkpoint of taken) expect(ztoc.includes(record(checkpoint))).toBe(true);

    const content = gunzipSync(layer);
    expect(all.content.equals(content)).toBe(true);
    for (const [at, checkpoint] of taken.entries()) {
      const end = taken[at + 1];
      const from = checkpoint.in - (checkpoint.bits > 0 ? 1 : 0);
      expect(sha256(layer.subarray(from, end?.in))).toBe(the.span_digests[at]);
      const wanted = content.subarray(checkpoint.out, end?.out);
      const span = await spanAt(layer, checkpoint, wanted.length, {
        chunk: 500,
        ...(end && { end: end.in }),
      });
      expect(span.equals(wanted)).toBe(true);
    }
  });

  it('tells compressed bytes once, cut where boundaries are', async () => {
    for (const { blob: layer } of indexed) {
      const { boundaries, spans } = await heard(layer, 777);
      expect(Buffer.concat(spans).equals(layer)).toBe(true);
      const starts = spans.map((_, at) => spans.slice(0, at).reduce((sum, span) => sum + span.length, 0));
      expect(starts.slice(1)).toEqual(boundaries.map((boundary) => boundary.in));
    }
  });
});

describe('inflate, of the layers that soci refused', () => {
  it.each([
    ['fail-truncated', /cut off in its data, after byte 832/],
    ['fail-bad-crc', /its content has CRC-32 ad4fa34e, but 00000000 stands at byte 844/],
    ['fail-zeros-after-gzip', /after its last member, at byte 852, zeros follow/],
    ['fail-garbage-after-gzip', /after its last member, at byte 852, other bytes \(6e 6f 74 20\) follow/],
  ])('%s: says why', async (name, why) => {
    const { blob } = gzipLayers.find((layer) => layer.name === name) as LayerVector;
    expect(await complaint(blob)).toMatch(why);
  });
});

/** A checkpoint as a zTOC has it. */
function record({ in: at, out, bits, window }: Heard['boundaries'][number]): Buffer {
  const numbers = Buffer.alloc(17);
  numbers.writeBigInt64LE(BigInt(at));
  numbers.writeBigInt64LE(BigInt(out), 8);
  numbers.writeUInt8(bits, 16);
  return Buffer.concat([numbers, window]);
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
