import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  fetchPrefetch,
  fetchZtoc
} from "./chunk-PDN64GWR.js";
import {
  describeNamed,
  openNamedImage
} from "./chunk-EYA54JCN.js";
import {
  disqualify
} from "./chunk-MA4OFCCJ.js";
import {
  findSociIndexes
} from "./chunk-WEC7RCHK.js";
import {
  readPlatformImages
} from "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  besideSection,
  sociLayerSection,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  codeSpan,
  counted,
  formatPercent,
  imageBytes,
  madeBy,
  shortDigest
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-WSWMSC73.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
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
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

// src/cli/inspect-soci.ts
async function inspectSoci(call) {
  const { settings, output } = call;
  const image = await openNamedImage(call);
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
  const section = sociLayerSection(facts);
  return {
    ...section,
    before: [...section.before ?? [], ...facts.complaints.map((text) => [{ text, tone: "warn" }])],
    after: facts.prefetch.map(({ layer, spans }) => [
      `Fetched early: ${counted(spans, "span")} of layer `,
      codeSpan(shortDigest(layer)),
      ", where nodes have prefetching on."
    ])
  };
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
