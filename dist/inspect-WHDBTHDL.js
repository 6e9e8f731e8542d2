import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeNamed
} from "./chunk-JAYZSBCP.js";
import {
  besideSection,
  codeSpan,
  counted,
  formatPercent,
  imageBytes,
  madeBy,
  shortDigest,
  terminalDocument
} from "./chunk-N4GI4PPS.js";
import "./chunk-BKPD4W6V.js";
import "./chunk-PUISQCY4.js";
import "./chunk-APJA7TDU.js";
import {
  formatBytes
} from "./chunk-A4DNZX46.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-D5NBF4ZX.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/inspect.ts
var barWidth = 12;
async function run(call) {
  const report = await describeNamed(call);
  call.output.show(report, () => terminalDocument(inspection(report), call.output));
  return 0;
}
function inspection(report) {
  const { image } = report;
  const several = image.platforms.length > 1;
  return {
    headline: { text: image.name },
    about: [
      [codeSpan(image.digest)],
      [several ? `An index of ${counted(image.platforms.length, "platform")}.` : "An image of one platform."]
    ],
    sections: [...image.platforms.map(platformSection), ...besideSection(report)]
  };
}
function platformSection(image) {
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
  inspection,
  run
};
