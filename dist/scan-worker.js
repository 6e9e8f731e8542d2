import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveJobs
} from "./chunk-TLGSNGJD.js";
import {
  OwnersKeeper,
  TableBuilder
} from "./chunk-PRT3IF5T.js";
import "./chunk-QOMFPMPL.js";
import {
  indexJobs
} from "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/stages/relayer/scan.ts
function layerScan({ descriptor, diffId }) {
  const table = new TableBuilder(`layer ${descriptor.digest}`);
  const kept = new OwnersKeeper();
  return {
    subscribers: [table, kept],
    found: ({ unpackedBytes }) => ({ columns: table.columns({ diffId, unpackedBytes }), kept: kept.files })
  };
}

// src/pipeline/scan-worker.ts
serveJobs(indexJobs(layerScan));
