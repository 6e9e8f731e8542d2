import { z } from 'zod';
import { digestText } from './image.ts';

/** A layer and its zTOC, if it has one. */
export const sociLayerFacts = z.object({
  digest: digestText,
  /** Compressed. */
  bytes: z.number().int().nonnegative(),
  ztoc: z
    .object({
      digest: digestText,
      bytes: z.number().int().nonnegative(),
      /** Known once somebody has read the zTOC. */
      spans: z.number().int().nonnegative().optional(),
      spanBytes: z.number().int().positive().optional(),
      files: z.number().int().nonnegative().optional(),
      /** It was made before and taken over: from where. */
      reused: z.string().optional(),
    })
    .optional(),
  /** Why it has none: below the minimum size, zstd, a sparse file. */
  reason: z.string().optional(),
});
export type SociLayerFacts = z.infer<typeof sociLayerFacts>;

/** What of one platform's image can be loaded lazily. */
export const sociFacts = z.object({
  platform: z.string(),
  /** Of the image's manifest, the one that nodes pull. */
  image: digestText,
  /** Digest of the SOCI index, by version; absent where there is none. */
  v1: digestText.optional(),
  v2: digestText.optional(),
  layers: z.array(sociLayerFacts),
  /** zTOCs, prefetch artifacts and index manifest together. */
  indexBytes: z.number().int().nonnegative(),
});
export type SociFacts = z.infer<typeof sociFacts>;

/** Compressed bytes of the layers that a node need not download before the container starts. */
export function lazyBytes({ layers }: SociFacts): number {
  return layers.reduce((sum, layer) => sum + (layer.ztoc ? layer.bytes : 0), 0);
}
