import { z } from 'zod';
import { budget, unit, waiver } from './budget.ts';
import { engineName } from './sample.ts';

export const outcome = z.enum(['pass', 'fail', 'inconclusive', 'error']);
export type Outcome = z.infer<typeof outcome>;

/** What one budget came to, on one platform, with the numbers that led there. */
export const verdict = z.object({
  budget,
  platform: z.string(),
  /** Of times: which engine pulled. Absent where nothing was measured. */
  engine: engineName.optional(),
  outcome,
  unit,
  /** The value held against the limit: of times the median. Absent where there is none. */
  value: z.number().optional(),
  /** The limit in the metric's unit, a relative one worked out against the baseline. */
  limit: z.number().optional(),
  baseline: z.number().optional(),
  /** All values of a time, in the order they were taken. */
  samples: z.array(z.number()),
  baselineSamples: z.array(z.number()),
  /** Of relative time budgets: Hodges-Lehmann shift (seconds) and one-sided exact Mann-Whitney p. */
  shift: z.number().optional(),
  p: z.number().min(0).max(1).optional(),
  /** One sentence: why this outcome. */
  reason: z.string(),
  /** Set where a waiver holds: the outcome is shown and does not fail the build (an `error` still does). */
  waiver: waiver.optional(),
});
export type Verdict = z.infer<typeof verdict>;

/** The whole gate: the worst of its verdicts, warnings and waivers left out. */
export const gateResult = z.object({
  outcome,
  verdicts: z.array(verdict),
  /** Waivers that no longer hold, or hold for no budget: an expired one fails. */
  waiverProblems: z.array(z.object({ waiver, problem: z.enum(['expired', 'unused']) })),
});
export type GateResult = z.infer<typeof gateResult>;
