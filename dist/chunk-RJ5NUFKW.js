import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/image/digest.ts
import { createHash } from "node:crypto";
var hexLength = { sha256: 64, sha512: 128 };
function isDigest(text) {
  const [algorithm, hex, ...rest] = text.split(":");
  if (rest.length > 0 || hex === void 0 || !(algorithm === "sha256" || algorithm === "sha512"))
    return false;
  return hex.length === hexLength[algorithm] && /^[0-9a-f]+$/.test(hex);
}
function parseDigest(text, where) {
  if (typeof text === "string" && isDigest(text)) return text;
  throw inputError("bad-digest", `${where}: ${JSON.stringify(text)} is not a digest`, {
    hint: 'A digest is "sha256:" and 64 hex digits in lower case (sha512 with 128 is understood too).'
  });
}
function digestAlgorithm(digest) {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
function digestHex(digest) {
  return digest.slice(digest.indexOf(":") + 1);
}
function shortDigest(digest) {
  return digestHex(digest).slice(0, 12);
}
function digestOf(bytes, algorithm = "sha256") {
  return digestFrom(createHash(algorithm).update(bytes), algorithm);
}
function digestFrom(hash, algorithm = "sha256") {
  return `${algorithm}:${hash.digest("hex")}`;
}

export {
  isDigest,
  parseDigest,
  digestAlgorithm,
  digestHex,
  shortDigest,
  digestOf,
  digestFrom
};
