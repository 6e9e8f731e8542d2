import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-VROAADQ7.js";
import {
  runPipeline
} from "./chunk-3VZRY7QX.js";
import "./chunk-KNKWHBGK.js";
import {
  remarksOn
} from "./chunk-SPG3AKZZ.js";
import "./chunk-H6DG5KRK.js";
import "./chunk-ZW5WSVVR.js";
import "./chunk-BU3C4CRR.js";
import "./chunk-OWNW2LQ7.js";
import "./chunk-XVYAV23G.js";
import "./chunk-NBKYUZKR.js";
import "./chunk-VQ4Q22Q6.js";
import "./chunk-OOFY7LIH.js";
import "./chunk-2OLRYP5P.js";
import "./chunk-ETJS3K4O.js";
import "./chunk-OMZLEA2T.js";
import "./chunk-ZAOUJVRN.js";
import "./chunk-KATR3GBZ.js";
import "./chunk-LCFLOM33.js";
import "./chunk-PPVMWD7X.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-ZCK5VOXB.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-JMQPLGRN.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-KFOAQ6GS.js";
import "./chunk-6CT2XH3G.js";
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

// src/cli/run.ts
async function run({ settings, context, output }) {
  const report = await runPipeline({ ...settings, remarks: remarksOn(settings) }, context);
  return showReport(report, settings.report, output);
}
export {
  run
};
