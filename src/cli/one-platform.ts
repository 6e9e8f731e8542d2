import { hasCode, inputError } from '../content/error.ts';
import type { Manifest } from '../content/image/manifest.ts';
import { formatPlatform, hostPlatform, type Platform } from '../content/image/platform.ts';
import type { ImageSource } from '../content/store/store.ts';
import { type PlatformImage, readPlatformImages } from '../stages/soci/platform-images.ts';

/**
 * The image of the platform that is named, else of this machine's, else the only one that there is.
 * @throws PullBudgetError `which-platform`, and what readPlatformImages throws
 */
export async function onePlatformImage(
  source: ImageSource,
  top: Manifest,
  named: readonly Platform[],
): Promise<PlatformImage> {
  if (named.length > 1) {
    throw inputError('which-platform', `platforms names ${named.map(formatPlatform).join(', ')}`, {
      hint: 'Name one of them: a file is read from the image of one platform.',
    });
  }
  const wanted = named[0] ?? hostPlatform();
  try {
    const [image] = await readPlatformImages(source, top, [wanted]);
    if (image) return image;
  } catch (error) {
    if (named.length > 0 || !hasCode(error, 'no-platform')) throw error;
  }
  const [only, ...others] = await readPlatformImages(source, top, []);
  if (only && others.length === 0) return only;
  const there = [only, ...others].map((image) => image && formatPlatform(image.platform)).join(', ');
  throw inputError('which-platform', `${source.location} has no image for ${formatPlatform(wanted)}`, {
    hint: `Name one with --platforms: it has ${there}.`,
  });
}
