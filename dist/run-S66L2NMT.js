import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-OTKQDYIK.js";
import {
  runPipeline
} from "./chunk-Z34F2U6I.js";
import "./chunk-5VBTFJOK.js";
import "./chunk-XLRK3ZB4.js";
import "./chunk-6CEOK2CX.js";
import "./chunk-FSC6TRAH.js";
import "./chunk-W5KTYKJ7.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-GHJGDVU5.js";
import "./chunk-BKPD4W6V.js";
import "./chunk-YYJTILCM.js";
import "./chunk-5FFPK4XH.js";
import "./chunk-73Y3ZFCL.js";
import "./chunk-ZNG7KDUI.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-YXVM6LCJ.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/run.ts
async function run({ settings, context, output }) {
  return showReport(await runPipeline(settings, context), settings.report, output);
}
export {
  run
};
