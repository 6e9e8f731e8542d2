import { z } from 'zod';
import { digestText } from './image.ts';

const bytes = z.number().int().nonnegative();

/** A layer of an image that was re-laid. */
export const relaidLayer = z.object({
  diffId: digestText,
  digest: digestText,
  mediaType: z.string(),
  /** Compressed, and as a tar. */
  bytes,
  unpackedBytes: bytes,
  /** `base`: below what is re-laid. `baseline`: taken over from the previous release. `new`: written now. */
  origin: z.enum(['base', 'baseline', 'new']),
  /** What is in it, for people. */
  title: z.string(),
  /** Why it is there: `changed since the baseline`. */
  reason: z.string(),
});
export type RelaidLayer = z.infer<typeof relaidLayer>;

/** What was purged: the first paths, and how many there were in all, as far as was counted: to 10,000. */
const purgedPaths = z.object({ paths: z.array(z.string()).max(20), count: z.number().int().positive() });
export type PurgedPaths = z.infer<typeof purgedPaths>;

/** What re-layering made of one platform's image. */
export const relayerFacts = z.object({
  platform: z.string(),
  /** Digests of the image's manifest before and after. */
  input: digestText,
  image: digestText,
  /** Of the manifest that the plan was made against; absent on a first run. */
  baseline: digestText.optional(),
  layers: z.array(relaidLayer),
  /**
   * What nodes download of layers: one with the baseline as it was built of the image as it was built (where no plan
   * tells how the baseline was built, one with the baseline), and one with the baseline of the image as it is now.
   */
  delta: z.object({
    before: z.object({ chain: bytes, blobs: bytes }),
    after: z.object({ chain: bytes, blobs: bytes }),
    /** What it unpacks now. */
    unpackedBytes: bytes,
  }),
  /** Layers of the image as it is now that the baseline has. */
  reusedLayers: z.number().int().nonnegative(),
  /** Bytes of all layers, before and after; of those after an estimate of what no container sees. */
  fresh: z.object({ before: bytes, after: bytes, dead: bytes }),
  /** Of layers of the image as it was built and of the baseline, what is in no layer now. */
  purged: purgedPaths.optional(),
  /** The tree that both are, by tree digest. */
  tree: digestText,
});
export type RelayerFacts = z.infer<typeof relayerFacts>;

/** A blob among the artifact's layers. */
const kept = z.object({ digest: digestText, size: bytes });

const planLayer = z.object({
  diffId: digestText,
  digest: digestText,
  bytes,
  unpackedBytes: bytes,
  title: z.string().max(1024),
  /** Its file table. */
  table: kept,
});

/** The plan as it travels with an image: what its layers hold, and what those of the image that was re-laid did. */
export const layerPlanDocument = z.object({
  schemaVersion: z.literal(1),
  platform: z.string(),
  /** What wrote new layers: another writes the same content in other bytes. Nothing is known of it but that. */
  compressor: z.string().max(200).optional(),
  layers: z.array(planLayer).max(1000),
  /** Layers of the image as it was built, of which the next release may have some unchanged. */
  input: z.array(z.object({ diffId: digestText, table: kept, owners: kept.optional() })).max(1000),
});
export type LayerPlanDocument = z.infer<typeof layerPlanDocument>;
