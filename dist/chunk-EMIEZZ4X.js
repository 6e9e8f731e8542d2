import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  isSociIndexType,
  layerPlanTypes,
  readPlatforms,
  refuseMissing
} from "./chunk-NSLFNWD3.js";
import {
  formatPlatform,
  isUnknownPlatform
} from "./chunk-GQUP2JUB.js";
import {
  isManifestType,
  mediaTypes
} from "./chunk-RI4IMNUK.js";

// src/pipeline/describe.ts
async function describeImages(image, baseline, platforms) {
  const found = await platformsOf(image, platforms);
  refuseMissing(found, platforms, image.name);
  return {
    image: await describeImage(image, found),
    baseline: baseline && await describeImage(baseline, await platformsOf(baseline, platforms))
  };
}
async function platformsOf({ source, descriptor, name }, wanted) {
  return readPlatforms(source, await source.readManifest(descriptor), wanted, name);
}
async function describeImage({ source, name }, { top, images, beside: entries }) {
  const beside = [];
  for (const entry of entries) beside.push(await describeArtifact(source, entry));
  const known = new Set(beside.map((artifact) => artifact.digest));
  for (const subject of [top, ...images.map(({ manifest }) => manifest)]) {
    for (const referrer of await source.referrers(subject.descriptor.digest)) {
      if (!known.has(referrer.digest)) beside.push(await describeArtifact(source, referrer));
      known.add(referrer.digest);
    }
  }
  const { digest, mediaType } = top.descriptor;
  return { name, digest, mediaType, platforms: images.map(describePlatform), beside };
}
function describePlatform({ manifest, config, platform }) {
  return {
    platform: formatPlatform(platform),
    digest: manifest.descriptor.digest,
    manifestBytes: manifest.raw.byteLength,
    configBytes: manifest.config.size,
    configDigest: manifest.config.digest,
    layers: manifest.layers.map((layer, at) => {
      const createdBy = config.layerHistory[at];
      return {
        digest: layer.digest,
        diffId: config.diffIds[at],
        mediaType: layer.mediaType,
        bytes: layer.size,
        ...createdBy ? { createdBy } : {}
      };
    })
  };
}
async function describeArtifact(source, descriptor) {
  const manifest = isManifestType(descriptor.mediaType) ? await source.readManifest(descriptor) : void 0;
  const artifactType = descriptor.artifactType ?? (manifest?.kind === "image" ? manifest.artifactType ?? manifest.config.mediaType : void 0);
  return {
    kind: besideKind(artifactType === void 0 ? descriptor : { ...descriptor, artifactType }),
    digest: descriptor.digest,
    bytes: descriptor.size + (manifest?.kind === "image" ? [manifest.config, ...manifest.layers].reduce((sum, part) => sum + part.size, 0) : 0),
    ...artifactType === void 0 ? {} : { artifactType }
  };
}
function besideKind(descriptor) {
  const type = descriptor.artifactType ?? "";
  if (isSociIndexType(type)) return "soci-index";
  if (type === layerPlanTypes.plan) return "layer-plan";
  if (type.startsWith("application/vnd.pull-budget.report.")) return "report";
  if (type === "application/vnd.in-toto+json" || type === "application/vnd.docker.attestation.manifest.v1+json")
    return "attestation";
  if (descriptor.annotations?.["vnd.docker.reference.type"] === "attestation-manifest") return "attestation";
  if (descriptor.platform && isUnknownPlatform(descriptor.platform) && descriptor.mediaType === mediaTypes.ociManifest)
    return "attestation";
  return "artifact";
}

export {
  describeImages
};
