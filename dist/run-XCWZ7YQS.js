import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-BCX3ATCX.js";
import {
  runPipeline
} from "./chunk-WKDXOU7V.js";
import "./chunk-CDB7LD42.js";
import "./chunk-DM3NIOOY.js";
import {
  remarksOn
} from "./chunk-YKAAY4CP.js";
import "./chunk-6CEOK2CX.js";
import "./chunk-OLQVYBYX.js";
import "./chunk-LCSHP53A.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-N4GI4PPS.js";
import "./chunk-BKPD4W6V.js";
import "./chunk-PUISQCY4.js";
import "./chunk-APJA7TDU.js";
import "./chunk-A4DNZX46.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-D5NBF4ZX.js";
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
