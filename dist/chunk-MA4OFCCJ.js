import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  formatChosenBytes
} from "./chunk-GQUP2JUB.js";
import {
  isForeignLayerType,
  layerCompression
} from "./chunk-RI4IMNUK.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/stages/soci/layers.ts
function disqualify({ mediaType, size }, minLayerBytes) {
  if (size < minLayerBytes) {
    return { by: "size", reason: `smaller than the minimum of ${formatChosenBytes(minLayerBytes)}` };
  }
  const reason = whyOfWrongType(mediaType);
  return reason === void 0 ? void 0 : { by: "type", reason };
}
function whyOfWrongType(mediaType) {
  if (mediaType.endsWith("+encrypted")) return "encrypted";
  if (isForeignLayerType(mediaType)) return "a foreign layer, which registries need not hold";
  switch (layerCompression(mediaType)) {
    case "none":
    case "gzip":
      return void 0;
    case "zstd":
      return "compressed with zstd, which SOCI cannot index";
    case void 0:
      return `of the media type ${JSON.stringify(mediaType)}, which is not known`;
  }
}
function distinctLayers(images, minLayerBytes) {
  const layers = /* @__PURE__ */ new Map();
  for (const layer of images.flatMap((image) => image.layers)) {
    const { digest } = layer.descriptor;
    if (disqualify(layer.descriptor, minLayerBytes)) continue;
    const other = layers.get(digest) ?? layer;
    if (other.diffId !== layer.diffId || other.descriptor.size !== layer.descriptor.size) {
      throw inputError(
        "bad-manifest",
        `layer ${digest} stands in the image twice, with different sizes or diffIDs`,
        {
          hint: "Manifest and config of one of its platforms do not belong together; build or push the image again."
        }
      );
    }
    layers.set(digest, other);
  }
  return [...layers.values()].sort((a, b) => b.descriptor.size - a.descriptor.size);
}
function surprisingLayers(images, minLayerBytes) {
  const found = /* @__PURE__ */ new Map();
  for (const { descriptor: layer } of images.flatMap((image) => image.layers)) {
    const why = disqualify(layer, minLayerBytes);
    if (why?.by === "type") found.set(layer.digest, { layer, reason: why.reason });
  }
  return [...found.values()];
}

export {
  disqualify,
  distinctLayers,
  surprisingLayers
};
