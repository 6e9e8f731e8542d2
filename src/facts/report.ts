import { z } from 'zod';
import { delta } from './delta.ts';
import { digestText, imageSetFacts } from './image.ts';
import { relayerFacts } from './relayer.ts';
import { measurement } from './sample.ts';
import { sociFacts } from './soci.ts';
import { gateResult } from './verdict.ts';

/** Everything a run found out, as one JSON document. Renderers and the `gate` command need nothing else. */
export const report = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal('pull-budget'), version: z.string() }),
  createdAt: z.string(),
  image: imageSetFacts,
  /** What `baseline` named; absent where none was named or none is there. */
  baseline: imageSetFacts.optional(),
  /** Why there is no baseline though one was asked for: `ghcr.io/a/b:latest is not there`. */
  baselineMissing: z.string().optional(),
  /** One a platform, against the baseline's image of that platform. */
  deltas: z.array(delta),
  measurement: measurement.optional(),
  gate: gateResult.optional(),
  /** References that the image was pushed to. */
  pushed: z.array(z.string()),
  /** What re-layering made, one a platform; absent where nothing was re-laid. */
  relayer: z.array(relayerFacts).optional(),
  /** What its user should know of that: attestations that were dropped, a plan that was not used. */
  relayerNotices: z.array(z.string()).optional(),
  /** What can be loaded lazily, one a platform; absent where nothing was to be indexed. */
  soci: z.array(sociFacts).optional(),
  /** The image that names its SOCI indexes (v2), and where it is: `image`, unless it was to be beside it. */
  sociImage: z.object({ digest: digestText, pushed: z.array(z.string()) }).optional(),
});
export type Report = z.infer<typeof report>;
