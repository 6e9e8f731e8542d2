import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  progressLines,
  realClock
} from "./chunk-7FNHZQDU.js";
import {
  loadSettings
} from "./chunk-NW7GMB74.js";
import {
  makeScratch,
  removeScratch
} from "./chunk-FHC72AMH.js";
import {
  core_exports
} from "./chunk-OJG3FA62.js";
import {
  runPipeline
} from "./chunk-3BHIBOCU.js";
import "./chunk-LLGKDPMZ.js";
import {
  exitCode
} from "./chunk-3NMGQWLO.js";
import {
  remarksOn
} from "./chunk-DUQ5MCTD.js";
import "./chunk-GZJNCIHF.js";
import "./chunk-UHDB4C44.js";
import "./chunk-H7LAWSFL.js";
import "./chunk-V3SHP67Y.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-WEC7RCHK.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  advice,
  code,
  inertLog,
  isWaived,
  median,
  overview,
  prose,
  terminalReport
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  imageBytes,
  imageUnpackedBytes,
  lineText
} from "./chunk-PCHBEAKS.js";
import {
  external_exports,
  plain
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
import {
  makeFolders
} from "./chunk-5A45ZFB5.js";
import {
  formatImageName,
  formatPlatform,
  hostPlatform,
  isSamePlatform
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  exitCodes,
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/config/inputs.ts
function writtenInputs(environment) {
  const inputs = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith("INPUT_") || value === void 0) continue;
    inputs[variable.slice("INPUT_".length).toLowerCase()] = value;
  }
  return inputs;
}
async function settingsOfAction(environment) {
  const settings = await loadSettings("input", writtenInputs(environment));
  return { ...settings, remarks: remarksOn(settings) };
}

// src/action/event.ts
import { readFile } from "node:fs/promises";
var repository = external_exports.object({ full_name: external_exports.string() });
var head = repository.nullish().catch(null);
var event = external_exports.object({
  repository: repository.optional().catch(void 0),
  pull_request: external_exports.object({ head: external_exports.object({ repo: head }) }).optional().catch({ head: { repo: null } }),
  workflow_run: external_exports.object({ head_repository: head }).optional().catch({ head_repository: null })
});
function forkOf(payload) {
  const parsed = event.safeParse(payload);
  if (!parsed.success) return void 0;
  const { repository: own, pull_request: pull, workflow_run: run } = parsed.data;
  const heads = [...pull ? [pull.head.repo] : [], ...run ? [run.head_repository] : []];
  return heads.map((head2) => head2?.full_name ?? "a deleted fork").find((name) => name.toLowerCase() !== own?.full_name.toLowerCase());
}
async function readEvent(environment) {
  const path = environment.GITHUB_EVENT_PATH;
  if (!path) return {};
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {};
  }
}

// src/action/publish.ts
import { writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

// src/config/outputs.ts
var outputs = {
  digest: {
    help: "Digest of the image or index, as it was pushed if it was.",
    of: (report) => report.image.digest
  },
  image: {
    help: "The image by digest, ready for a deployment: ghcr.io/acme/server@sha256:\u2026; empty where it was re-laid and is nowhere yet.",
    of: ({ image, pushed: [first], relayer }) => first === void 0 && relayer ? void 0 : byDigest(first ?? image.name, image.digest)
  },
  size: {
    help: "Compressed bytes that a node without anything downloads, of the largest platform.",
    of: (report) => largest(report.image.platforms.map(imageBytes))
  },
  unpacked: {
    help: "Bytes of the unpacked layers, of the largest platform; empty where no layer was read.",
    of: (report) => largest(report.image.platforms.map(imageUnpackedBytes))
  },
  layers: {
    help: "Number of layers, of the platform with the most.",
    of: (report) => largest(report.image.platforms.map((image) => image.layers.length))
  },
  "delta-size": {
    help: "Compressed bytes that a node with the baseline downloads, by the chain rule; empty without a baseline.",
    of: (report) => largest(deltas(report).map((delta) => delta.chain.bytes))
  },
  "delta-blobs-size": {
    help: "The same for a node that keeps blobs and lacks only new ones; empty without a baseline.",
    of: (report) => largest(deltas(report).map((delta) => delta.blobs.bytes))
  },
  "delta-unpacked": {
    help: "Bytes that a node with the baseline unpacks; empty without a baseline or where no layer was read.",
    of: (report) => largest(deltas(report).map((delta) => delta.unpackedBytes))
  },
  "reused-layers": {
    help: "Layers of the re-laid image that the baseline has, of the platform with the fewest; empty where nothing was re-laid.",
    of: (report) => report.relayer && Math.min(...report.relayer.map(({ reusedLayers }) => reusedLayers))
  },
  "pull-time": {
    help: "Median seconds of the cold pulls; empty where nothing was measured.",
    of: (report) => medianSeconds(report, "image")
  },
  "baseline-pull-time": {
    help: "Median seconds of the baseline's cold pulls; empty where it was not measured.",
    of: (report) => medianSeconds(report, "baseline")
  },
  "soci-digest": {
    help: "Digest of the SOCI index (v2's, where only v1 was made v1's) of this machine's platform, else of the first; empty where none was made.",
    of: (report) => sociDigest(report)
  },
  "soci-image-digest": {
    help: "Digest of the image that names its SOCI indexes (v2), as it was pushed; empty where none was made.",
    of: (report) => report.sociImage?.digest
  },
  verdict: {
    help: "pass, fail, inconclusive or error: the worst of the verdicts, warnings and waived ones left out.",
    of: (report) => report.gate?.outcome
  },
  verdicts: {
    help: "Every verdict with the numbers that led to it, as a JSON list.",
    of: (report) => JSON.stringify(report.gate?.verdicts ?? [])
  },
  report: {
    help: "Path of the report as JSON.",
    of: (_, files) => files.report
  }
};
var outputNames = Object.keys(outputs);
function outputsOf(report, files) {
  const texts = outputNames.map((name) => [name, String(outputs[name].of(report, files) ?? "")]);
  return Object.fromEntries(texts);
}
function byDigest(name, digest) {
  const bare = name.split("@")[0] ?? name;
  if (/^(oci|oci-archive|docker-archive|docker-daemon):/.test(name)) return name;
  return `${bare.replace(/:[^:/]+$/, "")}@${digest}`;
}
var deltas = (report) => report.baseline ? report.deltas : [];
function largest(values) {
  const known = values.filter((value) => value !== void 0);
  return known.length === values.length && known.length > 0 ? Math.max(...known) : void 0;
}
function sociDigest({ soci = [] }) {
  const digest = ({ v1, v2 }) => v2 ?? v1;
  const indexed = soci.filter((facts) => digest(facts) !== void 0);
  const host = formatPlatform(hostPlatform());
  const chosen = indexed.find(({ platform }) => isSamePlatform(platform, host)) ?? indexed[0];
  return chosen && digest(chosen);
}
function medianSeconds(report, subject) {
  const seconds = (report.measurement?.samples ?? []).filter((sample) => sample.subject === subject && sample.holds === "nothing").map((sample) => sample.pullSeconds);
  return seconds.length === 0 ? void 0 : Number(median(seconds).toFixed(3));
}

// src/stages/report/annotations.ts
var maxEach = 10;
function annotations(report) {
  const verdicts = report.gate?.verdicts ?? [];
  const problems = report.gate?.waiverProblems ?? [];
  const [toDo] = advice(report);
  const all = [
    ...verdicts.flatMap(verdictAnnotation),
    ...report.baselineMissing === void 0 ? [] : [withoutBaseline(report.baselineMissing)],
    ...problems.map(
      ({ waiver, problem }) => ({
        level: problem === "expired" ? "error" : "warning",
        title: `Waiver ${problem}: ${waiver.budget}`,
        message: problem === "expired" ? `It ended on ${waiver.until} (${waiver.owner}: ${waiver.reason}).` : `It holds for no budget (${waiver.owner}, until ${waiver.until}).`
      })
    )
  ];
  const shown = ["error", "warning"].flatMap(
    (level) => all.filter((one) => one.level === level).slice(0, maxEach)
  );
  const notice = shown.length > 0 && toDo !== void 0 ? [{ level: "notice", title: "What to do", message: lineText(toDo) }] : [];
  return [...shown, ...notice].map((one) => ({
    ...one,
    title: plain(one.title, 200),
    message: plain(one.message, 1e3)
  }));
}
var withoutBaseline = (missing) => ({
  level: "warning",
  title: "No baseline",
  message: `${missing}: budgets against it pass this time.`
});
function verdictAnnotation(verdict) {
  const { budget, outcome, platform } = verdict;
  if (outcome === "pass") return [];
  const held = verdict.waiver === void 0 ? "" : ` Waived until ${verdict.waiver.until} by ${verdict.waiver.owner}.`;
  const binding = !isWaived(verdict) && budget.severity === "fail" && outcome !== "inconclusive";
  return [
    {
      level: binding ? "error" : "warning",
      title: `${titles[outcome]}: ${budget.text}`,
      message: `${verdict.reason} (${platform}).${held}`
    }
  ];
}
var titles = {
  fail: "Budget exceeded",
  inconclusive: "Budget not decided",
  error: "Budget could not be judged"
};

// src/stages/report/failure.ts
function failureDocument(message, hint) {
  const lines = [...message.split("\n"), ...hint === void 0 ? [] : [hint]];
  return {
    headline: { text: "pull-budget: error, nothing was judged", tone: "bad" },
    about: lines.filter((line) => line.trim() !== "").map((line) => [line]),
    sections: []
  };
}

// src/stages/report/summary.ts
var maxBytes = 1e3 * 1024;
var maxCode = 200;
var maxProse = 300;
var marks = { good: "\u2705", bad: "\u274C", warn: "\u26A0\uFE0F" };
function summaryMarkdown(report) {
  return documentMarkdown(overview(report));
}
function documentMarkdown({ headline, about, sections }) {
  const [verdict, ...rest] = [`## ${inline(headline)}
`, ...about.map(paragraph), ...sections.map(section)];
  let text = verdict ?? "";
  for (const part of rest) {
    if (Buffer.byteLength(text) + Buffer.byteLength(part) > maxBytes) {
      return `${text}
The rest is in the report file: this summary may be 1 MiB at most.
`;
    }
    text += part;
  }
  return text;
}
function section({ title, before = [], table, after = [] }) {
  return [
    `
### ${prose(title)}
`,
    ...before.map(paragraph),
    ...table === void 0 ? [] : [`
${tableMarkdown(table)}`],
    ...after.map(paragraph)
  ].join("");
}
var paragraph = (line) => `
${line.map(inline).join("")}
`;
function tableMarkdown({ columns, rows }) {
  const line = (cells) => `| ${cells.join(" | ")} |
`;
  return [
    line(columns.map((column) => prose(column.title))),
    line(columns.map((column) => column.align === "right" ? "---:" : "---")),
    ...rows.map((row) => line(row.map(inline)))
  ].join("");
}
function inline(part) {
  const span = typeof part === "string" ? { text: part } : part;
  if ("code" in span && span.code) return code(plain(span.text, maxCode));
  const [, before = "", middle = "", after = ""] = /^( *)(.*?)( *)$/s.exec(span.text) ?? [];
  const mark = "tone" in span && span.tone ? `${marks[span.tone]} ` : "";
  return `${mark}${before}${prose(plain(middle, maxProse))}${after}`;
}

// src/action/summary.ts
import { appendFile } from "node:fs/promises";
async function writeSummary(markdown, environment, toolkit) {
  const path = environment.GITHUB_STEP_SUMMARY;
  if (!path) {
    toolkit.info("This runner has no step summary (GITHUB_STEP_SUMMARY is not set).");
    return;
  }
  try {
    await appendFile(path, markdown);
  } catch (error) {
    toolkit.warning(`The step summary could not be written: ${error.message}`);
  }
}

// src/action/publish.ts
var defaultReportPath = "pull-budget-report.json";
var logColumns = 120;
async function publish(report, path, environment, toolkit) {
  const file = resolve(path ?? defaultReportPath);
  for (const [name, value] of Object.entries(outputsOf(report, { report: file })))
    toolkit.setOutput(name, value);
  await writeSummary(summaryMarkdown(report), environment, toolkit);
  const colour = !environment.NO_COLOR;
  toolkit.info(terminalReport(report, { colour, columns: logColumns }));
  for (const { level, title, message } of annotations(report)) toolkit[level](message, { title });
  try {
    await makeFolders(dirname(file));
    await writeFile(file, `${JSON.stringify(report, null, 2)}
`);
  } catch (cause) {
    throw inputError("report-not-written", `${file}: the report cannot be written there`, {
      hint: "Set report to a path that this job may write to.",
      cause
    });
  }
  toolkit.info(inertLog(`The report is in ${file}.`));
}
async function publishFailure({ message, hint }, environment, toolkit) {
  toolkit.setOutput("verdict", "error");
  await writeSummary(documentMarkdown(failureDocument(message, hint)), environment, toolkit);
}

// src/action/redactor.ts
var shortest = 8;
var Redactor = class {
  /** Longest first: a secret within another one must not leave the rest of it standing. */
  #forms = [];
  add(secret) {
    const forms = [secret, encodeURIComponent(secret.toWellFormed()), Buffer.from(secret).toString("base64")];
    const long = forms.filter((form) => form.length >= shortest);
    this.#forms = [.../* @__PURE__ */ new Set([...this.#forms, ...secret.length >= shortest ? long : []])].sort(
      (a, b) => b.length - a.length
    );
  }
  text(text) {
    return this.#forms.reduce((clean, form) => clean.replaceAll(form, "***"), text);
  }
  /** Every string in a JSON value, keys included. */
  value(value) {
    return this.#forms.length === 0 ? value : this.#clean(value);
  }
  #clean(value) {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#clean(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), this.#clean(item)])
    );
  }
};

// src/action/ztoc-cache.ts
import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
var keyPrefix = "pull-budget-ztocs-1";
async function keptFolder(settings, environment, loadService, toolkit) {
  const { soci = "off", sociCache, push } = settings;
  if (soci === "off" || !push || sociCache !== void 0) return void 0;
  if (!environment.ACTIONS_RESULTS_URL && !environment.ACTIONS_CACHE_URL) {
    toolkit.info("This runner has no cache service: SOCI indexes of layers are not kept for the next run.");
    return void 0;
  }
  const attempt = async (what, work) => {
    try {
      return await work();
    } catch (error) {
      toolkit.warning(`The cache of SOCI indexes could not be ${what}: ${error.message}`);
      return void 0;
    }
  };
  const service = await attempt("reached", loadService);
  if (!service?.isFeatureAvailable()) return void 0;
  const path = join(environment.RUNNER_TEMP || tmpdir(), "pull-budget-ztocs");
  const prefix = `${keyPrefix}-${nameOf(settings)}-`;
  const remove = () => rm(path, { recursive: true, force: true });
  await attempt("emptied", remove);
  const restored = await attempt(
    "restored",
    () => service.restoreCache([path], `${prefix}newest`, [prefix, `${keyPrefix}-`])
  );
  const before = /* @__PURE__ */ new Date();
  return {
    path,
    async save() {
      await attempt("saved", async () => {
        const names = await keepUsed(path, before);
        const key = prefix + hashOf(names);
        if (names.length > 0 && key !== restored) await service.saveCache([path], key);
      });
    },
    async remove() {
      await attempt("removed", remove);
    }
  };
}
async function keepUsed(folder, since) {
  const kept = [];
  for (const name of (await readdir(folder).catch(() => [])).sort()) {
    const path = join(folder, name);
    const isUsed = (await stat(path)).mtimeMs > since.getTime() - 2e3;
    if (isUsed) kept.push(name);
    else await rm(path, { recursive: true, force: true });
  }
  return kept;
}
function nameOf({ tags: [tag = ""], baseline }) {
  return hashOf([tag.replace(/:[^:/]*$/, ""), baseline ? formatImageName(baseline) : ""]);
}
var hashOf = (names) => createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 16);

// src/action/run.ts
var interrupted = 130;
async function runAction(runner, surroundings) {
  const { environment, signal } = surroundings;
  const redactor = new Redactor();
  const toolkit = guarded(runner, redactor);
  let isPublished = false;
  try {
    const settings = await withoutForeignPush(await settingsOfAction(environment), environment, toolkit);
    const scratch = await makeScratch(settings.scratch, toolkit);
    try {
      const context = contextOf(toolkit, redactor, signal);
      const report = redactor.value(
        await withKeptFolder({ ...settings, scratch }, context, surroundings, toolkit)
      );
      isPublished = true;
      await publish(report, settings.report, environment, toolkit);
      return verdictOf(report, toolkit);
    } finally {
      await removeScratch(scratch, toolkit);
    }
  } catch (error) {
    if (!isPublished && !signal.aborted) {
      const { message, hint } = error instanceof PullBudgetError ? error : unexpected(error);
      const text = { message: redactor.text(message), ...hint ? { hint: redactor.text(hint) } : {} };
      await publishFailure(text, environment, toolkit);
    }
    return failure(error, toolkit, signal);
  }
}
async function withKeptFolder(settings, context, { environment, signal, pipeline, loadCache }, toolkit) {
  const kept = await keptFolder(settings, environment, loadCache, toolkit);
  if (kept === void 0) return pipeline(settings, context);
  try {
    return await pipeline({ ...settings, sociCache: kept.path }, context);
  } finally {
    if (!signal.aborted) await kept.save();
    await kept.remove();
  }
}
async function withoutForeignPush(settings, environment, toolkit) {
  const fork = settings.push && !settings.pushForks ? forkOf(await readEvent(environment)) : void 0;
  if (fork === void 0) return settings;
  toolkit.notice(
    `The change comes from ${fork}, a fork: nothing is pushed, the image is measured from a registry on loopback. Set push-forks to push it.`,
    { title: "Not pushed" }
  );
  return { ...settings, push: false };
}
function contextOf(toolkit, redactor, signal) {
  const progress = progressLines((line) => toolkit.info(inertLog(plain(line))), realClock);
  return {
    progress,
    signal,
    // Not as annotations: a run has ten of them, and a registry that is asked again would take them all.
    notice: (line) => toolkit.info(inertLog(plain(line))),
    onSecret: (value) => {
      redactor.add(value);
      toolkit.setSecret(value);
    },
    phase: (title, work) => toolkit.group(title, () => work().finally(() => progress.end()))
  };
}
function guarded(runner, redactor) {
  const clean = (text) => redactor.text(text);
  return {
    info: (line) => runner.info(clean(line)),
    debug: (line) => runner.debug(clean(line)),
    notice: (message, properties) => runner.notice(clean(plain(message)), properties),
    warning: (message, properties) => runner.warning(clean(plain(message)), properties),
    error: (message, properties) => runner.error(clean(plain(message)), properties),
    group: (title, work) => runner.group(clean(plain(title)), work),
    setSecret: (value) => runner.setSecret(value),
    setOutput: (name, value) => runner.setOutput(name, clean(value)),
    setFailed: (message) => runner.setFailed(clean(message)),
    saveState: (name, value) => runner.saveState(name, value),
    getState: (name) => runner.getState(name)
  };
}
function verdictOf({ gate }, toolkit) {
  const code2 = gate === void 0 ? exitCodes.pass : exitCode(gate);
  if (code2 === exitCodes.budgetFailed)
    toolkit.setFailed("A budget failed: the step summary says which and why.");
  if (code2 === exitCodes.infrastructure) {
    toolkit.setFailed("A budget could not be judged: pulls broke. Run the job again.");
  }
  return code2;
}
function failure(error, toolkit, signal) {
  if (signal.aborted) {
    toolkit.setFailed("The run was cancelled.");
    return interrupted;
  }
  if (error instanceof PullBudgetError) {
    toolkit.setFailed(
      [error.message, error.hint ?? ""].map((line) => plain(line)).join("\n").trim()
    );
    toolkit.debug(inertLog(error.stack ?? ""));
    return error.exitCode;
  }
  toolkit.setFailed(plain(unexpected(error).message));
  toolkit.info(inertLog(error?.stack ?? ""));
  return exitCodes.infrastructure;
}
function unexpected(error) {
  return { message: `Unexpected: ${String(error)}` };
}

// src/action/main.ts
var cancelled = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => cancelled.abort());
process.exitCode = await runAction(core_exports, {
  environment: process.env,
  signal: cancelled.signal,
  pipeline: runPipeline,
  // A third of what this action consists of: loaded only where it is used.
  loadCache: () => import("./cache-FTULRWC6.js")
});
