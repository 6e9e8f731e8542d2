#!/usr/bin/env node
import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  tool
} from "./chunk-472U6O6R.js";
import "./chunk-CLVFFHSH.js";

// src/cli/main.ts
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
var args = process.argv.slice(2);
if (args[0] === "--version") {
  process.stdout.write(`${tool.name} ${tool.version}
`);
} else {
  const { runCommandLine } = await import("./command-line-ZOWFDIMN.js");
  const { stdout, stderr, env: environment } = process;
  process.exitCode = await runCommandLine(args, { stdout, stderr, environment });
}
