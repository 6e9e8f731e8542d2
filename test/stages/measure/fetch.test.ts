import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { fetchBlob } from '../../../src/stages/measure/fetch.ts';

let folder: string;
let blobs = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-'));
});
afterAll(() => rm(folder, { recursive: true }));

const content = randomBytes(5_000_000);
const descriptor = describeBytes('application/octet-stream', content);
const sourceOf = (readBlob: () => ByteStream): ImageSource => ({ readBlob }) as unknown as ImageSource;
const never = new AbortController().signal;

describe('fetching a blob into a file', () => {
  it('writes every byte, though all chunks come in one buffer', async () => {
    const sizes = fc.array(fc.integer({ min: 5000, max: 3_000_000 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const lent = Buffer.alloc(3_000_000);
        const source = sourceOf(async function* () {
          for (let at = 0, turn = 0; at < content.byteLength; turn++) {
            const bytes = content.copy(lent, 0, at, at + (lengths[turn % lengths.length] as number));
            at += bytes;
            yield lent.subarray(0, bytes);
            lent.fill(0);
          }
        });
        const path = join(folder, `blob-${blobs++}`);
        let told = 0;
        const onBytes = (bytes: number) => {
          told += bytes;
        };
        const fetched = await fetchBlob(source, descriptor, path, { signal: never, onBytes });
        expect(digestOf(await readFile(path))).toBe(descriptor.digest);
        expect(told).toBe(content.byteLength);
        expect(fetched.waitingSeconds).toBeGreaterThan(0);
        expect(fetched.waitingSeconds).toBeLessThan(fetched.endSeconds - fetched.startSeconds);
        await rm(path);
      }),
      { numRuns: 20 },
    );
  });

  it('ends the transfer when the disk refuses', async () => {
    const ended = Promise.withResolvers<void>();
    const source = sourceOf(async function* () {
      try {
        for (;;) yield content;
      } finally {
        ended.resolve();
      }
    });
    // Opens, and has no space ever.
    const writing = fetchBlob(source, descriptor, '/dev/full', { signal: never, onBytes: () => {} });
    await expect(writing).rejects.toMatchObject({ kind: 'infrastructure', code: 'disk-full' });
    await ended.promise;
  });
});
