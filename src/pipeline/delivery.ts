import type { Digest } from '../content/image/digest.ts';
import type { BlobOutcome, ImageSink, ImageSource } from '../content/store/store.ts';
import type { IndexRequest } from '../stages/soci/index-image.ts';

/** Layers of an image that go to a sink while they are indexed, and not once more when the image is copied there. */
export interface Delivery {
  readonly deliver: NonNullable<IndexRequest['deliver']>;
  /** How the sink got each. */
  readonly delivered: ReadonlyMap<Digest, BlobOutcome>;
}

/** From `source`, which the sink may take blobs from itself. */
export function deliverTo(sink: ImageSink, source: ImageSource): Delivery {
  const delivered = new Map<Digest, BlobOutcome>();
  return {
    delivered,
    async deliver(layer, open) {
      delivered.set(layer.digest, await sink.writeBlob(layer, open, source.origin?.(layer) ?? source));
    },
  };
}
