import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-KWRNWPJB.js";
import {
  runPipeline
} from "./chunk-DNF5MZC6.js";
import "./chunk-CMUG6V5P.js";
import {
  remarksOn
} from "./chunk-WNYRWJJW.js";
import "./chunk-M7FSGMKJ.js";
import "./chunk-GZJNCIHF.js";
import "./chunk-QC27TL7I.js";
import "./chunk-OWNW2LQ7.js";
import "./chunk-PPPA44LK.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-PUBX7SRV.js";
import "./chunk-F46BJDPT.js";
import "./chunk-HAYGAELK.js";
import "./chunk-OH4O7UXC.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-PAGVM2JS.js";
import "./chunk-GDEY75GE.js";
import "./chunk-4NONBXVI.js";
import "./chunk-TUNIGZ25.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-3CRMSTDN.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-ZM4FZ5NJ.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-5UY46ZQ3.js";
import "./chunk-VNRMI4KZ.js";
import "./chunk-GQUP2JUB.js";
import "./chunk-EAXNCVMH.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/run.ts
async function run({ settings, context, output }) {
  const report = await runPipeline({ ...settings, remarks: remarksOn(settings) }, context);
  return showReport(report, settings.report, output);
}
export {
  run
};
