import type { Descriptor, JsonObject } from '../../content/image/descriptor.ts';
import { describeBytes } from '../../content/image/descriptor.ts';
import { editJson } from '../../content/image/edit-json.ts';
import { layerPlanAnnotations } from '../../content/image/layer-plan.ts';
import { type ImageManifest, parseManifest } from '../../content/image/manifest.ts';
import { layerCompression, mediaTypes } from '../../content/image/media-type.ts';
import { sociAnnotations } from '../../content/image/soci.ts';

const ociLayers = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
} as const;

/**
 * The image's manifest with other layers and config. It is an OCI manifest whatever it was: layers of two builds come
 * together in it, and Docker's media types may not stand beside OCI's. What a SOCI index said of the old layers goes.
 * @param plan the document that tells what the layers hold
 */
export function relaidManifest(
  before: ImageManifest,
  config: Uint8Array,
  layers: readonly Descriptor[],
  plan: Uint8Array,
): ImageManifest {
  const where = `image ${before.descriptor.digest}`;
  const { digest, size } = describeBytes('', plan);
  const raw = editJson(
    before.raw,
    (json) => {
      const { [sociAnnotations.indexDigest]: _, ...annotations } = (json.annotations ?? {}) as JsonObject;
      // An embedded copy would be that of the config before.
      const { data: __, ...configBefore } = json.config as JsonObject;
      return {
        ...json,
        mediaType: mediaTypes.ociManifest,
        config: { ...configBefore, ...describeBytes(mediaTypes.ociConfig, config) },
        layers: layers.map(asOci),
        annotations: {
          ...annotations,
          [layerPlanAnnotations.digest]: digest,
          [layerPlanAnnotations.size]: String(size),
        },
      };
    },
    where,
  );
  const after = parseManifest(raw, {}, where);
  if (after.kind !== 'image') throw new TypeError(`${where} is no image manifest`);
  return after;
}

function asOci(layer: Descriptor): Descriptor {
  const compression = layerCompression(layer.mediaType);
  if (compression === undefined || layer.mediaType.startsWith('application/vnd.oci.')) return layer;
  return { ...layer, mediaType: ociLayers[compression] };
}
