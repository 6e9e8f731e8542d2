/** A file larger than what old tar headers can say, through the threads that read and write layers. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { digestFrom } from '../../../src/content/image/digest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Layout } from '../../../src/content/store/layout.ts';
import { scanWith } from '../../../src/pipeline/relayer.ts';
import type { ScanLayer, ScannedLayer } from '../../../src/stages/relayer/scan.ts';
import { checkpointsOf, LayerIndexer } from '../../../src/stages/soci/layer-indexer.ts';
import { file } from '../../content/rootfs/merged.ts';
import { headerBlock } from '../../layers/tar.ts';
import { writeBlob, writeManifest } from '../../pipeline/pipeline.ts';
import { amd64, layer, makeHouse } from './releases.ts';

const fileBytes = process.env.PULL_BUDGET_FULL ? 10 * 2 ** 30 : 48 * 2 ** 20;
const chunk = Buffer.alloc(2 ** 20);

async function* tar(): ByteStream {
  yield headerBlock({ name: 'opt/zeros', size: fileBytes });
  for (let at = 0; at < fileBytes; at += chunk.byteLength) yield chunk;
  yield Buffer.alloc(1024);
}

/** The layer of that file, in the layout. */
async function writeLayer(layout: Layout, folder: string) {
  const path = join(folder, 'huge.tar.gz');
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  await pipeline(
    async function* () {
      for await (const part of tar()) {
        plain.update(part);
        yield part;
      }
    },
    createGzip(),
    async function* (bytes: AsyncIterable<Buffer>) {
      for await (const part of bytes) {
        packed.update(part);
        yield part;
      }
    },
    createWriteStream(path),
  );
  const { size } = await stat(path);
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: digestFrom(packed), size };
  await layout.writeBlob(descriptor, () => createReadStream(path) as Readable & ByteStream);
  return { descriptor, diffId: digestFrom(plain) };
}

test('is re-laid as it is, its content being read and written in a stream', async () => {
  const { built, release } = await makeHouse();
  const [base, huge] = [layer(file('etc/x', 'x')), await writeLayer(built.layout, built.folder)];
  const config = {
    ...amd64,
    rootfs: { type: 'layers', diff_ids: [base.diffId, huge.diffId] },
  };
  await writeBlob(built.layout, base.descriptor.mediaType, base.bytes);
  const image = await writeManifest(built.layout, mediaTypes.ociManifest, {
    config: await writeBlob(built.layout, mediaTypes.ociConfig, Buffer.from(JSON.stringify(config))),
    layers: [base.descriptor, huge.descriptor],
  });
  await using indexer = new LayerIndexer<ScannedLayer>({ module: scanWith });
  const scan: ScanLayer = async (one, open, path, signal) => {
    const { found } = await indexer.indexAlong(
      { layer: one, open, file: path, spanBytes: 2 ** 22, ratioLimit: 2000, keepCheckpoints: true },
      signal,
    );
    return { found, checkpoints: checkpointsOf({ file: path }) };
  };
  const { facts } = await release(image, { request: { scan } });
  expect(facts[0]?.layers.at(-1)?.unpackedBytes).toBeGreaterThan(fileBytes);
});
