import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import type { Platform } from '../../content/image/platform.ts';

/** An image of one platform and the v2 index that was made for it, if any. */
export interface ConvertedPlatform {
  readonly manifest: ImageManifest;
  /** As its config says; for an image without an index around it. */
  readonly platform: Platform;
  readonly sociIndex: ImageManifest | undefined;
}

export interface Conversion {
  /** The OCI index that stands for the image now. */
  readonly top: Manifest;
  /** What is new beside it: image manifests and SOCI indexes, children first. */
  readonly manifests: readonly Manifest[];
  /** Digest of the image manifest now, by what it was. */
  readonly converted: ReadonlyMap<Digest, ImageManifest>;
  /** What the user should know: attestations that were dropped, signatures that hold no longer. */
  readonly notices: readonly string[];
}

/**
 * The SOCI-enabled image: each manifest names its SOCI index, and an OCI index around them holds both. What is not
 * about an indexed platform stays as it is, byte for byte.
 */
export function convertImage(_top: Manifest, _platforms: readonly ConvertedPlatform[]): Conversion {
  throw new Error('to be built');
}
