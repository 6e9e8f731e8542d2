import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  cleanUp
} from "./chunk-FHC72AMH.js";
import {
  core_exports
} from "./chunk-OJG3FA62.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/action/post.ts
await cleanUp(core_exports);
