import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import type { Platform } from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import { nameOf, readPlatforms, refuseMissing } from '../../content/store/platforms.ts';
import type { ImageSource } from '../../content/store/store.ts';

/** The image of one platform. */
export interface PlatformImage {
  readonly manifest: ImageManifest;
  /** As the index around it says, if one does, else as the config does. */
  readonly platform: Platform;
  readonly configPlatform: Platform;
  readonly layers: readonly Layer[];
}

/**
 * The container images that `top` is or leads to, of the platforms in `wanted`, of all where that is empty. One that
 * stands there for several platforms comes once: its index is one.
 * @throws PullBudgetError `no-platform`, and what readPlatforms throws
 */
export async function readPlatformImages(
  source: ImageSource,
  top: Manifest,
  wanted: readonly Platform[],
): Promise<PlatformImage[]> {
  const found = await readPlatforms(source, top, wanted);
  refuseMissing(found, wanted, nameOf(source, top));
  const images = new Map<Digest, PlatformImage>();
  for (const { manifest, config, platform } of found.images) {
    const { digest } = manifest.descriptor;
    const layers = manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: config.diffIds[at] as Digest,
    }));
    if (!images.has(digest))
      images.set(digest, { manifest, platform, configPlatform: config.platform, layers });
  }
  return [...images.values()];
}
