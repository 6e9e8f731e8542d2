/** A thread at the other end of a ring: says what it read, or why it stopped. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { Ring, type RingMemory } from '../../../src/content/layer/ring.ts';

const { memory, stopAfter } = workerData as { memory: RingMemory; stopAfter: number };
const ring = new Ring(memory);
const hash = createHash('sha256');
let bytes = 0;
try {
  for await (const chunk of ring.read()) {
    hash.update(chunk);
    bytes += chunk.byteLength;
    if (bytes >= stopAfter) ring.close();
  }
  parentPort?.postMessage({ bytes, digest: hash.digest('hex') });
} catch (error) {
  parentPort?.postMessage({ bytes, error: (error as Error).constructor.name });
}
