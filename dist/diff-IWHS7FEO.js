import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeNamed
} from "./chunk-JAYZSBCP.js";
import {
  changeSections,
  codeSpan,
  platformViews,
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

// src/cli/diff.ts
async function run(call) {
  const report = await describeNamed(call);
  call.output.show(report, () => terminalDocument(comparison(report), call.output));
  return 0;
}
function comparison(report) {
  const { image, baseline, deltas } = report;
  const most = Math.max(0, ...deltas.map((delta) => delta.chain.bytes));
  return {
    headline: {
      text: most === 0 ? "Nothing to download for a node that holds the baseline" : `${formatBytes(most)} to download for a node that holds the baseline`
    },
    about: [
      ...baseline ? [["From ", codeSpan(baseline.name), ", ", codeSpan(baseline.digest)]] : [],
      ["To ", codeSpan(image.name), ", ", codeSpan(image.digest)]
    ],
    sections: changeSections(report, platformViews(report))
  };
}
export {
  comparison,
  run
};
