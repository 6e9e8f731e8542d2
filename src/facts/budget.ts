import { z } from 'zod';

/** What a budget can be about; the unit follows from it. */
export const metric = z.enum([
  'size',
  'unpacked',
  'layer-size',
  'layers',
  'delta',
  'delta-unpacked',
  'pull-time',
]);
export type Metric = z.infer<typeof metric>;

export const unit = z.enum(['bytes', 'count', 'seconds']);
export type Unit = z.infer<typeof unit>;

/** `size <= 6 GB`, or `size <= baseline + 5% and 100 MB` (fails only if growth passes both). */
export const limit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absolute'), value: z.number().nonnegative() }),
  z.object({
    kind: z.literal('relative'),
    /** 5 for 5 %. At least one of the two is there; `baseline` alone is an absolute growth of 0. */
    percent: z.number().nonnegative().optional(),
    /** In the metric's unit. */
    absolute: z.number().nonnegative().optional(),
  }),
]);
export type Limit = z.infer<typeof limit>;

/** What stands in brackets: `pull-time[embedded,holds=baseline]`, `size[linux/arm64]`, `delta[blobs]`. */
export const selector = z.object({
  platform: z.string().optional(),
  engine: z.string().optional(),
  holds: z.enum(['nothing', 'baseline']).optional(),
  reuse: z.enum(['chain', 'blobs']).optional(),
});
export type Selector = z.infer<typeof selector>;

export const budget = z.object({
  /** The line as written, comment and surrounding space left out: also its name in reports and waivers. */
  text: z.string(),
  severity: z.enum(['fail', 'warn']),
  metric,
  selector,
  limit,
});
export type Budget = z.infer<typeof budget>;

/** Where a line and column of budgets (both from 1) stand: as errors write it, and the number of the line there. */
export type PlaceInBudgets = (
  line: number,
  column: number,
) => { readonly where: string; readonly line: number };

/** A known excess that somebody answers for until a day. */
export const waiver = z.object({
  /** The budget's text, or its left side (`size[linux/arm64]`). */
  budget: z.string(),
  reason: z.string(),
  /** The last day that it holds, YYYY-MM-DD (UTC). */
  until: z.iso.date(),
  owner: z.string(),
});
export type Waiver = z.infer<typeof waiver>;

/** What becomes of a budget that the samples do not decide: shown, failed, or decided by the median. */
export const onInconclusive = z.enum(['warn', 'fail', 'median']);
export type OnInconclusive = z.infer<typeof onInconclusive>;
