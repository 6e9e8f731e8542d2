import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/facts/tool.ts
var tool = { name: "pull-budget", version: "0.1.0" };

export {
  tool
};
