import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  fetchPrefetch,
  fetchZtoc
} from "./chunk-CGUC22V4.js";
import {
  describeNamed
} from "./chunk-JNJEY3QV.js";
import "./chunk-BU3C4CRR.js";
import {
  disqualify
} from "./chunk-NBKYUZKR.js";
import {
  findSociIndexes,
  readPlatformImages
} from "./chunk-VQ4Q22Q6.js";
import {
  besideSection,
  imageBytes,
  lazyBytes,
  terminalDocument
} from "./chunk-OOFY7LIH.js";
import "./chunk-2OLRYP5P.js";
import {
  codeSpan,
  counted,
  formatPercent,
  madeBy,
  shortDigest,
  sum
} from "./chunk-ETJS3K4O.js";
import "./chunk-OMZLEA2T.js";
import "./chunk-PPVMWD7X.js";
import {
  openImage,
  registryOptions
} from "./chunk-KFOAQ6GS.js";
import {
  formatBytes,
  formatPlatform
} from "./chunk-6CT2XH3G.js";
import "./chunk-XN73LCA4.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-SK2TNT2F.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-OSP77K32.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/stages/soci/describe.ts
async function describeSoci(source, descriptor, platforms) {
  const top = await source.readManifest(descriptor);
  const described = [];
  for (const image of await readPlatformImages(source, top, platforms)) {
    const { v1, v2, complaints } = await findSociIndexes(source, image.manifest, top);
    const found = [v2, v1].filter((one) => one !== void 0);
    const { layers, prefetch } = await describeLayers(source, image, found[0]);
    described.push({
      platform: formatPlatform(image.platform),
      image: image.manifest.descriptor.digest,
      ...v1 ? { v1: v1.manifest.descriptor.digest } : {},
      ...v2 ? { v2: v2.manifest.descriptor.digest } : {},
      layers,
      indexBytes: bytesOf(found),
      prefetch,
      complaints
    });
  }
  return described;
}
async function describeLayers(source, image, found) {
  const layers = [];
  const prefetch = [];
  for (const { descriptor } of image.layers) {
    const { digest, size: bytes } = descriptor;
    const table = found?.index.layers.find(({ layer }) => layer === digest);
    if (table === void 0) {
      const reason = disqualify(descriptor, 0)?.reason;
      layers.push({ digest, bytes, ...reason ? { reason } : {} });
      continue;
    }
    const ztoc = await fetchZtoc(source, table.ztoc, descriptor);
    layers.push({
      digest,
      bytes,
      ztoc: {
        digest: table.ztoc.digest,
        bytes: table.ztoc.size,
        spans: ztoc.spans.length,
        ...ztoc.spanBytes > 0 ? { spanBytes: ztoc.spanBytes } : {},
        files: ztoc.entryCount
      }
    });
    const artifact = found?.index.prefetch.find(({ layer }) => layer === digest);
    if (artifact === void 0) continue;
    const wanted = await fetchPrefetch(source, artifact.blob, ztoc.spans.length);
    if (wanted.problem === void 0) prefetch.push({ layer: digest, spans: wanted.spans });
  }
  return { layers, prefetch };
}
function bytesOf(found) {
  const blobs = found.flatMap(({ manifest }) => [manifest.descriptor, ...manifest.layers]);
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum2, size) => sum2 + size, 0);
}

// src/cli/inspect-soci.ts
async function inspectSoci({ settings, context, output }) {
  if (settings.image === void 0) {
    throw inputError("no-image", "no image is named", { hint: "Name one as the argument of the command." });
  }
  const image = await openImage(settings.image, registryOptions(settings, context));
  try {
    const platforms = await describeSoci(image.source, image.descriptor, settings.platforms);
    const document = { image: image.name, digest: image.descriptor.digest, platforms };
    output.show(document, () => terminalDocument(inspection(image, platforms), output));
    return 0;
  } finally {
    await image.source.close();
  }
}
function inspection({ name, descriptor }, platforms) {
  return {
    headline: { text: name },
    about: [[codeSpan(descriptor.digest)]],
    sections: platforms.map(platformSection)
  };
}
function platformSection(facts) {
  const { platform, image, v1, v2, layers, indexBytes, prefetch, complaints } = facts;
  const total = sum(layers.map(({ bytes }) => bytes));
  const lazy = lazyBytes(facts);
  const indexes = Object.entries({ v2, v1 }).flatMap(
    ([version, digest]) => digest === void 0 ? [] : [[`SOCI index ${version} `, codeSpan(digest), "."]]
  );
  const fetched = prefetch.map(
    ({ layer, spans }) => [
      `Fetched early: ${counted(spans, "span")} of layer `,
      codeSpan(shortDigest(layer)),
      "."
    ]
  );
  return {
    title: `${platform}: ${formatBytes(lazy)} of ${formatBytes(total)} (${formatPercent(lazy, total)}) lazily loadable`,
    before: [
      ["Image ", codeSpan(image), "."],
      ...indexes.length > 0 ? [...indexes, [`The index has ${formatBytes(indexBytes)}.`]] : [["No SOCI index: nodes pull all of it before the container starts."]],
      ...complaints.map((text) => [{ text, tone: "warn" }])
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
      rows: layers.map(layerRow)
    },
    after: fetched
  };
}
function layerRow({ digest, bytes, ztoc, reason = "" }, at) {
  return [
    String(at + 1),
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    ztoc === void 0 ? "none" : formatBytes(ztoc.bytes),
    ztoc?.spans === void 0 ? "\u2013" : String(ztoc.spans),
    ztoc?.spanBytes === void 0 ? "\u2013" : formatBytes(ztoc.spanBytes),
    ztoc?.files === void 0 ? "\u2013" : String(ztoc.files),
    reason
  ];
}

// src/cli/inspect.ts
var barWidth = 12;
async function run(call) {
  if (call.flags.soci) return inspectSoci(call);
  const report = await describeNamed(call);
  call.output.show(report, () => terminalDocument(inspection2(report), call.output));
  return 0;
}
function inspection2(report) {
  const { image } = report;
  const several = image.platforms.length > 1;
  return {
    headline: { text: image.name },
    about: [
      [codeSpan(image.digest)],
      [several ? `An index of ${counted(image.platforms.length, "platform")}.` : "An image of one platform."]
    ],
    sections: [...image.platforms.map(platformSection2), ...besideSection(report)]
  };
}
function platformSection2(image) {
  const total = imageBytes(image);
  const row = (layer, at) => [
    String(at + 1),
    codeSpan(shortDigest(layer.digest)),
    formatBytes(layer.bytes),
    bar(layer.bytes, total),
    formatPercent(layer.bytes, total),
    codeSpan(madeBy(layer))
  ];
  return {
    title: `${image.platform}: ${formatBytes(total)} to download, ${counted(image.layers.length, "layer")}`,
    table: {
      columns: [
        { title: "#", align: "right" },
        { title: "Layer" },
        { title: "Size", align: "right" },
        { title: "" },
        { title: "Share", align: "right" },
        { title: "Made by", narrow: "cut" }
      ],
      rows: image.layers.map(row)
    }
  };
}
function bar(bytes, total) {
  const eighths = total === 0 ? 0 : Math.round(bytes / total * barWidth * 8);
  const rest = eighths % 8;
  return "\u2588".repeat(eighths >> 3) + (rest === 0 ? "" : String.fromCodePoint(9616 - rest));
}
export {
  inspection2 as inspection,
  run
};
