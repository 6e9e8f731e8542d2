import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveJobs
} from "./chunk-TLGSNGJD.js";
import {
  jobs
} from "./chunk-PAGVM2JS.js";
import "./chunk-GDEY75GE.js";
import "./chunk-4NONBXVI.js";
import "./chunk-TUNIGZ25.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-3CRMSTDN.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/stages/soci/worker.ts
serveJobs(jobs);
