import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  nameOf,
  readPlatforms,
  refuseMissing
} from "./chunk-NSLFNWD3.js";

// src/stages/soci/platform-images.ts
async function readPlatformImages(source, top, wanted) {
  const found = await readPlatforms(source, top, wanted);
  refuseMissing(found, wanted, nameOf(source, top));
  const images = /* @__PURE__ */ new Map();
  for (const { manifest, config, platform } of found.images) {
    const { digest } = manifest.descriptor;
    const layers = manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: config.diffIds[at]
    }));
    if (!images.has(digest))
      images.set(digest, { manifest, platform, configPlatform: config.platform, layers });
  }
  return [...images.values()];
}

export {
  readPlatformImages
};
