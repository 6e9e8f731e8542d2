import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Layer } from '../../content/layer/read.ts';
import { commonPrefix } from './base.ts';

/** A layer that a node has; of one whose blob nobody remembers the content stands for it. */
export interface HeldLayer {
  readonly diffId: string;
  readonly descriptor?: Descriptor;
}

/** Bytes of layers that a node with `held` downloads for `layers`, by either rule; a blob that stands twice counts once. */
export function layerDelta(
  layers: readonly Layer[],
  held: readonly HeldLayer[],
): { readonly chain: number; readonly blobs: number; readonly shared: number } {
  const shared = commonPrefix(diffIdsOf(layers), diffIdsOf(held));
  const above = layers.slice(shared);
  const known = new Set<string>(held.map(({ descriptor, diffId }) => descriptor?.digest ?? diffId));
  return {
    shared,
    chain: bytesOf(above),
    blobs: bytesOf(
      above.filter(({ descriptor, diffId }) => !known.has(descriptor.digest) && !known.has(diffId)),
    ),
  };
}

export function bytesOf(layers: readonly Layer[]): number {
  const distinct = new Map(layers.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  return [...distinct.values()].reduce((sum, bytes) => sum + bytes, 0);
}

export function diffIdsOf<T extends string>(layers: readonly { readonly diffId: T }[]): T[] {
  return layers.map(({ diffId }) => diffId);
}
