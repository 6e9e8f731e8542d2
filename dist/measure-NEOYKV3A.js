import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  showReport
} from "./chunk-7YHLBLWT.js";
import {
  runPipeline
} from "./chunk-7OC3BT6L.js";
import "./chunk-TI5HSTD5.js";
import "./chunk-3HZ5EYOB.js";
import "./chunk-WLM4OODU.js";
import "./chunk-UA26GDU5.js";
import "./chunk-24JLCPND.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-PYINADJL.js";
import "./chunk-GPM6EXIW.js";
import "./chunk-NWKR45CJ.js";
import "./chunk-DN4LVVJZ.js";
import "./chunk-M3ZEYJKK.js";
import "./chunk-XCNO737Y.js";
import "./chunk-472U6O6R.js";
import "./chunk-5Q72PV5X.js";
import "./chunk-YXVM6LCJ.js";
import "./chunk-L263LXT5.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-WFL3E5KL.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/measure.ts
async function run({ settings, context, output }) {
  return showReport(await runPipeline(settings, context), settings.report, output);
}
export {
  run
};
