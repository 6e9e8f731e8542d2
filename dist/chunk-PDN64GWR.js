import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  prefetchMediaType
} from "./chunk-WEC7RCHK.js";
import {
  decodeZtoc
} from "./chunk-XCJSANW5.js";
import {
  sociAnnotations
} from "./chunk-NSLFNWD3.js";
import {
  collect,
  parseJson
} from "./chunk-5A45ZFB5.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/stages/soci/check-index.ts
function indexProblems({ manifest, index }, image, top) {
  const problems = strayLayers({ manifest, index }, image);
  if (index.version === "v2" && top.kind === "index") {
    problems.push(...placeProblems(manifest.descriptor, image, top.manifests));
  }
  return problems;
}
function strayLayers({ index, manifest: { descriptor } }, image) {
  const there = new Map(image.layers.map((layer) => [layer.digest, layer]));
  const stray = [...index.layers, ...index.prefetch].filter(({ layer }) => !there.has(layer)).map(({ layer }) => `Index ${descriptor.digest} is about layer ${layer}, which the image does not have`);
  const mistaken = index.layers.filter(
    ({ layer, layerMediaType }) => layerMediaType !== "" && (there.get(layer)?.mediaType ?? layerMediaType) !== layerMediaType
  ).map(
    ({ layer, layerMediaType }) => `Index ${descriptor.digest} calls layer ${layer} a ${layerMediaType}`
  );
  const withZtoc = new Set(index.layers.map(({ layer }) => layer));
  const vain = index.prefetch.filter(({ layer }) => there.has(layer) && !withZtoc.has(layer)).map(
    ({ layer }) => `Index ${descriptor.digest} prefetches spans of layer ${layer}, which it has no zTOC for`
  );
  return [...stray, ...mistaken, ...vain];
}
function placeProblems(soci, image, manifests) {
  const { digest } = image.descriptor;
  const ofImage = manifests.findIndex((entry) => entry.digest === digest);
  const ofSoci = manifests.findIndex((entry) => entry.digest === soci.digest);
  const problems = [];
  const said = manifests[ofImage]?.annotations?.[sociAnnotations.indexDigest];
  if (said === void 0) {
    problems.push(`The image's descriptor does not name index ${soci.digest}, as its manifest does`);
  }
  if (ofSoci < 0) {
    return [...problems, `The OCI index does not list index ${soci.digest}: a registry may delete it`];
  }
  if (ofSoci < ofImage) {
    problems.push(
      `Index ${soci.digest} stands before its image: clients take what comes first for the platform`
    );
  }
  const about = manifests[ofSoci]?.annotations?.[sociAnnotations.imageDigest];
  if (about !== digest) {
    problems.push(`The descriptor of index ${soci.digest} names ${about ?? "no image"}, not ${digest}`);
  }
  return problems;
}
function parsePrefetch(bytes, spans) {
  const { version, prefetch_spans: ranges } = parseJson(bytes, "the prefetch artifact");
  if (version !== "1.0") {
    return { problem: `its version is ${JSON.stringify(version)}, and only "1.0" is known` };
  }
  if (!Array.isArray(ranges) || ranges.length === 0) return { problem: "it names no spans" };
  const isSpan = (id) => Number.isInteger(id) && id >= 0 && id < spans;
  let wanted = 0;
  for (const [at, range] of ranges.entries()) {
    const [first, last] = [range?.start_span, range?.end_span];
    if (!isSpan(first) || !isSpan(last) || first > last) {
      return { problem: `its range ${at + 1} is not one of the layer's ${spans} spans` };
    }
    wanted += last - first + 1;
  }
  return { spans: wanted };
}

// src/stages/soci/fetch-ztoc.ts
var mostZtocBytes = 1024 ** 3;
async function fetchZtoc(source, ztoc, layer) {
  const where = `${source.location}: the zTOC ${ztoc.digest} of layer ${layer.digest}`;
  if (ztoc.size > mostZtocBytes) {
    throw inputError("too-large", `${where} has ${ztoc.size} bytes, over 1 GiB`, {
      hint: "Index the image again with larger spans."
    });
  }
  const bytes = Buffer.allocUnsafeSlow(ztoc.size);
  let filled = 0;
  for await (const chunk of source.readBlob(ztoc)) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return decodeZtoc(bytes, where);
}
var mostPrefetchBytes = 4 * 1024 * 1024;
async function fetchPrefetch(source, { digest, size }, spans) {
  const where = `${source.location}: prefetch artifact ${digest}`;
  const blob = { mediaType: prefetchMediaType, digest, size };
  return parsePrefetch(await collect(source.readBlob(blob), mostPrefetchBytes, where), spans);
}

export {
  indexProblems,
  fetchZtoc,
  fetchPrefetch
};
