import type { Digest } from '../../content/image/digest.ts';
import type { Layer } from '../../content/layer/read.ts';
import { commonPrefix } from './base.ts';

/** Bytes of layers that a node with `held` downloads for `layers`, by either rule; a blob that stands twice counts once. */
export function layerDelta(
  layers: readonly Layer[],
  held: readonly Layer[],
): { readonly chain: number; readonly blobs: number; readonly shared: number } {
  const shared = commonPrefix(diffIdsOf(layers), diffIdsOf(held));
  const above = layers.slice(shared);
  const blobs = new Set(held.map(({ descriptor }) => descriptor.digest));
  return {
    shared,
    chain: bytesOf(above),
    blobs: bytesOf(above.filter(({ descriptor }) => !blobs.has(descriptor.digest))),
  };
}

export function bytesOf(layers: readonly Layer[]): number {
  const distinct = new Map(layers.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  return [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0);
}

export function diffIdsOf(layers: readonly Pick<Layer, 'diffId'>[]): Digest[] {
  return layers.map(({ diffId }) => diffId);
}
