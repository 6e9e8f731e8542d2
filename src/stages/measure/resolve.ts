import { inputError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
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
 * @throws PullBudgetError `no-platform`, `not-an-image`, `bad-config`, and what the source throws
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
  const { diffIds } = await readConfig(source, manifest);
  return {
    layers: manifest.layers.map((layer, at) => ({ descriptor: layer, diffId: diffIds[at] as Digest })),
    documentBytes: manifest.descriptor.size + manifest.config.size + (chosen ? descriptor.size : 0),
  };
}

const isFor = (have: Platform | undefined, want: Platform): boolean =>
  have !== undefined && platformMatches(have, want);
