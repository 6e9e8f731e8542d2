import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { makeRing, Ring, RingClosed } from '../../../src/content/layer/ring.ts';

function reader(ring: Ring, stopAfter = Number.POSITIVE_INFINITY) {
  const worker = new Worker(new URL('./ring-reader.ts', import.meta.url), {
    workerData: { memory: ring.memory, stopAfter },
  });
  const told = once(worker, 'message').then(([message]) => message);
  return { worker, told };
}

/** Chunks of all sizes, smaller and larger than the ring. */
const chunks = [1, 7, 4096, 0, 4095, 65_536, 100_000, 3, 400_000].map((size) => randomBytes(size));

describe('a ring between two threads', () => {
  it.each([4096, 65_536, 1 << 20])('brings all bytes over in their order, through %i bytes', async (size) => {
    const ring = new Ring(makeRing(size));
    const { told } = reader(ring);
    for (let round = 0; round < 20; round++) for (const chunk of chunks) await ring.write(chunk);
    ring.end();
    const hash = createHash('sha256');
    for (let round = 0; round < 20; round++) for (const chunk of chunks) hash.update(chunk);
    const bytes = 20 * chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    expect(await told).toEqual({ bytes, digest: hash.digest('hex') });
  });

  it('brings over what a thread writes that may block', async () => {
    const ring = new Ring(makeRing(4096));
    const { told } = reader(ring);
    for (const chunk of chunks) ring.writeBlocking(chunk);
    ring.end();
    expect(await told).toMatchObject({ bytes: chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0) });
  });

  it.each([2 ** 31, 2 ** 32])('goes on where its positions come to %i', async (place) => {
    const memory = makeRing(65_536);
    new Int32Array(memory.control).set([place - 300_000, place - 300_000, 0, place - 3]);
    const ring = new Ring(memory);
    const { told } = reader(ring);
    const hash = createHash('sha256');
    for (const chunk of chunks) {
      hash.update(chunk);
      await ring.write(chunk);
    }
    ring.end();
    expect(await told).toMatchObject({ digest: hash.digest('hex') });
  });

  it('wakes whoever waits, time and again', async () => {
    const ring = new Ring(makeRing(16));
    const { told } = reader(ring);
    const bytes = randomBytes(50_000);
    for (let at = 0; at < bytes.byteLength; at += 23) await ring.write(bytes.subarray(at, at + 23));
    ring.end();
    expect(await told).toEqual({
      bytes: bytes.byteLength,
      digest: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('ends at once where nothing was written', async () => {
    const ring = new Ring(makeRing(4096));
    ring.end();
    expect(await reader(ring).told).toMatchObject({ bytes: 0 });
  });

  it('stops a writer that waits when its reader gives up', async () => {
    const ring = new Ring(makeRing(4096));
    const { told } = reader(ring, 1);
    await expect(ring.write(randomBytes(1 << 20))).rejects.toThrow(RingClosed);
    expect(await told).toMatchObject({ error: 'RingClosed' });
  });

  it('breaks a reader off when its writer gives up: that is no end', async () => {
    const ring = new Ring(makeRing(4096));
    const { told } = reader(ring);
    await ring.write(randomBytes(100));
    ring.close();
    ring.end();
    expect(await told).toMatchObject({ error: 'RingClosed' });
  });

  it('lets a thread be ended that waits for bytes', async () => {
    const { worker } = reader(new Ring(makeRing(4096)));
    await once(worker, 'online');
    expect(await worker.terminate()).toBe(1);
  });
});
