import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveLayout
} from "./chunk-LLGKDPMZ.js";
import {
  budgetKey,
  evaluate,
  inSentence,
  judge,
  metrics
} from "./chunk-3NMGQWLO.js";
import {
  metric
} from "./chunk-GZJNCIHF.js";
import {
  parseTags,
  planSoci,
  pushImage,
  pushIndexed
} from "./chunk-UHDB4C44.js";
import {
  latestBeside,
  openBaseline
} from "./chunk-H7LAWSFL.js";
import {
  relay,
  withPlanArtifacts
} from "./chunk-V3SHP67Y.js";
import {
  WorkerPool,
  makeScratch,
  reapScratch,
  scratchFolder
} from "./chunk-XZYK6QK7.js";
import {
  describeImages
} from "./chunk-EMIEZZ4X.js";
import {
  deltasOf
} from "./chunk-PCHBEAKS.js";
import {
  external_exports
} from "./chunk-T4TZTXRW.js";
import {
  monotonicSeconds
} from "./chunk-OWNW2LQ7.js";
import {
  readLayer
} from "./chunk-Z4T7WJWK.js";
import {
  copyImage
} from "./chunk-TSZ5WMM2.js";
import {
  openImage,
  openRegistry,
  pLimit,
  readConfig,
  registryOptions
} from "./chunk-NSLFNWD3.js";
import {
  openLayout
} from "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform,
  hostPlatform,
  isSamePlatform,
  parseBytes,
  parseImageName,
  parsePlatform,
  parseSeconds,
  platformMatches,
  splitPlatform
} from "./chunk-GQUP2JUB.js";
import {
  formatReference
} from "./chunk-6YJR5GCO.js";
import {
  tool
} from "./chunk-472U6O6R.js";
import {
  isForeignLayerType,
  writeAt
} from "./chunk-RI4IMNUK.js";
import {
  digestHex,
  parseDigest
} from "./chunk-RJ5NUFKW.js";
import {
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  infrastructureError,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/facts/sample.ts
var subject = external_exports.enum(["image", "baseline"]);
var holds = external_exports.enum(["nothing", "baseline"]);
var engineName = external_exports.enum(["embedded"]);
var span = external_exports.object({
  phase: external_exports.enum(["resolve", "fetch", "unpack"]),
  /** Digest of the layer; absent for `resolve`. */
  layer: external_exports.string().optional(),
  startSeconds: external_exports.number(),
  endSeconds: external_exports.number(),
  /** `fetch`: compressed bytes received; `unpack`: uncompressed bytes written. */
  bytes: external_exports.number().int().nonnegative()
});
var sample = external_exports.object({
  subject,
  engine: engineName,
  holds,
  platform: external_exports.string(),
  /** Place in the seeded order of the whole measurement, from 0. */
  order: external_exports.number().int().nonnegative(),
  startedAt: external_exports.string(),
  /** From the first request until the image is unpacked. */
  pullSeconds: external_exports.number().nonnegative(),
  resolveSeconds: external_exports.number().nonnegative(),
  /** From the first byte asked for to the last one received, and from the first layer begun to the last one done. */
  fetchSeconds: external_exports.number().nonnegative(),
  unpackSeconds: external_exports.number().nonnegative(),
  downloadedBytes: external_exports.number().int().nonnegative(),
  unpackedBytes: external_exports.number().int().nonnegative(),
  files: external_exports.number().int().nonnegative(),
  spans: external_exports.array(span),
  /** What bounded this pull, from what each resource was seen to do. */
  bottleneck: external_exports.enum(["network", "cpu", "disk", "balanced"]),
  /** Why it may not have been fully cold, or is odd in another way: shown, never hidden. */
  flags: external_exports.array(external_exports.enum(["page-cache-not-dropped", "other-registry-than-baseline"]))
});
var fault = external_exports.object({
  subject,
  engine: engineName,
  holds,
  platform: external_exports.string(),
  order: external_exports.number().int().nonnegative(),
  attempt: external_exports.number().int().positive(),
  code: external_exports.string(),
  message: external_exports.string()
});
var hostFacts = external_exports.object({
  hostname: external_exports.string(),
  os: external_exports.string(),
  cpuModel: external_exports.string(),
  cpus: external_exports.number().int().positive(),
  memoryBytes: external_exports.number().int().positive(),
  /** The directory that samples are unpacked under. */
  scratch: external_exports.string()
});
var measurement = external_exports.object({
  host: hostFacts,
  seed: external_exports.number().int(),
  /** Unpacked size by layer digest, as seen while unpacking. */
  unpackedBytesByLayer: external_exports.record(external_exports.string(), external_exports.number().int().nonnegative()),
  samples: external_exports.array(sample),
  faults: external_exports.array(fault)
});

// src/stages/gate/line.ts
var placeInText = (line, column) => ({
  where: `budgets, line ${line}, column ${column}`,
  line
});
var patterns = [
  ["space", /\s+/y],
  ["number", /\d+(?:\.\d+)?|\.\d+/y],
  ["word", /[a-z_][\w./-]*/iy],
  ["sign", /<=|>=|=<|=>|==|!=|[^\s]/uy]
];
var Line = class {
  /** Where the text stands, from 1. */
  number;
  /** What the budget says: comment and surrounding space left out. */
  text;
  #index;
  #raw;
  #place;
  #tokens;
  #next = 0;
  constructor(raw, index, place = placeInText) {
    const said = raw.replace(/#.*$/su, "").trimEnd();
    this.#index = index;
    this.number = place(index + 1, 1).line;
    this.text = said.trim();
    this.#raw = raw;
    this.#place = place;
    this.#tokens = tokensOf(said);
  }
  /** The token that `take` would take. */
  get next() {
    return this.#tokens[this.#next];
  }
  /** Steps over the next token; the end stays where it is. */
  take() {
    const token = this.next;
    if (token.kind !== "end") this.#next++;
    return token;
  }
  /** Takes the next token if it is one of these signs or words. */
  takeIf(...texts) {
    return texts.includes(this.next.text) ? this.take() : void 0;
  }
  /** An error that points at the token. */
  mistake(token, what, hint) {
    const { where, line } = this.#place(this.#index + 1, token.at + 1);
    const margin2 = " ".repeat(String(line).length);
    const shown = this.#raw.trimEnd().replace(new RegExp("\\p{Cc}", "gu"), " ");
    const caret = " ".repeat(token.at) + "^".repeat(Math.max(1, token.text.length));
    const excerpt = `  ${line} | ${shown}
  ${margin2} | ${caret}`;
    return inputError("bad-budget", `${where}: ${what}
${excerpt}`, hint === void 0 ? {} : { hint });
  }
  /** The mistake of finding something else than what is expected here. */
  unexpected(expected, hint) {
    const { kind, text } = this.next;
    const found = kind === "end" ? "found the end of the line" : `found "${text}"`;
    return this.mistake(this.next, `expected ${expected}, ${found}`, hint);
  }
};
function tokensOf(text) {
  const tokens = [];
  for (let at = 0; at < text.length; ) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const match = pattern.exec(text)?.[0];
      if (match === void 0) continue;
      if (kind !== "space") tokens.push({ kind, text: match, at });
      at += match.length;
      break;
    }
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

// src/stages/gate/budgets.ts
function parseBudgets(text, place) {
  const seen = /* @__PURE__ */ new Map();
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = new Line(raw, index, place);
    if (line.text === "") continue;
    const start = line.next;
    const budget = parseBudget(line);
    const key = budgetKey(budget);
    const first = seen.get(key);
    if (first) {
      const what = `this budget is there already, in line ${first.line.number}: ${first.budget.text}`;
      throw line.mistake(start, what, "Keep one of the two.");
    }
    seen.set(key, { line, budget });
  }
  return [...seen.values()].map(({ budget }) => budget);
}
function parseBudget(line) {
  const severity = parseSeverity(line);
  const metric2 = parseMetric(line);
  const selector = line.takeIf("[") ? parseSelectors(line, metric2) : {};
  parseOperator(line);
  const limit = parseLimit(line, metric2, selector);
  if (line.next.kind !== "end") throw line.unexpected("the end of the line");
  return { text: line.text, severity, metric: metric2, selector, limit };
}
function parseSeverity(line) {
  if (!line.takeIf("warn")) return "fail";
  if (!line.takeIf(":")) throw line.unexpected('":" after "warn"', "Write: warn: layers <= 40.");
  return "warn";
}
function parseMetric(line) {
  const parsed = metric.safeParse(line.next.text);
  if (!parsed.success) throw line.unexpected(`what is limited: ${metric.options.join(", ")}`);
  line.take();
  return parsed.data;
}
var selectorNames = {
  platform: "a platform (linux/arm64)",
  engine: `an engine (${engineName.options.join(", ")})`,
  holds: "holds=baseline",
  reuse: "chain or blobs"
};
function parseSelectors(line, metric2) {
  const selector = {};
  const takes = metrics[metric2].selectors.map((key) => selectorNames[key]).join(", ");
  do {
    const start = line.next;
    if (start.kind !== "word") throw line.unexpected(`what ${metric2} takes in brackets: ${takes}`);
    const found = parseSelector(line, metric2);
    const [key] = Object.keys(found);
    if (!key || !metrics[metric2].selectors.includes(key)) {
      throw line.mistake(start, `"${start.text}" says nothing about ${metric2}, which takes ${takes}`);
    }
    if (selector[key] !== void 0) {
      const what = `${selectorNames[key]} is there already: ${selector[key]}`;
      throw line.mistake(start, what, "Write one budget for each.");
    }
    Object.assign(selector, found);
  } while (line.takeIf(","));
  if (!line.takeIf("]")) throw line.unexpected('"," or "]"');
  return selector;
}
function parseSelector(line, metric2) {
  const token = line.take();
  if (line.takeIf("=")) return parseKeyed(line, token);
  if (token.text.includes("/")) {
    return { platform: explain(line, token, () => formatPlatform(parsePlatform(token.text))) };
  }
  if (token.text === "chain" || token.text === "blobs") return { reuse: token.text };
  const engine = engineName.safeParse(token.text);
  if (engine.success) return { engine: engine.data };
  if (metrics[metric2].scope === "pull") {
    const known = `Engines: ${engineName.options.join(", ")}.`;
    throw line.mistake(token, `"${token.text}" is not an engine that this version has`, known);
  }
  return {};
}
function parseKeyed(line, key) {
  if (key.text !== "holds") {
    throw line.mistake(key, `"${key.text}=" is not a selector`, 'Only holds=baseline is written with "=".');
  }
  const value = holds.safeParse(line.next.text);
  if (!value.success) throw line.unexpected(`what the node holds: ${holds.options.join(" or ")}`);
  line.take();
  return { holds: value.data };
}
function parseOperator(line) {
  if (line.takeIf("<=", "\u2264")) return;
  const isOperator = /^([<>=!]+|≥)$/.test(line.next.text);
  throw line.unexpected('"<="', isOperator ? "Budgets are upper limits: write <=." : void 0);
}
function parseLimit(line, metric2, selector) {
  const { unit, scope } = metrics[metric2];
  const start = line.next;
  if (!line.takeIf("baseline")) {
    const number = takeNumber(line, `a limit such as ${quantities[unit].example} or baseline + 5%`);
    if (line.next.text === "%") {
      throw line.unexpected("a unit", `A percentage is of the baseline: baseline + ${number.text}%.`);
    }
    return { kind: "absolute", value: quantities[unit].parse(line, number) };
  }
  if (scope === "delta") {
    const hint = `Write an absolute limit: ${metric2} <= 500 MB.`;
    throw line.mistake(start, `${metric2} is what an image costs a node that has the baseline already`, hint);
  }
  if (selector.holds === "baseline") {
    const hint = "Write an absolute limit, or leave out holds=baseline.";
    throw line.mistake(start, "a node that holds the baseline pulls it in no time: nothing to compare", hint);
  }
  if (line.next.kind === "end") return { kind: "relative", absolute: 0 };
  if (!line.takeIf("+")) throw line.unexpected('"+" or the end of the line');
  return parseGrowth(line, unit);
}
function parseGrowth(line, unit) {
  const growth = {};
  do {
    const number = takeNumber(line, `how much it may grow, such as 5% or ${quantities[unit].example}`);
    const term = line.takeIf("%") ? { percent: Number(number.text) } : { absolute: quantities[unit].parse(line, number) };
    const [key] = Object.keys(term);
    if (key && growth[key] !== void 0) {
      throw line.mistake(number, "a growth has one percentage and one amount at most", andMeaning);
    }
    Object.assign(growth, term);
  } while (line.takeIf("and"));
  if (line.next.kind !== "end") throw line.unexpected('"and" or the end of the line', andMeaning);
  return { kind: "relative", ...growth };
}
var andMeaning = '"5% and 100 MB" fails what grows by more than both; to fail what passes either, write two budgets.';
var quantities = {
  bytes: {
    example: "6 GB",
    parse: (line, number) => withUnit(line, number, "B, kB, MB, GB, TB, KiB, MiB, GiB or TiB", parseBytes)
  },
  seconds: {
    example: "45 s",
    parse: (line, number) => withUnit(line, number, "ms, s, min or h", parseSeconds)
  },
  count: {
    example: "60",
    parse(line, number) {
      if (line.next.kind === "word" && line.next.text !== "and") {
        throw line.mistake(line.next, "layers are counted, without a unit");
      }
      const count = Number(number.text);
      if (Number.isSafeInteger(count)) return count;
      throw line.mistake(number, `${number.text} is not a count of layers`);
    }
  }
};
function takeNumber(line, expected) {
  if (line.next.kind !== "number") throw line.unexpected(expected);
  const number = line.take();
  if (Number.isFinite(Number(number.text))) return number;
  throw line.mistake(number, "this number is too large");
}
function withUnit(line, number, units, parse) {
  if (line.next.kind !== "word") throw line.unexpected(`a unit: ${units}`);
  const unit = line.take();
  return explain(line, unit, () => parse(`${number.text} ${unit.text}`), `Units: ${units}.`);
}
function explain(line, token, parse, hint) {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PullBudgetError)) throw error;
    throw line.mistake(token, error.message, hint ?? error.hint);
  }
}

// src/stages/gate/needs.ts
function refuseUnjudgeable(budgets, means) {
  for (const budget of budgets) {
    if (isAgainstBaseline(budget) && !means.baseline) {
      const what = `budget "${budget.text}" is against a baseline, and none is named`;
      throw inputError("no-baseline-named", what, {
        hint: "Set baseline to the image that nodes hold today."
      });
    }
    if (metrics[budget.metric].scope === "pull" && !means.pulls) {
      throw inputError("no-pulls", `budget "${budget.text}" needs pulls, and nothing is measured`, {
        hint: "Set runs above 0, or judge a report with gate --report."
      });
    }
  }
}
function refuseMissingPlatforms(budgets, { name, platforms }) {
  for (const { text, selector } of budgets) {
    const { platform } = selector;
    if (platform === void 0 || platforms.some((one) => isSamePlatform(one.platform, platform))) continue;
    throw inputError("no-platform", `budget "${text}" is for a platform that ${inSentence(name)} lacks`, {
      hint: `It has ${platforms.map((one) => inSentence(one.platform)).join(", ") || "none"}.`
    });
  }
}
function isAgainstBaseline({ metric: metric2, selector, limit }) {
  return metrics[metric2].scope === "delta" || selector.holds === "baseline" || limit.kind === "relative";
}

// src/stages/gate/repeat.ts
var steps = [3, 5, 7];
function nextRuns(input, runs) {
  const total2 = steps.find((step) => step > runs);
  const isOpen = judge(input).some(({ open: open2 }) => open2?.by === "samples" || open2?.by === "faults");
  return isOpen && total2 !== void 0 ? { total: total2, add: total2 - runs } : void 0;
}

// src/stages/measure/measure.ts
import { availableParallelism as availableParallelism3 } from "node:os";

// src/content/layer/layer-pool.ts
var module = new URL(
  import.meta.url.endsWith(".ts") ? "./worker.ts" : "./layer-worker.js",
  import.meta.url
);
var LayerPool = class extends WorkerPool {
  constructor(threads) {
    super(module, threads);
  }
};

// src/stages/measure/host.ts
import { execFile } from "node:child_process";
import { statfs, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, hostname, release, totalmem, type } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
var thisHost = {
  async dropPageCache() {
    try {
      await promisify(execFile)("sync");
      await writeFile("/proc/sys/vm/drop_caches", "3");
      return true;
    } catch {
      return false;
    }
  },
  async pause(seconds, signal) {
    await wait(seconds * 1e3, void 0, { signal }).catch(() => signal.throwIfAborted());
  }
};
function hostFacts2(scratch) {
  return {
    hostname: hostname(),
    os: `${type()} ${release()}`,
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    scratch
  };
}
async function checkSpace(folder, bytes) {
  const { bavail, bsize } = await onDisk(folder, () => statfs(folder));
  const free = bavail * bsize;
  if (bytes <= free) return;
  throw infrastructureError(
    "disk-full",
    `the pull needs ${formatBytes(bytes)} in ${folder}, where ${formatBytes(free)} are free`,
    { hint: "Free some space there, or set scratch to a folder on a larger disk." }
  );
}

// src/stages/measure/order.ts
function roundOrder(cells, seed, round) {
  const random = splitMix(Math.imul(seed, 2654435761) ^ Math.imul(round + 1, 2246822507));
  const order = [...cells];
  for (let left = order.length; left > 1; left--) {
    const chosen = Math.floor(random() * left);
    [order[left - 1], order[chosen]] = [order[chosen], order[left - 1]];
  }
  return order;
}
function splitMix(seed) {
  let state = seed;
  return () => {
    state = state + 2654435769 | 0;
    let mixed = state ^ state >>> 16;
    mixed = Math.imul(mixed, 569420461);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 1935289751);
    return ((mixed ^ mixed >>> 15) >>> 0) / 2 ** 32;
  };
}

// src/stages/measure/pull.ts
import { mkdir } from "node:fs/promises";
import { availableParallelism as availableParallelism2 } from "node:os";
import { join } from "node:path";

// src/stages/measure/bottleneck.ts
var margin = 0.15;
function bottleneckOf(observed) {
  if (observed.pullSeconds <= 0) return "balanced";
  const spansOf = (phase) => observed.spans.filter((span2) => span2.phase === phase);
  const [fetching, unpacking] = [spansOf("fetch"), spansOf("unpack")];
  const waiting = ratio(observed.waitingSeconds, total(fetching));
  const blocked = ratio(observed.diskSeconds, total(unpacking));
  const unpackShare = covered(unpacking) / observed.pullSeconds;
  const shares = [
    ["network", covered(fetching) / observed.pullSeconds * waiting],
    ["disk", unpackShare * blocked],
    [
      "cpu",
      Math.max(unpackShare * (1 - blocked), ratio(observed.cpuSeconds, observed.pullSeconds * observed.cpus))
    ]
  ];
  const [first, second] = shares.toSorted(([, a], [, b]) => b - a);
  return first[1] - second[1] < margin ? "balanced" : first[0];
}
function total(spans) {
  return spans.reduce((sum2, span2) => sum2 + span2.endSeconds - span2.startSeconds, 0);
}
function covered(spans) {
  let sum2 = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { startSeconds, endSeconds } of spans.toSorted((a, b) => a.startSeconds - b.startSeconds)) {
    sum2 += Math.max(0, endSeconds - Math.max(startSeconds, until));
    until = Math.max(until, endSeconds);
  }
  return sum2;
}
var ratio = (part, whole) => whole > 0 ? Math.min(1, part / whole) : 0;

// src/stages/measure/fetch.ts
import { open } from "node:fs/promises";
var writeBytes = 1024 * 1024;
async function fetchBlob(source, descriptor, path, { signal, onBytes }) {
  var _stack = [];
  try {
    const startSeconds = monotonicSeconds();
    let waitingSeconds = 0;
    const file = __using(_stack, await onDisk(path, () => open(path, "w")), true);
    const writer = __using(_stack, new BatchWriter(file, path), true);
    const chunks = source.readBlob(descriptor)[Symbol.asyncIterator]();
    try {
      for (; ; ) {
        const asked = monotonicSeconds();
        const { done, value } = await unlessAborted(chunks.next(), signal);
        waitingSeconds += monotonicSeconds() - asked;
        if (done) break;
        onBytes(value.byteLength);
        await writer.add(value);
      }
    } catch (error) {
      chunks.return?.().catch(() => {
      });
      throw error;
    }
    await writer.flush();
    return { startSeconds, endSeconds: monotonicSeconds(), waitingSeconds };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
var BatchWriter = class {
  #file;
  #path;
  #filling = Buffer.allocUnsafeSlow(writeBytes);
  #spare = Buffer.allocUnsafeSlow(writeBytes);
  #filled = 0;
  #position = 0;
  #writing = Promise.resolve();
  constructor(file, path) {
    this.#file = file;
    this.#path = path;
  }
  async add(chunk) {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + writeBytes - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === writeBytes) await this.#write();
    }
  }
  async flush() {
    await this.#write();
    await this.#writing;
  }
  /** The file may be closed only when nothing is written to it. */
  async [Symbol.asyncDispose]() {
    await this.#writing.catch(() => {
    });
  }
  /** Begins to write what is filled, once the one before is written. */
  async #write() {
    await this.#writing;
    this.#writing = writeAt(this.#file, this.#filling.subarray(0, this.#filled), this.#position, this.#path);
    this.#writing.catch(() => {
    });
    this.#position += this.#filled;
    this.#filled = 0;
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
  }
};

// src/stages/measure/resolve.ts
async function resolveLayers(source, target, platform) {
  const descriptor = await source.resolve(target);
  const top = await source.readManifest(descriptor);
  const where = `${source.location}@${descriptor.digest}`;
  const chosen = top.kind === "index" ? top.manifests.find((child) => isFor(child.platform, platform)) : void 0;
  if (top.kind === "index" && !chosen) {
    throw inputError("no-platform", `${where} has no image for ${formatPlatform(platform)}`, {
      hint: "Name a platform that the index lists."
    });
  }
  const manifest = chosen ? await source.readManifest(chosen) : top;
  if (manifest.kind !== "image") {
    throw inputError("not-an-image", `${where} is a ${manifest.descriptor.mediaType}, not an image`, {
      hint: "Name an image: artifacts and indexes of indexes cannot be pulled as one."
    });
  }
  refuseForeign(manifest, where);
  const { diffIds } = await readConfig(source, manifest);
  return {
    layers: manifest.layers.map((layer, at) => ({ descriptor: layer, diffId: diffIds[at] })),
    documentBytes: manifest.descriptor.size + manifest.config.size + (chosen ? descriptor.size : 0)
  };
}
function refuseForeign({ layers }, where) {
  const foreign = layers.find(({ mediaType, urls = [] }) => isForeignLayerType(mediaType) && urls.length > 0);
  if (!foreign) return;
  throw inputError(
    "foreign-layer",
    `${where}: layer ${foreign.digest} is foreign: it lies at URLs of its own`,
    {
      hint: "Such layers (of Windows bases) are not pulled from the registry. Set runs to 0 to gate sizes alone."
    }
  );
}
var isFor = (have, want) => have !== void 0 && platformMatches(have, want);

// src/stages/measure/pull.ts
var parallelFetches = 3;
async function pull(options) {
  const { source, folder, held, signal } = options;
  const begin = monotonicSeconds();
  const cpuBefore = process.cpuUsage();
  const resolved = await unlessAborted(resolveLayers(source, options.target, options.platform), signal);
  const resolvedAt = monotonicSeconds();
  const diffIds = resolved.layers.map((layer) => layer.diffId);
  const layers = resolved.layers.slice(sharedLayers(diffIds, held));
  await onDisk(folder, () => mkdir(folder, 448));
  await checkSpace(folder, neededBytes(layers, options.unpackedBytes));
  const { fetched, unpacked } = await transfer(layers, options);
  const end = monotonicSeconds();
  const { user, system } = process.cpuUsage(cpuBefore);
  const blobBytes = distinct(layers).reduce((sum2, { descriptor }) => sum2 + descriptor.size, 0);
  const relative = (seconds) => Math.max(0, seconds - begin);
  const span2 = (phase, at, bytes, layer) => ({
    phase,
    ...layer ? { layer: layer.descriptor.digest } : {},
    startSeconds: relative(at.startSeconds),
    endSeconds: relative(at.endSeconds),
    bytes
  });
  const spans = [
    span2("resolve", { startSeconds: begin, endSeconds: resolvedAt }, resolved.documentBytes),
    ...fetched.map(({ layer, done }) => span2("fetch", done, layer.descriptor.size, layer)),
    ...unpacked.map(({ layer, done }) => span2("unpack", done, done.unpackedBytes, layer))
  ];
  const pullSeconds = relative(end);
  return {
    pullSeconds,
    resolveSeconds: relative(resolvedAt),
    fetchSeconds: extent(spans, "fetch"),
    unpackSeconds: extent(spans, "unpack"),
    downloadedBytes: resolved.documentBytes + blobBytes,
    unpackedBytes: sum(unpacked, ({ done }) => done.unpackedBytes),
    files: sum(unpacked, ({ done }) => done.files),
    spans,
    bottleneck: bottleneckOf({
      pullSeconds,
      spans,
      waitingSeconds: sum(fetched, ({ done }) => done.waitingSeconds),
      diskSeconds: sum(unpacked, ({ done }) => done.diskSeconds),
      cpuSeconds: (user + system) / 1e6,
      cpus: availableParallelism2()
    }),
    diffIds,
    unpackedBytesByLayer: new Map(
      unpacked.map(({ layer, done }) => [layer.descriptor.digest, done.unpackedBytes])
    )
  };
}
async function transfer(layers, { source, folder, pool, unpackRatioLimit, progress, label, signal: outer }) {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const blobs = distinct(layers);
  const fetching = progress.start(
    `fetch ${label}`,
    sum(blobs, ({ descriptor }) => descriptor.size)
  );
  let unpacking;
  const limit = pLimit(parallelFetches);
  const fetches = new Map(
    blobs.map((layer) => [
      layer.descriptor.digest,
      limit(async () => {
        signal.throwIfAborted();
        const path = join(folder, digestHex(layer.descriptor.digest));
        const onBytes = (bytes) => fetching.advance(bytes);
        return { layer, path, done: await fetchBlob(source, layer.descriptor, path, { signal, onBytes }) };
      })
    ])
  );
  const unpacks = layers.map(async (layer, at) => {
    const blob = await fetches.get(layer.descriptor.digest);
    unpacking ??= progress.start(`unpack ${label}`);
    const input = {
      blob: blob?.path,
      layer: plain(layer),
      folder: join(folder, `layer-${at}`),
      ratioLimit: unpackRatioLimit
    };
    return { layer, done: await pool.run("unpack", input, signal) };
  });
  try {
    const [fetched, unpacked] = await Promise.all([
      Promise.all(fetches.values()).finally(() => fetching.done()),
      Promise.all(unpacks)
    ]);
    return { fetched, unpacked };
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled([...unpacks, ...fetches.values()]);
    throw error;
  } finally {
    unpacking?.done();
  }
}
function sharedLayers(diffIds, held) {
  const different = diffIds.findIndex((diffId, at) => diffId !== held[at]);
  return different < 0 ? diffIds.length : different;
}
function neededBytes(layers, unpackedBytes) {
  return sum(distinct(layers), ({ descriptor }) => descriptor.size) + sum(layers, ({ descriptor }) => unpackedBytes.get(descriptor.digest) ?? 0);
}
function distinct(layers) {
  return [...new Map(layers.map((layer) => [layer.descriptor.digest, layer])).values()];
}
function plain({ descriptor: { mediaType, digest, size }, diffId }) {
  return { descriptor: { mediaType, digest, size }, diffId };
}
function extent(spans, phase) {
  const of = spans.filter((span2) => span2.phase === phase);
  if (of.length === 0) return 0;
  return Math.max(...of.map((span2) => span2.endSeconds)) - Math.min(...of.map((span2) => span2.startSeconds));
}
var sum = (items, of) => items.reduce((total2, item) => total2 + of(item), 0);

// src/stages/measure/measure.ts
var firstPauseSeconds = 1;
var longestPauseSeconds = 30;
var longestTimer = 2 ** 31 - 1;
var mostThreads = 4;
function createMeasurement(options) {
  return new EmbeddedMeasurement(options);
}
var EmbeddedMeasurement = class {
  #options;
  #host;
  #cells;
  #samples = [];
  #faults = [];
  #unpackedBytes = /* @__PURE__ */ new Map();
  #warm = /* @__PURE__ */ new Set();
  /** diffIDs of images that were resolved before. */
  #round = 0;
  #order = 0;
  constructor(options) {
    this.#options = options;
    this.#host = options.host ?? thisHost;
    this.#cells = options.subjects.flatMap((image) => [
      { image, holds: "nothing" },
      ...options.holdsBaseline && image.subject === "image" && this.#baselineOf(image) ? [{ image, holds: "baseline" }] : []
    ]);
  }
  async run(rounds) {
    var _stack = [];
    try {
      await makeScratch(this.#options.scratch);
      const pool = __using(_stack, new LayerPool(Math.min(availableParallelism3(), mostThreads)), true);
      await pool.start();
      await reapScratch(this.#options.scratch, (folder) => remove(folder, pool));
      for (const last = this.#round + rounds; this.#round < last; this.#round++) {
        for (const cell of roundOrder(this.#cells, this.#options.seed, this.#round)) {
          await this.#sample(cell, this.#order++, pool);
        }
      }
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  }
  facts() {
    return {
      host: hostFacts2(this.#options.scratch),
      seed: this.#options.seed,
      unpackedBytesByLayer: Object.fromEntries(this.#unpackedBytes),
      samples: [...this.#samples],
      faults: [...this.#faults]
    };
  }
  /** Takes one sample, or records why there is none. */
  async #sample(cell, order, pool) {
    const { signal, attempts } = this.#options;
    const kind = {
      subject: cell.image.subject,
      engine: "embedded",
      holds: cell.holds,
      platform: formatPlatform(cell.image.platform),
      order
    };
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) {
        await this.#host.pause(Math.min(firstPauseSeconds * 2 ** (attempt - 2), longestPauseSeconds), signal);
      }
      try {
        var _stack = [];
        try {
          await this.#warmUp(cell.image, pool);
          const held = __using(_stack, await this.#hold(cell, pool), true);
          const cold = await this.#host.dropPageCache();
          const startedAt = (/* @__PURE__ */ new Date()).toISOString();
          const {
            diffIds: _2,
            unpackedBytesByLayer: __,
            ...pulled
          } = await this.#pull(cell.image, held.diffIds, pool);
          this.#samples.push({ ...kind, startedAt, ...pulled, flags: this.#flags(cold) });
          return;
        } catch (_) {
          var _error = _, _hasError = true;
        } finally {
          var _promise = __callDispose(_stack, _error, _hasError);
          _promise && await _promise;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PullBudgetError) || error.kind !== "infrastructure") throw error;
        this.#faults.push({ ...kind, attempt, code: error.code, message: error.message });
      }
    }
  }
  #flags(cold) {
    return [
      ...cold ? [] : ["page-cache-not-dropped"],
      ...this.#options.sameRegistry ? [] : ["other-registry-than-baseline"]
    ];
  }
  async #warmUp(image, pool) {
    if (this.#warm.has(image)) return;
    await this.#pull(image, [], pool, "warm-up, not timed");
    this.#warm.add(image);
  }
  /** What the node has before the timed pull: nothing, or the baseline, pulled untimed and nothing beside it. */
  async #hold({ image, holds: holds2 }, pool) {
    const baseline = holds2 === "baseline" ? this.#baselineOf(image) : void 0;
    if (!baseline) return { diffIds: [], [Symbol.asyncDispose]: async () => {
    } };
    const folder = scratchFolder(this.#options.scratch, "sample");
    try {
      const { diffIds } = await this.#pullInto(folder, baseline, [], pool, "to hold, not timed");
      return { diffIds, [Symbol.asyncDispose]: () => remove(folder, pool) };
    } catch (error) {
      await remove(folder, pool);
      throw error;
    }
  }
  /** One pull from nothing to nothing: client and folder are gone afterwards, however it ends. */
  async #pull(image, held, pool, why) {
    const folder = scratchFolder(this.#options.scratch, "sample");
    try {
      return await this.#pullInto(folder, image, held, pool, why);
    } finally {
      await remove(folder, pool);
    }
  }
  #pullInto(folder, image, held, pool, why = held.length > 0 ? "over baseline" : void 0) {
    return this.#withSource(image, async (source, signal) => {
      const pulled = await pull({
        source,
        target: image.digest,
        platform: image.platform,
        folder,
        pool,
        held,
        unpackRatioLimit: this.#options.unpackRatioLimit,
        unpackedBytes: this.#unpackedBytes,
        progress: this.#options.progress,
        label: why === void 0 ? image.subject : `${image.subject} (${why})`,
        signal
      });
      for (const [digest, bytes] of pulled.unpackedBytesByLayer) this.#unpackedBytes.set(digest, bytes);
      return pulled;
    });
  }
  /** Works with a client of its own, within the time that a sample may take. */
  async #withSource(image, work) {
    const { sampleTimeoutSeconds } = this.#options;
    const late = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, late.signal]);
    const abort = () => late.abort(timeout(image, sampleTimeoutSeconds));
    const timer = setTimeout(abort, Math.min(sampleTimeoutSeconds * 1e3, longestTimer));
    const source = image.open(signal);
    try {
      return await work(source, signal);
    } finally {
      clearTimeout(timer);
      await source.close();
    }
  }
  #baselineOf({ platform }) {
    return this.#options.subjects.find(
      (other) => other.subject === "baseline" && formatPlatform(other.platform) === formatPlatform(platform)
    );
  }
};
function timeout({ subject: subject2 }, seconds) {
  return infrastructureError("sample-timeout", `the pull of the ${subject2} was not done after ${seconds} s`, {
    hint: "Look at the network and the disk, or raise sample-timeout."
  });
}
function remove(folder, pool) {
  return pool.run("remove", { folder }, new AbortController().signal);
}

// src/pipeline/place.ts
import { rm } from "node:fs/promises";
async function placeOf(image, facts, { scratch, options, context, like }) {
  const name = image.isMade ? void 0 : parseImageName(image.name);
  if (name?.transport === "docker" && like?.registry !== loopback) {
    return {
      registry: name.reference.host,
      digest: image.descriptor.digest,
      open: clientOf(name.reference, options),
      close: async () => {
      }
    };
  }
  const digest = parseDigest(facts.digest, image.name);
  if (name?.transport === "oci") return serve(name.path, digest, options, async () => {
  });
  return context.phase(`Copy ${image.name} behind the registry on loopback`, async () => {
    await makeScratch(scratch);
    await reapScratch(scratch, removeFolder);
    const folder = scratchFolder(scratch, "layout");
    try {
      await copyPlatform(image, splitPlatform(facts.platform), folder, context);
      return await serve(folder, digest, options, () => removeFolder(folder));
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  });
}
var loopback = "loopback";
var removeFolder = (folder) => rm(folder, { recursive: true, force: true });
async function copyPlatform({ source, descriptor }, platform, folder, { progress, signal }) {
  const sink = await openLayout(folder, { create: true });
  try {
    await copyImage({
      source,
      descriptor,
      sink,
      tags: ["image"],
      platforms: [platform],
      unpublished: true,
      progress,
      signal
    });
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await sink.close();
}
async function serve(path, digest, options, cleanUp) {
  const server = await serveLayout({ layout: path, readOnly: true });
  return {
    registry: loopback,
    digest,
    open: clientOf({ host: server.host, repository: "image" }, options),
    close: async () => {
      try {
        await server.close();
      } finally {
        await cleanUp();
      }
    }
  };
}
var clientOf = (reference, options) => (signal) => openRegistry(reference, { ...options, attempts: 1, signal });

// src/pipeline/measuring.ts
async function startMeasuring(found, described, { budgets, settings, options, context, open: open2 }) {
  const placed = async (subject2, platform, like) => {
    const [image, facts] = [
      found[subject2],
      described[subject2]?.platforms.find((one) => one.platform === platform)
    ];
    if (!image || !facts) return void 0;
    const { scratch } = settings;
    const at = await placeOf(image, facts, { scratch, options, context, ...like ? { like } : {} });
    open2.defer(() => at.close());
    return { image: { subject: subject2, open: at.open, digest: at.digest, platform: splitPlatform(platform) }, at };
  };
  const subjects = [];
  let sameRegistry = true;
  for (const platform of measuredPlatforms(described.image, budgets)) {
    const image = await placed("image", platform);
    const baseline = await placed("baseline", platform, image?.at);
    subjects.push(...[image, baseline].flatMap((one) => one?.image ?? []));
    if (baseline && baseline.at.registry !== image?.at.registry) sameRegistry = false;
  }
  return createMeasurement({
    subjects,
    // A third of the time more, so only where somebody asks.
    holdsBaseline: found.baseline !== void 0 && budgets.some(({ selector }) => selector.holds === "baseline"),
    sameRegistry,
    seed: settings.seed,
    scratch: settings.scratch,
    attempts: settings.attempts,
    sampleTimeoutSeconds: settings.sampleTimeout,
    unpackRatioLimit: settings.unpackRatioLimit,
    progress: context.progress,
    signal: context.signal
  });
}
function measuredPlatforms(facts, budgets) {
  const there = facts.platforms.map((image) => image.platform);
  const host = formatPlatform(hostPlatform());
  const mine = there.find((have) => isSamePlatform(have, host)) ?? (there.length === 1 ? there[0] : void 0);
  const wanted = budgets.filter(({ metric: metric2 }) => metric2 === "pull-time").flatMap(({ selector }) => selector.platform ?? []);
  const named = there.filter((have) => wanted.some((want) => isSamePlatform(have, want)));
  const chosen = /* @__PURE__ */ new Set([...mine === void 0 ? [] : [mine], ...named]);
  if (chosen.size > 0) return chosen;
  throw inputError("no-platform", `${facts.name} has no image for this machine (${host}) to measure`, {
    hint: `Set platforms to one of ${there.join(", ")}, or runs to 0.`
  });
}

// src/content/layer/unpacked-sizes.ts
var parallel = 2;
async function readUnpackedSizes(source, layers, options) {
  const distinct2 = new Map(layers.map((layer) => [layer.descriptor.digest, layer]));
  const total2 = [...distinct2.values()].reduce((sum2, { descriptor }) => sum2 + descriptor.size, 0);
  const task = options.progress.start("read layers", total2);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const advancing = async function* (bytes) {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      task.advance(chunk.byteLength);
      yield chunk;
    }
  };
  const limit = pLimit(parallel);
  const reads = [...distinct2.values()].map(
    (layer) => limit(async () => {
      signal.throwIfAborted();
      const { unpackedBytes } = await readLayer(advancing(source.readBlob(layer.descriptor)), layer, options);
      return [layer.descriptor.digest, unpackedBytes];
    })
  );
  try {
    return new Map(await Promise.all(reads));
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(reads);
    throw error;
  } finally {
    task.done();
  }
}

// src/pipeline/unpacked.ts
var needSizes = ["unpacked", "delta-unpacked"];
function withMeasuredSizes(described, measurement2) {
  return withSizesOfBoth(described, new Map(Object.entries(measurement2?.unpackedBytesByLayer ?? {})));
}
function withRelaidSizes(described, relaid = []) {
  const layers = relaid.flatMap((image) => image.layers);
  return withSizesOfBoth(described, new Map(layers.map((layer) => [layer.digest, layer.unpackedBytes])));
}
function withSizesOfBoth(described, sizes) {
  return {
    image: withSizes(described.image, sizes),
    baseline: described.baseline && withSizes(described.baseline, sizes)
  };
}
async function withReadSizes(described, found, budgets, settings, context) {
  const read = async (image, facts, asking2) => {
    const unknown = facts.platforms.filter(({ platform }) => described.image.platforms.some((one) => one.platform === platform)).filter(({ platform }) => asking2.some((budget) => isAbout(budget, platform))).flatMap(({ layers }) => layers).filter((layer) => layer.unpackedBytes === void 0);
    if (unknown.length === 0) return facts;
    const sizes = await context.phase(
      `Read the layers of ${facts.name}`,
      () => readUnpackedSizes(image.source, unknown.map(layerDescriptor), {
        ratioLimit: settings.unpackRatioLimit,
        progress: context.progress,
        signal: context.signal
      })
    );
    return withSizes(facts, sizes);
  };
  const asking = budgets.filter(({ metric: metric2 }) => needSizes.includes(metric2));
  const relative = asking.filter(({ limit }) => limit.kind === "relative");
  return {
    image: await read(found.image, described.image, asking),
    baseline: found.baseline && described.baseline && await read(found.baseline, described.baseline, relative)
  };
}
var isAbout = ({ selector }, platform) => selector.platform === void 0 || isSamePlatform(platform, selector.platform);
function layerDescriptor({ digest, diffId, mediaType, bytes }) {
  return {
    descriptor: { digest, mediaType, size: bytes },
    diffId
  };
}
function withSizes(facts, sizes) {
  const sized = (image) => ({
    ...image,
    layers: image.layers.map((layer) => {
      const unpackedBytes = layer.unpackedBytes ?? sizes.get(layer.digest);
      return unpackedBytes === void 0 ? layer : { ...layer, unpackedBytes };
    })
  });
  return { ...facts, platforms: facts.platforms.map(sized) };
}

// src/pipeline/run.ts
async function runPipeline(given, context) {
  var _stack = [];
  try {
    const usual = usualBaseline(given);
    const settings = { ...given, baseline: given.baseline ?? usual };
    const budgets = parseBudgets(settings.budgets, settings.placeInBudgets);
    refuseUnjudgeable(budgets, { baseline: settings.baseline !== void 0, pulls: settings.runs > 0 });
    for (const remark of settings.remarks ?? []) context.notice(remark);
    const options = registryOptions(settings, context);
    const open2 = __using(_stack, new AsyncDisposableStack(), true);
    const baseline = { named: given.baseline, usual };
    const found = await findImages({ settings, baseline, budgets, options, context, open: open2 });
    const described = withRelaidSizes(
      await context.phase("Inspect", () => describeImages(found.image, found.baseline, settings.platforms)),
      found.made?.relayer
    );
    const judged = (facts, measurement3) => gateInput(settings, budgets, facts, found.baselineMissing, measurement3);
    const measuring = settings.runs === 0 ? void 0 : await startMeasuring(found, described, { budgets, settings, options, context, open: open2 });
    if (measuring) {
      await context.phase("Measure", async () => {
        let more = { add: settings.runs, total: settings.runs };
        while (more) {
          await measuring.run(more.add);
          const measurement3 = measuring.facts();
          more = nextRuns(judged(withMeasuredSizes(described, measurement3), measurement3), more.total);
          if (more)
            context.notice(
              `A time budget is undecided: ${more.total} runs instead of ${more.total - more.add}.`
            );
        }
      });
    }
    const measurement2 = measuring?.facts();
    const sized = await withReadSizes(
      withMeasuredSizes(described, measurement2),
      found,
      budgets,
      settings,
      context
    );
    return reportOf(judged(sized, measurement2), found);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function usualBaseline({ relayer, tags }) {
  return relayer && tags.length > 0 ? latestBeside(parseTags(tags)[0]) : void 0;
}
async function findImages({
  settings,
  baseline: names,
  budgets,
  options,
  context,
  open: open2
}) {
  if (settings.image === void 0) {
    throw inputError("no-image", "no image is named", {
      hint: "Set image to what was built: oci:DIR, docker-daemon:NAME, or a reference in a registry."
    });
  }
  const name = settings.image;
  const references = settings.push ? parseTags(settings.tags) : void 0;
  const plan = planSoci(settings.soci ?? "off", settings.sociTagSuffix);
  const opened = await context.phase("Resolve", () => openImage(name, options));
  open2.defer(() => opened.source.close());
  if (budgets.some(({ selector }) => selector.platform !== void 0)) {
    refuseMissingPlatforms(budgets, (await describeImages(opened, void 0, settings.platforms)).image);
  }
  const { image: baseline, missing: baselineMissing } = await openBaseline(names, options);
  if (baseline) open2.defer(() => baseline.source.close());
  if (baselineMissing) {
    const afresh = settings.relayer ? ", and the image is re-laid afresh" : "";
    context.notice(`No baseline: ${baselineMissing}. Budgets against it pass this time${afresh}.`);
  }
  const relaid = settings.relayer ? await relay({ image: opened, baseline, settings, options, context }, open2) : void 0;
  if (relaid) open2.defer(() => relaid.close());
  const image = relaid ?? opened;
  const relaying = relaid && {
    relayer: [...relaid.facts],
    ...relaid.notices.length > 0 ? { relayerNotices: [...relaid.notices] } : {}
  };
  if (!references) return { image, baseline, baselineMissing, pushed: [], made: { ...relaying } };
  const known = settings.baseline ? [settings.baseline] : [];
  const attach = (what) => withPlanArtifacts(what, relaid?.plans ?? [], settings.platforms);
  const request = { image, plan, known, made: relaid?.ztocs, settings, options, context, attach };
  const { descriptor, ...indexed } = plan ? await pushIndexed({ ...request, plan }, references) : {
    descriptor: await context.phase(
      "Push",
      async () => pushImage(await attach(image), references, settings.platforms, options, context)
    )
  };
  const source = openRegistry(references[0], options);
  open2.defer(() => source.close());
  return {
    image: { name: formatReference(references[0]), source, descriptor },
    baseline,
    baselineMissing,
    pushed: references.map(formatReference),
    made: { ...relaying, ...indexed }
  };
}
function gateInput(settings, budgets, facts, baselineMissing, measurement2) {
  return {
    budgets,
    waivers: settings.waivers,
    onInconclusive: settings.onInconclusive,
    today: (/* @__PURE__ */ new Date()).toISOString().slice(0, 10),
    image: facts.image,
    ...facts.baseline ? { baseline: facts.baseline } : {},
    ...baselineMissing === void 0 ? {} : { baselineMissing },
    deltas: facts.baseline ? deltasOf(facts.image, facts.baseline) : [],
    ...measurement2 ? { measurement: measurement2 } : {}
  };
}
function reportOf(input, found) {
  return {
    schemaVersion: 1,
    tool,
    createdAt: (/* @__PURE__ */ new Date()).toISOString(),
    image: input.image,
    ...input.baseline ? { baseline: input.baseline } : {},
    ...input.baselineMissing === void 0 ? {} : { baselineMissing: input.baselineMissing },
    deltas: [...input.deltas],
    ...input.measurement ? { measurement: input.measurement } : {},
    gate: evaluate(input),
    pushed: [...found.pushed],
    ...found.made
  };
}

export {
  engineName,
  measurement,
  parseBudgets,
  refuseUnjudgeable,
  refuseMissingPlatforms,
  runPipeline
};
