import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Compression } from '../../../src/content/image/media-type.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { openOciArchive, writeOciArchive } from '../../../src/content/store/oci-archive.ts';
import type { ImageSink } from '../../../src/content/store/store.ts';
import { collect, verified } from '../../../src/content/store/verify.ts';
import { makeLayer } from '../layer/made-layer.ts';
import { clientOf, noise } from '../registry/client.ts';
import { FakeRegistry } from '../registry/fake-registry.ts';
import { scratch } from './sample-image.ts';

/** A source at its right: what it lent is overwritten as soon as the next chunk is asked for. */
async function* lent(bytes: Uint8Array, chunkBytes: number): ByteStream {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    const chunk = Uint8Array.from(bytes.subarray(at, at + chunkBytes));
    yield chunk;
    chunk.fill(0xdb);
  }
}

const mebibyte = 1024 * 1024;
const bytes = noise(5 * mebibyte + 77);
const blob = describeBytes('application/octet-stream', bytes);

describe('chunks that are only lent', () => {
  it('are copied by who collects them', async () => {
    expect((await collect(lent(bytes, 1000), bytes.byteLength, 'test')).equals(bytes)).toBe(true);
  });

  it('pass two verifications, one after the other', async () => {
    const twice = verified(
      verified(lent(bytes, mebibyte), blob, 'test', 'at rest'),
      blob,
      'test',
      'in flight',
    );
    expect((await collect(twice, bytes.byteLength, 'test')).equals(bytes)).toBe(true);
  });

  const written = async (sink: ImageSink): Promise<void> => {
    expect(await sink.writeBlob(blob, () => lent(bytes, 100_000))).toBe('written');
  };

  it('are written to a layout as they were', async () => {
    const layout = await openLayout(join(await scratch(), 'layout'), { create: true });
    await written(layout);
    expect((await collect(layout.readBlob(blob), bytes.byteLength, 'test')).equals(bytes)).toBe(true);
    await layout.close();
  });

  it('are written to an archive as they were', async () => {
    const path = join(await scratch(), 'image.tar');
    const sink = await writeOciArchive(path);
    await written(sink);
    await sink.close();
    const archive = await openOciArchive(path);
    expect((await collect(archive.readBlob(blob), bytes.byteLength, 'test')).equals(bytes)).toBe(true);
    await archive.close();
  });

  it.each([100, 64 * 1024, mebibyte, 3 * mebibyte])(
    'of %d bytes are pushed as they were',
    async (chunkBytes) => {
      await using fake = await FakeRegistry.start();
      const client = clientOf(fake);
      expect(await client.writeBlob(blob, () => lent(bytes, chunkBytes))).toBe('written');
      expect((await collect(client.readBlob(blob), bytes.byteLength, 'test')).equals(bytes)).toBe(true);
      await client.close();
    },
  );

  it.each(['none', 'gzip', 'zstd'] as const satisfies Compression[])(
    'of a layer (%s) are unpacked as they were',
    async (compression) => {
      const layer = makeLayer({ 'a.bin': noise(3 * mebibyte), 'b.bin': noise(mebibyte, 7) }, compression);
      for (const chunkBytes of [999, 64 * 1024, mebibyte]) {
        const read = await readLayer(lent(layer.bytes, chunkBytes), layer, { ratioLimit: 200 });
        expect(read.unpackedBytes).toBe(layer.tar.byteLength);
      }
    },
  );
});

describe('a file of a layout', () => {
  it('is read with no more than two buffers, each chunk whole until the next is asked for', async () => {
    const layout = await openLayout(join(await scratch(), 'layout'), { create: true });
    await layout.writeBlob(blob, () => lent(bytes, mebibyte));
    const buffers = new Set<ArrayBufferLike>();
    let at = 0;
    for await (const chunk of layout.readBlob(blob)) {
      buffers.add(chunk.buffer);
      // Time for a read ahead that would spoil this chunk.
      await new Promise((resume) => setImmediate(resume));
      expect(Buffer.compare(chunk, bytes.subarray(at, at + chunk.byteLength))).toBe(0);
      at += chunk.byteLength;
    }
    expect(at).toBe(bytes.byteLength);
    expect(buffers.size).toBe(2);
    await layout.close();
  });
});
