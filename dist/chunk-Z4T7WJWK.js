import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  decompress
} from "./chunk-HXSIVDWK.js";
import {
  layerCompression
} from "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestFrom
} from "./chunk-RJ5NUFKW.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/layer/read.ts
import { createHash } from "node:crypto";
var harmlessBytes = 64 * 1024 * 1024;
async function readLayer(bytes, { descriptor, diffId }, { ratioLimit, subscribers = [], decompress: decompress2 = decompress[compressionOf(descriptor)] }) {
  const where = `layer ${descriptor.digest}`;
  const algorithm = digestAlgorithm(diffId);
  const hash = createHash(algorithm);
  const scanner = new TarScanner(where, subscribers);
  const mostBytes = Math.max(harmlessBytes, descriptor.size * ratioLimit);
  let unpackedBytes = 0;
  for await (const chunk of scanned(decompress2(bytes, where), scanner)) {
    unpackedBytes += chunk.byteLength;
    if (unpackedBytes > mostBytes) throw bomb(descriptor, where, ratioLimit);
    hash.update(chunk);
  }
  const digest = digestFrom(hash, algorithm);
  if (digest !== diffId) {
    throw inputError("diff-id-mismatch", `${where} unpacks to ${digest}, its image's config says ${diffId}`, {
      hint: "Layer and config do not belong together: no node will unpack this image. Build or push it again."
    });
  }
  return { unpackedBytes, archiveBytes: scanner.position };
}
async function* scanned(tar, scanner) {
  for await (const chunk of tar) {
    scanner.push(chunk);
    yield chunk;
  }
  scanner.end();
}
function compressionOf({ digest, mediaType }) {
  const compression = layerCompression(mediaType);
  if (compression !== void 0) return compression;
  throw inputError("unknown-media-type", `layer ${digest} is a ${mediaType}, which cannot be unpacked`, {
    hint: "Only OCI and Docker layers can be: plain tar, or tar in gzip or zstd."
  });
}
function bomb({ size }, where, ratioLimit) {
  return inputError("unpack-ratio", `${where} unpacks to more than ${ratioLimit} times its ${size} bytes`, {
    hint: "It may be made to fill the disk. If it is meant to be so, raise unpack-ratio-limit."
  });
}

export {
  readLayer,
  scanned
};
