import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveJobs
} from "./chunk-TLGSNGJD.js";
import {
  TableBuilder,
  cleanPath,
  tellsOwners
} from "./chunk-3OA2AHLW.js";
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

// src/stages/relayer/kept.ts
var mostBytes = 256 * 1024 * 1024;
var OwnersKeeper = class {
  files = /* @__PURE__ */ new Map();
  #row = -1;
  #bytes = 0;
  #file;
  entry(entry) {
    this.#row++;
    this.#file = void 0;
    if (entry.kind !== "file" || entry.dataBytes === 0 || entry.sparseSize !== void 0) return;
    const path = cleanPath(entry.name);
    if (typeof path === "string" || !tellsOwners(path, entry.dataBytes)) return;
    this.#bytes += entry.dataBytes;
    if (this.#bytes > mostBytes) return;
    this.#file = { content: Buffer.allocUnsafe(entry.dataBytes), filled: 0 };
    this.files.set(this.#row, this.#file.content);
  }
  data(part) {
    if (!this.#file) return;
    this.#file.content.set(part, this.#file.filled);
    this.#file.filled += part.byteLength;
  }
};

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
