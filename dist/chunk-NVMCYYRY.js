import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  isMissing
} from "./chunk-THYTPSF7.js";

// src/content/store/owner.ts
import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
var pattern = /([0-9a-f]{8})-(\d+)-[0-9a-f]{16}$/;
var machine = createHash("sha256").update(`${hostname()} ${pidNamespace()}`).digest("hex").slice(0, 8);
function pidNamespace() {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
function newMark() {
  return `${machine}-${process.pid}-${randomBytes(8).toString("hex")}`;
}
function ownerEnded(mark) {
  const [, where, pid] = pattern.exec(mark) ?? [];
  if (where !== machine) return void 0;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}
var foreignAgeMs = 24 * 3600 * 1e3;
async function sweep(folder, prefix = "") {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !pattern.test(name)) continue;
    const path = join(folder, name);
    const dead = ownerEnded(name) ?? await ageMs(path) > foreignAgeMs;
    if (dead) await rm(path, { force: true }).catch(() => {
    });
  }
}
async function ageMs(path) {
  try {
    return Date.now() - (await lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

export {
  newMark,
  ownerEnded,
  sweep,
  ageMs
};
