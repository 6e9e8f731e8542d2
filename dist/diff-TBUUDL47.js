import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeNamed
} from "./chunk-JNJEY3QV.js";
import "./chunk-BU3C4CRR.js";
import {
  changeSections,
  terminalDocument
} from "./chunk-OOFY7LIH.js";
import "./chunk-2OLRYP5P.js";
import {
  codeSpan,
  platformViews
} from "./chunk-ETJS3K4O.js";
import "./chunk-OMZLEA2T.js";
import "./chunk-KFOAQ6GS.js";
import {
  formatBytes
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
