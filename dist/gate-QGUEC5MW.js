import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-FGBMJE7B.js";
import {
  engineName,
  measurement,
  parseBudgets,
  refuseMissingPlatforms,
  refuseUnjudgeable,
  runPipeline
} from "./chunk-3BHIBOCU.js";
import "./chunk-LLGKDPMZ.js";
import {
  evaluate
} from "./chunk-3NMGQWLO.js";
import {
  budget,
  unit,
  waiver
} from "./chunk-GZJNCIHF.js";
import "./chunk-UHDB4C44.js";
import "./chunk-H7LAWSFL.js";
import {
  relayerFacts
} from "./chunk-V3SHP67Y.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-WEC7RCHK.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  sociFacts
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  delta,
  digestText,
  imageSetFacts
} from "./chunk-PCHBEAKS.js";
import {
  external_exports
} from "./chunk-T4TZTXRW.js";
import "./chunk-OWNW2LQ7.js";
import "./chunk-PRT3IF5T.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-TSZ5WMM2.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-5UY46ZQ3.js";
import "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/gate.ts
import { readFile } from "node:fs/promises";

// src/facts/verdict.ts
var outcome = external_exports.enum(["pass", "fail", "inconclusive", "error"]);
var verdict = external_exports.object({
  budget,
  platform: external_exports.string(),
  /** Of times: which engine pulled. Absent where nothing was measured. */
  engine: engineName.optional(),
  outcome,
  unit,
  /** The value held against the limit: of times the median. Absent where there is none. */
  value: external_exports.number().optional(),
  /** The limit in the metric's unit, a relative one worked out against the baseline. */
  limit: external_exports.number().optional(),
  baseline: external_exports.number().optional(),
  /** All values of a time, in the order they were taken. */
  samples: external_exports.array(external_exports.number()),
  baselineSamples: external_exports.array(external_exports.number()),
  /** Of relative time budgets: Hodges-Lehmann shift (seconds) and one-sided exact Mann-Whitney p. */
  shift: external_exports.number().optional(),
  p: external_exports.number().min(0).max(1).optional(),
  /** One sentence: why this outcome. */
  reason: external_exports.string(),
  /** Set where a waiver holds: the outcome is shown and does not fail the build (an `error` still does). */
  waiver: waiver.optional()
});
var gateResult = external_exports.object({
  outcome,
  verdicts: external_exports.array(verdict),
  /** Waivers that no longer hold, or hold for no budget: an expired one fails. */
  waiverProblems: external_exports.array(external_exports.object({ waiver, problem: external_exports.enum(["expired", "unused"]) }))
});

// src/facts/report.ts
var report = external_exports.object({
  schemaVersion: external_exports.literal(1),
  tool: external_exports.object({ name: external_exports.literal("pull-budget"), version: external_exports.string() }),
  createdAt: external_exports.string(),
  image: imageSetFacts,
  /** What `baseline` named; absent where none was named or none is there. */
  baseline: imageSetFacts.optional(),
  /** Why there is no baseline though one was asked for: `ghcr.io/a/b:latest is not there`. */
  baselineMissing: external_exports.string().optional(),
  /** One a platform, against the baseline's image of that platform. */
  deltas: external_exports.array(delta),
  measurement: measurement.optional(),
  gate: gateResult.optional(),
  /** References that the image was pushed to. */
  pushed: external_exports.array(external_exports.string()),
  /** What re-layering made, one a platform; absent where nothing was re-laid. */
  relayer: external_exports.array(relayerFacts).optional(),
  /** What its user should know of that: attestations that were dropped, a plan that was not used. */
  relayerNotices: external_exports.array(external_exports.string()).optional(),
  /** What can be loaded lazily, one a platform; absent where nothing was to be indexed. */
  soci: external_exports.array(sociFacts).optional(),
  /** The image that names its SOCI indexes (v2), and where it is: `image`, unless it was to be beside it. */
  sociImage: external_exports.object({ digest: digestText, pushed: external_exports.array(external_exports.string()) }).optional()
});

// src/cli/gate.ts
async function run({ settings, written, flags, context, output }) {
  const excluded = ["image", "baseline", "platforms"].find((name) => written[name] !== void 0);
  if (flags.report !== void 0 && excluded !== void 0) {
    throw inputError("bad-arguments", `--report brings its own ${excluded}`, {
      hint: `Leave out either --report or ${excluded === "image" ? "IMAGE" : `--${excluded}`}.`
    });
  }
  if (flags.report === void 0) {
    if (settings.budgets.trim() === "") throw noBudgets();
    return showReport(await runPipeline({ ...settings, runs: 0 }, context), void 0, output);
  }
  const stored = await readReport(flags.report);
  const how = stored.measurement ? "measured" : "written";
  context.notice(`Judged from ${flags.report}, ${how} at ${stored.createdAt}.`);
  return showReport(judgeAgain(stored, settings), void 0, output);
}
function judgeAgain(report2, settings, now = /* @__PURE__ */ new Date()) {
  const { image, baseline, baselineMissing, deltas, measurement: measurement2 } = report2;
  const budgets = settings.budgets.trim() === "" ? budgetsOf(report2) : parseBudgets(settings.budgets, settings.placeInBudgets);
  if (budgets.length === 0) throw noBudgets();
  refuseUnjudgeable(budgets, {
    baseline: baseline !== void 0 || baselineMissing !== void 0,
    pulls: measurement2 !== void 0
  });
  refuseMissingPlatforms(budgets, image);
  const gate = evaluate({
    budgets,
    waivers: settings.waivers,
    onInconclusive: settings.onInconclusive,
    today: now.toISOString().slice(0, 10),
    image,
    deltas,
    ...baseline ? { baseline } : {},
    ...baselineMissing === void 0 ? {} : { baselineMissing },
    ...measurement2 ? { measurement: measurement2 } : {}
  });
  return { ...report2, gate };
}
function budgetsOf({ gate }) {
  const texts = new Set(gate?.verdicts.map(({ budget: budget2 }) => budget2.text));
  return parseBudgets([...texts].join("\n"));
}
var noBudgets = () => inputError("no-budgets", "no budgets are set", {
  hint: "Add --budgets 'size <= 6 GB', or budgets in the settings file; pull-budget init proposes some."
});
async function readReport(path) {
  try {
    return report.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw inputError("bad-report", `${path} is not a report that can be read`, {
      hint: "Name a file that run or measure wrote with --report, by this version of pull-budget.",
      cause
    });
  }
}
export {
  judgeAgain,
  run
};
