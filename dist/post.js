import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  cleanUp,
  core_exports
} from "./chunk-FPOUUC25.js";
import "./chunk-5Q72PV5X.js";
import "./chunk-WFL3E5KL.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/action/post.ts
await cleanUp(core_exports);
