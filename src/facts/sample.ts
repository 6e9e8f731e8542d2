import { z } from 'zod';

/** Which of the two images a sample is of. */
export const subject = z.enum(['image', 'baseline']);
export type Subject = z.infer<typeof subject>;

/** What the node has before the timed pull. */
export const holds = z.enum(['nothing', 'baseline']);
export type Holds = z.infer<typeof holds>;

export const engineName = z.enum(['embedded']);
export type EngineName = z.infer<typeof engineName>;

/** A stretch of a pull, on the monotonic clock, in seconds since the sample began. */
export const span = z.object({
  phase: z.enum(['resolve', 'fetch', 'unpack']),
  /** Digest of the layer; absent for `resolve`. */
  layer: z.string().optional(),
  startSeconds: z.number(),
  endSeconds: z.number(),
  /** `fetch`: compressed bytes received; `unpack`: uncompressed bytes written. */
  bytes: z.number().int().nonnegative(),
});
export type Span = z.infer<typeof span>;

/** One cold pull that ended well. What did not end well is a fault, never a sample. */
export const sample = z.object({
  subject,
  engine: engineName,
  holds,
  platform: z.string(),
  /** Place in the seeded order of the whole measurement, from 0. */
  order: z.number().int().nonnegative(),
  startedAt: z.string(),
  /** From the first request until the image is unpacked. */
  pullSeconds: z.number().nonnegative(),
  resolveSeconds: z.number().nonnegative(),
  /** From the first byte asked for to the last one received, and from the first layer begun to the last one done. */
  fetchSeconds: z.number().nonnegative(),
  unpackSeconds: z.number().nonnegative(),
  downloadedBytes: z.number().int().nonnegative(),
  unpackedBytes: z.number().int().nonnegative(),
  files: z.number().int().nonnegative(),
  spans: z.array(span),
  /** What bounded this pull, from what each resource was seen to do. */
  bottleneck: z.enum(['network', 'cpu', 'disk', 'balanced']),
  /** Why it may not have been fully cold, or is odd in another way: shown, never hidden. */
  flags: z.array(z.enum(['page-cache-not-dropped', 'other-registry-than-baseline'])),
});
export type Sample = z.infer<typeof sample>;

/** A pull that the world broke: 5xx, reset, disk full. Retried; its own verdict if retries do not help. */
export const fault = z.object({
  subject,
  engine: engineName,
  holds,
  platform: z.string(),
  order: z.number().int().nonnegative(),
  attempt: z.number().int().positive(),
  code: z.string(),
  message: z.string(),
});
export type Fault = z.infer<typeof fault>;

export const hostFacts = z.object({
  hostname: z.string(),
  os: z.string(),
  cpuModel: z.string(),
  cpus: z.number().int().positive(),
  memoryBytes: z.number().int().positive(),
  /** The directory that samples are unpacked under. */
  scratch: z.string(),
});
export type HostFacts = z.infer<typeof hostFacts>;

export const measurement = z.object({
  host: hostFacts,
  seed: z.number().int(),
  /** Unpacked size by layer digest, as seen while unpacking. */
  unpackedBytesByLayer: z.record(z.string(), z.number().int().nonnegative()),
  samples: z.array(sample),
  faults: z.array(fault),
});
export type Measurement = z.infer<typeof measurement>;
