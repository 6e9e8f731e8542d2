import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  external_exports,
  instruction,
  plain
} from "./chunk-T4TZTXRW.js";
import {
  formatBytes,
  formatValue
} from "./chunk-GQUP2JUB.js";

// src/facts/image.ts
var digestText = external_exports.string().regex(/^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/);
var layerFacts = external_exports.object({
  digest: digestText,
  diffId: digestText,
  mediaType: external_exports.string(),
  /** Compressed: what is downloaded. */
  bytes: external_exports.number().int().nonnegative(),
  /** The uncompressed tar: what is written when the layer is unpacked, headers included. */
  unpackedBytes: external_exports.number().int().nonnegative().optional(),
  /** The history entry that made the layer. */
  createdBy: external_exports.string().optional()
});
var imageFacts = external_exports.object({
  platform: external_exports.string(),
  digest: digestText,
  manifestBytes: external_exports.number().int().nonnegative(),
  configBytes: external_exports.number().int().nonnegative(),
  configDigest: digestText,
  layers: external_exports.array(layerFacts)
});
var imageSetFacts = external_exports.object({
  /** As the user would write it. */
  name: external_exports.string(),
  digest: digestText,
  mediaType: external_exports.string(),
  platforms: external_exports.array(imageFacts),
  /** What stands in the index but is no image of a platform: not counted into `size`, shown beside it. */
  beside: external_exports.array(
    external_exports.object({
      kind: external_exports.enum(["attestation", "soci-index", "layer-plan", "report", "artifact"]),
      digest: digestText,
      bytes: external_exports.number().int().nonnegative(),
      artifactType: external_exports.string().optional()
    })
  )
});

// src/facts/delta.ts
var delta = external_exports.object({
  platform: external_exports.string(),
  /** Layers that the two share as a prefix of their chain: neither downloaded nor unpacked. */
  sharedLayers: external_exports.number().int().nonnegative(),
  layers: external_exports.number().int().nonnegative(),
  /** By the chain rule: everything above the first changed layer is downloaded again. Each blob once, bottom up. */
  chain: external_exports.object({ bytes: external_exports.number().int().nonnegative(), layers: external_exports.array(digestText) }),
  /** By the blob rule: a store that keeps blobs downloads only those that it lacks. */
  blobs: external_exports.object({ bytes: external_exports.number().int().nonnegative(), layers: external_exports.array(digestText) }),
  /** Everything above the shared prefix is unpacked, by either rule. Absent while a layer's size is not known. */
  unpackedBytes: external_exports.number().int().nonnegative().optional()
});
function deltaOf(image, baseline) {
  const held = baseline?.layers ?? [];
  let shared = 0;
  while (shared < image.layers.length && image.layers[shared]?.diffId === held[shared]?.diffId) shared++;
  const above = image.layers.slice(shared);
  const heldBlobs = new Set(held.map((layer) => layer.digest));
  const missing = above.filter((layer) => !heldBlobs.has(layer.digest));
  const documents = documentBytes(image, baseline);
  const unpacked = above.map((layer) => layer.unpackedBytes);
  return {
    platform: image.platform,
    sharedLayers: shared,
    layers: image.layers.length,
    chain: { bytes: documents + downloadBytes(above), layers: distinctDigests(above) },
    blobs: { bytes: documents + downloadBytes(missing), layers: distinctDigests(missing) },
    ...unpacked.every((bytes) => bytes !== void 0) ? { unpackedBytes: unpacked.reduce((sum2, bytes) => sum2 + bytes, 0) } : {}
  };
}
function deltasOf(image, baseline) {
  return image.platforms.flatMap((of) => {
    const held = baseline.platforms.find(({ platform }) => platform === of.platform);
    return held ? [deltaOf(of, held)] : [];
  });
}
function imageBytes(image) {
  return image.manifestBytes + image.configBytes + downloadBytes(image.layers);
}
function imageUnpackedBytes(image) {
  const sizes = image.layers.map((layer) => layer.unpackedBytes);
  return sizes.every((bytes) => bytes !== void 0) ? sizes.reduce((sum2, bytes) => sum2 + bytes, 0) : void 0;
}
function distinctDigests(layers) {
  return [...new Set(layers.map((layer) => layer.digest))];
}
function downloadBytes(layers) {
  const distinct = new Map(layers.map((layer) => [layer.digest, layer.bytes]));
  return [...distinct.values()].reduce((sum2, bytes) => sum2 + bytes, 0);
}
function documentBytes(image, baseline) {
  if (image.digest === baseline?.digest) return 0;
  return image.manifestBytes + (image.configDigest === baseline?.configDigest ? 0 : image.configBytes);
}

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
    const delta2 = baseline && report.deltas.find((one) => one.platform === image.platform);
    const missing = new Set(delta2?.blobs.layers);
    const layers = image.layers.map((layer, at) => {
      const unpacked = layer.unpackedBytes ?? report.measurement?.unpackedBytesByLayer[layer.digest];
      return {
        ...layer,
        position: at + 1,
        ...unpacked === void 0 ? {} : { unpackedBytes: unpacked },
        ...delta2 === void 0 ? {} : { state: at < delta2.sharedLayers ? "kept" : missing.has(layer.digest) ? "new" : "moved" }
      };
    });
    return { image, layers, ...baseline ? { baseline } : {}, ...delta2 ? { delta: delta2 } : {} };
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
  digestText,
  imageSetFacts,
  delta,
  deltasOf,
  imageBytes,
  imageUnpackedBytes,
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
