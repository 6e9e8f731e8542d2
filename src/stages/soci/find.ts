import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { SociIndex } from './index-manifest.ts';

/** A SOCI index that a snapshotter would find for an image. */
export interface FoundIndex {
  readonly manifest: ImageManifest;
  readonly index: SociIndex;
}

export interface Found {
  readonly v1: FoundIndex | undefined;
  readonly v2: FoundIndex | undefined;
  /** What looks like an index and is none that a snapshotter takes: sentences. */
  readonly complaints: readonly string[];
}

/**
 * The SOCI indexes of one platform's image: v2 by its manifest's annotation, v1 among its referrers, as the snapshotter
 * looks for them. `top` is the OCI index that it was found in, if any.
 */
export async function findSociIndexes(
  _source: ImageSource,
  _image: ImageManifest,
  _top: Manifest | undefined,
): Promise<Found> {
  throw new Error('to be built');
}
