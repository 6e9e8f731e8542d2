import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  PullBudgetError,
  infrastructureError,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/store/io-error.ts
var full = {
  kind: infrastructureError,
  code: "disk-full",
  what: "no space is left on the disk that holds",
  hint: "Free some space there or choose another folder, and run again: what was complete is kept."
};
var refused = {
  kind: inputError,
  code: "no-access",
  what: "this user may not access",
  hint: "Change its permissions, or choose another folder."
};
var crooked = {
  kind: inputError,
  code: "bad-path",
  what: "a file stands where a folder is needed, or a folder where a file is:",
  hint: "Check the path for a mistake, or choose another one."
};
var explanations = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: refused,
  EPERM: refused,
  EROFS: refused,
  ENOTDIR: crooked,
  EISDIR: crooked,
  EEXIST: crooked,
  ENOENT: { ...crooked, what: "there is no file or folder" },
  ENAMETOOLONG: { ...crooked, what: "the file system takes no name as long as" }
};
function explainIo(cause, path) {
  if (cause instanceof PullBudgetError) return cause;
  const code = cause?.code;
  const known = explanations[code ?? ""];
  if (known) return known.kind(known.code, `${known.what} ${path} (${code})`, { hint: known.hint, cause });
  return infrastructureError("disk-failed", `${path}: ${cause instanceof Error ? cause.message : cause}`, {
    hint: "The file system failed; look at its health and run again.",
    cause
  });
}
function isDiskFull(error) {
  return explainIo(error, "").code === full.code;
}
async function onDisk(path, work) {
  try {
    return await work();
  } catch (cause) {
    throw explainIo(cause, path);
  }
}
function isMissing(error) {
  return error?.code === "ENOENT";
}

export {
  explainIo,
  isDiskFull,
  onDisk,
  isMissing
};
