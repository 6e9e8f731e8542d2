import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/layer/clock.ts
function monotonicSeconds() {
  return Number(process.hrtime.bigint()) / 1e9;
}

export {
  monotonicSeconds
};
