import { z } from 'zod';

/** A digest as it stands in a report. */
export const digestText = z.string().regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/);

/** One layer as the manifest and config tell it; `unpackedBytes` is known once somebody has read the layer. */
export const layerFacts = z.object({
  digest: digestText,
  diffId: digestText,
  mediaType: z.string(),
  /** Compressed: what is downloaded. */
  bytes: z.number().int().nonnegative(),
  /** The uncompressed tar: what is written when the layer is unpacked, headers included. */
  unpackedBytes: z.number().int().nonnegative().optional(),
  /** The history entry that made the layer. */
  createdBy: z.string().optional(),
});
export type LayerFacts = z.infer<typeof layerFacts>;

/** One platform's image. */
export const imageFacts = z.object({
  platform: z.string(),
  digest: digestText,
  manifestBytes: z.number().int().nonnegative(),
  configBytes: z.number().int().nonnegative(),
  configDigest: digestText,
  layers: z.array(layerFacts),
});
export type ImageFacts = z.infer<typeof imageFacts>;

/** What a reference names: an image, or an index of one image a platform. */
export const imageSetFacts = z.object({
  /** As the user would write it. */
  name: z.string(),
  digest: digestText,
  mediaType: z.string(),
  platforms: z.array(imageFacts),
  /** What stands in the index but is no image of a platform: not counted into `size`, shown beside it. */
  beside: z.array(
    z.object({
      kind: z.enum(['attestation', 'soci-index', 'layer-plan', 'report', 'artifact']),
      digest: digestText,
      bytes: z.number().int().nonnegative(),
      artifactType: z.string().optional(),
    }),
  ),
});
export type ImageSetFacts = z.infer<typeof imageSetFacts>;
