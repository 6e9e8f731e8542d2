import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  readPlatformImages
} from "./chunk-ESUH2VSV.js";
import {
  formatPlatform,
  hostPlatform
} from "./chunk-GQUP2JUB.js";
import {
  hasCode,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/cli/one-platform.ts
async function onePlatformImage(source, top, named) {
  if (named.length > 1) {
    throw inputError("which-platform", `platforms names ${named.map(formatPlatform).join(", ")}`, {
      hint: "Name one of them: a file is read from the image of one platform."
    });
  }
  const wanted = named[0] ?? hostPlatform();
  try {
    const [image] = await readPlatformImages(source, top, [wanted]);
    if (image) return image;
  } catch (error) {
    if (named.length > 0 || !hasCode(error, "no-platform")) throw error;
  }
  const [only, ...others] = await readPlatformImages(source, top, []);
  if (only && others.length === 0) return only;
  const there = [only, ...others].map((image) => image && formatPlatform(image.platform)).join(", ");
  throw inputError("which-platform", `${source.location} has no image for ${formatPlatform(wanted)}`, {
    hint: `Name one with --platforms: it has ${there}.`
  });
}

export {
  onePlatformImage
};
