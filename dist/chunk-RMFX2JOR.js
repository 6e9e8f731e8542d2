import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  cut,
  displayWidth,
  wrap
} from "./chunk-HAYGAELK.js";
import {
  bounded,
  codeSpan,
  counted,
  digestText,
  formatChange,
  formatPercent,
  imageBytes,
  imageUnpackedBytes,
  inlineText,
  layerName,
  layerSections,
  layerTable,
  madeBy,
  platformViews,
  shortDigest,
  sum
} from "./chunk-PCHBEAKS.js";
import {
  external_exports,
  plain
} from "./chunk-T4TZTXRW.js";
import {
  formatBytes,
  formatChosenBytes,
  formatSeconds,
  formatValue
} from "./chunk-GQUP2JUB.js";
import {
  tool
} from "./chunk-472U6O6R.js";

// src/stages/report/beside.ts
var kinds = {
  "soci-index": "SOCI indexes",
  "layer-plan": "Layer plans",
  attestation: "Attestations",
  report: "Reports",
  artifact: "Other artifacts"
};
function besideSection({ image }) {
  const rows = Object.entries(kinds).flatMap(([kind, title]) => {
    const those = image.beside.filter((one) => one.kind === kind);
    return those.length === 0 ? [] : [[title, String(those.length), formatBytes(sum(those.map((one) => one.bytes)))]];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: "Beside the image",
      before: [["Not counted into its size."]],
      table: {
        columns: [{ title: "What" }, { title: "Count", align: "right" }, { title: "Size", align: "right" }],
        rows
      }
    }
  ];
}

// src/stages/report/changes.ts
function changeSections(report, views) {
  if (report.baseline === void 0) {
    return report.baselineMissing === void 0 ? [] : [{ title: "Against the baseline", before: [[`There is no baseline: ${report.baselineMissing}.`]] }];
  }
  const several = views.length > 1;
  return views.map((view) => ({
    title: `Against the baseline${several ? `: ${view.image.platform}` : ""}`,
    ...platformChange(report.baseline?.name ?? "", view)
  }));
}
function platformChange(baselineName, view) {
  const { image, baseline, delta, layers } = view;
  if (baseline === void 0 || delta === void 0) {
    return { before: [[codeSpan(baselineName), " has no image of this platform."]] };
  }
  const now = imageBytes(image);
  const before = imageBytes(baseline);
  const kept = new Set(image.layers.map((layer) => layer.digest));
  const gone = baseline.layers.filter((layer) => !kept.has(layer.digest));
  const fresh = layers.filter((layer) => layer.state === "new").toSorted((a, b) => b.bytes - a.bytes || a.position - b.position);
  const { shown, more } = bounded(fresh, 12, (rest) => [
    `${counted(rest.length, "more new layer")}: ${formatBytes(sum(rest.map((layer) => layer.bytes)))}.`
  ]);
  return {
    before: [
      [
        "Size ",
        formatBytes(now),
        " against ",
        formatBytes(before),
        ` of `,
        codeSpan(baselineName),
        `: ${formatChange(now, before, "bytes")}.`
      ],
      ...downloadLines(view),
      ...gone.length > 0 ? [
        [
          `${counted(gone.length, "layer")} of the baseline (${formatBytes(sum(gone.map((l) => l.bytes)))}) ${gone.length === 1 ? "is" : "are"} gone.`
        ]
      ] : []
    ],
    ...shown.length > 0 ? { table: layerTable(shown, layers, false) } : {},
    after: more
  };
}
function downloadLines({ delta, layers }) {
  if (delta === void 0) return [];
  if (delta.chain.bytes === 0) return [["A node that holds the baseline downloads nothing."]];
  const moved = layers.filter((layer) => layer.state === "moved");
  return [
    [
      `A node that holds the baseline keeps ${delta.sharedLayers} of ${counted(delta.layers, "layer")} and downloads `,
      delta.chain.bytes === delta.blobs.bytes ? `${formatBytes(delta.chain.bytes)} (chain rule and blob rule)` : `${formatBytes(delta.chain.bytes)} (chain rule: all above the first changed layer), or ${formatBytes(delta.blobs.bytes)} where it keeps blobs (blob rule)`,
      delta.unpackedBytes === void 0 ? "." : `; it unpacks ${formatBytes(delta.unpackedBytes)}.`
    ],
    ...moved.length > 0 ? [
      [
        `${counted(moved.length, "layer")} (${formatBytes(sum(moved.map((l) => l.bytes)))}) did not change but `,
        `stand above one that did, so they are unpacked again.`
      ]
    ] : []
  ];
}

// src/stages/report/relayer.ts
function relayerSections(platforms, image) {
  const contents = layerContents([image]);
  return platforms.map((facts) => ({
    title: `Re-layered${platforms.length > 1 ? `: ${facts.platform}` : ""}`,
    ...relayerSection(facts, contents)
  }));
}
function relayerNoticeSection(notices) {
  const { shown, more } = bounded(notices, 10, (rest) => [`And ${rest.length} more, in the report file.`]);
  return notices.length === 0 ? [] : [{ title: "Said while re-layering", before: shown.map((line) => [line]), after: more }];
}
function layerContents(images) {
  const layers = images.flatMap(({ platforms }) => platforms.flatMap((one) => one.layers));
  return new Map(layers.map((layer) => [layer.diffId, madeBy(layer).replace(ourMark, "")]));
}
var ourMark = `${tool.name} relayer: `;
function relayerSection(facts, contents) {
  const { shown, more } = bounded(facts.layers, 70, (rest) => [
    `${counted(rest.length, "more layer")}: ${formatBytes(sum(rest.map(({ bytes }) => bytes)))}.`
  ]);
  return {
    before: [
      ["Containers see the same files: tree ", codeSpan(shortDigest(facts.tree)), "."],
      deltaLine(facts),
      freshLine(facts),
      ...purgedLines(facts)
    ],
    table: {
      columns: [
        { title: "#", align: "right" },
        { title: "Layer" },
        { title: "Size", align: "right" },
        { title: "" },
        { title: "What is in it", narrow: "wrap" },
        { title: "Why", narrow: "last" }
      ],
      rows: shown.map((layer, at) => layerRow(layer, at, contents))
    },
    after: more
  };
}
function deltaLine({ baseline, delta: { before, after }, reusedLayers }) {
  if (baseline === void 0) return ["There is no baseline: the next release is what profits."];
  return [
    `A node with the baseline downloads ${formatBytes(after.chain)} of layers, as built it would be ${formatBytes(before.chain)}; `,
    `one that keeps blobs ${formatBytes(after.blobs)} instead of ${formatBytes(before.blobs)}. `,
    `${counted(reusedLayers, "layer")} reused.`
  ];
}
function freshLine({ fresh: { before, after, dead } }) {
  const hidden = dead === 0 ? "" : `, of which some ${formatBytes(dead)} (${formatPercent(dead, after)}) is seen by no container`;
  return [`A node with nothing downloads ${formatBytes(after)}, as built ${formatBytes(before)}${hidden}.`];
}
function purgedLines({ purged }) {
  if (purged === void 0) return [];
  const { paths, count } = purged;
  const named = paths.flatMap((path, at) => at === 0 ? [codeSpan(path)] : [", ", codeSpan(path)]);
  const more = count > paths.length ? [` and ${counted(count - paths.length, "other")}`] : [];
  return [["Purged, in no layer any more: ", ...named, ...more, "."]];
}
var origins = {
  base: "base",
  baseline: "reused",
  new: "new"
};
function layerRow({ diffId, digest, bytes, origin, title, reason }, at, contents) {
  return [
    `${at + 1}`,
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    origins[origin],
    title || contents.get(diffId) || "\u2013",
    reason
  ];
}

// src/facts/soci.ts
var sociLayerFacts = external_exports.object({
  digest: digestText,
  /** Compressed. */
  bytes: external_exports.number().int().nonnegative(),
  ztoc: external_exports.object({
    digest: digestText,
    bytes: external_exports.number().int().nonnegative(),
    /** Known once somebody has read the zTOC. */
    spans: external_exports.number().int().nonnegative().optional(),
    spanBytes: external_exports.number().int().positive().optional(),
    files: external_exports.number().int().nonnegative().optional(),
    /** It was made before and taken over: from where. */
    reused: external_exports.string().optional()
  }).optional(),
  /** Why it has none: below the minimum size, zstd, a sparse file. */
  reason: external_exports.string().optional()
});
var sociFacts = external_exports.object({
  platform: external_exports.string(),
  /** Of the image's manifest, the one that nodes pull. */
  image: digestText,
  /** Digest of the SOCI index, by version; absent where there is none. */
  v1: digestText.optional(),
  v2: digestText.optional(),
  layers: external_exports.array(sociLayerFacts),
  /** zTOCs, prefetch artifacts and index manifest together. */
  indexBytes: external_exports.number().int().nonnegative()
});
function lazyBytes({ layers }) {
  return layers.reduce((sum2, layer) => sum2 + (layer.ztoc ? layer.bytes : 0), 0);
}

// src/stages/report/soci.ts
var layerBytes = ({ layers }) => sum(layers.map(({ bytes }) => bytes));
function sociSection({ soci, sociImage, image }) {
  if (soci === void 0 || soci.length === 0) return [];
  const isBeside = sociImage !== void 0 && sociImage.digest !== image.digest;
  const { shown, more } = bounded(soci, 12, (rest) => [`${counted(rest.length, "more platform")}.`]);
  return [
    {
      title: "SOCI index",
      before: isBeside ? [besideLine(sociImage)] : [],
      table: {
        columns: [
          { title: "Platform" },
          { title: "Layers", align: "right" },
          { title: "Lazily loadable", align: "right" },
          { title: "Index", align: "right" },
          { title: "Reused", align: "right" }
        ],
        rows: shown.map(platformRow)
      },
      after: more
    }
  ];
}
function besideLine({ digest, pushed }) {
  const names = pushed.slice(0, 20).flatMap((name, at) => [at === 0 ? " at " : ", ", codeSpan(name)]);
  return [
    "The image with its index is ",
    codeSpan(digest),
    ...names,
    "; figures above are of the plain one."
  ];
}
function platformRow(facts) {
  const indexed = facts.layers.filter(({ ztoc }) => ztoc !== void 0);
  const reused = indexed.filter(({ ztoc }) => ztoc?.reused !== void 0);
  return [
    codeSpan(facts.platform),
    `${indexed.length} of ${facts.layers.length}`,
    lazyShare(facts),
    formatBytes(facts.indexBytes),
    reused.length === 0 ? "\u2013" : counted(reused.length, "layer")
  ];
}
function sociLayerSection(facts) {
  const { platform, image, indexBytes } = facts;
  const size = `${formatBytes(lazyBytes(facts))} of ${formatBytes(layerBytes(facts))}`;
  const indexes = sociIndexLines(facts);
  return {
    title: `${platform}: ${lazyShare(facts)} lazily loadable, ${size}`,
    before: [
      ["Image ", codeSpan(image), "."],
      ...indexes.length > 0 ? [...indexes, [`The index has ${formatBytes(indexBytes)}.`]] : [["No SOCI index: nodes pull all of it before the container starts."]]
    ],
    table: {
      columns: [
        { title: "#", align: "right" },
        { title: "Layer" },
        { title: "Size", align: "right" },
        { title: "zTOC", align: "right" },
        { title: "Spans", align: "right" },
        { title: "Span size", align: "right" },
        { title: "Files", align: "right" },
        { title: "", narrow: "wrap" }
      ],
      rows: facts.layers.map((layer, at) => layerRow2(layer, at, indexes.length > 0))
    }
  };
}
function sociIndexLines(facts) {
  return ["v2", "v1"].flatMap((version) => {
    const digest = facts[version];
    return digest === void 0 ? [] : [[`SOCI index ${version} `, codeSpan(digest), "."]];
  });
}
function lazyShare(facts) {
  const [lazy, all] = [lazyBytes(facts), layerBytes(facts)];
  const share = formatPercent(lazy, all);
  return lazy < all && share === "100 %" ? ">99.9 %" : share;
}
function layerRow2({ digest, bytes, ztoc, reason }, at, isIndexed) {
  const why = reason ?? (isIndexed ? "the index does not name it" : "there is no index");
  const known = (value, format) => value === void 0 ? "\u2013" : format(value);
  return [
    String(at + 1),
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    known(ztoc?.bytes, formatBytes),
    known(ztoc?.spans, String),
    known(ztoc?.spanBytes, formatChosenBytes),
    known(ztoc?.files, String),
    ztoc === void 0 ? `not indexed: ${why}` : reuseText(ztoc.reused)
  ];
}
var reuseText = (from) => from === void 0 ? "" : `reused from ${from.replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/, "@$1")}`;

// src/stages/report/inert.ts
function inertLog(text) {
  return text.replaceAll("##[", "## [").replace(/^(\s*):(?=:)/gm, "$1: ");
}
var markup = /["#$&*<>@[\\\]^_`{|}~]|:(?=\/\/)|(?<=www)\.|(?<=^\d+)[.)](?= |$)|^[-+](?= |$)/gi;
function prose(text) {
  return plain(text).replace(/@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, "$&\u2060").replace(markup, reference);
}
function code(text) {
  const inner = plain(text).replace(/@(?=[\w-]+\.)/g, "$&\u2060").replace(markup, reference);
  return inner === "" ? "" : `<code>${inner}</code>`;
}
var reference = (character) => `&#${character.codePointAt(0)};`;

// src/facts/median.ts
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  const lower = sorted[sorted.length - 1 >> 1] ?? Number.NaN;
  return lower === upper ? lower : (lower + upper) / 2;
}

// src/stages/report/times.ts
function seriesOf(measurement) {
  const platforms = new Set(measurement.samples.map((sample) => sample.platform));
  const rank2 = ({ subject, holds }) => (holds === "nothing" ? 0 : 2) + (subject === "image" ? 0 : 1);
  const samples = measurement.samples.toSorted((a, b) => rank2(a) - rank2(b));
  const groups = Map.groupBy(
    samples,
    (sample) => [
      sample.subject,
      sample.engine,
      ...sample.holds === "nothing" ? [] : [`holds ${sample.holds}`],
      ...platforms.size > 1 ? [sample.platform] : []
    ].join(", ")
  );
  return [...groups].map(([title, samples2]) => ({ title, samples: samples2 }));
}
function bottleneckOf(samples) {
  const counts = Object.entries(Object.groupBy(samples, (sample) => sample.bottleneck));
  const [name, those] = counts.toSorted(([, a], [, b]) => (b?.length ?? 0) - (a?.length ?? 0))[0] ?? [];
  return { name: name ?? "balanced", count: those?.length ?? 0 };
}
var flagWords = {
  "page-cache-not-dropped": "not fully cold: the page cache could not be dropped",
  "other-registry-than-baseline": "image and baseline came from different registries"
};
function timeSection(report) {
  const { measurement } = report;
  if (measurement === void 0) return [];
  const series = seriesOf(measurement);
  const { shown, more } = bounded(series, 40, (rest) => [
    `${rest.length} more series of samples, in the report file.`
  ]);
  return [
    {
      title: "Pull times",
      ...shown.length === 0 ? {} : {
        table: {
          columns: [
            { title: "Pull of", narrow: "wrap" },
            { title: "Samples", narrow: "wrap" },
            { title: "Median", align: "right", narrow: "wrap" },
            { title: "Fetch", align: "right", narrow: "wrap" },
            { title: "Unpack", align: "right", narrow: "wrap" },
            { title: "Rate", align: "right", narrow: "wrap" },
            { title: "Bottleneck", narrow: "wrap" }
          ],
          rows: shown.map(seriesRow)
        }
      },
      after: [
        ...more,
        ...overlapLines(series),
        ...flagLines(measurement),
        ...faultLines(measurement),
        hostLine(measurement)
      ]
    }
  ];
}
function seriesRow({ title, samples }) {
  const middle = (pick) => median(samples.map(pick));
  const pull = middle((sample) => sample.pullSeconds);
  const { name, count } = bottleneckOf(samples);
  const { shown, more } = bounded(samples, 50, (rest) => [` and ${rest.length} more`]);
  return [
    codeSpan(title),
    shown.map((sample) => formatSeconds(sample.pullSeconds)).join(", ") + more.flat().join(""),
    formatSeconds(pull),
    formatSeconds(middle((sample) => sample.fetchSeconds)),
    formatSeconds(middle((sample) => sample.unpackSeconds)),
    pull > 0 ? `${formatBytes(middle((sample) => sample.downloadedBytes) / pull)}/s` : "\u2013",
    count === samples.length ? name : `${name} (${count} of ${samples.length})`
  ];
}
function overlapLines(series) {
  const overlaps = series.flatMap(({ samples }) => samples).some(({ pullSeconds, fetchSeconds, unpackSeconds }) => fetchSeconds + unpackSeconds > pullSeconds);
  return overlaps ? [["Fetch and unpack overlap: a layer is unpacked while others still come."]] : [];
}
function flagLines({ samples }) {
  return Object.entries(flagWords).flatMap(([flag, words]) => {
    const count = samples.filter((sample) => sample.flags.some((one) => one === flag)).length;
    return count === 0 ? [] : [[`${counted(count, "sample")} of ${samples.length}: ${words}.`]];
  });
}
function faultLines({ faults }) {
  const codes = [...Map.groupBy(faults, (fault) => fault.code)];
  const { shown, more } = bounded(codes, 10, (rest) => [`${counted(rest.length, "more kind")} of fault.`]);
  return [
    ...shown.map(
      ([code2, those]) => [
        `${counted(those.length, "pull")} broken by the world, not counted as samples: `,
        codeSpan(code2),
        `, ${those[0]?.message ?? ""}`
      ]
    ),
    ...more
  ];
}
function hostLine({ host, seed }) {
  return [
    "Measured on ",
    codeSpan(host.hostname),
    `: ${host.os}, ${host.cpuModel}, ${counted(host.cpus, "core")}, ${formatBytes(host.memoryBytes)} memory, unpacked under `,
    codeSpan(host.scratch),
    `, order by seed ${seed}.`
  ];
}

// src/stages/report/verdicts.ts
var maxRows = 100;
var outcomeTone = {
  pass: "good",
  fail: "bad",
  inconclusive: "warn",
  error: "bad"
};
function isWaived({ waiver, outcome }) {
  return waiver !== void 0 && (outcome === "fail" || outcome === "inconclusive");
}
function headline({ gate, measurement }) {
  if (gate === void 0 || gate.verdicts.length === 0 && gate.waiverProblems.length === 0) {
    return {
      text: `pull-budget: ${measurement ? pullTime(measurement) : "nothing to judge, no budgets are set"}`
    };
  }
  return { text: `pull-budget: ${gate.outcome}, ${tally(gate)}`, tone: outcomeTone[gate.outcome] };
}
function pullTime({ samples }) {
  const seconds = samples.filter(({ subject, holds }) => subject === "image" && holds === "nothing").map((sample) => sample.pullSeconds);
  return seconds.length === 0 ? "no pull of the image ended well" : `pulled in ${formatSeconds(median(seconds))}, the median of ${seconds.length}`;
}
function tally(gate) {
  const judged = gate.verdicts.filter((verdict) => !isWaived(verdict));
  const hard = judged.filter((verdict) => verdict.budget.severity === "fail");
  const those = (outcome) => hard.filter((verdict) => verdict.outcome === outcome).length;
  const warnings = judged.filter((v) => v.budget.severity === "warn" && v.outcome !== "pass").length;
  const waived = gate.verdicts.filter(isWaived).length;
  const expired = gate.waiverProblems.filter((one) => one.problem === "expired").length;
  const parts = [
    those("fail") > 0 ? `${those("fail")} of ${counted(hard.length, "budget")} exceeded` : "",
    those("error") > 0 ? `${those("error")} of ${counted(hard.length, "budget")} could not be judged` : "",
    those("inconclusive") > 0 ? `${those("inconclusive")} of ${counted(hard.length, "budget")} open` : "",
    expired > 0 ? `${counted(expired, "waiver")} expired` : "",
    warnings > 0 ? counted(warnings, "warning") : "",
    waived > 0 ? `${waived} waived` : ""
  ].filter((part) => part !== "");
  if (hard.length > 0 && those("pass") === hard.length) {
    parts.unshift(`${hard.length === 1 ? "the budget holds" : `all ${hard.length} budgets hold`}`);
  }
  return parts.join(", ") || "no budget is binding";
}
function verdictSection(report) {
  const verdicts = report.gate?.verdicts ?? [];
  if (verdicts.length === 0) return [];
  const several = new Set(verdicts.map((verdict) => verdict.platform)).size > 1;
  const ranked = verdicts.toSorted((a, b) => rank(a) - rank(b));
  const { shown, more } = bounded(ranked, maxRows, (rest) => [
    `${counted(rest.length, "more verdict")}, in the report file.`
  ]);
  return [
    {
      title: "Budgets",
      table: verdictTable(report, shown, several),
      after: [...more, ...shown.filter(needsReason).map((one) => reasonLine(one, several))]
    }
  ];
}
function verdictTable(report, verdicts, several) {
  const columns = [
    { title: "Budget", narrow: "wrap" },
    ...several ? [{ title: "Platform", narrow: "wrap" }] : [],
    { title: "Limit", align: "right", narrow: "wrap" },
    { title: "Baseline", align: "right", narrow: "wrap", optional: true },
    { title: "Now", align: "right", narrow: "wrap" },
    { title: "Change", align: "right", narrow: "wrap", optional: true },
    { title: "Verdict", narrow: "last" }
  ];
  const rows = verdicts.map((verdict) => verdictRow(report, verdict, several));
  const isShown = columns.map(({ optional }, at) => !optional || rows.some((row) => row[at] !== none));
  return {
    columns: columns.flatMap(({ optional: _, ...column }, at) => isShown[at] ? [column] : []),
    rows: rows.map((row) => row.filter((_, at) => isShown[at]))
  };
}
var none = "\u2013";
function needsReason(verdict) {
  const { outcome, value, limit, budget } = verdict;
  if (rank(verdict) === 4) return false;
  const isTold = outcome === "fail" && value !== void 0 && limit !== void 0 && value > limit;
  return !isTold || budget.metric === "layer-size" || verdict.p !== void 0;
}
function rank(verdict) {
  if (verdict.outcome === "pass") return 4;
  if (isWaived(verdict)) return 3;
  if (verdict.budget.severity === "warn") return 2;
  return verdict.outcome === "inconclusive" ? 1 : 0;
}
function verdictRow(report, verdict, several) {
  const { unit, value } = verdict;
  const { limit: written } = verdict.budget;
  const limit = verdict.limit ?? (written.kind === "absolute" ? written.value : void 0);
  const baseline = verdict.baseline ?? baselineValue(report, verdict);
  const figure = (number) => number === void 0 ? none : formatValue[unit](number);
  return [
    codeSpan(verdict.budget.text),
    ...several ? [codeSpan(verdict.platform)] : [],
    figure(limit),
    figure(baseline),
    figure(value),
    value === void 0 || baseline === void 0 ? none : formatChange(value, baseline, unit),
    verdictSpan(verdict)
  ];
}
function baselineValue({ baseline, measurement }, verdict) {
  const image = baseline?.platforms.find((one) => one.platform === verdict.platform);
  if (image === void 0) return void 0;
  switch (verdict.budget.metric) {
    case "size":
      return imageBytes(image);
    case "unpacked":
      return imageUnpackedBytes(image);
    case "layer-size":
      return Math.max(0, ...image.layers.map((layer) => layer.bytes));
    case "layers":
      return image.layers.length;
    case "pull-time": {
      const seconds = (measurement?.samples ?? []).filter(({ subject, platform }) => subject === "baseline" && platform === verdict.platform).filter(({ engine, holds }) => engine === verdict.engine && holds === heldBy(verdict)).map((sample) => sample.pullSeconds);
      return seconds.length === 0 ? void 0 : median(seconds);
    }
    default:
      return void 0;
  }
}
var heldBy = ({ budget }) => budget.selector.holds ?? "nothing";
function verdictSpan(verdict) {
  const { outcome, value, limit, unit } = verdict;
  const over = outcome === "fail" && value !== void 0 && limit !== void 0 && value > limit ? `: ${formatValue[unit](value - limit)} over` : "";
  if (outcome === "pass") return { text: limit === void 0 ? "pass: no baseline" : "pass", tone: "good" };
  if (isWaived(verdict)) {
    return { text: `waived until ${verdict.waiver?.until}${over}`, tone: "warn" };
  }
  if (verdict.budget.severity === "warn") {
    return { text: `warn${outcome === "fail" ? over : `: ${outcome}`}`, tone: "warn" };
  }
  return { text: `${outcome}${over}`, tone: outcomeTone[outcome] };
}
function reasonLine(verdict, several) {
  return [
    codeSpan(verdict.budget.text),
    ...several ? [" on ", codeSpan(verdict.platform)] : [],
    ` \u2013 ${verdict.reason}`
  ];
}
function waiverSection(report) {
  const held = (report.gate?.verdicts ?? []).flatMap(
    (verdict) => verdict.waiver === void 0 ? [] : [{ waiver: verdict.waiver, state: verdictSpan(verdict) }]
  );
  const broken = (report.gate?.waiverProblems ?? []).map(({ waiver, problem }) => ({
    waiver,
    state: { text: problem, tone: problem === "expired" ? "bad" : "warn" }
  }));
  const { shown, more } = bounded([...broken, ...held], maxRows, (rest) => [
    `${counted(rest.length, "more waiver")}, in the report file.`
  ]);
  if (shown.length === 0) return [];
  return [
    {
      title: "Waivers",
      table: {
        columns: [
          { title: "Budget", narrow: "wrap" },
          { title: "Until" },
          { title: "Owner", narrow: "wrap" },
          { title: "Reason", narrow: "wrap" },
          { title: "State", narrow: "wrap" }
        ],
        rows: shown.map(({ waiver, state }) => [
          codeSpan(waiver.budget),
          waiver.until,
          codeSpan(waiver.owner),
          waiver.reason,
          state
        ])
      },
      after: more
    }
  ];
}

// src/stages/report/advice.ts
function advice(report) {
  const views = platformViews(report);
  const lines = [
    ...rules.flatMap((rule) => rule(withoutWarnings(report), views)),
    ...rules.flatMap((rule) => rule(report, views)),
    ...closestLimit(report)
  ];
  const distinct = new Map(lines.map((line) => [JSON.stringify(line), line]));
  return [...distinct.values()];
}
var rules = [
  brokenPulls,
  expiredWaivers,
  tooManyBytes,
  misplacedLayers,
  tooLargeLayer,
  tooManyLayers,
  tooSlow,
  openTimes
];
function withoutWarnings(report) {
  const { gate } = report;
  if (gate === void 0) return report;
  const verdicts = gate.verdicts.filter((verdict) => verdict.budget.severity === "fail");
  return { ...report, gate: { ...gate, verdicts } };
}
var mostRuns = 7;
function exceeded(report, ...metrics) {
  return (report.gate?.verdicts ?? []).filter((one) => one.outcome === "fail" && !isWaived(one) && metrics.includes(one.budget.metric)).flatMap(
    (verdict) => verdict.value !== void 0 && verdict.limit !== void 0 && verdict.value > verdict.limit ? [{ verdict, value: verdict.value, limit: verdict.limit, excess: verdict.value - verdict.limit }] : []
  );
}
function brokenPulls(report) {
  const broken = (report.gate?.verdicts ?? []).some((verdict) => verdict.outcome === "error");
  const faults = report.measurement?.faults ?? [];
  if (!broken || faults.length === 0) return [];
  const codes = [...new Set(faults.map((fault) => fault.code))].slice(0, 3).join(", ");
  return [
    [
      `${counted(faults.length, "pull")} broke (`,
      codeSpan(codes),
      ") before there were times to judge: that says nothing about the image; look at the registry and run the job again."
    ]
  ];
}
function expiredWaivers(report) {
  return (report.gate?.waiverProblems ?? []).filter(({ problem }) => problem === "expired").map(({ waiver }) => [
    "The waiver for ",
    codeSpan(waiver.budget),
    ` ended on ${waiver.until}: remove it, or agree with `,
    codeSpan(waiver.owner),
    " on a new date in the settings file."
  ]);
}
function tooManyBytes(report, views) {
  return exceeded(report, "size", "unpacked", "delta", "delta-unpacked").flatMap(({ verdict, excess }) => {
    const view = views.find((one) => one.image.platform === verdict.platform);
    const unpacked = verdict.budget.metric.endsWith("unpacked");
    const weight = (layer) => (unpacked ? layer.unpackedBytes : layer.bytes) ?? 0;
    const fresh = view?.layers.filter((layer) => layer.state === "new") ?? [];
    const pool = fresh.length > 0 ? fresh : view?.layers ?? [];
    const largest = pool.toSorted((a, b) => weight(b) - weight(a));
    const [first] = largest;
    if (first === void 0 || weight(first) === 0) return [];
    const over = [
      codeSpan(verdict.budget.text),
      ` is ${formatBytes(excess)} over${views.length > 1 ? ` on ${verdict.platform}` : ""}: `
    ];
    const named = [
      ...over,
      ...fresh.length > 0 ? ["of what is new "] : [],
      ...layerName(first),
      " is the largest"
    ];
    if (weight(first) >= excess) {
      const of = `${formatBytes(weight(first))}${unpacked ? " unpacked" : ""}`;
      return [[...named, `; ${formatPercent(excess, weight(first))} off its ${of} would do.`]];
    }
    const needed = neededLayers(largest.map(weight), excess);
    return [
      [
        ...named,
        needed === void 0 ? "; even all together hold less than that." : `, and the ${needed} largest together hold that much.`
      ]
    ];
  });
}
function neededLayers(weights, excess) {
  let held = 0;
  const at = weights.findIndex((weight) => {
    held += weight;
    return held >= excess;
  });
  return at < 0 ? void 0 : at + 1;
}
function misplacedLayers(_report, views) {
  return views.flatMap(({ layers, delta }) => {
    const moved = layers.filter((layer) => layer.state === "moved");
    const first = layers.find((layer) => layer.state === "new");
    const bytes = sum(moved.map((layer) => layer.bytes));
    if (delta === void 0 || first === void 0 || bytes < 0.2 * delta.chain.bytes) return [];
    if (!moved.some((layer) => layer.position > first.position)) return [];
    return [
      [
        `${counted(moved.length, "unchanged layer")} (${formatBytes(bytes)}) stand above changed `,
        ...layerName(first),
        `: move what changes to the top, and a node that holds the baseline downloads ${formatBytes(delta.chain.bytes - bytes)} instead of ${formatBytes(delta.chain.bytes)}.`
      ]
    ];
  });
}
function tooLargeLayer(report, views) {
  return exceeded(report, "layer-size").flatMap(({ verdict, value, limit }) => {
    const view = views.find((one) => one.image.platform === verdict.platform);
    const layer = view?.layers.find((one) => one.bytes === value);
    if (layer === void 0 || limit === 0) return [];
    return [
      [
        ...layerName(layer),
        ` is over ${formatBytes(limit)}: in ${Math.ceil(value / limit)} steps its parts also download and unpack beside each other.`
      ]
    ];
  });
}
function tooManyLayers(report, views) {
  return exceeded(report, "layers").flatMap(({ verdict, excess }) => {
    const layers = views.find((one) => one.image.platform === verdict.platform)?.layers ?? [];
    const width = excess + 1;
    if (layers.length < width) return [];
    const windows = layers.slice(0, layers.length - excess).map((_, start) => ({
      start,
      bytes: sum(layers.slice(start, start + width).map((layer) => layer.bytes))
    }));
    const lightest = windows.toSorted((a, b) => a.bytes - b.bytes)[0];
    if (lightest === void 0) return [];
    return [
      [
        codeSpan(verdict.budget.text),
        ` is ${counted(excess, "layer")} over: layers ${lightest.start + 1} ${excess === 1 ? "and" : "to"} ${lightest.start + width} are the lightest neighbours (${formatBytes(lightest.bytes)}); made by one step, they are one.`
      ]
    ];
  });
}
function tooSlow(report, views) {
  return exceeded(report, "pull-time").flatMap(({ verdict, value, limit }) => {
    const { holds } = verdict.budget.selector;
    const samples = (report.measurement?.samples ?? []).filter(
      (sample) => sample.subject === "image" && sample.platform === verdict.platform && sample.engine === verdict.engine && sample.holds === (holds ?? "nothing")
    );
    if (samples.length === 0 || value === 0) return [];
    const { name, count } = bottleneckOf(samples);
    const share = limit / value;
    const downloaded = median(samples.map((sample) => sample.downloadedBytes));
    const unpacked = median(samples.map((sample) => sample.unpackedBytes));
    const files = median(samples.map((sample) => sample.files));
    const bound = {
      network: `the network bounds it (${count} of ${samples.length} pulls): at its rate ${formatSeconds(limit)} are enough for ${formatBytes(downloaded * share)} of the ${formatBytes(downloaded)} downloaded.`,
      disk: `writing bounds it (${count} of ${samples.length} pulls): ${formatSeconds(limit)} are enough for ${formatBytes(unpacked * share)} of the ${formatBytes(unpacked)} in ${files} files.`,
      cpu: `decompression bounds it (${count} of ${samples.length} pulls): ${gzipShare(views, verdict.platform)}`,
      balanced: `no one resource bounds it: ${formatBytes(downloaded)} come down and ${formatBytes(unpacked)} are written in ${files} files.`
    };
    return [[codeSpan(verdict.budget.text), ` is ${formatSeconds(value - limit)} over: `, bound[name]]];
  });
}
function gzipShare(views, platform) {
  const layers = views.find((view) => view.image.platform === platform)?.layers ?? [];
  const gzip = sum(layers.filter((layer) => /gzip$/.test(layer.mediaType)).map((layer) => layer.bytes));
  return gzip > 0 ? `${formatBytes(gzip)} of the layers are gzip; zstd layers take less of a processor.` : "fewer bytes to unpack, or more cores, would help.";
}
function openTimes(report) {
  return (report.gate?.verdicts ?? []).filter(
    (verdict) => verdict.budget.metric === "pull-time" && verdict.outcome !== "pass" && !isWaived(verdict)
  ).flatMap(({ budget, outcome, samples, limit, p }) => {
    const [least, most] = [Math.min(...samples), Math.max(...samples)];
    const settle = samples.length < mostRuns ? "a quieter runner, or more runs," : "a quieter runner";
    if (budget.limit.kind === "absolute" && limit !== void 0 && least <= limit && most > limit) {
      const spread = `${counted(samples.length, "sample")} from ${formatSeconds(least)} to ${formatSeconds(most)} around ${formatSeconds(limit)}`;
      return [[codeSpan(budget.text), ` is open: ${spread}; ${settle} would settle it.`]];
    }
    return outcome === "inconclusive" && p !== void 0 ? [[codeSpan(budget.text), ` is open: the difference may be chance; ${settle} would settle it.`]] : [];
  });
}
function closestLimit(report) {
  const verdicts = report.gate?.verdicts ?? [];
  if (verdicts.some((verdict2) => verdict2.outcome !== "pass")) return [];
  const [closest] = verdicts.flatMap(
    (verdict2) => (
      // A median may be over a limit that the shift of all pairs is within: nothing is left of that one to tell.
      verdict2.value === void 0 || !verdict2.limit || verdict2.value > verdict2.limit ? [] : [{ verdict: verdict2, limit: verdict2.limit, left: verdict2.limit - verdict2.value }]
    )
  ).toSorted((a, b) => a.left / a.limit - b.left / b.limit);
  if (closest === void 0) return [];
  const { verdict, limit, left } = closest;
  return [
    [
      "Closest to its limit is ",
      codeSpan(verdict.budget.text),
      `: ${formatValue[verdict.unit](left)} left (${formatPercent(left, limit)}).`
    ]
  ];
}

// src/stages/report/overview.ts
var maxPlatforms = 8;
var maxAdvice = 3;
function overview(report) {
  const views = platformViews(report).slice(0, maxPlatforms);
  return {
    headline: headline(report),
    about: about(report),
    sections: [
      ...verdictSection(report),
      ...adviceSection(report),
      ...changeSections(report, views),
      ...layerSections(report, views),
      ...timeSection(report),
      ...relayerSections(report.relayer ?? [], report.image),
      ...relayerNoticeSection(report.relayerNotices ?? []),
      ...sociSection(report),
      ...besideSection(report),
      ...waiverSection(report)
    ]
  };
}
function about({ image, pushed, tool: tool2, createdAt }) {
  const platforms = image.platforms.map((one) => one.platform);
  const [only] = platforms;
  return [
    [
      codeSpan(image.name),
      " is ",
      codeSpan(image.digest),
      ...only && platforms.length === 1 ? [`, ${only}`] : [],
      "."
    ],
    ...platforms.length > 1 ? [
      [
        `An index of ${platforms.length} platforms: `,
        ...list(platforms.slice(0, maxPlatforms)),
        platforms.length > maxPlatforms ? ` and ${platforms.length - maxPlatforms} more, in the report file only.` : ". Budgets hold for each."
      ]
    ] : [],
    ...pushed.length > 0 ? [["Pushed to ", ...list(pushed.slice(0, 20)), "."]] : [],
    [`${tool2.name} ${tool2.version}, ${createdAt}.`]
  ];
}
function list(names) {
  return names.flatMap((name, at) => at === 0 ? [codeSpan(name)] : [", ", codeSpan(name)]);
}
function adviceSection(report) {
  const lines = advice(report).slice(0, maxAdvice);
  return lines.length === 0 ? [] : [{ title: "What to do", before: lines }];
}

// src/stages/report/terminal.ts
var marks = { good: "\u2713", bad: "\u2717", warn: "!" };
var sgr = { good: 32, bad: 31, warn: 33, bold: 1, dim: 2, code: 36 };
var gap = "  ";
function terminalReport(report, style) {
  return terminalDocument(overview(report), style);
}
function terminalDocument({ headline: headline2, about: about2, sections }, style) {
  const lines = [
    paint(style, markOf(headline2) + plain(inlineText(headline2)), "bold", toneOf(headline2)),
    ...about2.flatMap((line) => paragraph(style, line)),
    ...sections.flatMap((section) => ["", ...sectionLines(style, section)])
  ];
  return inertLog(`${lines.map((line) => line.trimEnd()).join("\n")}
`);
}
function sectionLines(style, { title, before = [], table, after = [] }) {
  return [
    paint(style, plain(title), "bold"),
    ...before.flatMap((line) => paragraph(style, line)),
    ...table === void 0 ? [] : tableLines(style, table),
    ...after.flatMap((line) => paragraph(style, line))
  ];
}
function paragraph(style, line) {
  return wrap(plain(line.map(inlineText).join("")), style.columns - 2).map((text) => `${gap}${text}`);
}
function tableLines(style, { columns, rows }) {
  const texts = rows.map((row) => row.map((cell) => markOf(cell) + plain(inlineText(cell), 300)));
  const widths = columnWidths(columns, texts, style.columns);
  const draw = (cells, paintCell) => {
    const folded = cells.map((text, at) => fold(text, widths[at] ?? 0, columns[at]));
    const height = Math.max(...folded.map((lines) => lines.length));
    return Array.from(
      { length: height },
      (_, at) => gap + folded.map(
        (lines, column) => paintCell(pad(lines[at] ?? "", widths[column] ?? 0, columns[column]), column)
      ).join(gap)
    );
  };
  return [
    ...draw(
      columns.map((column) => column.title),
      (text) => paint(style, text, "dim")
    ),
    paint(style, gap + widths.map((width) => "\u2500".repeat(width)).join(gap), "dim"),
    ...texts.flatMap(
      (cells, row) => draw(cells, (text, column) => {
        const cell = rows[row]?.[column] ?? "";
        return paint(style, text, toneOf(cell), typeof cell !== "string" && cell.code ? "code" : void 0);
      })
    )
  ];
}
var rounds = [
  { floor: 12, all: false },
  { floor: 8, all: true }
];
function columnWidths(columns, rows, total) {
  const widths = columns.map(
    ({ title }, at) => Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[at] ?? "")))
  );
  let excess = widths.reduce((sum2, width) => sum2 + width + gap.length, 0) - total;
  for (const { floor, all } of rounds) {
    const narrowest = columns.map(
      ({ title, narrow }, at) => narrow === void 0 || narrow === "last" && !all ? widths[at] ?? 0 : Math.min(widths[at] ?? 0, Math.max(floor, displayWidth(title)))
    );
    while (excess > 0) {
      const spare = widths.map((width, at) => width > (narrowest[at] ?? 0) ? width : 0);
      const widest = spare.indexOf(Math.max(...spare));
      if (spare[widest] === 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess--;
    }
  }
  return widths;
}
function fold(text, width, column) {
  return column?.narrow === "cut" ? [cut(text, width)] : wrap(text, width);
}
function pad(text, width, column) {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)));
  return column?.align === "right" ? spaces + text : text + spaces;
}
var toneOf = (cell) => typeof cell === "string" ? void 0 : cell.tone;
function markOf(cell) {
  const tone = toneOf(cell);
  return tone === void 0 ? "" : `${marks[tone]} `;
}
function paint(style, text, ...names) {
  const codes = names.flatMap((name) => name === void 0 ? [] : [sgr[name]]);
  return style.colour && codes.length > 0 && text.trim() !== "" ? `\x1B[${codes.join(";")}m${text}\x1B[0m` : text;
}

export {
  median,
  inertLog,
  prose,
  code,
  isWaived,
  advice,
  besideSection,
  changeSections,
  relayerSections,
  layerContents,
  sociFacts,
  sociLayerSection,
  sociIndexLines,
  overview,
  terminalReport,
  terminalDocument
};
