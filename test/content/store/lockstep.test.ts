import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { type LockstepReader, lockstep } from '../../../src/content/store/lockstep.ts';

/** Bytes 0 to `chunks` - 1, a chunk each, all in the same memory; how far they were read, and how often they were ended. */
function lentBytes(chunks: number, failure?: Error) {
  const seen = { read: 0, ended: 0 };
  async function* bytes(): ByteStream {
    const chunk = new Uint8Array(1);
    try {
      for (let at = 0; at < chunks; at++) {
        chunk[0] = at;
        seen.read++;
        yield chunk;
      }
      if (failure) throw failure;
    } finally {
      seen.ended++;
    }
  }
  return { bytes: bytes(), seen };
}

const two = (bytes: ByteStream) => lockstep(bytes, 2) as [LockstepReader, LockstepReader];

async function take(bytes: ByteStream, most = Number.POSITIVE_INFINITY): Promise<number[]> {
  const taken: number[] = [];
  for await (const chunk of bytes) {
    // Later than the chunk came: it must not have been filled anew.
    await new Promise(setImmediate);
    taken.push(...chunk);
    if (taken.length === most) break;
  }
  return taken;
}

describe('readers in lockstep', () => {
  test('get the same bytes of one read', async () => {
    const { bytes, seen } = lentBytes(5);
    const [one, other] = two(bytes);
    expect(await Promise.all([take(one), take(other)])).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
    expect(seen).toEqual({ read: 5, ended: 1 });
  });

  test('wait for the slower one: nothing is read ahead of it', async () => {
    const { bytes, seen } = lentBytes(5);
    const [fast, slow] = two(bytes);
    const taking = take(fast);
    const iterator = slow[Symbol.asyncIterator]();
    for (const at of [0, 1, 2]) {
      expect((await iterator.next()).value).toEqual(Uint8Array.of(at));
      await new Promise(setImmediate);
      expect(seen.read).toBe(at + 1);
    }
    await iterator.return?.();
    expect(await taking).toEqual([0, 1, 2, 3, 4]);
  });

  test('are not held up by one that has left, even before it began', async () => {
    const { bytes } = lentBytes(3);
    const [one, other] = two(bytes);
    const taking = take(one);
    await other.leave();
    expect(await taking).toEqual([0, 1, 2]);
    expect(await take(other)).toEqual([]);
  });

  test('end the read when the last one leaves, and not before', async () => {
    const { bytes, seen } = lentBytes(5);
    const [one, other] = two(bytes);
    expect(await Promise.all([take(one, 1), take(other, 3)])).toEqual([[0], [0, 1, 2]]);
    expect(seen).toEqual({ read: 3, ended: 1 });
  });

  test('leave while they wait for bytes, and get no more of them', async () => {
    const { bytes } = lentBytes(3);
    const [one, other] = two(bytes);
    const waiting = one[Symbol.asyncIterator]().next();
    await one.leave();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await take(other)).toEqual([0, 1, 2]);
  });

  test('all get what the bytes throw', async () => {
    const { bytes } = lentBytes(2, new Error('broken off'));
    const [one, other] = two(bytes);
    const all = await Promise.allSettled([take(one), take(other)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(take(one)).resolves.toEqual([]);
  });
});
