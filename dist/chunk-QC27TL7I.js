import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  isSociIndexType,
  readConfig
} from "./chunk-VNRMI4KZ.js";
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  platformMatches,
  splitPlatform
} from "./chunk-GQUP2JUB.js";
import {
  isImageConfigType,
  isManifestType,
  mediaTypes
} from "./chunk-RI4IMNUK.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/pipeline/describe.ts
async function describeImages(image, baseline, platforms) {
  const { facts, left } = await describeImage(image, platforms);
  const there = facts.platforms.map((one) => one.platform);
  const missing = platforms.find((wanted) => !there.some((one) => isAmong(splitPlatform(one), [wanted])));
  if (missing) {
    throw inputError("no-platform", `${facts.name} has no image for ${formatPlatform(missing)}`, {
      hint: `It has ${[...there, ...left].join(", ")}.`
    });
  }
  return { image: facts, baseline: baseline && (await describeImage(baseline, platforms)).facts };
}
async function describeImage({ source, descriptor, name }, wanted) {
  const top = await source.readManifest(descriptor);
  const { platforms, left, beside } = await describeTop(source, top, name, wanted);
  if (platforms.length + left.length === 0) {
    throw inputError("not-an-image", `${name} holds no container image`, {
      hint: "The reference names an artifact, or an index of artifacts; name the image itself."
    });
  }
  const known = new Set(beside.map((artifact) => artifact.digest));
  for (const subject of [top.descriptor.digest, ...platforms.map((image) => image.digest)]) {
    for (const referrer of await source.referrers(subject)) {
      if (!known.has(referrer.digest)) beside.push(await describeArtifact(source, referrer));
      known.add(referrer.digest);
    }
  }
  const { digest, mediaType } = top.descriptor;
  return { facts: { name, digest, mediaType, platforms, beside }, left };
}
async function describeTop(source, top, name, wanted) {
  const parts = { platforms: [], left: [], beside: [] };
  switch (top.kind) {
    case "image":
      if (isImageConfigType(top.config.mediaType))
        await describePlatform(source, top, void 0, wanted, parts);
      return parts;
    case "index":
      await describeIndex(source, top, name, wanted, parts);
      return parts;
    case "opaque":
      throw inputError(
        "unknown-media-type",
        `${name} is a ${top.descriptor.mediaType}, which is no container image`,
        {
          hint: "Only OCI and Docker images can be inspected, measured and gated; copy passes others through."
        }
      );
  }
}
async function describeIndex(source, index, name, wanted, parts) {
  for (const child of index.manifests) {
    if (besideKind(child) !== "artifact" || !isManifestType(child.mediaType)) {
      parts.beside.push(await describeArtifact(source, child));
      continue;
    }
    if (child.platform && !isAmong(child.platform, wanted)) {
      parts.left.push(formatPlatform(normalisePlatform(child.platform)));
      continue;
    }
    const manifest = await source.readManifest(child);
    if (manifest.kind === "index") {
      throw inputError("nested-index", `${name} is an index that holds another index, ${child.digest}`, {
        hint: "Budgets hold for each platform of one index: name the inner one, or build one index."
      });
    }
    if (manifest.kind === "image" && isImageConfigType(manifest.config.mediaType)) {
      await describePlatform(source, manifest, child.platform, wanted, parts);
    } else {
      parts.beside.push(await describeArtifact(source, child));
    }
  }
}
async function describePlatform(source, manifest, given, wanted, parts) {
  const config = await readConfig(source, manifest);
  const platform = normalisePlatform(given ?? config.platform);
  if (!isAmong(platform, wanted)) {
    parts.left.push(formatPlatform(platform));
    return;
  }
  parts.platforms.push({
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
  });
}
var isAmong = (platform, wanted) => wanted.length === 0 || wanted.some((one) => platformMatches(platform, one));
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
