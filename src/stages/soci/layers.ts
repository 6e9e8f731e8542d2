import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { isForeignLayerType, layerCompression } from '../../content/image/media-type.ts';
import type { Layer } from '../../content/layer/read.ts';
import { formatChosenBytes } from '../../facts/units.ts';
import type { PlatformImage } from './platform-images.ts';

/** Why a layer gets no zTOC whatever is in it. */
export interface Disqualified {
  readonly by: 'size' | 'type';
  /** Half a sentence that begins with what the layer is: `compressed with zstd, which SOCI cannot index`. */
  readonly reason: string;
}

/** Undefined where the layer may get a zTOC. */
export function disqualify({ mediaType, size }: Descriptor, minLayerBytes: number): Disqualified | undefined {
  if (size < minLayerBytes) {
    return { by: 'size', reason: `smaller than the minimum of ${formatChosenBytes(minLayerBytes)}` };
  }
  const reason = whyOfWrongType(mediaType);
  return reason === undefined ? undefined : { by: 'type', reason };
}

function whyOfWrongType(mediaType: string): string | undefined {
  if (mediaType.endsWith('+encrypted')) return 'encrypted';
  if (isForeignLayerType(mediaType)) return 'a foreign layer, which registries need not hold';
  switch (layerCompression(mediaType)) {
    case 'none':
    case 'gzip':
      return undefined;
    case 'zstd':
      return 'compressed with zstd, which SOCI cannot index';
    case undefined:
      return `of the media type ${JSON.stringify(mediaType)}, which is not known`;
  }
}

/**
 * The layers of all platforms that may get a zTOC, each once, the largest first: those that others wait for at the end.
 * @throws PullBudgetError `bad-manifest` where two images say different things of one layer
 */
export function distinctLayers(images: readonly PlatformImage[], minLayerBytes: number): Layer[] {
  const layers = new Map<Digest, Layer>();
  for (const layer of images.flatMap((image) => image.layers)) {
    const { digest } = layer.descriptor;
    if (disqualify(layer.descriptor, minLayerBytes)) continue;
    const other = layers.get(digest) ?? layer;
    if (other.diffId !== layer.diffId || other.descriptor.size !== layer.descriptor.size) {
      throw inputError(
        'bad-manifest',
        `layer ${digest} stands in the image twice, with different sizes or diffIDs`,
        {
          hint: 'Manifest and config of one of its platforms do not belong together; build or push the image again.',
        },
      );
    }
    layers.set(digest, other);
  }
  return [...layers.values()].sort((a, b) => b.descriptor.size - a.descriptor.size);
}

/** Layers of the images that are large enough and of a type that cannot be indexed, each once, with the reason. */
export function surprisingLayers(
  images: readonly PlatformImage[],
  minLayerBytes: number,
): { readonly layer: Descriptor; readonly reason: string }[] {
  const found = new Map<Digest, { layer: Descriptor; reason: string }>();
  for (const { descriptor: layer } of images.flatMap((image) => image.layers)) {
    const why = disqualify(layer, minLayerBytes);
    if (why?.by === 'type') found.set(layer.digest, { layer, reason: why.reason });
  }
  return [...found.values()];
}
