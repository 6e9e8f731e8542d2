import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageIndex, ImageManifest, Manifest } from '../../content/image/manifest.ts';
import { isImageConfigType, isImageManifestType, isIndexType } from '../../content/image/media-type.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  type Platform,
  platformMatches,
} from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import { readConfig } from '../../content/store/read-config.ts';
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
 * The container images that `top` is or leads to, of the platforms in `wanted`, of all where that is empty.
 * Attestations, SOCI indexes and other artifacts are left out.
 * @throws PullBudgetError `not-an-image`, `nested-index`, `no-platform`, and what the source throws
 */
export async function readPlatformImages(
  source: ImageSource,
  top: Manifest,
  wanted: readonly Platform[],
): Promise<PlatformImage[]> {
  const images: PlatformImage[] = [];
  for await (const { manifest, given } of imageManifests(source, top, wanted)) {
    const config = await readConfig(source, manifest);
    const platform = given ?? config.platform;
    if (!isAmong(platform, wanted)) continue;
    images.push({
      manifest,
      platform: normalisePlatform(platform),
      configPlatform: config.platform,
      layers: manifest.layers.map((descriptor, at) => ({ descriptor, diffId: config.diffIds[at] as Digest })),
    });
  }
  const missing = wanted.find((one) => !images.some(({ platform }) => platformMatches(platform, one)));
  if (missing) {
    throw inputError(
      'no-platform',
      `${source.location}: ${top.descriptor.digest} is not for ${formatPlatform(missing)}`,
      { hint: `Set platforms to what the image has${await namesOf(source, top)}, or leave it out.` },
    );
  }
  if (images.length > 0) return images;
  throw inputError('not-an-image', `${source.location}: ${top.descriptor.digest} holds no container image`, {
    hint: 'It is an artifact, or an index of artifacts; name the image itself.',
  });
}

/** `: linux/amd64, linux/arm64`, as far as the index says without its images being read. */
async function namesOf(source: ImageSource, top: Manifest): Promise<string> {
  const platforms: Platform[] = [];
  if (top.kind === 'image' && isImageConfigType(top.config.mediaType)) {
    platforms.push((await readConfig(source, top)).platform);
  }
  if (top.kind === 'index') {
    for (const child of top.manifests) {
      if (child.platform && mayBeImage(source, top, child)) platforms.push(child.platform);
    }
  }
  const names = new Set(platforms.map((platform) => formatPlatform(normalisePlatform(platform))));
  return names.size === 0 ? '' : `: ${[...names].slice(0, 20).join(', ')}`;
}

/** The manifests of container images that `top` is or leads to; those of other platforms are not read. */
export async function* imageManifests(
  source: ImageSource,
  top: Manifest,
  wanted: readonly Platform[],
): AsyncGenerator<{ readonly manifest: ImageManifest; readonly given: Platform | undefined }> {
  if (top.kind === 'image' && isImageConfigType(top.config.mediaType)) {
    yield { manifest: top, given: undefined };
  }
  if (top.kind !== 'index') return;
  const seen = new Set<Digest>();
  for (const child of top.manifests) {
    if (seen.has(child.digest) || !mayBeImage(source, top, child)) continue;
    if (child.platform && !isAmong(child.platform, wanted)) continue;
    seen.add(child.digest);
    const manifest = await source.readManifest(child);
    if (manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)) {
      yield { manifest, given: child.platform };
    }
  }
}

function mayBeImage(source: ImageSource, top: ImageIndex, child: Descriptor): boolean {
  if (isIndexType(child.mediaType)) {
    throw inputError(
      'nested-index',
      `${source.location}: ${top.descriptor.digest} is an index that holds another index, ${child.digest}`,
      {
        hint: 'Nodes look for SOCI indexes in one index of platforms: name the inner one, or build one index.',
      },
    );
  }
  if (!isImageManifestType(child.mediaType) || child.artifactType) return false;
  if (child.annotations?.['vnd.docker.reference.type'] !== undefined) return false;
  return child.platform === undefined || !isUnknownPlatform(child.platform);
}

/** Where no platform is asked for, all are. */
const isAmong = (platform: Platform, wanted: readonly Platform[]): boolean =>
  wanted.length === 0 || wanted.some((one) => platformMatches(platform, one));
