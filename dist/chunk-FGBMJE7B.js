import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  exitCode
} from "./chunk-3NMGQWLO.js";
import {
  terminalReport
} from "./chunk-RMFX2JOR.js";
import {
  makeFolders
} from "./chunk-5A45ZFB5.js";
import {
  exitCodes,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/cli/report-output.ts
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
async function showReport(report, path, output) {
  output.show(report, () => terminalReport(report, output));
  if (path !== void 0) await writeText(path, `${JSON.stringify(report, null, 2)}
`, "w");
  return report.gate ? exitCode(report.gate) : exitCodes.pass;
}
async function writeText(path, content, flag) {
  try {
    await makeFolders(dirname(path));
    await writeFile(path, content, { flag });
  } catch (cause) {
    const { code, syscall } = cause;
    if (code === "EEXIST" && syscall === "open") {
      throw inputError("file-exists", `${path} is there already`, {
        hint: "Add --force to overwrite it.",
        cause
      });
    }
    throw inputError("cannot-write", `${path} cannot be written: ${cause.message}`, {
      hint: "Name a file in a folder that you may write to.",
      cause
    });
  }
}

export {
  showReport,
  writeText
};
