import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveJobs
} from "./chunk-TLGSNGJD.js";
import {
  jobs
} from "./chunk-ZAOUJVRN.js";
import "./chunk-KATR3GBZ.js";
import "./chunk-LCFLOM33.js";
import "./chunk-PPVMWD7X.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-ZCK5VOXB.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-OSP77K32.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/stages/soci/worker.ts
serveJobs(jobs);
