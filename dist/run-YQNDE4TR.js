import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-EHMIJCX7.js";
import {
  runPipeline
} from "./chunk-YGEJ2K5G.js";
import "./chunk-LLGKDPMZ.js";
import "./chunk-KPYVBVZP.js";
import {
  remarksOn
} from "./chunk-QJM7MVUV.js";
import "./chunk-GZJNCIHF.js";
import "./chunk-NQDGDWUV.js";
import "./chunk-WXBEGWQY.js";
import "./chunk-EOLAR2RC.js";
import "./chunk-YPPYGGO3.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-RN5XKYZM.js";
import "./chunk-ORPENL77.js";
import "./chunk-XCJSANW5.js";
import "./chunk-DXHZQFJJ.js";
import "./chunk-HAYGAELK.js";
import "./chunk-HMZCY5NL.js";
import "./chunk-2EE6YG22.js";
import "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-OWNW2LQ7.js";
import "./chunk-3OA2AHLW.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-C7BWX2K6.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-5UY46ZQ3.js";
import "./chunk-XCGO4SL7.js";
import "./chunk-5A45ZFB5.js";
import "./chunk-GQUP2JUB.js";
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
