import type { Digest } from '../image/digest.ts';
import type { TarEntry } from '../tar/entry.ts';
import type { TarSubscriber } from '../tar/scanner.ts';
import type { FileTable } from './table.ts';

/** A table as plain data that can be passed between threads. */
export type TableColumns = { readonly tobebuilt: never };

/**
 * Builds a layer's table while the layer is read; file contents are hashed on the way.
 * @throws (from `entry`) PullBudgetError `odd-layer` where runtimes do not agree on what an entry is
 */
export class TableBuilder implements TarSubscriber {
  constructor(_where: string) {
    throw new Error('to be built');
  }
  entry(_entry: TarEntry): void {
    throw new Error('to be built');
  }
  data(_part: Buffer): void {
    throw new Error('to be built');
  }
  end(): void {
    throw new Error('to be built');
  }
  /** Once the layer was read. */
  columns(_layer: { diffId: Digest; unpackedBytes: number }): TableColumns {
    throw new Error('to be built');
  }
}

export function tableOf(_columns: TableColumns): FileTable {
  throw new Error('to be built');
}
