import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/progress.ts
var silentProgress = {
  start: () => ({ advance: () => {
  }, done: () => {
  } })
};

export {
  silentProgress
};
