import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  openImageIfThere
} from "./chunk-NSLFNWD3.js";
import {
  formatImageName
} from "./chunk-GQUP2JUB.js";
import {
  hasCode
} from "./chunk-4J2PJRUG.js";

// src/pipeline/baseline.ts
async function openBaseline({ named, usual }, options) {
  const name = named ?? usual;
  if (name === void 0) return { image: void 0, missing: void 0 };
  try {
    const image = await openImageIfThere(name, options);
    return { image, missing: image ? void 0 : `${formatImageName(name)} is not there` };
  } catch (error) {
    if (named !== void 0 || !(hasCode(error, "unauthorized") || hasCode(error, "denied"))) throw error;
    return { image: void 0, missing: `${formatImageName(name)} is not there, or not to be read` };
  }
}
function latestBeside({ host, repository }) {
  return { transport: "docker", reference: { host, repository, tag: "latest" } };
}

export {
  openBaseline,
  latestBeside
};
