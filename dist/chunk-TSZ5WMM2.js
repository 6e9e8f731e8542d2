import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  silentProgress
} from "./chunk-OFZY7IXT.js";
import {
  interruptible
} from "./chunk-5UY46ZQ3.js";
import {
  RegistryFailure,
  isSociIndexType,
  layerPlanTypes,
  nameOf,
  noPlatform,
  pLimit,
  platformEntries,
  sociAnnotations,
  sociVersionOf
} from "./chunk-NSLFNWD3.js";
import {
  parseJson,
  parseManifest
} from "./chunk-5A45ZFB5.js";
import {
  formatPlatform,
  platformMatches
} from "./chunk-GQUP2JUB.js";
import {
  describeBytes
} from "./chunk-6YJR5GCO.js";
import {
  isForeignLayerType,
  isManifestType
} from "./chunk-RI4IMNUK.js";
import {
  isDigest,
  shortDigest
} from "./chunk-RJ5NUFKW.js";
import {
  hasCode,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/stages/push/platforms.ts
async function selectPlatforms(source, top, platforms, keepsIndexes = true) {
  if (top.kind === "opaque") return top;
  const here = await platformEntries(source, top);
  const chosen = platforms.map((platform) => choose(here, platform, top, source));
  if (top.kind !== "index") return top;
  const [only] = chosen;
  const isOne = only !== void 0 && chosen.every((descriptor) => descriptor.digest === only.digest);
  if (isOne && !(keepsIndexes && top.manifests.some((entry) => isSociIndexOf(entry, only))))
    return source.readManifest(only);
  return cut(top, chosen);
}
var isSociIndexOf = (entry, image) => entry.annotations?.[sociAnnotations.imageDigest] === image.digest;
function choose(here, platform, top, source) {
  const found = here.find((entry) => platformMatches(entry.platform, platform));
  if (found) return found.descriptor;
  const there = here.map((entry) => entry.platform);
  throw noPlatform(platform, there, nameOf(source, top));
}
function cut(index, chosen) {
  const digests = new Set(chosen.map((descriptor2) => descriptor2.digest));
  const about = index.manifests.filter(
    ({ annotations = {} }) => [annotations["vnd.docker.reference.digest"], annotations[sociAnnotations.imageDigest]].some(
      (image) => image !== void 0 && digests.has(image)
    )
  );
  const kept = index.manifests.filter((entry) => digests.has(entry.digest) || about.includes(entry));
  const nested = chosen.filter((descriptor2) => !kept.some((entry) => entry.digest === descriptor2.digest));
  if (nested.length === 0 && kept.length === index.manifests.length) return index;
  const json = { ...parseJson(index.raw, index.descriptor.digest), manifests: [...kept, ...nested] };
  const raw = Buffer.from(JSON.stringify(json));
  const descriptor = describeBytes(index.descriptor.mediaType, raw);
  return parseManifest(raw, { descriptor }, `the part of ${index.descriptor.digest}`);
}

// src/stages/push/refusal.ts
function nothingDependsOn(manifest) {
  return manifest.kind === "image" && manifest.config.mediaType === layerPlanTypes.plan;
}
function refusalOf(error, location) {
  if (!(error instanceof RegistryFailure) || error.kind !== "input") return void 0;
  return `${location} does not take the layer plan of the image, so that the next release may have to read all of its layers: ${error.said || error.message}`;
}

// src/stages/push/soci.ts
function isSociDescriptor({ artifactType = "", annotations = {} }) {
  return isSociIndexType(artifactType) || annotations[sociAnnotations.imageDigest] !== void 0;
}
async function refuseDangling(image, copied, source, sink) {
  const named = image.annotations[sociAnnotations.indexDigest];
  if (named === void 0 || copied.has(named) || await holds(sink, named)) return;
  throw inputError(
    "dangling-soci-index",
    `${source.location}: ${image.descriptor.digest} names the SOCI index ${named}, which is neither copied with it nor in ${sink.location}`,
    {
      hint: "Copy the index that holds both (by its tag, with all of its manifests), or make a new SOCI index: pull-budget index."
    }
  );
}
async function holds(sink, digest) {
  if (sink.resolve === void 0 || !isDigest(digest)) return false;
  try {
    await sink.resolve(digest);
    return true;
  } catch (error) {
    if (hasCode(error, "not-found")) return false;
    throw error;
  }
}
var refusals = [400, 405, 406, 415, 422, 501];
async function explainingRefusal(manifest, sink, write) {
  try {
    await write();
  } catch (error) {
    const version = versionIn(manifest);
    if (version === void 0 || !(error instanceof RegistryFailure) || error.transient) throw error;
    if (error.code === "tag-immutable" || !refusals.includes(error.status ?? 0)) throw error;
    if (/\b(?:BLOB|MANIFEST_BLOB|MANIFEST)_UNKNOWN\b/.test(error.said)) throw error;
    throw error.as(
      "soci-refused",
      `${sink.location} does not take the SOCI index (${version}) of the image: ${error.said || error.message}`,
      version === "v2" ? "Set soci to v1, which leaves the image as it is, or to off; soci-tag-suffix pushes the plain image first, whatever becomes of the other." : "Set soci to v2, which needs no referrers, or to off."
    );
  }
}
function versionIn(manifest) {
  if (manifest.kind === "opaque") return void 0;
  if (manifest.kind === "image") return sociVersionOf(manifest.config.mediaType);
  return manifest.manifests.some(isSociDescriptor) ? "v2" : void 0;
}

// src/stages/push/copy.ts
var maxIndexDepth = 4;
async function copyImage(request) {
  const { source, sink, platforms = [] } = request;
  const whole = await source.readManifest(request.descriptor);
  const top = platforms.length === 0 ? whole : await selectPlatforms(source, whole, platforms, sink.holdsIndexes !== false);
  sink.checkImage?.(top);
  return new Copy(request).run(top);
}
var Copy = class {
  #request;
  #failure = new AbortController();
  #signal;
  #turn;
  #started = /* @__PURE__ */ new Map();
  /** What the indexes on the way name. */
  #named = /* @__PURE__ */ new Set();
  #blobs = { written: 0, existed: 0, mounted: 0, skipped: 0 };
  #skipped = [];
  #bytesWritten = 0;
  constructor(request) {
    this.#request = request;
    const { signal } = this.#failure;
    this.#signal = request.signal ? AbortSignal.any([request.signal, signal]) : signal;
    this.#turn = pLimit(request.parallel ?? 4);
  }
  async run(top) {
    const { referrers = [], sink, source, tags } = this.#request;
    await this.#manifest(top, 0);
    for (const referrer of referrers) {
      await this.#manifest(await this.#failing(() => source.readManifest(referrer)), 0);
    }
    for (const tag of tags) {
      this.#signal.throwIfAborted();
      await sink.tag(top, tag);
    }
    return {
      descriptor: top.descriptor,
      blobs: this.#blobs,
      bytesWritten: this.#bytesWritten,
      skippedLayers: this.#skipped
    };
  }
  async #manifest(manifest, depth) {
    const { source, sink, unpublished } = this.#request;
    if (manifest.kind === "index") for (const { digest } of manifest.manifests) this.#named.add(digest);
    if (manifest.kind === "image" && sink.holdsIndexes !== false && !unpublished)
      await this.#failing(() => refuseDangling(manifest, this.#named, source, sink));
    await this.#all(this.#parts(manifest, depth));
    await this.#failing(() => explainingRefusal(manifest, sink, () => this.#writeManifest(manifest)));
  }
  async #writeManifest(manifest) {
    const { sink, notice } = this.#request;
    try {
      await sink.writeManifest(manifest);
    } catch (error) {
      const refusal = nothingDependsOn(manifest) ? refusalOf(error, sink.location) : void 0;
      if (refusal === void 0) throw error;
      notice?.(refusal);
    }
  }
  #parts(manifest, depth) {
    switch (manifest.kind) {
      case "opaque":
        return [];
      case "image":
        return [
          this.#once(manifest.config, () => this.#blob("config", manifest.config)),
          ...manifest.layers.map((layer) => this.#once(layer, () => this.#layer(layer)))
        ];
      case "index": {
        const turn = pLimit(this.#request.parallel ?? 4);
        return manifest.manifests.map(
          (child) => this.#once(child, () => turn(() => this.#child(manifest, child, depth + 1)))
        );
      }
    }
  }
  /** What has no manifest's media type stands among the registry's blobs, as crane has it. */
  async #child(index, child, depth) {
    if (!isManifestType(child.mediaType)) return this.#blob("blob", child);
    const manifest = await this.#failing(() => this.#readChild(index, child, depth));
    await this.#manifest(manifest, depth);
  }
  async #readChild(index, child, depth) {
    const { location } = this.#request.source;
    if (depth > maxIndexDepth) {
      throw inputError("too-deep", `${location}: indexes nest deeper than ${maxIndexDepth} levels`, {
        hint: "Build the image with one index over its platforms."
      });
    }
    try {
      return await this.#request.source.readManifest(child);
    } catch (cause) {
      if (!hasCode(cause, "not-found")) throw cause;
      const named = child.platform ? `${formatPlatform(child.platform)} (${child.digest})` : child.digest;
      throw inputError(
        "not-found",
        `${location}: ${index.descriptor.digest} names ${named}, which is not there`,
        {
          hint: "The image was stored without all of its platforms; set platforms to those that are there.",
          cause
        }
      );
    }
  }
  /** Foreign layers must not be distributed by others than those that their URLs name. */
  async #layer(layer) {
    if (isForeignLayerType(layer.mediaType) && layer.urls && layer.urls.length > 0) {
      this.#blobs.skipped += 1;
      this.#skipped.push(layer);
      return;
    }
    await this.#blob("layer", layer);
  }
  #blob(what, blob) {
    return this.#turn(
      () => this.#failing(async () => {
        const { progress = silentProgress, delivered } = this.#request;
        const before = delivered?.get(blob.digest);
        const task = progress.start(`${what} ${shortDigest(blob.digest)}`, blob.size);
        const outcome = before ?? await this.#write(blob, task);
        task.done(before === "written" ? "sent before" : notes[outcome]);
        this.#blobs[outcome] += 1;
        if (outcome === "written") this.#bytesWritten += blob.size;
      })
    );
  }
  #write(blob, task) {
    const { source, sink } = this.#request;
    const seen = forward(task);
    const open = () => interruptible(source.readBlob(blob), this.#signal, seen());
    return sink.writeBlob(blob, open, source.origin?.(blob) ?? source);
  }
  #once(descriptor, work) {
    const started = this.#started.get(descriptor.digest) ?? work();
    this.#started.set(descriptor.digest, started);
    return started;
  }
  /** Runs a step, unless another has failed; its failure ends the others. */
  async #failing(step) {
    this.#signal.throwIfAborted();
    try {
      return await step();
    } catch (error) {
      this.#failure.abort(error);
      throw error;
    }
  }
  /** Waits until all have ended, so that nothing goes on behind the caller; then throws the first failure. */
  async #all(parts) {
    await Promise.allSettled(parts);
    this.#signal.throwIfAborted();
  }
};
var notes = {
  written: void 0,
  existed: "exists",
  mounted: "mounted"
};
function forward(task) {
  let furthest = 0;
  return () => {
    let at = 0;
    return (bytes) => {
      at += bytes;
      if (at > furthest) task.advance(at - furthest);
      furthest = Math.max(furthest, at);
    };
  };
}

export {
  copyImage
};
