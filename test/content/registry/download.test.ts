import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCode } from '../../../src/content/error.ts';
import { all, blobOf, clientOf, manualClock, noise } from './client.ts';
import type { Seen } from './fake-auth.ts';
import { type FakeOptions, FakeRegistry } from './fake-registry.ts';

const KiB = 1024;
const bytes = noise(1_000 * KiB + 7);
const blob = blobOf(bytes);
const small = { rangeBytes: 64 * KiB };

async function holding(options: FakeOptions = {}, content = bytes) {
  const fake = await FakeRegistry.start(options);
  fake.putBlob('acme/app', content);
  return fake;
}

const isBlob = ({ path, method }: Seen): boolean => path.includes(blob.digest) && method === 'GET';

test('a small blob is one plain request', async () => {
  await using fake = await holding();
  expect((await all(clientOf(fake).readBlob(blob))).equals(bytes)).toBe(true);
  expect(fake.requests.map((seen) => seen.headers.range)).toEqual([undefined]);
});

test('a large blob is fetched in ranges at the same time, and comes in order', async () => {
  await using fake = await holding();
  const client = clientOf(fake, small);
  expect((await all(client.readBlob(blob))).equals(bytes)).toBe(true);
  expect(fake.requests).toHaveLength(16);
  expect(fake.requests[0]?.headers.range).toBe('bytes=0-65535');
  expect(new Set(fake.requests.map((seen) => seen.headers.range)).size).toBe(16);
  expect(fake.mostAtOnce).toBeLessThanOrEqual(8);
  await client.close();
});

test('with one connection nothing is read ahead, and one request has it all', async () => {
  await using fake = await holding();
  expect((await all(clientOf(fake, { ...small, connections: 1 }).readBlob(blob))).equals(bytes)).toBe(true);
  expect(fake.requests).toHaveLength(1);
});

test('what is read ahead is bounded: a reader that stops takes no more than its ranges', async () => {
  await using fake = await holding();
  const client = clientOf(fake, { ...small, connections: 3 });
  const reading = client.readBlob(blob)[Symbol.asyncIterator]();
  await reading.next();
  await expect.poll(() => fake.requests.length).toBe(3);
  // Other work on the same registry gets through: nobody waits for a place to read ahead.
  expect((await all(client.readBlob(blob))).equals(bytes)).toBe(true);
  await reading.return?.();
  expect((await all(client.readBlob(blob))).equals(bytes)).toBe(true);
  await client.close();
});

test('many blobs at once share the connections and all arrive', async () => {
  await using fake = await FakeRegistry.start();
  const contents = [1, 2, 3, 4, 5, 6].map((seed) => noise(300 * KiB, seed));
  for (const content of contents) fake.putBlob('acme/app', content);
  const client = clientOf(fake, small);
  const read = await Promise.all(contents.map((content) => all(client.readBlob(blobOf(content)))));
  expect(read.every((each, at) => each.equals(contents[at] as Buffer))).toBe(true);
  await client.close();
});

test('a server that ignores Range is read as it comes', async () => {
  await using fake = await holding({ ranges: false });
  expect((await all(clientOf(fake, small).readBlob(blob))).equals(bytes)).toBe(true);
  expect(fake.requests).toHaveLength(1);
});

describe('a connection that breaks', () => {
  test('is resumed from where it broke', async () => {
    let cuts = 0;
    const fault = (seen: Seen) => (isBlob(seen) && cuts++ < 2 ? { cutAfter: 100 * KiB } : undefined);
    await using fake = await holding({ fault });
    const clock = manualClock();
    expect((await all(clientOf(fake, { clock }).readBlob(blob))).equals(bytes)).toBe(true);
    const ranges = fake.requests.map((seen) => seen.headers.range);
    expect(ranges).toHaveLength(3);
    // What had arrived before the cut is asked for by nobody again.
    const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]));
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[1]).toBeGreaterThan(starts[0] as number);
    expect(clock.slept).toEqual([1_000, 2_000]);
  });

  test('is resumed in each of the ranges', async () => {
    const cut = new Set<string>();
    const fault = (seen: Seen) => {
      const range = seen.headers.range ?? '';
      if (!isBlob(seen) || cut.has(range) || Number(/-(\d+)$/.exec(range)?.[1]) % (64 * KiB) !== 64 * KiB - 1)
        return undefined;
      cut.add(range);
      return cut.size % 3 === 0 ? { cutAfter: 10 * KiB } : undefined;
    };
    await using fake = await holding({ fault });
    expect((await all(clientOf(fake, small).readBlob(blob))).equals(bytes)).toBe(true);
    expect(fake.requests.length).toBeGreaterThan(16);
  });

  test('is resumed at a server that ignores Range by skipping what is known', async () => {
    let cuts = 0;
    const fault = (seen: Seen) => (isBlob(seen) && cuts++ < 2 ? { cutAfter: 300 * KiB } : undefined);
    await using fake = await holding({ ranges: false, fault });
    expect((await all(clientOf(fake, small).readBlob(blob))).equals(bytes)).toBe(true);
    expect(fake.requests).toHaveLength(3);
  });

  test('is an error of the infrastructure when no attempt is left', async () => {
    await using fake = await holding({ fault: (seen) => (isBlob(seen) ? { cutAfter: 1 } : undefined) });
    const error = await all(clientOf(fake, { attempts: 3 }).readBlob(blob)).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'registry-unavailable', kind: 'infrastructure' });
    expect(error.message).toContain(blob.digest);
    expect(fake.requests).toHaveLength(3);
  });
});

describe('damage in flight', () => {
  test('a wrong byte ends the stream with an error, not as if it were whole', async () => {
    await using fake = await holding({ fault: () => ({ corrupt: true }) });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const chunk of clientOf(fake).readBlob(blob)) seen.push(chunk.byteLength);
    })();
    const error = await reading.catch((reason) => reason);
    expect(error).toMatchObject({ code: 'digest-mismatch', kind: 'infrastructure' });
    expect(seen.reduce((sum, size) => sum + size, 0)).toBeLessThan(bytes.length);
  });

  test('a blob that is shorter than its descriptor says', async () => {
    await using fake = await holding();
    const longer = { ...blob, size: blob.size + 10 };
    const whole = await all(clientOf(fake, { attempts: 2 }).readBlob(longer)).catch((reason) => reason);
    expect(hasCode(whole, 'registry-unavailable') || hasCode(whole, 'size-mismatch')).toBe(true);
    const ranged = await all(clientOf(fake, small).readBlob(longer)).catch((reason) => reason);
    expect(ranged).toMatchObject({ code: 'unsupported' });
    expect(ranged.message).toContain(String(longer.size));
  });

  test('a blob that is not there', async () => {
    await using fake = await holding({}, noise(3));
    const error = await all(clientOf(fake).readBlob(blob)).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'not-found', kind: 'input' });
    expect(error.message).toContain(`${fake.host}/acme/app: blob ${blob.digest}`);
  });
});

describe('storage behind the registry', () => {
  const storage = { signatureUses: Number.POSITIVE_INFINITY };

  test('gets no Authorization header, and is asked directly for the other ranges', async () => {
    await using fake = await holding({ auth: 'bearer', storage });
    expect((await all(clientOf(fake, small).readBlob(blob))).equals(bytes)).toBe(true);
    expect(fake.seen('GET', blob.digest, 'storage')).toHaveLength(16);
    expect(fake.seen('GET', blob.digest, 'storage').every((seen) => !seen.headers.authorization)).toBe(true);
    // The first is refused and repeated with a token.
    expect(fake.seen('GET', blob.digest).length).toBe(2);
  });

  test('an address that has aged in the middle of a blob is renewed at the registry', async () => {
    await using fake = await holding({ storage: { signatureUses: 3 } });
    const client = clientOf(fake, { ...small, connections: 2 });
    expect((await all(client.readBlob(blob))).equals(bytes)).toBe(true);
    expect(fake.seen('GET', blob.digest).length).toBeGreaterThan(3);
  });

  test('an error of the storage shows no signature', async () => {
    await using fake = await holding({ storage: { signatureUses: 0 } });
    const error = await all(clientOf(fake).readBlob(blob)).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'denied' });
    expect(error.message).toContain(new URL(fake.originOf('storage')).host);
    expect(error.message).not.toMatch(/signature|\?/);
  });
});

test('any range of a blob is read as it stands', async () => {
  await using fake = await holding();
  const client = clientOf(fake, { rangeBytes: 10 * KiB });
  const bound = fc.integer({ min: 0, max: 200 * KiB });
  await fc.assert(
    fc.asyncProperty(bound, bound, async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const read = await all(client.readBlob(blob, { start, end }));
      expect(read.equals(bytes.subarray(start, end))).toBe(true);
    }),
    { numRuns: 30 },
  );
  await client.close();
});

test('a reader that is told to stop stops with the reason', async () => {
  await using fake = await holding();
  const stop = new AbortController();
  const client = clientOf(fake, { ...small, signal: stop.signal });
  const reading = (async () => {
    for await (const _ of client.readBlob(blob)) stop.abort(new Error('enough'));
  })();
  await expect(reading).rejects.toThrow('enough');
});
