import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-FGBMJE7B.js";
import {
  runPipeline
} from "./chunk-3BHIBOCU.js";
import "./chunk-LLGKDPMZ.js";
import "./chunk-3NMGQWLO.js";
import "./chunk-GZJNCIHF.js";
import "./chunk-UHDB4C44.js";
import "./chunk-H7LAWSFL.js";
import "./chunk-V3SHP67Y.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-WEC7RCHK.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-OWNW2LQ7.js";
import "./chunk-PRT3IF5T.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-TSZ5WMM2.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-5UY46ZQ3.js";
import "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  exitCodes,
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/measure.ts
async function run({ settings, context, output }) {
  if (settings.runs === 0) {
    throw inputError("no-runs", "runs is 0: there is nothing to measure", {
      hint: "Set runs to 1 or more; inspect shows an image without pulling it."
    });
  }
  const report = await runPipeline(settings, context);
  const code = await showReport(report, settings.report, output);
  const isTimed = report.measurement?.samples.some(({ subject }) => subject === "image") ?? false;
  return isTimed ? code : exitCodes.infrastructure;
}
export {
  run
};
