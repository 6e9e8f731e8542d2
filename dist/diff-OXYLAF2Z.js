import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeNamed
} from "./chunk-EYA54JCN.js";
import {
  changeSections,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  codeSpan,
  platformViews
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes
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
