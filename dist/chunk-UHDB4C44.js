import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  LayerIndexer,
  makeScratchFolder,
  overlay,
  readZtoc,
  removeFolder,
  whyUnfit
} from "./chunk-XZYK6QK7.js";
import {
  disqualify,
  distinctLayers,
  surprisingLayers
} from "./chunk-MA4OFCCJ.js";
import {
  findSociIndexes,
  goIndex,
  goManifest,
  marshalWhole,
  parseGoJson,
  planPrefetch,
  prefetchMediaType,
  sociConfig,
  sociIndexManifest
} from "./chunk-WEC7RCHK.js";
import {
  readPlatformImages
} from "./chunk-ESUH2VSV.js";
import {
  ztocMediaType
} from "./chunk-WSWMSC73.js";
import {
  copyImage
} from "./chunk-TSZ5WMM2.js";
import {
  interruptible
} from "./chunk-5UY46ZQ3.js";
import {
  imageManifests,
  openImageIfThere,
  openRegistry,
  pLimit,
  sociAnnotations,
  sociIndexTypes
} from "./chunk-NSLFNWD3.js";
import {
  makeFolders,
  parseManifest,
  verified
} from "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatImageName,
  formatPlatform,
  retag
} from "./chunk-GQUP2JUB.js";
import {
  describeBytes,
  formatReference,
  isObject,
  isTag,
  parseReference
} from "./chunk-6YJR5GCO.js";
import {
  newMark,
  sweep
} from "./chunk-NVMCYYRY.js";
import {
  layerCompression,
  mediaTypes,
  readAt,
  writeAt
} from "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestHex,
  isDigest,
  shortDigest
} from "./chunk-RJ5NUFKW.js";
import {
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  hasCode,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/pipeline/delivery.ts
function deliverTo(sink, source) {
  const delivered = /* @__PURE__ */ new Map();
  return {
    delivered,
    async deliver(layer, open4) {
      delivered.set(layer.digest, await sink.writeBlob(layer, open4, source.origin?.(layer) ?? source));
    }
  };
}

// src/stages/soci/attestations.ts
var aboutAnnotation = "vnd.docker.reference.digest";
function attestedDigest(entry) {
  return entry.annotations?.[aboutAnnotation];
}

// src/stages/soci/containerd-platform.ts
function containerdPlatform(platform) {
  const [architecture, variant] = architectureOf(
    platform.architecture.toLowerCase(),
    (platform.variant ?? "").toLowerCase()
  );
  const os = platform.os.toLowerCase();
  const version = platform["os.version"];
  const features = platform["os.features"] ?? [];
  return {
    os: os === "macos" ? "darwin" : os,
    architecture,
    ...variant === "" ? {} : { variant },
    ...version ? { "os.version": version } : {},
    ...features.length > 0 ? { "os.features": [...new Set(features)].sort() } : {}
  };
}
function architectureOf(architecture, variant) {
  switch (architecture) {
    case "i386":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", variant === "v1" ? "" : variant];
    case "aarch64":
    case "arm64":
      return ["arm64", arm64Variants.get(variant) ?? variant];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      return ["arm", armVariants.get(variant) ?? variant];
    default:
      return [architecture, variant];
  }
}
var arm64Variants = /* @__PURE__ */ new Map([
  ["8", ""],
  ["v8", ""],
  ["v8.0", ""],
  ["9", "v9"],
  ["9.0", "v9"],
  ["v9.0", "v9"]
]);
var armVariants = /* @__PURE__ */ new Map([
  ["", "v7"],
  ["7", "v7"],
  ["5", "v5"],
  ["6", "v6"],
  ["8", "v8"]
]);
function isSameToContainerd(a, b) {
  return key(a) === key(b);
}
function key(platform) {
  const { os, architecture, variant = "", "os.version": version = "" } = containerdPlatform(platform);
  return JSON.stringify([os, architecture, variant, version]);
}

// src/stages/soci/convert.ts
function convertImage(top, platforms, referrers = /* @__PURE__ */ new Map()) {
  const images = /* @__PURE__ */ new Map();
  for (const { manifest, platform, sociIndex } of platforms) {
    if (sociIndex === void 0) continue;
    const after = annotated(manifest, sociIndex.descriptor.digest);
    images.set(manifest.descriptor.digest, { before: manifest, after, sociIndex, platform });
  }
  if (images.size === 0) return { top, manifests: [], converted: /* @__PURE__ */ new Map(), notices: [] };
  if (top.kind === "opaque") {
    throw inputError("bad-manifest", `${top.descriptor.digest} is neither an image nor an index of images`, {
      hint: "Name an image; artifacts have nothing to index."
    });
  }
  const notices = [];
  const newTop = top.kind === "image" ? wrapped(top, images) : extended(top, images, notices);
  for (const { before, after } of images.values()) notices.push(...aboutReferrers(before, after, referrers));
  if (top.kind === "index") notices.push(...aboutReferrers(top, newTop, referrers));
  return {
    top: newTop,
    manifests: [...images.values()].flatMap(({ sociIndex, after }) => [sociIndex, after]),
    converted: new Map([...images].map(([digest, { after }]) => [digest, after])),
    notices
  };
}
function annotated(manifest, sociIndex) {
  const where = `image ${manifest.descriptor.digest}`;
  const json = parseGoJson(manifest.raw, where);
  const docker = manifest.config.mediaType === mediaTypes.dockerConfig;
  const text = marshalWhole(
    goManifest,
    {
      ...json,
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: docker ? { ...json.config, mediaType: mediaTypes.ociConfig } : json.config,
      annotations: { ...json.annotations, [sociAnnotations.indexDigest]: sociIndex }
    },
    where
  );
  const after = parseManifest(Buffer.from(text), {}, where);
  if (after.kind !== "image") throw new TypeError(`${where} is no image manifest`);
  return after;
}
function wrapped(top, images) {
  const image = images.get(top.descriptor.digest);
  if (image === void 0) throw new TypeError(`${top.descriptor.digest} is not among the platforms`);
  const platform = containerdPlatform(image.platform);
  const { digest, size, mediaType } = image.after.descriptor;
  return indexOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      { mediaType, digest, size, annotations: image.after.annotations, platform },
      sociEntry(image, /* @__PURE__ */ new Map([[image, platform]]))
    ]
  });
}
function extended(top, images, notices) {
  const places = placesIn(top, images);
  const here = new Set(top.manifests.map((entry) => entry.digest));
  const waiting = new Map(places);
  const entries = [];
  for (const entry of top.manifests) {
    const image = images.get(entry.digest);
    const attested = images.get(attestedDigest(entry));
    const lost = attested !== void 0 && isChanged(attested);
    const owner = ownerOf(entry, places, here);
    if (image) entries.push(imageEntry(entry, image));
    else if (lost) notices.push(aboutAttestation(entry, attested, places));
    else if (owner === void 0) entries.push(entry);
    else if (waiting.delete(owner)) entries.push(sociEntry(owner, places));
  }
  for (const image of waiting.keys()) entries.push(sociEntry(image, places));
  const json = parseGoJson(top.raw, `index ${top.descriptor.digest}`);
  return indexOf({ ...json, schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries });
}
function isChanged({ before, after }) {
  return before.descriptor.digest !== after.descriptor.digest;
}
function placesIn(top, images) {
  const places = /* @__PURE__ */ new Map();
  for (const entry of top.manifests) {
    const image = images.get(entry.digest);
    if (image && !places.has(image)) places.set(image, entry.platform ?? containerdPlatform(image.platform));
  }
  for (const [digest, image] of images) {
    if (places.has(image)) continue;
    throw inputError("bad-manifest", `${digest} is not an entry of the index ${top.descriptor.digest}`, {
      hint: "An index within an index cannot be converted; name the inner one."
    });
  }
  return places;
}
function ownerOf(entry, places, here) {
  const named2 = entry.annotations?.[sociAnnotations.imageDigest];
  const images = [...places.keys()];
  const owner = images.find(({ before }) => before.descriptor.digest === named2);
  if (owner || here.has(named2)) return owner;
  const namedBy = images.find(
    ({ before }) => before.annotations[sociAnnotations.indexDigest] === entry.digest
  );
  const { platform } = entry;
  if (namedBy || platform === void 0 || entry.artifactType !== sociIndexTypes.v2) return namedBy;
  return images.find((image) => isSameToContainerd(places.get(image) ?? image.platform, platform));
}
function imageEntry(entry, { after, sociIndex }) {
  const { mediaType, digest, size } = after.descriptor;
  const annotations = { ...entry.annotations, [sociAnnotations.indexDigest]: sociIndex.descriptor.digest };
  const { data: _, ...rest } = entry;
  return { ...rest, mediaType, digest, size, annotations };
}
function sociEntry(image, places) {
  const { after, sociIndex, platform } = image;
  const { mediaType, digest, size } = sociIndex.descriptor;
  return {
    mediaType,
    digest,
    size,
    annotations: { [sociAnnotations.imageDigest]: after.descriptor.digest },
    platform: places.get(image) ?? platform,
    artifactType: sociIndexTypes.v2
  };
}
function indexOf(json) {
  const where = "converted image";
  return parseManifest(Buffer.from(marshalWhole(goIndex, json, where)), {}, where);
}
function aboutAttestation(entry, image, places) {
  const { before, after, platform } = image;
  return `${formatPlatform(places.get(image) ?? platform)}: the attestation ${shortDigest(entry.digest)} (provenance or bill of material) was dropped: it speaks of ${shortDigest(before.descriptor.digest)}, and with its SOCI index the image is ${shortDigest(after.descriptor.digest)}. Attest the indexed image.`;
}
function aboutReferrers(before, after, referrers) {
  if (!isChanged({ before, after })) return [];
  const all = referrers.get(before.descriptor.digest) ?? [];
  const lost = all.filter((entry) => entry.artifactType !== sociIndexTypes.v1);
  if (lost.length === 0) return [];
  const types = [...new Set(lost.map((entry) => entry.artifactType ?? entry.mediaType))].sort();
  return [
    `What refers to ${shortDigest(before.descriptor.digest)} (${types.join(", ")}) does not hold for ${shortDigest(after.descriptor.digest)}, which it is with its SOCI index. Sign and attest after indexing.`
  ];
}

// src/stages/soci/image-indexes.ts
async function indexesOf(top, images, ztocs, request) {
  const documents = [sociConfig];
  const notices = [];
  const platforms = [];
  for (const image of images) {
    const prefetch = await prefetchOf(image, ztocs, request);
    documents.push(...prefetch.documents);
    notices.push(...prefetch.notices);
    platforms.push({ image, layers: indexedLayers(image, ztocs, request), prefetch: prefetch.artifacts });
  }
  const v2 = makeV2(top, platforms, request);
  const v1 = makeV1(platforms, v2.imageOf, request);
  return {
    top: v2.top,
    manifests: [...v2.manifests, ...v1.values()],
    documents,
    referrers: [...v1.values()].map(({ descriptor }) => descriptor),
    facts: platforms.map((parts) => {
      const image = v2.imageOf(parts.image);
      return factsOf(parts, { image, v1: v1.get(parts), v2: v2.indexes.get(parts) }, ztocs, request);
    }),
    notices: [...notices, ...v2.notices]
  };
}
function indexedLayers({ manifest }, ztocs, { spanBytes, reasonOf }) {
  return manifest.layers.flatMap((layer) => {
    const ztoc = reasonOf(layer) === void 0 ? ztocs.get(layer.digest) : void 0;
    return ztoc ? [{ layer, ztoc, spanBytes }] : [];
  });
}
function makeV2(top, platforms, { versions, referrers }) {
  const indexes = versions.has("v2") ? indexEach(platforms, () => void 0) : /* @__PURE__ */ new Map();
  if (indexes.size === 0) {
    const imageOf = ({ manifest }) => manifest.descriptor;
    return { top: top.descriptor, manifests: [], indexes, notices: [], imageOf };
  }
  const conversion = convertImage(
    top,
    platforms.map((parts) => ({
      manifest: parts.image.manifest,
      platform: parts.image.configPlatform,
      sociIndex: indexes.get(parts)
    })),
    referrers
  );
  return {
    top: conversion.top.descriptor,
    manifests: [...conversion.manifests, conversion.top],
    indexes,
    notices: conversion.notices,
    imageOf: ({ manifest }) => (conversion.converted.get(manifest.descriptor.digest) ?? manifest).descriptor
  };
}
function makeV1(platforms, imageOf, { versions }) {
  if (!versions.has("v1")) return /* @__PURE__ */ new Map();
  return indexEach(platforms, ({ image }) => {
    const { mediaType, digest, size } = imageOf(image);
    return { mediaType, digest, size };
  });
}
function indexEach(platforms, subjectOf) {
  const indexed2 = platforms.filter(({ layers }) => layers.length > 0);
  return new Map(
    indexed2.map((parts) => [parts, sociIndexManifest(parts.layers, parts.prefetch, subjectOf(parts))])
  );
}
async function prefetchOf({ manifest, platform }, files, { prefetch: patterns, reasonOf }) {
  const found = {
    artifacts: [],
    documents: [],
    notices: []
  };
  if (patterns.length === 0) return found;
  const ztocs = /* @__PURE__ */ new Map();
  for (const layer of manifest.layers) {
    const file = reasonOf(layer) === void 0 ? files.get(layer.digest) : void 0;
    if (!file) continue;
    ztocs.delete(layer.digest);
    ztocs.set(layer.digest, { layer: layer.digest, ztoc: await readZtoc(file.path, layer) });
  }
  const plan = planPrefetch(patterns, [...ztocs.values()]);
  for (const [layer, bytes] of plan.artifacts) {
    found.documents.push(bytes);
    found.artifacts.push({ layer, blob: describeBytes(prefetchMediaType, bytes) });
  }
  const where = formatPlatform(platform);
  for (const pattern of plan.unmatched) {
    found.notices.push(`prefetch: no file of an indexed layer of ${where} fits ${JSON.stringify(pattern)}.`);
  }
  return found;
}
function factsOf({ image, layers, prefetch }, made, ztocs, { spanBytes, reasonOf }) {
  const blobs = [...layers.map(({ ztoc }) => ztoc), ...prefetch.map(({ blob }) => blob)];
  const manifests = [made.v1, made.v2].filter((one) => one !== void 0).map(({ descriptor }) => descriptor);
  const distinct = new Map([...blobs, ...manifests].map(({ digest, size }) => [digest, size]));
  return {
    platform: formatPlatform(image.platform),
    image: made.image.digest,
    ...made.v1 ? { v1: made.v1.descriptor.digest } : {},
    ...made.v2 ? { v2: made.v2.descriptor.digest } : {},
    layers: image.manifest.layers.map(
      (layer) => layerFacts(layer, ztocs.get(layer.digest), reasonOf(layer), spanBytes)
    ),
    indexBytes: [...distinct.values()].reduce((sum, size) => sum + size, 0)
  };
}
function layerFacts({ digest, size: bytes }, file, reason, spanBytes) {
  if (reason !== void 0 || !file) return { digest, bytes, ...reason === void 0 ? {} : { reason } };
  const { spans, files, reused } = file;
  return {
    digest,
    bytes,
    ztoc: {
      digest: file.digest,
      bytes: file.size,
      spans,
      spanBytes,
      files,
      ...reused === void 0 ? {} : { reused }
    }
  };
}

// src/stages/soci/layer-ztocs.ts
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

// src/content/store/lockstep.ts
var end = { done: true, value: void 0 };
function lockstep(bytes, readers) {
  const step = new Lockstep(bytes);
  return Array.from({ length: readers }, () => step.reader());
}
var Lockstep = class {
  #bytes;
  #readers = /* @__PURE__ */ new Set();
  #asking = /* @__PURE__ */ new Map();
  #reading = false;
  constructor(bytes) {
    this.#bytes = bytes[Symbol.asyncIterator]();
  }
  reader() {
    const leave = () => this.#leave(reader);
    const reader = {
      leave,
      [Symbol.asyncIterator]: () => ({
        next: () => this.#ask(reader),
        async return() {
          await leave();
          return end;
        }
      })
    };
    this.#readers.add(reader);
    return reader;
  }
  #ask(reader) {
    if (!this.#readers.has(reader)) return Promise.resolve(end);
    return new Promise((resolve, reject) => {
      this.#asking.set(reader, { resolve, reject });
      this.#step();
    });
  }
  async #leave(reader) {
    if (!this.#readers.delete(reader)) return;
    this.#asking.get(reader)?.resolve(end);
    this.#asking.delete(reader);
    if (this.#readers.size === 0) await this.#bytes.return?.();
    else this.#step();
  }
  /** Reads on when all who are left have asked. */
  #step() {
    if (this.#reading || this.#asking.size < this.#readers.size) return;
    this.#reading = true;
    this.#bytes.next().then(
      (next) => {
        if (next.done) this.#readers.clear();
        this.#answer((asking) => asking.resolve(next));
      },
      (error) => {
        this.#readers.clear();
        this.#answer((asking) => asking.reject(error));
      }
    );
  }
  #answer(answer) {
    const asking = [...this.#asking.values()];
    this.#asking.clear();
    this.#reading = false;
    for (const one of asking) answer(one);
  }
};

// src/stages/soci/delivery.ts
async function indexAndDeliver(request) {
  const { read, index, deliver } = request;
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const ending = async (work) => {
    try {
      return await work;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  let delivered;
  const open4 = () => {
    const blob = new SharedBlob(() => read(signal));
    delivered = ending(deliver(() => blob.open())).finally(() => blob.end());
    delivered.catch(() => {
    });
    return blob.joined();
  };
  const indexed2 = ending(index(open4, signal));
  await Promise.allSettled([indexed2]);
  await Promise.allSettled([delivered]);
  signal.throwIfAborted();
  return indexed2;
}
var SharedBlob = class {
  #read;
  #ours = Promise.withResolvers();
  #theirs;
  constructor(read) {
    this.#read = read;
  }
  /** The bytes from when it is known whether the sink reads them. */
  async *joined() {
    yield* await this.#ours.promise;
  }
  /** For the sink: the first time along with the other reader, then, since it has given that up, by itself. */
  open() {
    if (this.#theirs !== void 0) {
      this.#leave();
      return this.#read();
    }
    const [ours, theirs] = lockstep(this.#read(), 2);
    this.#ours.resolve(ours);
    this.#theirs = theirs;
    return theirs;
  }
  /** The sink reads no more, or never has. */
  end() {
    this.#leave();
    if (this.#theirs === void 0) this.#ours.resolve(this.#read());
  }
  /** A sink may have dropped a stream without ending it, and nobody else must wait for that. */
  #leave() {
    this.#theirs?.leave().catch(() => {
    });
  }
};

// src/stages/soci/layer-ztocs.ts
var mostReusedBytes = 512 * 1024 ** 2;
var parallelDownloads = 4;
var parallelDeliveries = 4;
async function ztocsOf(layers, request) {
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const maker = new ZtocMaker({ ...request, signal, notice: (line) => request.notice(line) });
  const ztocs = layers.map(async (layer) => {
    try {
      return [layer.descriptor.digest, await maker.ztocOf(layer)];
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(ztocs);
  signal.throwIfAborted();
  await maker.end();
  return new Map(await Promise.all(ztocs));
}
var ZtocMaker = class {
  #request;
  #download = pLimit(parallelDownloads);
  #delivery = pLimit(parallelDeliveries);
  /** One zTOC in memory at a time. */
  #check = pLimit(1);
  #cached = 0;
  #cacheFailed = false;
  constructor(request) {
    this.#request = request;
  }
  async ztocOf(layer) {
    this.#request.signal.throwIfAborted();
    const { descriptor } = layer;
    for (const known of this.#request.known.get(descriptor.digest) ?? []) {
      const file2 = await this.#takeOver(descriptor, known);
      if (file2) return { kind: "indexed", file: file2 };
    }
    const file = await this.#takeFromCache(descriptor);
    return file ? { kind: "indexed", file } : this.#make(layer);
  }
  async end() {
    if (this.#cached > 0) await this.#request.cache?.prune();
  }
  async #takeFromCache(layer) {
    const { cache, spanBytes } = this.#request;
    for (const known of await cache?.find(layer.digest, spanBytes) ?? []) {
      const file = await this.#takeOver(layer, known);
      if (file) {
        await cache?.touch(layer.digest, spanBytes, known.digest);
        return file;
      }
      await cache?.drop(layer.digest, spanBytes, known.digest);
    }
    return void 0;
  }
  /** Undefined where it is not what is wanted; and a notice where it can't be had or is not to be trusted. */
  async #takeOver(layer, known) {
    const { signal, notice } = this.#request;
    const path = this.#pathOf(layer);
    const { digest, size, from, source } = known;
    try {
      await this.#download(() => this.#write(path, layer, known));
      const about = await this.#inspect(path, layer);
      if (about) return { layer, digest, size, path, ...about, reused: from, origin: source };
      await rm(path);
      return void 0;
    } catch (error) {
      await rm(path, { force: true });
      signal.throwIfAborted();
      const { message } = error;
      notice(`The zTOC ${digest} of layer ${layer.digest} is not taken over from ${from}: ${message}.`);
      return void 0;
    }
  }
  async #write(path, layer, { read, size }) {
    var _stack = [];
    try {
      if (size > mostReusedBytes) {
        throw inputError("too-large", `it is of ${formatBytes(size)}, over ${formatBytes(mostReusedBytes)}`);
      }
      const title = `zTOC of layer ${shortDigest(layer.digest)}`;
      const bytes = this.#seen(read(), title, size, this.#request.signal);
      const file = __using(_stack, await onDisk(path, () => open(path, "wx", 384)), true);
      let at = 0;
      for await (const chunk of bytes) {
        await writeAt(file, chunk, at, path);
        at += chunk.byteLength;
      }
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  }
  #make(layer) {
    const { source, deliver, signal } = this.#request;
    const { descriptor } = layer;
    const title = `index layer ${shortDigest(descriptor.digest)}`;
    const read = (until) => this.#seen(source.readBlob(descriptor), title, descriptor.size, until);
    if (!deliver) return this.#index(layer, () => read(signal), signal);
    return this.#delivery(
      () => indexAndDeliver({
        read,
        index: (open4, until) => this.#index(layer, open4, until),
        deliver: (open4) => deliver(descriptor, open4),
        signal
      })
    );
  }
  async #index(layer, open4, signal) {
    const { indexer, spanBytes, ratioLimit, notice } = this.#request;
    const { descriptor } = layer;
    const path = this.#pathOf(descriptor);
    const outcome = await indexer.index({ layer, spanBytes, ratioLimit, open: open4, file: path }, signal);
    if (outcome.kind === "unindexable") return outcome;
    const { digest, size, spans, files, crossesMembers } = outcome;
    if (crossesMembers) notice(needsNewSnapshotter(descriptor));
    const file = { layer: descriptor, digest, size, path, spans, files };
    await this.#keep(file);
    return { kind: "indexed", file };
  }
  /**
   * Reads a zTOC that others made as those who use it will; undefined where its spans are of another size, which not
   * every index tells. @throws PullBudgetError `bad-ztoc`
   */
  #inspect(path, layer) {
    const { spanBytes, signal } = this.#request;
    return this.#check(async () => {
      signal.throwIfAborted();
      const ztoc = await readZtoc(path, layer);
      const unfit = whyUnfit(ztoc, layer);
      if (unfit !== void 0) throw inputError("bad-ztoc", unfit);
      return ztoc.spanBytes === spanBytes ? { spans: ztoc.spans.length, files: ztoc.entryCount } : void 0;
    });
  }
  /** Puts a zTOC into the cache. That this can fail is no reason for anything else to. */
  async #keep({ layer, digest, path }) {
    const { cache, spanBytes, notice } = this.#request;
    if (!cache || this.#cacheFailed) return;
    try {
      await cache.store(layer.digest, spanBytes, { digest, path });
      this.#cached++;
    } catch (error) {
      if (!this.#cacheFailed) notice(`zTOCs are not kept for the next run: ${error.message}.`);
      this.#cacheFailed = true;
    }
  }
  /** Passes bytes on and tells how far they are. */
  async *#seen(bytes, title, size, signal) {
    const task = this.#request.progress.start(title, size);
    try {
      yield* interruptible(bytes, signal, (seen) => task.advance(seen));
    } finally {
      task.done();
    }
  }
  #pathOf(layer) {
    return join(this.#request.folder, `${digestHex(layer.digest)}.ztoc`);
  }
};
function needsNewSnapshotter({ digest }) {
  return `Layer ${digest} is a gzip stream of several members, and spans go on from one into the next: nodes read it with soci-snapshotter 0.14 or later only.`;
}

// src/stages/soci/referrers.ts
var cosignKinds = ["sig", "att"];
async function findReferrers(source, subjects, told) {
  try {
    const found = subjects.map(async (digest) => [digest, await referrersOf(source, digest)]);
    return new Map(await Promise.all(found));
  } catch (error) {
    told.signal.throwIfAborted();
    told.notice(
      `Whether the image is signed or attested is not known: ${error.message}. With its SOCI index it has another digest: sign and attest after indexing.`
    );
    return /* @__PURE__ */ new Map();
  }
}
async function referrersOf(source, subject) {
  const [listed, ...tagged] = await Promise.all([
    source.referrers(subject),
    ...cosignKinds.map((kind) => cosignTag(source, subject, kind))
  ]);
  return [...listed, ...tagged.flat()];
}
async function cosignTag(source, subject, kind) {
  const tag = `${digestAlgorithm(subject)}-${digestHex(subject)}.${kind}`;
  try {
    const found = await source.resolve(tag);
    return [{ ...found, artifactType: `application/vnd.dev.cosign.artifact.${kind}.v1+json` }];
  } catch (error) {
    if (hasCode(error, "not-found")) return [];
    throw error;
  }
}

// src/stages/soci/reuse.ts
async function findKnownZtocs(images, wanted) {
  const found = /* @__PURE__ */ new Map();
  for (const image of images) {
    try {
      for await (const [layer, ztoc] of ztocsOf2(image, wanted)) {
        const known = found.get(layer) ?? [];
        if (!known.some(({ digest }) => digest === ztoc.digest)) found.set(layer, [...known, ztoc]);
      }
    } catch (error) {
      wanted.signal.throwIfAborted();
      wanted.notice(`No zTOC is taken over from ${nameOf(image)}: ${error.message}.`);
    }
  }
  return found;
}
async function* ztocsOf2(image, wanted) {
  const top = await image.source.readManifest(image.descriptor);
  for await (const manifest of imageManifests(image.source, top, wanted.platforms)) {
    wanted.signal.throwIfAborted();
    if (!manifest.layers.some(({ digest }) => wanted.layers.has(digest))) continue;
    for (const index of await indexesOf2(image.source, manifest, top)) {
      yield* named(index, image, wanted);
    }
  }
}
async function indexesOf2(source, manifest, top) {
  const { v1, v2 } = await findSociIndexes(source, manifest, top.kind === "index" ? top : void 0);
  return [v2, v1].filter((one) => one !== void 0).map(({ index }) => index);
}
function* named({ layers }, image, wanted) {
  for (const { layer, ztoc, spanBytes = wanted.spanBytes } of layers) {
    if (!wanted.layers.has(layer) || spanBytes !== wanted.spanBytes) continue;
    const { digest, size } = ztoc;
    const { source } = image;
    yield [layer, { digest, size, from: nameOf(image), source, read: () => source.readBlob(ztoc) }];
  }
}
var nameOf = ({ source, descriptor }) => `${source.location}@${descriptor.digest}`;

// src/stages/soci/ztoc-cache.ts
import { copyFile, open as open2, readdir, rename, rm as rm2, stat, utimes } from "node:fs/promises";
import { join as join2 } from "node:path";
var defaultMostBytes = 2 * 1024 ** 3;
var temporary = "tmp-";
var namePattern = /^sha(?:256|512)-[0-9a-f]+-\d+-([0-9a-f]{64})\.ztoc$/;
var ZtocCache = class {
  #folder;
  #mostBytes;
  constructor(folder, mostBytes = defaultMostBytes) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }
  /** What there is for a layer, the newest first. */
  async find(layer, spanBytes) {
    const prefix = prefixOf(layer, spanBytes);
    const found = await this.#entries((name) => name.startsWith(prefix));
    return found.map(({ path, digest, size }) => ({
      digest,
      size,
      from: `the cache ${this.#folder}`,
      source: void 0,
      read: () => readEntry(path, { mediaType: ztocMediaType, digest, size })
    }));
  }
  /** Notes that the entry was of use: what was not for the longest time goes first. */
  async touch(layer, spanBytes, digest) {
    const now = /* @__PURE__ */ new Date();
    await utimes(this.#path(layer, spanBytes, digest), now, now).catch(() => {
    });
  }
  /** Removes an entry that turned out to be bad. */
  async drop(layer, spanBytes, digest) {
    await rm2(this.#path(layer, spanBytes, digest), { force: true }).catch(() => {
    });
  }
  /** Copies a file that is a layer's zTOC in. @throws PullBudgetError `disk-full`, `no-access` */
  async store(layer, spanBytes, ztoc) {
    const path = this.#path(layer, spanBytes, ztoc.digest);
    const making = join2(this.#folder, temporary + newMark());
    await onDisk(this.#folder, async () => {
      await makeFolders(this.#folder);
      try {
        await copyFile(ztoc.path, making);
        await rename(making, path);
      } catch (error) {
        await rm2(making, { force: true });
        throw error;
      }
    });
  }
  /** Removes what killed processes left, and the entries longest out of use where all are too large together. */
  async prune() {
    await sweep(this.#folder, temporary);
    let bytes = 0;
    for (const { size, path } of await this.#entries((name) => namePattern.test(name))) {
      bytes += size;
      if (bytes > this.#mostBytes) await rm2(path, { force: true }).catch(() => {
      });
    }
  }
  #path(layer, spanBytes, digest) {
    return join2(this.#folder, `${prefixOf(layer, spanBytes)}${digestHex(digest)}.ztoc`);
  }
  /** Those whose names fit, the newest first. */
  async #entries(fits) {
    const names = await readdir(this.#folder).catch(() => []);
    const entries = await Promise.all(names.filter(fits).map((name) => entryOf(this.#folder, name)));
    return entries.filter((entry) => entry !== void 0).sort((a, b) => b.mtimeMs - a.mtimeMs);
  }
};
function prefixOf(layer, spanBytes) {
  return `${digestAlgorithm(layer)}-${digestHex(layer)}-${spanBytes}-`;
}
async function entryOf(folder, name) {
  const digest = `sha256:${namePattern.exec(name)?.[1]}`;
  const path = join2(folder, name);
  const file = await stat(path).catch(() => void 0);
  if (!isDigest(digest) || !file?.isFile()) return void 0;
  return { digest, path, size: file.size, mtimeMs: file.mtimeMs };
}
async function* readEntry(path, descriptor) {
  var _stack = [];
  try {
    const file = __using(_stack, await onDisk(path, () => open2(path)), true);
    yield* verified(readAt(file, 0, descriptor.size, path), descriptor, path, "at rest");
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/stages/soci/index-image.ts
async function indexImage(request, newIndexer = () => new LayerIndexer()) {
  const { source, scratch, minLayerBytes } = request;
  const top = await source.readManifest(request.descriptor);
  const images = await readPlatformImages(source, top, request.platforms);
  for (const { layer, reason } of surprisingLayers(images, minLayerBytes)) {
    request.notice(`${nameOf2(layer)} gets no zTOC, it is ${reason}: nodes fetch it whole.`);
  }
  const layers = distinctLayers(images, minLayerBytes);
  refuseUnindexable(images, (layer) => disqualify(layer, minLayerBytes)?.reason, request);
  const folder = await makeScratchFolder(scratch, "index");
  const close = () => removeFolder(folder);
  try {
    const ztocs = await makeZtocs(layers, images, folder, request, newIndexer);
    return await indexed(top, images, ztocs, request, close);
  } catch (error) {
    await close().catch(() => {
    });
    throw error;
  }
}
async function makeZtocs(layers, images, folder, request, newIndexer) {
  var _stack = [];
  try {
    const { source, descriptor, spanBytes, ratioLimit, deliver, progress, signal, cache } = request;
    if (layers.length === 0) return /* @__PURE__ */ new Map();
    const notice = (line) => request.notice(line);
    const known = await findKnownZtocs([...request.known, { source, descriptor }], {
      layers: new Set(layers.map((layer) => layer.descriptor.digest)),
      platforms: images.map(({ platform }) => platform),
      spanBytes,
      signal,
      notice
    });
    for (const [layer, ztoc] of request.made ?? []) known.set(layer, [ztoc, ...known.get(layer) ?? []]);
    const indexer = __using(_stack, newIndexer(), true);
    const ztocs = await ztocsOf(layers, {
      source,
      spanBytes,
      ratioLimit,
      known,
      cache: cache === void 0 ? void 0 : new ZtocCache(cache),
      indexer,
      deliver,
      folder,
      progress,
      signal,
      notice
    });
    for (const { descriptor: layer } of layers) {
      const ztoc = ztocs.get(layer.digest);
      if (ztoc?.kind === "unindexable") {
        notice(`${nameOf2(layer)} gets no zTOC, ${ztoc.reason}: nodes fetch it whole.`);
      }
    }
    return ztocs;
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function indexed(top, images, ztocs, request, close) {
  const { source, descriptor, minLayerBytes, versions, spanBytes, prefetch } = request;
  const reasonOf = (layer) => {
    const ztoc = ztocs.get(layer.digest);
    return disqualify(layer, minLayerBytes)?.reason ?? (ztoc?.kind === "unindexable" ? ztoc.reason : void 0);
  };
  refuseUnindexable(images, reasonOf, request);
  for (const image of images.filter((one) => isUnindexable(one, reasonOf)))
    request.notice(`A platform stays without a SOCI index: ${whyUnindexable(image, reasonOf)}.`);
  const files = /* @__PURE__ */ new Map();
  for (const [layer, ztoc] of ztocs) if (ztoc.kind === "indexed") files.set(layer, ztoc.file);
  const changing = [top, ...images.map(({ manifest }) => manifest)].map((one) => one.descriptor.digest);
  const referrers = await findReferrers(source, versions.has("v2") ? [...new Set(changing)] : [], request);
  const indexes = await indexesOf(top, images, files, { versions, spanBytes, prefetch, referrers, reasonOf });
  const rivals = await noticesOfRivals(source, indexes.referrers, indexes.manifests, request.signal);
  for (const line of [...indexes.notices, ...rivals]) request.notice(line);
  const over = overlay(
    source,
    {
      original: descriptor,
      descriptor: indexes.top,
      manifests: indexes.manifests,
      documents: indexes.documents,
      files: [...files.values()]
    },
    close
  );
  return {
    source: over,
    descriptor: indexes.top,
    referrers: indexes.referrers,
    facts: indexes.facts,
    close
  };
}
async function noticesOfRivals(source, referrers, manifests, signal) {
  const lines = [];
  const listed = async (subject) => {
    try {
      return await source.referrers(subject, sociIndexTypes.v1);
    } catch (error) {
      signal.throwIfAborted();
      lines.push(`Whether ${subject} has another v1 index is not known: ${error.message}.`);
      return [];
    }
  };
  for (const made of referrers) {
    const manifest = manifests.find(({ descriptor }) => descriptor.digest === made.digest);
    const subject = manifest?.kind === "image" ? manifest.subject?.digest : void 0;
    const there = subject === void 0 ? [] : await listed(subject);
    for (const other of there.filter(({ digest }) => digest !== made.digest)) {
      lines.push(
        `Image ${subject} has another v1 index, ${other.digest}: nodes may take that one until it is deleted.`
      );
    }
  }
  return lines;
}
function refuseUnindexable(images, reasonOf, request) {
  const [image] = request.onUnindexable === "fail" ? images.filter((one) => isUnindexable(one, reasonOf)) : [];
  if (image === void 0) return;
  throw inputError("nothing-to-index", `${request.source.location}: ${whyUnindexable(image, reasonOf)}`, {
    hint: hintFor(image, request.minLayerBytes)
  });
}
var isUnindexable = (image, reasonOf) => image.layers.every((layer) => reasonOf(layer.descriptor) !== void 0);
function whyUnindexable({ platform, layers }, reasonOf) {
  const counts = /* @__PURE__ */ new Map();
  for (const { descriptor } of layers) {
    const reason = reasonOf(descriptor);
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const why = [...counts].map(([reason, count]) => `${count} layer${count === 1 ? "" : "s"}: ${reason}`);
  return `no layer of ${formatPlatform(platform)} can be indexed: ${why.join("; ") || "it has none"}`;
}
function hintFor({ layers }, minLayerBytes) {
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const isSmall = descriptors.some((layer) => disqualify(layer, minLayerBytes)?.by === "size");
  const isZstd = descriptors.some(({ mediaType }) => layerCompression(mediaType) === "zstd");
  const ways = [
    ...isSmall ? ["Lower min-layer-size for layers that are too small."] : [],
    ...isZstd ? ["Build with gzip instead of zstd."] : []
  ];
  return [...ways, "To leave such an image as it is, set on-unindexable to pass."].join(" ");
}
var nameOf2 = ({ digest, size }) => `Layer ${digest} (${formatBytes(size)})`;

// src/pipeline/known-images.ts
var usualSuffix = "-soci";
async function openKnown({ base, known, suffix = usualSuffix }, options, context, open4) {
  const found = /* @__PURE__ */ new Map();
  const ofBase = base === void 0 ? [] : withBeside(base, usualSuffix);
  for (const name of [...ofBase, ...known.flatMap((one) => withBeside(one, suffix))]) {
    const key2 = formatImageName(name);
    if (found.has(key2)) continue;
    const image = await openQuietly(name, options, context);
    if (typeof image !== "string") open4.defer(() => image.source.close());
    found.set(key2, image);
  }
  if (base && ofBase.every((name) => found.get(formatImageName(name)) === "absent")) {
    context.notice(`No layer is known from the base image: ${formatImageName(base)} is not there.`);
  }
  return [...found.values()].filter((image) => typeof image !== "string");
}
function withBeside(name, suffix) {
  const beside = retag(name, (tag) => isTag(tag + suffix) ? tag + suffix : void 0);
  return beside === void 0 ? [name] : [beside, name];
}
async function openQuietly(name, options, context) {
  try {
    return await openImageIfThere(name, options) ?? "absent";
  } catch (error) {
    if (!(error instanceof PullBudgetError) || context.signal.aborted) throw error;
    context.notice(`No SOCI index is looked for in ${formatImageName(name)}: ${error.message}.`);
    return "unknown";
  }
}

// src/pipeline/prefetch.ts
import { open as open3 } from "node:fs/promises";

// src/stages/soci/access-trace.ts
function parseAccessTrace(text, where) {
  const content = text.replace(/^\ufeff/, "");
  const paths = /^\s*\{/.test(content) ? readJson(content, where) : readLines(content, where);
  return [...new Set(paths)];
}
function readLines(text, where) {
  const paths = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    paths.push(checkPath(line, `${where}:${at + 1}`));
  }
  return paths;
}
function readJson(text, where) {
  let json;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad(`${where}:${lineOf(cause, text)}`, "is not JSON", cause);
  }
  if (!isObject(json) || json.schemaVersion !== 1) {
    throw bad(where, `has no "schemaVersion" 1, the only one that is known`);
  }
  if (!Array.isArray(json.files)) throw bad(where, 'has no list "files"');
  return json.files.map((file, at) => {
    const place = `${where}: files[${at}]`;
    if (!isObject(file) || typeof file.path !== "string") throw bad(place, 'has no "path"');
    return checkPath(file.path, place);
  });
}
function lineOf(error, text) {
  const line = error instanceof Error ? /\(line (\d+) column \d+\)/.exec(error.message)?.[1] : void 0;
  return line === void 0 ? text.trimEnd().split("\n").length : Number(line);
}
function checkPath(path, place) {
  if (!path.startsWith("/")) throw bad(place, `${JSON.stringify(path.slice(0, 200))} is no absolute path`);
  if (path.includes("\0")) throw bad(place, `${JSON.stringify(path.slice(0, 200))} has a NUL in it`);
  return path;
}
function bad(place, what, cause) {
  return inputError("bad-access-trace", `${place} ${what}`, {
    hint: 'Write one absolute path a line, or {"schemaVersion":1,"files":[{"path":"/usr/bin/python3"}]}.',
    cause
  });
}

// src/pipeline/prefetch.ts
var maxTraceBytes = 128 * 1024 * 1024;
async function prefetchPatterns(lines) {
  const patterns = /* @__PURE__ */ new Set();
  for (const line of lines) {
    const named2 = line.startsWith("@") ? await readTrace(line.slice(1)) : [line];
    for (const one of named2) patterns.add(one);
  }
  return [...patterns];
}
async function readTrace(path) {
  const text = await onDisk(path, async () => {
    var _stack = [];
    try {
      const file = __using(_stack, await open3(path), true);
      const { size } = await file.stat();
      if (size <= maxTraceBytes) return file.readFile("utf8");
      throw inputError("bad-access-trace", `${path} is over 128 MiB`, {
        hint: "A trace names the files that a start reads, each once: leave out what comes later."
      });
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  });
  return parseAccessTrace(text, path);
}

// src/pipeline/push.ts
function parseTags(tags) {
  const [first, ...rest] = tags.map((text) => {
    const reference = parseReference(text);
    if (reference.digest === void 0) return { ...reference, tag: reference.tag ?? "latest" };
    throw inputError("bad-reference", `tags: "${text}" names a digest`, {
      hint: "A push gives a tag; leave the digest out."
    });
  });
  if (first === void 0) {
    throw inputError("no-tags", "push is set, but tags names nothing to push to", {
      hint: "Set tags to one or more references (ghcr.io/acme/server:1.4), or set push to false."
    });
  }
  return [first, ...rest];
}
async function pushImage(image, references, platforms, options, context) {
  const repositories = Map.groupBy(
    references,
    ({ host, repository }) => formatReference({ host, repository })
  );
  let { descriptor, delivered } = image;
  for (const group of repositories.values()) {
    const [{ host, repository }] = group;
    const sink = openRegistry({ host, repository }, options);
    try {
      const result = await copyImage({
        source: image.source,
        descriptor: image.descriptor,
        sink,
        tags: group.map((reference) => reference.tag),
        ...platforms.length > 0 ? { platforms } : {},
        ...image.referrers ? { referrers: image.referrers } : {},
        ...delivered ? { delivered } : {},
        progress: context.progress,
        signal: context.signal,
        notice: context.notice
      });
      descriptor = result.descriptor;
      delivered = void 0;
      await sink.close();
      context.notice(`${group.map(formatReference).join(", ")} is ${descriptor.digest}.`);
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }
  return descriptor;
}

// src/pipeline/soci.ts
var versionsOf = {
  v1: ["v1"],
  v2: ["v2"],
  both: ["v1", "v2"]
};
function planSoci(soci, suffix) {
  if (soci === "off") return void 0;
  if (soci === "v1" && suffix !== void 0) {
    throw inputError(
      "conflicting-settings",
      "soci-tag-suffix is set, and soci is v1, which makes no other image to put there",
      {
        hint: "Leave soci-tag-suffix out: a v1 index stands beside the image as it is. Or set soci to v2 or both."
      }
    );
  }
  return { versions: new Set(versionsOf[soci]), suffix };
}
function suffixedTag(tag, suffix) {
  if (isTag(tag + suffix)) return tag + suffix;
  throw inputError("bad-reference", `"${tag}${suffix}" is not a tag, which soci-tag-suffix asks for`, {
    hint: "A tag has at most 128 letters, digits, _, . and -: choose a shorter suffix."
  });
}
async function withIndexes({ image, plan, known, made, settings, options, context, delivery }, use) {
  var _stack = [];
  try {
    const { base, sociCache: cache } = settings;
    const prefetch = await prefetchPatterns(settings.prefetch);
    if (cache !== void 0) await onDisk(cache, () => makeFolders(cache));
    const open4 = __using(_stack, new AsyncDisposableStack(), true);
    const indexed2 = await context.phase(
      `Index ${image.name}`,
      async () => indexImage({
        source: image.source,
        descriptor: image.descriptor,
        versions: plan.versions,
        platforms: settings.platforms,
        spanBytes: settings.spanSize,
        minLayerBytes: settings.minLayerSize,
        prefetch,
        onUnindexable: settings.onUnindexable,
        ratioLimit: settings.unpackRatioLimit,
        known: await openKnown({ base, known, suffix: plan.suffix }, options, context, open4),
        made,
        cache,
        deliver: delivery?.deliver,
        scratch: settings.scratch,
        progress: context.progress,
        signal: context.signal,
        notice: context.notice
      })
    );
    open4.defer(() => indexed2.close());
    return await use(indexed2);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function pushIndexed(request, references) {
  var _stack = [];
  try {
    const { image, plan, settings, options, context, attach } = request;
    const { suffix } = plan;
    const [first, ...rest] = references;
    const suffixed = (one) => ({
      ...one,
      tag: suffix === void 0 ? one.tag : suffixedTag(one.tag, suffix)
    });
    const places = [suffixed(first), ...rest.map(suffixed)];
    if (suffix !== void 0) refuseOverlap(references, places, suffix);
    const open4 = __using(_stack, new AsyncDisposableStack(), true);
    const registry = openRegistry(first, options);
    open4.defer(() => registry.close());
    const delivery = deliverTo(registry, image.source);
    return withIndexes(
      { ...request, delivery },
      (indexed2) => context.phase("Push", async () => {
        const push = async (what, where) => pushImage(attach ? await attach(what) : what, where, settings.platforms, options, context);
        const { delivered } = delivery;
        const plain = suffix === void 0 ? void 0 : await push({ ...image, delivered }, references);
        const made = await push({ ...indexed2, delivered }, places);
        return { descriptor: plain ?? made, ...sociReport(indexed2, made, places.map(formatReference)) };
      })
    );
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function refuseOverlap(references, places, suffix) {
  const plain = new Set(references.map(formatReference));
  const both = places.map(formatReference).find((place) => plain.has(place));
  if (both === void 0) return;
  throw inputError(
    "conflicting-settings",
    `${both} is one of the tags, and what soci-tag-suffix (${suffix}) makes of another`,
    { hint: "Leave it out of the tags: the image with its index gets it." }
  );
}
function sociReport({ facts }, descriptor, pushed) {
  const isConverted = facts.some(({ v2 }) => v2 !== void 0);
  return {
    soci: [...facts],
    ...isConverted ? { sociImage: { digest: descriptor.digest, pushed: [...pushed] } } : {}
  };
}

export {
  parseTags,
  pushImage,
  deliverTo,
  planSoci,
  suffixedTag,
  withIndexes,
  pushIndexed,
  sociReport
};
