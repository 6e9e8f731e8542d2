import { inputError } from '../../content/error.ts';
import { parseConfig } from '../../content/image/config.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest } from '../../content/image/manifest.ts';
import { formatPlatform, type Platform, platformMatches } from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { collect } from '../../content/store/verify.ts';

/** What a pull knows when manifest and config are there. */
export interface Resolved {
  /** Bottom up. */
  readonly layers: readonly Layer[];
  /** Of index, manifest and config. */
  readonly documentBytes: number;
}

const maxConfigBytes = 16 * 1024 * 1024;

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
  return {
    layers: await layersOf(source, manifest, where),
    documentBytes: manifest.descriptor.size + manifest.config.size + (chosen ? descriptor.size : 0),
  };
}

async function layersOf(source: ImageSource, manifest: ImageManifest, where: string): Promise<Layer[]> {
  const raw = await collect(source.readBlob(manifest.config), maxConfigBytes, `${where}: the config`);
  const { diffIds } = parseConfig(raw, where);
  if (diffIds.length !== manifest.layers.length) {
    throw inputError(
      'bad-config',
      `${where}: ${diffIds.length} diff_ids for ${manifest.layers.length} layers`,
      {
        hint: 'Manifest and config do not belong together; build or push the image again.',
      },
    );
  }
  return manifest.layers.map((descriptor, at) => ({ descriptor, diffId: diffIds[at] as Digest }));
}

const isFor = (have: Platform | undefined, want: Platform): boolean =>
  have !== undefined && platformMatches(have, want);
