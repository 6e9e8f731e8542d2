#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  tool
} from "./chunk-472U6O6R.js";
import "./chunk-CLVFFHSH.js";

// src/cli/node-version.ts
var oldestNode = 24;
function complaintOfNode(version) {
  if (Number.parseInt(version, 10) >= oldestNode) return void 0;
  return `error: pull-budget needs Node ${oldestNode} or newer, this is ${version}
Install it from https://nodejs.org, or run pull-budget with another node.
`;
}

// src/cli/main.ts
process.stdout.on("error", ({ code, message }) => {
  if (code === "EPIPE" || code === "EIO") process.exit();
  const why = code === "ENOSPC" || code === "EDQUOT" ? `no space is left (${code})` : message;
  process.stderr.write(`error: standard output cannot be written: ${why}
`);
  process.exit(3);
});
process.stderr.on("error", () => {
});
var args = process.argv.slice(2);
var complaint = complaintOfNode(process.versions.node);
if (args[0] === "--version" || args[0] === "-v") {
  process.stdout.write(`${tool.name} ${tool.version}
`);
} else if (complaint !== void 0) {
  process.stderr.write(complaint);
  process.exitCode = 2;
} else {
  const { runCommandLine } = await import("./command-line-MDOSG764.js");
  const { stdout, stderr, env: environment } = process;
  process.exitCode = await runCommandLine(args, { stdout, stderr, environment });
}
