import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  median
} from "./chunk-RMFX2JOR.js";
import {
  imageBytes,
  imageUnpackedBytes
} from "./chunk-PCHBEAKS.js";
import {
  instruction,
  plain
} from "./chunk-T4TZTXRW.js";
import {
  formatSeconds,
  formatValue,
  isSamePlatform,
  parseBytes
} from "./chunk-GQUP2JUB.js";
import {
  exitCodes
} from "./chunk-4J2PJRUG.js";

// src/stages/gate/metrics.ts
var metrics = {
  size: {
    scope: "image",
    unit: "bytes",
    selectors: ["platform"],
    read: (image) => ({ value: imageBytes(image) })
  },
  unpacked: {
    scope: "image",
    unit: "bytes",
    selectors: ["platform"],
    read: (image) => known(imageUnpackedBytes(image), image.layers)
  },
  "layer-size": { scope: "image", unit: "bytes", selectors: ["platform"], read: largestLayer },
  layers: {
    scope: "image",
    unit: "count",
    selectors: ["platform"],
    read: (image) => ({ value: image.layers.length })
  },
  delta: {
    scope: "delta",
    unit: "bytes",
    selectors: ["platform", "reuse"],
    read: (delta, selector) => ({ value: delta[selector.reuse ?? "chain"].bytes })
  },
  "delta-unpacked": {
    scope: "delta",
    unit: "bytes",
    selectors: ["platform"],
    read: (delta) => known(delta.unpackedBytes)
  },
  "pull-time": {
    scope: "pull",
    unit: "seconds",
    selectors: ["platform", "engine", "holds"],
    read: (sample) => sample.pullSeconds
  }
};
function known(value, layers) {
  if (value !== void 0) return { value };
  const unread = layers?.filter((layer) => layer.unpackedBytes === void 0).length;
  const which = layers ? `${unread} of ${layers.length} layers` : "a layer";
  return { unknown: `the unpacked size of ${which} is not known: it is once the image has been pulled` };
}
function largestLayer({ layers }) {
  const value = Math.max(0, ...layers.map((layer) => layer.bytes));
  const at = layers.findIndex((layer) => layer.bytes === value);
  const createdBy = layers[at]?.createdBy;
  const text = createdBy === void 0 ? "" : instruction(createdBy, 72);
  return at < 0 ? { value } : { value, of: `layer ${at + 1} of ${layers.length}${text && ` (${text})`}` };
}

// src/stages/gate/judgement.ts
var inSentence = (text) => plain(text, 160);
function decided(about, outcome, reason) {
  return { verdict: verdictOf(about, outcome, reason) };
}
function undecided(about, open, reason) {
  return { verdict: verdictOf(about, "inconclusive", reason), open };
}
function verdictOf(about, outcome, reason) {
  const { unit } = metrics[about.budget.metric];
  return { samples: [], baselineSamples: [], ...about, unit, outcome, reason };
}
function baselineOf(input, platform) {
  const { baseline, baselineMissing } = input;
  const image = baseline?.platforms.find((candidate) => candidate.platform === platform);
  if (image) return { image };
  if (baseline) {
    const reason = `no baseline: ${inSentence(baseline.name)} has no ${inSentence(platform)}`;
    return { first: true, reason };
  }
  if (baselineMissing !== void 0)
    return { first: true, reason: `no baseline: ${inSentence(baselineMissing)}` };
  return { first: false, reason: "no baseline was named to hold it against: set `baseline`" };
}
function withoutBaseline(about, { first, reason }) {
  return first ? decided(about, "pass", reason) : undecided(about, { by: "facts" }, reason);
}
function limitValue(limit, unit, baseline) {
  if (limit.kind === "absolute") return limit.value;
  const growth2 = Math.max((limit.percent ?? 0) * baseline / 100, limit.absolute ?? 0);
  return unit === "seconds" ? wholeNanoseconds(baseline + growth2) : Math.floor(steady(baseline + growth2));
}
function wholeNanoseconds(seconds) {
  return Math.round(seconds * 1e9) / 1e9;
}
function steady(value) {
  return Number(value.toPrecision(15));
}
function distance(value, limit, unit) {
  const format = formatValue[unit];
  if (value === limit) return `exactly ${format(limit)}`;
  return `${format(Math.abs(value - limit))} ${value > limit ? "over" : "under"} ${format(limit)}`;
}

// src/stages/gate/sizes.ts
function judgeImage(budget, metric, image, input) {
  const about = { budget, platform: image.platform };
  const reading = metric.read(image);
  if (reading.value === void 0) return undecided(about, { by: "facts" }, reading.unknown);
  if (budget.limit.kind === "absolute") return judgeValue(about, reading, budget.limit.value, metric.unit);
  const found = baselineOf(input, image.platform);
  if (!found.image) return withoutBaseline({ ...about, value: reading.value }, found);
  const baseline = metric.read(found.image);
  if (baseline.value === void 0) {
    return undecided(
      { ...about, value: reading.value },
      { by: "facts" },
      `of the baseline, ${baseline.unknown}`
    );
  }
  const limit = limitValue(budget.limit, metric.unit, baseline.value);
  return judgeValue({ ...about, baseline: baseline.value }, reading, limit, metric.unit);
}
function judgeDelta(budget, metric, image, input) {
  const about = { budget, platform: image.platform };
  const found = baselineOf(input, image.platform);
  if (!found.image) return withoutBaseline(about, found);
  const delta = input.deltas.find((candidate) => candidate.platform === image.platform);
  const unknown = `what ${inSentence(image.platform)} shares with the baseline is not known`;
  const reading = delta ? metric.read(delta, budget.selector) : { unknown };
  if (reading.value === void 0) return undecided(about, { by: "facts" }, reading.unknown);
  return judgeValue(about, reading, limitValue(budget.limit, metric.unit, 0), metric.unit);
}
function judgeValue(about, reading, limit, unit) {
  const { value, of } = reading;
  const grew = about.baseline === void 0 ? "" : growth(value - about.baseline, about.baseline, unit);
  const reason = `${of ? `${of} is ` : ""}${formatValue[unit](value)}${grew}: ${distance(value, limit, unit)}`;
  return decided({ ...about, value, limit }, value <= limit ? "pass" : "fail", reason);
}
function growth(by, baseline, unit) {
  if (by === 0) return ", as the baseline";
  const percent = baseline > 0 ? ` (${(Math.abs(by) / baseline * 100).toFixed(1)} %)` : "";
  return `, ${by > 0 ? "grew" : "shrank"} by ${formatValue[unit](Math.abs(by))}${percent}`;
}

// src/stages/gate/statistics.ts
function hodgesLehmann(x, y) {
  return median(x.flatMap((a) => y.map((b) => a - b)));
}
function mannWhitneyGreater(x, y) {
  const ranks = doubledMidranks([...x, ...y]);
  const observed = sum(ranks.slice(0, x.length));
  const counts2 = countsByRankSum(ranks, x.length);
  return sum(counts2.slice(observed)) / sum(counts2);
}
function doubledMidranks(values) {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return 2 * below + equal + 1;
  });
}
function countsByRankSum(ranks, size) {
  const counts2 = Array.from({ length: size + 1 }, () => new Array(sum(ranks) + 1).fill(0));
  counts2[0][0] = 1;
  for (const rank of ranks) {
    for (let chosen = size; chosen > 0; chosen--) {
      const from = counts2[chosen - 1];
      const to = counts2[chosen];
      for (let s = to.length - 1; s >= rank; s--) to[s] = (to[s] ?? 0) + (from[s - rank] ?? 0);
    }
  }
  return counts2[size];
}
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

// src/stages/gate/times.ts
var significance = 0.05;
var enough = 3;
function judgePulls(budget, metric, image, input) {
  const { platform } = image;
  const held = budget.selector.holds ?? "nothing";
  const { limit } = budget;
  const found = baselineOf(input, platform);
  return enginesOf(budget, platform, input.measurement).map((engine) => {
    const of = (subject) => pullsOf(metric, input.measurement, { subject, engine, holds: held, platform });
    const pulls = of("image");
    const about = { budget, platform, ...engine ? { engine } : {}, ...pulls.values };
    if ((limit.kind === "relative" || held === "baseline") && !found.image)
      return withoutBaseline(about, found);
    return troubleWith(about, pulls, held === "nothing" ? "pull" : "pull of a node that holds the baseline") ?? (limit.kind === "absolute" ? judgeAbsolute(about, pulls.seconds, limit.value) : judgeRelative(about, pulls, of("baseline"), limit));
  });
}
function enginesOf(budget, platform, measurement) {
  const engines = [...measurement?.samples ?? [], ...measurement?.faults ?? []].filter((pull) => pull.subject === "image" && pull.platform === platform).map((pull) => pull.engine).filter((engine) => budget.selector.engine === void 0 || budget.selector.engine === engine);
  return engines.length > 0 ? [...new Set(engines)].toSorted() : [void 0];
}
function pullsOf(metric, measurement, kind) {
  const isOfKind = (pull) => pull.subject === kind.subject && pull.engine === kind.engine && pull.holds === kind.holds && pull.platform === kind.platform;
  const samples = (measurement?.samples ?? []).filter(isOfKind).toSorted((a, b) => a.order - b.order);
  const faults = (measurement?.faults ?? []).filter(isOfKind);
  const ended = new Set(samples.map((sample) => sample.order));
  const broken = new Set(faults.map((fault) => fault.order).filter((order) => !ended.has(order)));
  const seconds = samples.map((sample) => metric.read(sample));
  return {
    samples,
    seconds,
    values: seconds.length > 0 ? { samples: seconds, value: median(seconds) } : { samples: [] },
    faults,
    lost: broken.size
  };
}
function troubleWith(about, { seconds, faults, lost }, what) {
  const because = inSentence(faults.at(-1)?.message ?? "");
  if (seconds.length === 0) {
    return lost > 0 ? decided(about, "error", `no ${what} ended well: ${because}`) : undecided(about, { by: "facts" }, `no ${what} was measured`);
  }
  if (lost === 0 || seconds.length >= enough) return void 0;
  const reason = `only ${seconds.length} of ${seconds.length + lost} pulls ended well: ${because}`;
  return undecided(about, { by: "faults" }, reason);
}
function judgeAbsolute(about, seconds, limit) {
  const held = { ...about, limit };
  const slowest = Math.max(...seconds);
  const fastest = Math.min(...seconds);
  const middle = median(seconds);
  const count = seconds.length;
  if (slowest <= limit) {
    const reason2 = `the slowest of ${count} took ${formatSeconds(slowest)}: ${distance(slowest, limit, "seconds")}`;
    return decided(held, "pass", reason2);
  }
  if (fastest > limit) {
    const reason2 = `the fastest of ${count} took ${formatSeconds(fastest)}: ${distance(fastest, limit, "seconds")}`;
    return decided(held, "fail", reason2);
  }
  const over = seconds.filter((value) => value > limit).length;
  const reason = `${over} of ${count} pulls took longer than ${formatSeconds(limit)}, the median is ${formatSeconds(middle)}`;
  return undecided(held, { by: "samples", leaning: middle <= limit ? "pass" : "fail" }, reason);
}
function judgeRelative(about, pulls, baseline, limit) {
  const base = median(baseline.seconds);
  const trouble = troubleWith(about, baseline, "pull of the baseline");
  if (trouble) return trouble;
  const against = { ...about, baseline: base, baselineSamples: [...baseline.seconds] };
  const flags = [...pulls.samples, ...baseline.samples].flatMap((sample) => sample.flags);
  if (flags.includes("other-registry-than-baseline")) {
    const reason2 = "image and baseline were pulled from different registries: their times do not compare";
    return undecided(against, { by: "facts" }, reason2);
  }
  const shift = wholeNanoseconds(hodgesLehmann(pulls.seconds, baseline.seconds));
  const p = mannWhitneyGreater(pulls.seconds, baseline.seconds);
  const most = limitValue(limit, "seconds", base);
  const allowed = wholeNanoseconds(most - base);
  const held = { ...against, limit: most, shift, p };
  const slower = `${formatSeconds(Math.abs(shift))} ${shift < 0 ? "faster" : "slower"} than the baseline`;
  const reason = `${slower}, may be ${formatSeconds(allowed)} slower`;
  if (shift <= allowed) return decided(held, "pass", reason);
  if (p <= significance) return decided(held, "fail", `${reason}; p = ${digits(p)}`);
  const chance = `${reason}; ${pulls.seconds.length} and ${baseline.seconds.length} pulls leave p = ${digits(p)}`;
  return undecided(held, { by: "samples", leaning: "fail" }, `${chance}, so it may be chance`);
}
function digits(p) {
  return String(Number(p.toPrecision(2)));
}

// src/stages/gate/judge.ts
function judge(input) {
  return input.budgets.flatMap((budget) => {
    const metric = metrics[budget.metric];
    const images = imagesOf(budget, input);
    if (images.length === 0) return [notThere(budget, input)];
    return images.flatMap((image) => {
      if (metric.scope === "image") return [judgeImage(budget, metric, image, input)];
      if (metric.scope === "delta") return [judgeDelta(budget, metric, image, input)];
      return judgePulls(budget, metric, image, input);
    });
  });
}
function imagesOf({ metric, selector }, { image, measurement }) {
  const { platform } = selector;
  if (platform !== void 0) {
    return image.platforms.filter((candidate) => isSamePlatform(candidate.platform, platform));
  }
  if (metrics[metric].scope !== "pull") return image.platforms;
  const pulls = [...measurement?.samples ?? [], ...measurement?.faults ?? []];
  const measured = image.platforms.filter(
    (candidate) => pulls.some((pull) => pull.subject === "image" && pull.platform === candidate.platform)
  );
  return measured.length > 0 ? measured : image.platforms;
}
function notThere(budget, { image }) {
  const platforms = image.platforms.map(({ platform: platform2 }) => inSentence(platform2)).join(", ");
  const { platform = "no platform" } = budget.selector;
  const reason = platforms ? `the image has no ${platform}; it has ${platforms}` : "the image has no platform at all";
  return decided({ budget, platform }, "error", reason);
}

// src/stages/gate/notation.ts
function formatBudget(budget) {
  const prefix = budget.severity === "warn" ? "warn: " : "";
  return `${prefix}${leftSide(budget)} <= ${formatLimit(budget.limit, metrics[budget.metric].unit)}`;
}
function leftSide({ metric, selector }) {
  const { platform, engine, holds, reuse } = selector;
  const parts = [platform, engine, holds && `holds=${holds}`, reuse].filter((part) => part !== void 0);
  return parts.length > 0 ? `${metric}[${parts.join(",")}]` : metric;
}
function budgetKey(budget) {
  const selector = { holds: "nothing", reuse: "chain", ...budget.selector };
  const limit = Object.keys(budget.limit).toSorted().join("+");
  return `${budget.severity}: ${leftSide({ ...budget, selector })} ${budget.limit.kind} ${limit}`;
}
function formatLimit(limit, unit) {
  if (limit.kind === "absolute") return exact[unit](limit.value);
  const terms = [
    ...limit.percent === void 0 ? [] : [`${decimal(limit.percent)}%`],
    ...limit.absolute === void 0 ? [] : [exact[unit](limit.absolute)]
  ];
  return `baseline + ${terms.join(" and ")}`;
}
var byteUnits = ["TB", "TiB", "GB", "GiB", "MB", "MiB", "kB", "KiB"].map((name) => ({
  name,
  bytes: parseBytes(`1 ${name}`)
}));
var exact = {
  bytes(value) {
    for (const { name, bytes } of byteUnits) {
      const text = `${Number((value / bytes).toFixed(3))} ${name}`;
      if (value >= bytes && parseBytes(text) === value) return text;
    }
    return `${value} B`;
  },
  count: String,
  seconds: (value) => `${decimal(value)} s`
};
function decimal(value) {
  return value.toLocaleString("en-US", { useGrouping: false, maximumSignificantDigits: 21 });
}

// src/stages/gate/waivers.ts
function isFor(waiver, budget) {
  const name = withoutSpace(waiver.budget);
  return [budget.text, leftSide(budget)].some((candidate) => withoutSpace(candidate) === name);
}
function hasExpired(waiver, today) {
  return waiver.until < today;
}
function withWaivers(verdict, waivers, today) {
  const waiver = waivers.find((each) => isFor(each, verdict.budget) && !hasExpired(each, today));
  return waiver ? { ...verdict, waiver } : verdict;
}
function waiverProblems(waivers, budgets, today) {
  const problemOf = (waiver) => {
    if (hasExpired(waiver, today)) return "expired";
    return budgets.some((budget) => isFor(waiver, budget)) ? void 0 : "unused";
  };
  return waivers.flatMap((waiver) => {
    const problem = problemOf(waiver);
    return problem ? [{ waiver, problem }] : [];
  });
}
function withoutSpace(text) {
  return text.replace(/\s+/g, "");
}

// src/stages/gate/evaluate.ts
var outcomes = ["pass", "inconclusive", "error", "fail"];
function evaluate(input) {
  const { waivers, budgets, today } = input;
  const verdicts = judge(input).map((judgement) => settle(judgement, input.onInconclusive)).map((verdict) => withWaivers(verdict, waivers, today));
  const problems = waiverProblems(waivers, budgets, today);
  const counted = [
    ...verdicts.filter(counts).map((verdict) => verdict.outcome),
    ...problems.filter(({ problem }) => problem === "expired").map(() => "fail")
  ];
  const worst = Math.max(0, ...counted.map((outcome) => outcomes.indexOf(outcome)));
  return { outcome: outcomes[worst] ?? "pass", verdicts, waiverProblems: problems };
}
function exitCode(result) {
  const codes = {
    pass: exitCodes.pass,
    inconclusive: exitCodes.pass,
    fail: exitCodes.budgetFailed,
    error: exitCodes.infrastructure
  };
  return codes[result.outcome];
}
function settle({ verdict, open }, policy) {
  if (!open || policy === "warn") return verdict;
  if (policy === "fail") {
    const outcome = open.by === "faults" ? "error" : "fail";
    return { ...verdict, outcome, reason: `${verdict.reason} (on-inconclusive: fail)` };
  }
  if (open.by !== "samples") return verdict;
  return { ...verdict, outcome: open.leaning, reason: `${verdict.reason}: decided by the median` };
}
function counts({ budget, waiver, outcome }) {
  return budget.severity === "fail" && (waiver === void 0 || outcome === "error");
}

export {
  metrics,
  formatBudget,
  budgetKey,
  inSentence,
  judge,
  evaluate,
  exitCode
};
