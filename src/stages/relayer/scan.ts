import type { ByteStream } from '../../content/bytes.ts';
import type { Layer, ReadLayer } from '../../content/layer/read.ts';
import { TableBuilder, type TableColumns } from '../../content/rootfs/table-builder.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { type KeptFiles, OwnersKeeper } from './kept.ts';

/** What re-layering wants to know of a layer: plain data, which passes between threads. */
export interface ScannedLayer {
  readonly columns: TableColumns;
  readonly kept: KeptFiles;
}

/** Who comes along where a layer is read, and what they found. */
export interface LayerScan {
  readonly subscribers: readonly TarSubscriber[];
  found(read: ReadLayer): ScannedLayer;
}

/** For one read of one layer. */
export function layerScan({ descriptor, diffId }: Layer): LayerScan {
  const table = new TableBuilder(`layer ${descriptor.digest}`);
  const kept = new OwnersKeeper();
  return {
    subscribers: [table, kept],
    found: ({ unpackedBytes }) => ({ columns: table.columns({ diffId, unpackedBytes }), kept: kept.files }),
  };
}

/**
 * Reads a layer once. `file` is the path of a file to which names of other files in its folder may be made up: they are
 * the caller's to remove, with the folder.
 * @throws PullBudgetError what `readLayer` throws, `odd-layer`; errors of `open`'s stream as they are; the signal's reason
 */
export type ScanLayer = (
  layer: Layer,
  open: () => ByteStream,
  file: string,
  signal: AbortSignal,
) => Promise<{
  readonly found: ScannedLayer;
  /** Path of the checkpoints of a gzip layer. */
  readonly checkpoints: string | undefined;
}>;
