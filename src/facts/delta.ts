import { z } from 'zod';
import { digestText, type ImageFacts, type ImageSetFacts, type LayerFacts } from './image.ts';

/** What a node that holds one image downloads and unpacks for another. */
export const delta = z.object({
  platform: z.string(),
  /** Layers that the two share as a prefix of their chain: neither downloaded nor unpacked. */
  sharedLayers: z.number().int().nonnegative(),
  layers: z.number().int().nonnegative(),
  /** By the chain rule: everything above the first changed layer is downloaded again. Each blob once, bottom up. */
  chain: z.object({ bytes: z.number().int().nonnegative(), layers: z.array(digestText) }),
  /** By the blob rule: a store that keeps blobs downloads only those that it lacks. */
  blobs: z.object({ bytes: z.number().int().nonnegative(), layers: z.array(digestText) }),
  /** Everything above the shared prefix is unpacked, by either rule. Absent while a layer's size is not known. */
  unpackedBytes: z.number().int().nonnegative().optional(),
});
export type Delta = z.infer<typeof delta>;

/**
 * Works out the delta from what manifests and configs tell.
 * Snapshots are reused by chain ID, so by equal diffIDs from the bottom up; blobs by their own digest.
 * With no baseline the node holds nothing.
 */
export function deltaOf(image: ImageFacts, baseline: ImageFacts | undefined): Delta {
  const held = baseline?.layers ?? [];
  let shared = 0;
  while (shared < image.layers.length && image.layers[shared]?.diffId === held[shared]?.diffId) shared++;
  const above = image.layers.slice(shared);
  const heldBlobs = new Set(held.map((layer) => layer.digest));
  const missing = above.filter((layer) => !heldBlobs.has(layer.digest));
  const documents = documentBytes(image, baseline);
  const unpacked = above.map((layer) => layer.unpackedBytes);
  return {
    platform: image.platform,
    sharedLayers: shared,
    layers: image.layers.length,
    chain: { bytes: documents + downloadBytes(above), layers: distinctDigests(above) },
    blobs: { bytes: documents + downloadBytes(missing), layers: distinctDigests(missing) },
    ...(unpacked.every((bytes) => bytes !== undefined)
      ? { unpackedBytes: unpacked.reduce((sum, bytes) => sum + bytes, 0) }
      : {}),
  };
}

/** One delta for each platform that both images have. */
export function deltasOf(image: ImageSetFacts, baseline: ImageSetFacts): Delta[] {
  return image.platforms.flatMap((of) => {
    const held = baseline.platforms.find(({ platform }) => platform === of.platform);
    return held ? [deltaOf(of, held)] : [];
  });
}

/** Compressed bytes that a node without anything downloads: manifest, config, and every distinct layer. */
export function imageBytes(image: ImageFacts): number {
  return image.manifestBytes + image.configBytes + downloadBytes(image.layers);
}

/** Bytes of the unpacked layers; undefined while a layer's is not known. */
export function imageUnpackedBytes(image: ImageFacts): number | undefined {
  const sizes = image.layers.map((layer) => layer.unpackedBytes);
  return sizes.every((bytes) => bytes !== undefined)
    ? sizes.reduce((sum, bytes) => sum + bytes, 0)
    : undefined;
}

function distinctDigests(layers: readonly LayerFacts[]): string[] {
  return [...new Set(layers.map((layer) => layer.digest))];
}

function downloadBytes(layers: readonly LayerFacts[]): number {
  const distinct = new Map(layers.map((layer) => [layer.digest, layer.bytes]));
  return [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Manifest and config, unless the node has the very same ones. */
function documentBytes(image: ImageFacts, baseline: ImageFacts | undefined): number {
  if (image.digest === baseline?.digest) return 0;
  return image.manifestBytes + (image.configDigest === baseline?.configDigest ? 0 : image.configBytes);
}
