import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  external_exports
} from "./chunk-T4TZTXRW.js";

// src/facts/budget.ts
var metric = external_exports.enum([
  "size",
  "unpacked",
  "layer-size",
  "layers",
  "delta",
  "delta-unpacked",
  "pull-time"
]);
var unit = external_exports.enum(["bytes", "count", "seconds"]);
var limit = external_exports.discriminatedUnion("kind", [
  external_exports.object({ kind: external_exports.literal("absolute"), value: external_exports.number().nonnegative() }),
  external_exports.object({
    kind: external_exports.literal("relative"),
    /** 5 for 5 %. At least one of the two is there; `baseline` alone is an absolute growth of 0. */
    percent: external_exports.number().nonnegative().optional(),
    /** In the metric's unit. */
    absolute: external_exports.number().nonnegative().optional()
  })
]);
var selector = external_exports.object({
  platform: external_exports.string().optional(),
  engine: external_exports.string().optional(),
  holds: external_exports.enum(["nothing", "baseline"]).optional(),
  reuse: external_exports.enum(["chain", "blobs"]).optional()
});
var budget = external_exports.object({
  /** The line as written, comment and surrounding space left out: also its name in reports and waivers. */
  text: external_exports.string(),
  severity: external_exports.enum(["fail", "warn"]),
  metric,
  selector,
  limit
});
var waiver = external_exports.object({
  /** The budget's text, or its left side (`size[linux/arm64]`). */
  budget: external_exports.string(),
  reason: external_exports.string(),
  /** The last day that it holds, YYYY-MM-DD (UTC). */
  until: external_exports.iso.date(),
  owner: external_exports.string()
});
var onInconclusive = external_exports.enum(["warn", "fail", "median"]);

export {
  metric,
  unit,
  budget,
  waiver,
  onInconclusive
};
