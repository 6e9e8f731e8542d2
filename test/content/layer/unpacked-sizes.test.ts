import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { readUnpackedSizes } from '../../../src/content/layer/unpacked-sizes.ts';
import type { Progress } from '../../../src/content/progress.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { chunked, type MadeLayer, makeLayer } from './made-layer.ts';

const layers = [
  makeLayer({ a: randomBytes(300_000) }),
  makeLayer({ b: randomBytes(5) }, 'zstd'),
  makeLayer({ c: Buffer.alloc(200_000) }, 'none'),
];

/** A source of these layers that knows what was asked for, and what was read to its end or left. */
function sourceOf(known: readonly MadeLayer[]) {
  const asked: string[] = [];
  let open = 0;
  const readBlob = ({ digest }: Descriptor): ByteStream => {
    asked.push(digest);
    const bytes = known.find(({ descriptor }) => descriptor.digest === digest)?.bytes ?? Buffer.alloc(0);
    return (async function* () {
      open++;
      try {
        yield* chunked(bytes, 10_000);
      } finally {
        open--;
      }
    })();
  };
  return { source: { readBlob } as unknown as ImageSource, asked, open: () => open };
}

function options(signal = new AbortController().signal) {
  const told = { total: 0, bytes: 0, done: 0 };
  const progress: Progress = {
    start: (_, total = 0) => {
      told.total += total;
      return {
        advance: (bytes) => {
          told.bytes += bytes;
        },
        done: () => {
          told.done++;
        },
      };
    },
  };
  return { ratioLimit: 200, progress, signal, told };
}

describe('reading unpacked sizes', () => {
  it('reads each blob once and tells how far it is', async () => {
    const { source, asked } = sourceOf(layers);
    const { told, ...rest } = options();
    const sizes = await readUnpackedSizes(source, [...layers, ...layers], rest);
    expect(sizes).toEqual(new Map(layers.map(({ descriptor, tar }) => [descriptor.digest, tar.byteLength])));
    expect(asked.toSorted()).toEqual(layers.map(({ descriptor }) => descriptor.digest).toSorted());
    const bytes = layers.reduce((sum, layer) => sum + layer.bytes.byteLength, 0);
    expect(told).toEqual({ total: bytes, bytes, done: 1 });
  });

  it('ends all reads when one layer is damaged', async () => {
    const damaged = { ...makeLayer({ d: randomBytes(10) }), diffId: digestOf('other') };
    const { source, open } = sourceOf([damaged, ...layers]);
    const { told, ...rest } = options();
    const reading = readUnpackedSizes(source, [damaged, ...layers], rest);
    await expect(reading).rejects.toMatchObject({ code: 'diff-id-mismatch' });
    expect(open()).toBe(0);
    expect(told.done).toBe(1);
  });

  it('ends with the reason when it is aborted', async () => {
    const { source, open } = sourceOf(layers);
    const abort = new AbortController();
    const { told, ...rest } = options(abort.signal);
    const reading = readUnpackedSizes(source, layers, rest);
    abort.abort('stop');
    await expect(reading).rejects.toBe('stop');
    expect(open()).toBe(0);
    expect(told.done).toBe(1);
  });
});
