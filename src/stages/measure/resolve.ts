import { inputError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest } from '../../content/image/manifest.ts';
import { isForeignLayerType } from '../../content/image/media-type.ts';
import { formatPlatform, type Platform, platformMatches } from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import { readConfig } from '../../content/store/read-config.ts';
import type { ImageSource } from '../../content/store/store.ts';

/** What a pull knows when manifest and config are there. */
export interface Resolved {
  /** Bottom up. */
  readonly layers: readonly Layer[];
  /** Of index, manifest and config. */
  readonly documentBytes: number;
}

/**
 * From a tag or digest to the layers of one platform, as a container engine goes: index, manifest, config.
 * @throws PullBudgetError `no-platform`, `not-an-image`, `foreign-layer`, `bad-config`, and what the source throws
 */
export async function resolveLayers(
  source: ImageSource,
  target: string | Digest,
  platform: Platform,
): Promise<Resolved> {
  const descriptor = await source.resolve(target);
  const top = await source.readManifest(descriptor);
  const where = `${source.location}@${descriptor.digest}`;
  const chosen =
    top.kind === 'index' ? top.manifests.find((child) => isFor(child.platform, platform)) : undefined;
  if (top.kind === 'index' && !chosen) {
    throw inputError('no-platform', `${where} has no image for ${formatPlatform(platform)}`, {
      hint: 'Name a platform that the index lists.',
    });
  }
  const manifest = chosen ? await source.readManifest(chosen) : top;
  if (manifest.kind !== 'image') {
    throw inputError('not-an-image', `${where} is a ${manifest.descriptor.mediaType}, not an image`, {
      hint: 'Name an image: artifacts and indexes of indexes cannot be pulled as one.',
    });
  }
  refuseForeign(manifest, where);
  const { diffIds } = await readConfig(source, manifest);
  return {
    layers: manifest.layers.map((layer, at) => ({ descriptor: layer, diffId: diffIds[at] as Digest })),
    documentBytes: manifest.descriptor.size + manifest.config.size + (chosen ? descriptor.size : 0),
  };
}

/** A registry need not hold them, and where they lie is no registry: their time would say nothing of the image's. */
function refuseForeign({ layers }: ImageManifest, where: string): void {
  const foreign = layers.find(({ mediaType, urls = [] }) => isForeignLayerType(mediaType) && urls.length > 0);
  if (!foreign) return;
  throw inputError(
    'foreign-layer',
    `${where}: layer ${foreign.digest} is foreign: it lies at URLs of its own`,
    {
      hint: 'Such layers (of Windows bases) are not pulled from the registry. Set runs to 0 to gate sizes alone.',
    },
  );
}

const isFor = (have: Platform | undefined, want: Platform): boolean =>
  have !== undefined && platformMatches(have, want);
