import type { Layer } from '../../content/layer/read.ts';
import type { ByteStream } from '../../content/store/store.ts';

export interface LayerToIndex {
  readonly layer: Layer;
  readonly spanBytes: number;
  readonly ratioLimit: number;
  /** The layer's blob, verified as it is read. Called once. */
  readonly open: () => ByteStream;
  /** Path of a file to make: the zTOC. Beside it there may be temporary files while the layer is read. */
  readonly file: string;
}

export type LayerOutcome =
  | {
      readonly kind: 'indexed';
      /** Of the zTOC in `file`. */
      readonly digest: string;
      readonly size: number;
      readonly spans: number;
      readonly files: number;
      /** Of the whole tar. */
      readonly unpackedBytes: number;
    }
  /** `reason` is half a sentence: `./core is a sparse file`. `file` is not there then. */
  | { readonly kind: 'unindexable'; readonly reason: string };

/** Threads that read layers once and write their zTOCs; two for one fat layer, one each for several. */
export class LayerIndexer implements AsyncDisposable {
  /**
   * @throws PullBudgetError what `readLayer` throws; errors of `open`'s stream as they are; the signal's reason.
   * Nothing is left of `file` then.
   */
  index(_layer: LayerToIndex, _signal: AbortSignal): Promise<LayerOutcome> {
    throw new Error('to be built');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    throw new Error('to be built');
  }
}
