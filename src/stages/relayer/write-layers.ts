import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteStream } from '../../content/bytes.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { mediaTypes } from '../../content/image/media-type.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import { TableBuilder, tableOf } from '../../content/rootfs/table-builder.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { writeAt } from '../../content/store/file.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import type { NewLayer } from './plan.ts';
import { layerTar, type ReadContent } from './write.ts';

export type LayerCompression = 'gzip' | 'zstd';

/**
 * Compresses a tar, and tells `subscribers` of it. `file` is a path to which names of other files in its folder may be
 * made up. @throws errors of `tar` and `write` as they are
 */
export type CompressLayer = (input: {
  readonly tar: ByteStream;
  readonly where: string;
  readonly file: string;
  readonly subscribers: readonly TarSubscriber[];
  readonly write: (blob: ByteStream) => Promise<void>;
}) => Promise<{
  readonly digest: Digest;
  readonly compressedBytes: number;
  readonly diffId: Digest;
  readonly uncompressedBytes: number;
}>;

/** A layer that was written, or one that was there before with the same content. */
export interface WrittenLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly table: FileTable;
  /** Path of its blob; undefined where the baseline's is taken. */
  readonly path: string | undefined;
}

export interface WriteRequest {
  readonly folder: string;
  readonly compress: CompressLayer;
  readonly compression: LayerCompression;
  readonly read: ReadContent;
  /** Of layers that nodes may hold, by diffID: their blobs are taken instead of new ones. */
  readonly known: ReadonlyMap<Digest, Layer>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const types = { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd } as const;

/**
 * Writes the new layers of a plan, one after the other: each is compressed by several threads. What is in them is told by
 * the tars that were compressed, not by the plan. @throws PullBudgetError what `layerTar` throws, `disk-full`
 */
export async function writeLayers(
  tree: Tree,
  layers: readonly NewLayer[],
  request: WriteRequest,
): Promise<WrittenLayer[]> {
  const written: WrittenLayer[] = [];
  for (const [at, layer] of layers.entries()) {
    written.push(await writeLayer(tree, layer, `${at + 1} of ${layers.length}`, request));
  }
  return written;
}

async function writeLayer(
  tree: Tree,
  layer: NewLayer,
  which: string,
  { folder, compress, compression, read, known, progress, signal }: WriteRequest,
): Promise<WrittenLayer> {
  const path = join(folder, `layer-${which.replaceAll(' ', '-')}`);
  const where = `new layer ${which} (${layer.title})`;
  const contentBytes = layer.nodes.reduce((sum, node) => sum + tree.bytes(node), 0);
  const task = progress.start(`write layer ${which}`, contentBytes);
  const counted: ReadContent = async function* (from, start, bytes) {
    for await (const part of read(from, start, bytes)) {
      signal.throwIfAborted();
      task.advance(part.byteLength);
      yield part;
    }
  };
  const table = new TableBuilder(where);
  try {
    const { digest, compressedBytes, diffId, uncompressedBytes } = await compress({
      tar: layerTar(tree, layer, counted),
      where,
      file: `${path}.ztoc`,
      subscribers: [table],
      write: (blob) => writeFile(path, blob),
    });
    const there = known.get(diffId);
    if (there) await rm(path);
    return {
      descriptor: there?.descriptor ?? { mediaType: types[compression], digest, size: compressedBytes },
      diffId,
      table: tableOf(table.columns({ diffId, unpackedBytes: uncompressedBytes })),
      path: there ? undefined : path,
    };
  } finally {
    task.done();
  }
}

async function writeFile(path: string, bytes: ByteStream): Promise<void> {
  await using file = await onDisk(path, () => open(path, 'wx', 0o600));
  let at = 0;
  for await (const chunk of bytes) {
    await writeAt(file, chunk, at, path);
    at += chunk.byteLength;
  }
}
