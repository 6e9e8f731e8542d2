import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  instruction,
  plain
} from "./chunk-OMZLEA2T.js";
import {
  formatBytes,
  formatValue
} from "./chunk-6CT2XH3G.js";

// src/stages/report/document.ts
var codeSpan = (text) => ({ text, code: true });
function inlineText(inline) {
  return typeof inline === "string" ? inline : inline.text;
}
function lineText(line) {
  return line.map(inlineText).join("");
}
function bounded(items, limit, rest) {
  if (items.length <= limit) return { shown: items, more: [] };
  return { shown: items.slice(0, limit), more: [rest(items.slice(limit))] };
}

// src/stages/report/figures.ts
function formatChange(now, before, unit) {
  if (now === before) return "none";
  const signed = `${now > before ? "+" : ""}${formatValue[unit](now - before)}`;
  return before === 0 ? signed : `${signed} (${now > before ? "+" : ""}${formatPercent(now - before, before)})`;
}
function formatPercent(part, whole) {
  if (part === 0 || whole === 0) return "0 %";
  const percent = 100 * part / whole;
  if (Math.abs(percent) < 0.1) return percent < 0 ? ">-0.1 %" : "<0.1 %";
  return `${percent.toFixed(Math.abs(percent) < 99.95 ? 1 : 0)} %`;
}
function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

// src/stages/report/layers.ts
function platformViews(report) {
  return report.image.platforms.map((image) => {
    const baseline = report.baseline?.platforms.find((one) => one.platform === image.platform);
    const delta = baseline && report.deltas.find((one) => one.platform === image.platform);
    const missing = new Set(delta?.blobs.layers);
    const layers = image.layers.map((layer, at) => {
      const unpacked = layer.unpackedBytes ?? report.measurement?.unpackedBytesByLayer[layer.digest];
      return {
        ...layer,
        position: at + 1,
        ...unpacked === void 0 ? {} : { unpackedBytes: unpacked },
        ...delta === void 0 ? {} : { state: at < delta.sharedLayers ? "kept" : missing.has(layer.digest) ? "new" : "moved" }
      };
    });
    return { image, layers, ...baseline ? { baseline } : {}, ...delta ? { delta } : {} };
  });
}
var madeBy = (layer) => instruction(layer.createdBy ?? "", 100);
function shortDigest(digest) {
  return digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 13);
}
function layerName(layer) {
  const command = madeBy(layer);
  return [
    `layer ${layer.position} (`,
    codeSpan(command === "" ? shortDigest(layer.digest) : plain(command, 60)),
    `, ${formatBytes(layer.bytes)})`
  ];
}
function layerSections(report, views) {
  return views.map((view) => {
    const largest = view.layers.toSorted((a, b) => b.bytes - a.bytes || a.position - b.position);
    const { shown, more } = bounded(largest, 12, (rest) => [
      `${counted(rest.length, "more layer")}: ${formatBytes(sum(rest.map((layer) => layer.bytes)))}.`
    ]);
    return {
      title: `Size by layer${views.length > 1 ? `: ${view.image.platform}` : ""}`,
      table: layerTable(shown, view.layers, report.baseline !== void 0),
      after: more
    };
  });
}
function layerTable(shown, all, compared) {
  const total = sum(all.map((layer) => layer.bytes));
  return {
    columns: [
      { title: "#", align: "right" },
      { title: "Layer", narrow: "cut" },
      { title: "Made by", narrow: "cut" },
      { title: "Size", align: "right" },
      { title: "Share", align: "right" },
      { title: "Unpacked", align: "right" },
      ...compared ? [{ title: "Baseline" }] : []
    ],
    rows: shown.map((layer) => [
      String(layer.position),
      codeSpan(shortDigest(layer.digest)),
      codeSpan(madeBy(layer)),
      formatBytes(layer.bytes),
      formatPercent(layer.bytes, total),
      layer.unpackedBytes === void 0 ? "\u2013" : formatBytes(layer.unpackedBytes),
      ...compared ? [layer.state ?? "\u2013"] : []
    ])
  };
}

export {
  codeSpan,
  inlineText,
  lineText,
  bounded,
  formatChange,
  formatPercent,
  counted,
  sum,
  platformViews,
  madeBy,
  shortDigest,
  layerName,
  layerSections,
  layerTable
};
