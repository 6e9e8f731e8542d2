import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  silentProgress
} from "./chunk-OFZY7IXT.js";
import {
  pLimit,
  readConfig
} from "./chunk-PUISQCY4.js";
import {
  parseJson,
  parseManifest
} from "./chunk-APJA7TDU.js";
import {
  formatPlatform,
  isUnknownPlatform,
  platformMatches
} from "./chunk-A4DNZX46.js";
import {
  describeBytes
} from "./chunk-6YJR5GCO.js";
import {
  isForeignLayerType,
  isImageConfigType,
  isImageManifestType,
  isIndexType,
  isManifestType
} from "./chunk-RI4IMNUK.js";
import {
  shortDigest
} from "./chunk-RJ5NUFKW.js";
import {
  hasCode,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/stages/push/platforms.ts
async function selectPlatforms(source, top, platforms) {
  if (top.kind === "opaque") return top;
  const here = await candidates(source, top);
  const chosen = platforms.map((platform) => choose(here, platform, top, source));
  if (top.kind !== "index") return top;
  const [only] = chosen;
  if (only && chosen.every((descriptor) => descriptor.digest === only.digest))
    return source.readManifest(only);
  return cut(top, chosen);
}
function choose(here, platform, top, source) {
  const found = here.find((candidate) => platformMatches(candidate.platform, platform));
  if (found) return found.descriptor;
  const there = here.map((candidate) => formatPlatform(candidate.platform)).join(", ");
  throw inputError(
    "no-platform",
    `${source.location}: ${top.descriptor.digest} is not for ${formatPlatform(platform)}`,
    { hint: there === "" ? "It says of no platform that it is for it." : `It is for ${there}.` }
  );
}
async function candidates(source, manifest) {
  switch (manifest.kind) {
    case "opaque":
      return [];
    case "image": {
      if (!isImageConfigType(manifest.config.mediaType)) return [];
      const config = await readConfig(source, manifest);
      return [{ descriptor: manifest.descriptor, platform: config.platform }];
    }
    case "index": {
      const all = [];
      for (const child of manifest.manifests) all.push(...await candidatesOf(source, child));
      return all;
    }
  }
}
async function candidatesOf(source, child) {
  if (isIndexType(child.mediaType)) return candidates(source, await source.readManifest(child));
  if (!isImageManifestType(child.mediaType)) return [];
  if (child.platform === void 0) return candidates(source, await source.readManifest(child));
  return isUnknownPlatform(child.platform) ? [] : [{ descriptor: child, platform: child.platform }];
}
function cut(index, chosen) {
  const digests = new Set(chosen.map((descriptor2) => descriptor2.digest));
  const about = index.manifests.filter(
    (entry) => digests.has(entry.annotations?.["vnd.docker.reference.digest"] ?? "")
  );
  const kept = index.manifests.filter((entry) => digests.has(entry.digest) || about.includes(entry));
  const nested = chosen.filter((descriptor2) => !kept.some((entry) => entry.digest === descriptor2.digest));
  if (nested.length === 0 && kept.length === index.manifests.length) return index;
  const json = { ...parseJson(index.raw, index.descriptor.digest), manifests: [...kept, ...nested] };
  const raw = Buffer.from(JSON.stringify(json));
  const descriptor = describeBytes(index.descriptor.mediaType, raw);
  return parseManifest(raw, { descriptor }, `the part of ${index.descriptor.digest}`);
}

// src/stages/push/transfer.ts
async function* interruptible(bytes, signal, seen) {
  const iterator = bytes[Symbol.asyncIterator]();
  let interrupt = (_reason) => {
  };
  const onAbort = () => interrupt(signal.reason);
  signal.addEventListener("abort", onAbort);
  let ended = false;
  try {
    for (; ; ) {
      signal.throwIfAborted();
      const next = await new Promise((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) {
        ended = true;
        return;
      }
      seen(next.value.byteLength);
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    const end = ended ? void 0 : iterator.return?.();
    if (signal.aborted) end?.catch(() => {
    });
    else await end;
  }
}

// src/stages/push/copy.ts
var maxIndexDepth = 4;
async function copyImage(request) {
  const { source, sink, platforms = [] } = request;
  const whole = await source.readManifest(request.descriptor);
  const top = platforms.length === 0 ? whole : await selectPlatforms(source, whole, platforms);
  sink.checkImage?.(top);
  return new Copy(request).run(top);
}
var Copy = class {
  #request;
  #failure = new AbortController();
  #signal;
  #turn;
  #started = /* @__PURE__ */ new Map();
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
    await this.#manifest(top, 0);
    for (const tag of this.#request.tags) {
      this.#signal.throwIfAborted();
      await this.#request.sink.tag(top, tag);
    }
    return {
      descriptor: top.descriptor,
      blobs: this.#blobs,
      bytesWritten: this.#bytesWritten,
      skippedLayers: this.#skipped
    };
  }
  async #manifest(manifest, depth) {
    await this.#all(this.#parts(manifest, depth));
    await this.#failing(() => this.#request.sink.writeManifest(manifest));
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
        const { source, sink, progress = silentProgress } = this.#request;
        const task = progress.start(`${what} ${shortDigest(blob.digest)}`, blob.size);
        const seen = forward(task);
        const open = () => interruptible(source.readBlob(blob), this.#signal, seen());
        const outcome = await sink.writeBlob(blob, open, source);
        task.done(notes[outcome]);
        this.#blobs[outcome] += 1;
        if (outcome === "written") this.#bytesWritten += blob.size;
      })
    );
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
