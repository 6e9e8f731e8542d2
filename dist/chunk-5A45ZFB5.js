import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  formatReference,
  isObject,
  parseAnnotations,
  parseDescriptor,
  parseReference
} from "./chunk-6YJR5GCO.js";
import {
  ageMs,
  newMark,
  ownerEnded,
  sweep
} from "./chunk-NVMCYYRY.js";
import {
  isImageManifestType,
  isIndexType,
  isManifestType,
  mediaTypes,
  readAt,
  syncName,
  writeAt
} from "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestFrom,
  digestHex,
  digestOf,
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  explainIo,
  isMissing,
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  infrastructureError,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/content/image/manifest.ts
var maxManifestBytes = 4 * 1024 * 1024;
var maxDepth = 64;
function parseManifest(raw, given, where) {
  if (raw.byteLength > maxManifestBytes) {
    throw inputError("manifest-too-large", `${where}: the manifest is ${raw.byteLength} bytes, over 4 MiB`, {
      hint: "No registry has to take a manifest over 4 MiB; fewer platforms or shorter annotations make it smaller."
    });
  }
  const json = parseJson(raw, where);
  const mediaType = mediaTypeOf(json, given.descriptor?.mediaType ?? given.mediaType, where);
  const algorithm = given.descriptor ? digestAlgorithm(given.descriptor.digest) : "sha256";
  const digest = digestOf(raw, algorithm);
  if (given.descriptor && given.descriptor.digest !== digest) {
    throw inputError(
      "digest-mismatch",
      `${where}: the manifest's bytes are ${digest}, expected ${given.descriptor.digest}`,
      {
        hint: "The content is damaged or was changed on its way; fetch or push it again."
      }
    );
  }
  if (given.descriptor && given.descriptor.size !== raw.byteLength) {
    throw inputError(
      "size-mismatch",
      `${where}: the manifest has ${raw.byteLength} bytes, and was described with ${given.descriptor.size}`,
      { hint: "Container engines refuse such an image; build or push it again." }
    );
  }
  const descriptor = { ...given.descriptor, mediaType, digest, size: raw.byteLength };
  if (isImageManifestType(mediaType)) return imageManifest(json, { raw, descriptor }, where);
  if (isIndexType(mediaType)) return imageIndex(json, { raw, descriptor }, where);
  if (mediaType === mediaTypes.dockerSchema1 || mediaType === mediaTypes.dockerSchema1Signed) {
    throw inputError("schema1", `${where} is a Docker schema 1 manifest`, {
      hint: "Schema 1 was retired in 2019; push the image again with a current tool."
    });
  }
  return { kind: "opaque", raw, descriptor };
}
function imageManifest(json, base, where) {
  return {
    kind: "image",
    ...base,
    config: parseDescriptor(json.config, `${where}: config`),
    layers: descriptors(json.layers, `${where}: layers`),
    ...shared(json, where)
  };
}
function imageIndex(json, base, where) {
  return {
    kind: "index",
    ...base,
    manifests: descriptors(json.manifests, `${where}: manifests`),
    ...shared(json, where)
  };
}
function shared(json, where) {
  return {
    ...json.subject ? { subject: parseDescriptor(json.subject, `${where}: subject`) } : {},
    ...typeof json.artifactType === "string" ? { artifactType: json.artifactType } : {},
    annotations: json.annotations ? parseAnnotations(json.annotations, where) : {}
  };
}
function descriptors(value, where) {
  if (!Array.isArray(value)) throw badManifest(where, "is not a list");
  return value.map((entry, at) => parseDescriptor(entry, `${where}[${at}]`));
}
function mediaTypeOf(json, given, where) {
  const own = typeof json.mediaType === "string" ? json.mediaType : void 0;
  const known = (type) => isIndexType(type) || isImageManifestType(type);
  if (own !== void 0 && given !== void 0 && own !== given && known(own) && known(given)) {
    throw badManifest(where, `says it is ${own}, but was described as ${given}`);
  }
  if (own !== void 0) return own;
  if (given?.startsWith("application/vnd.")) return given;
  if (json.schemaVersion === 1) return mediaTypes.dockerSchema1;
  if (Array.isArray(json.manifests)) return mediaTypes.ociIndex;
  if (json.config !== void 0 && json.layers !== void 0) return mediaTypes.ociManifest;
  throw badManifest(where, "has no mediaType and the shape of neither an image nor an index");
}
function describeReferrer(manifest) {
  const { mediaType, digest, size } = manifest.descriptor;
  const artifactType = manifest.artifactType || (manifest.kind === "image" ? manifest.config.mediaType : void 0);
  const annotated = Object.keys(manifest.annotations).length > 0;
  return {
    mediaType,
    digest,
    size,
    ...annotated ? { annotations: manifest.annotations } : {},
    ...artifactType ? { artifactType } : {}
  };
}
function parseJson(raw, where) {
  const text = new TextDecoder().decode(raw);
  if (nestsDeeperThan(text, maxDepth)) throw badManifest(where, `nests deeper than ${maxDepth} levels`);
  let value;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badManifest(where, "is not JSON", cause);
  }
  if (!isObject(value)) throw badManifest(where, "is not a JSON object");
  return value;
}
function nestsDeeperThan(text, limit) {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (inString) {
      if (c === 92) at++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123 || c === 91) {
      if (++depth > limit) return true;
    } else if (c === 125 || c === 93) depth--;
  }
  return false;
}
function badManifest(where, what, cause) {
  return inputError("bad-manifest", `${where} ${what}`, {
    hint: "The manifest does not follow the OCI image specification; build or push the image again.",
    cause
  });
}

// src/content/store/layout-index.ts
var layoutVersion = { imageLayoutVersion: "1.0.0" };
var refName = "org.opencontainers.image.ref.name";
var imageName = "io.containerd.image.name";
var repositoryKey = "dev.pull-budget.repository";
var emptyIndex = {
  json: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
  entries: []
};
function checkLayoutVersion(raw, where) {
  const version = parseJson(raw, `${where}: oci-layout`).imageLayoutVersion;
  if (version === layoutVersion.imageLayoutVersion) return;
  throw inputError(
    "unsupported-layout",
    `${where} is an image layout of version ${JSON.stringify(version)}`,
    {
      hint: `Only version ${layoutVersion.imageLayoutVersion} exists today; write the layout again with a current tool.`
    }
  );
}
function parseLayoutIndex(raw, where) {
  const json = parseJson(raw, `${where}: index.json`);
  if (!Array.isArray(json.manifests)) {
    throw inputError("bad-manifest", `${where}: index.json has no list of manifests`, {
      hint: "The layout is damaged; write it again."
    });
  }
  const entries = json.manifests.map(
    (entry, at) => parseDescriptor(entry, `${where}: index.json: manifests[${at}]`)
  );
  return { json, entries };
}
function formatLayoutIndex({ json, entries }) {
  return Buffer.from(JSON.stringify({ ...json, manifests: entries }));
}
function withEntry(index, descriptor) {
  if (index.entries.some((entry) => entry.digest === descriptor.digest)) return index;
  return { ...index, entries: [...index.entries, unnamed(descriptor)] };
}
function withUntagged(index, descriptor) {
  const isThere = index.entries.some(
    (entry) => entry.digest === descriptor.digest && nameOf(entry) === void 0
  );
  return isThere ? index : { ...index, entries: [...index.entries, unnamed(descriptor)] };
}
function withTag(index, descriptor, tag, name) {
  const sameName = (entry2) => name === void 0 ? hasTag(entry2, tag) : entry2.annotations?.[imageName] === name;
  const base = unnamed(descriptor);
  const names = { [refName]: tag, ...name === void 0 ? {} : { [imageName]: name } };
  const entry = { ...base, annotations: { ...base.annotations, ...names } };
  return { ...index, entries: [...index.entries.filter((other) => !sameName(other)), entry] };
}
function hasTag(entry, tag) {
  return entry.annotations?.[refName] === tag && entry.annotations[repositoryKey] === void 0;
}
function unnamed(descriptor) {
  const { annotations, ...rest } = descriptor;
  const { [refName]: _tag, [imageName]: _name, [repositoryKey]: _repository, ...kept } = annotations ?? {};
  return Object.keys(kept).length === 0 ? rest : { ...rest, annotations: kept };
}
function tagOf(entry) {
  return entry.annotations?.[refName] ?? entry.annotations?.[imageName];
}
function nameOf(entry) {
  return entry.annotations?.[imageName] ?? entry.annotations?.[refName];
}
function findEntries(entries, target) {
  const full = fullName(target);
  const rules = isDigest(target) ? [(entry) => entry.digest === target] : [
    (entry) => hasTag(entry, target),
    (entry) => entry.annotations?.[refName] === target,
    (entry) => entry.annotations?.[imageName]?.endsWith(`:${target}`) === true,
    (entry) => full !== void 0 && fullName(entry.annotations?.[imageName]) === full,
    (entry) => full !== void 0 && fullName(entry.annotations?.[refName]) === full
  ];
  for (const rule of rules) {
    const found = entries.filter(rule);
    if (found.length > 0) return found;
  }
  return [];
}
function fullName(text) {
  if (text === void 0) return void 0;
  try {
    const reference = parseReference(text);
    const tagged = reference.tag === void 0 && reference.digest === void 0;
    return formatReference(tagged ? { ...reference, tag: "latest" } : reference);
  } catch {
    return void 0;
  }
}
function namesOf(entries, called) {
  return [...new Set(entries.map((entry) => called(entry) ?? entry.digest))].sort().join(", ");
}
function placesOf(entries) {
  const places = Map.groupBy(entries, (entry) => entry.digest);
  return [...places].map(([digest, same]) => {
    const where = same.flatMap(
      ({ annotations }) => annotations?.[repositoryKey] ?? annotations?.[imageName] ?? []
    );
    return where.length === 0 ? digest : `${digest} (${[...new Set(where)].join(", ")})`;
  });
}

// src/content/store/verify.ts
import { createHash } from "node:crypto";
async function* verified(bytes, descriptor, where, medium) {
  const algorithm = digestAlgorithm(descriptor.digest);
  const hash = createHash(algorithm);
  const check = () => {
    const digest = digestFrom(hash, algorithm);
    if (digest === descriptor.digest) return;
    throw failure(medium)("digest-mismatch", `${where}: the bytes of ${descriptor.digest} are ${digest}`, {
      hint: hints[medium]
    });
  };
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > descriptor.size) throw sizeMismatch(descriptor, size, where, medium);
    hash.update(chunk);
    if (size === descriptor.size && chunk.byteLength > 0) check();
    yield chunk;
  }
  if (size !== descriptor.size) throw sizeMismatch(descriptor, size, where, medium);
  if (size === 0) check();
}
function arriving(open2, descriptor, where, from) {
  return from === void 0 ? verified(open2(), descriptor, where, "in flight") : open2();
}
function sizeMismatch(descriptor, size, where, medium) {
  const got = size > descriptor.size ? `more than the ${descriptor.size} bytes` : `${size} of the ${descriptor.size} bytes`;
  return failure(medium)("size-mismatch", `${where}: got ${got} that ${descriptor.digest} should have`, {
    hint: hints[medium]
  });
}
var failure = (medium) => medium === "at rest" ? inputError : infrastructureError;
var hints = {
  "at rest": "The stored content is damaged; delete it and build or pull the image again.",
  "in flight": "The content was damaged or cut off on its way; run again, and look at proxies between here and there."
};
async function collect(bytes, limit, where) {
  const chunks = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > limit) {
      throw inputError("too-large", `${where} is over ${limit} bytes`, {
        hint: "It is larger than any valid document of its kind."
      });
    }
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks, size);
}

// src/content/store/folder.ts
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
async function makeFolders(path) {
  const parent = dirname(path);
  try {
    await makeOne(path);
  } catch (cause) {
    if (!isMissing(cause) || parent === path) throw cause;
    await makeFolders(parent);
    await makeOne(path);
  }
}
async function makeOne(path) {
  try {
    await mkdir(path);
  } catch (cause) {
    const isThere = await stat(path).then(
      (found) => found.isDirectory(),
      () => false
    );
    if (!isThere) throw cause;
  }
}

// src/content/store/layout.ts
import { open, rename, rm, rmdir, stat as stat2 } from "node:fs/promises";
import { dirname as dirname2, join } from "node:path";

// src/content/store/layout-source.ts
var maxIndexBytes = 16 * maxManifestBytes;
function blobName(digest) {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}
async function* readStored(file, descriptor, range, location) {
  if (range === void 0) {
    yield* verified(file.read(0, file.size), descriptor, location, "at rest");
    return;
  }
  if (file.size !== descriptor.size) {
    throw inputError(
      "size-mismatch",
      `${location}: ${descriptor.digest} is ${file.size} bytes long, not ${descriptor.size}`,
      { hint: "The stored content is damaged; delete it and build or pull the image again." }
    );
  }
  yield* file.read(range.start, Math.min(range.end, file.size));
}
var LayoutSource = class {
  files;
  /** What an entry is called in messages and in `tags`. */
  #called;
  constructor(files, called = tagOf) {
    this.files = files;
    this.#called = called;
  }
  get location() {
    return this.files.location;
  }
  async resolve(target) {
    const { entries } = await this.index();
    const found = target === void 0 ? await this.#images(entries) : findEntries(entries, target);
    const [first] = found;
    if (first && found.every((entry) => entry.digest === first.digest)) return first;
    if (first) throw this.#ambiguous(found, target);
    if (target !== void 0 && isDigest(target)) return this.#resolveBlob(target);
    throw this.#notFound(entries, target);
  }
  /** What the layout is of: its entries, less those that are about another one (signatures, SOCI indexes). */
  async #images(entries) {
    if (new Set(entries.map((entry) => entry.digest)).size < 2) return entries;
    const images = [];
    for (const entry of entries) {
      const manifest = await this.#readIfHere(entry);
      if (manifest === void 0 || manifest.kind === "opaque" || !manifest.subject) images.push(entry);
    }
    return images.length === 0 ? entries : images;
  }
  /** A manifest that no entry names, but an index does, or its writer alone knows. */
  async #resolveBlob(digest) {
    const file = await this.files.find(blobName(digest));
    if (!file) throw this.#missing(digest);
    const where = `${this.location}: ${digest}`;
    const raw = await collect(file.read(0, file.size), maxManifestBytes, where);
    const { mediaType } = parseManifest(raw, {}, where).descriptor;
    return parseManifest(raw, { descriptor: { mediaType, digest, size: file.size } }, where).descriptor;
  }
  async readManifest(descriptor) {
    const where = `${this.location}: ${descriptor.digest}`;
    const raw = await collect(this.readBlob(descriptor), maxManifestBytes, where);
    return parseManifest(raw, { descriptor }, where);
  }
  async *readBlob(descriptor, range) {
    const file = await this.files.find(blobName(descriptor.digest));
    if (!file) throw this.#missing(descriptor.digest);
    yield* readStored(file, descriptor, range, this.location);
  }
  async tags() {
    const { entries } = await this.index();
    return [...new Set(entries.map(this.#called).filter((tag) => tag !== void 0))].sort();
  }
  async referrers(subject, artifactType) {
    const found = /* @__PURE__ */ new Map();
    const seen = /* @__PURE__ */ new Set();
    const waiting = [...(await this.index()).entries];
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
      if (seen.has(entry.digest) || !isManifestType(entry.mediaType)) continue;
      seen.add(entry.digest);
      const manifest = await this.#readIfHere(entry);
      if (manifest === void 0 || manifest.kind === "opaque") continue;
      if (manifest.kind === "index") waiting.push(...manifest.manifests);
      if (manifest.subject?.digest === subject) found.set(entry.digest, describeReferrer(manifest));
    }
    const all = [...found.values()];
    return artifactType === void 0 ? all : all.filter((entry) => entry.artifactType === artifactType);
  }
  close() {
    return this.files.close();
  }
  /** The newest state of index.json: others may be writing. */
  async index() {
    const file = await this.files.find("index.json");
    if (!file) {
      throw inputError("no-layout", `${this.location} has no index.json: it is no image layout`, {
        hint: "Name the folder that holds oci-layout and index.json, or write an image there first."
      });
    }
    const raw = await collect(file.read(0, maxIndexBytes + 1), maxIndexBytes, `${this.location}: index.json`);
    return parseLayoutIndex(raw, this.location);
  }
  /** Undefined where the content is not here (an index may name platforms that were left out) or no manifest. */
  async #readIfHere(descriptor) {
    if (!isManifestType(descriptor.mediaType)) return void 0;
    if (!await this.files.find(blobName(descriptor.digest))) return void 0;
    return this.readManifest(descriptor);
  }
  #missing(digest) {
    return inputError("not-found", `${this.location} does not hold ${digest}`, {
      hint: "It may have been left out or deleted; write the whole image there again."
    });
  }
  #notFound(entries, target) {
    const here = entries.length === 0 ? "It holds no image." : `There are: ${namesOf(entries, this.#called)}.`;
    const what = target === void 0 ? "holds no image" : `holds no image "${target}"`;
    return inputError("not-found", `${this.location} ${what}`, { hint: here });
  }
  #ambiguous(found, target) {
    if (target === void 0) {
      const names = namesOf(found, this.#called);
      return inputError("ambiguous", `${this.location} holds several images: ${names}`, {
        hint: "Name one of them after the path: by its tag, or by its digest."
      });
    }
    const choices = placesOf(found).join(", ");
    return inputError("ambiguous", `${this.location} holds several images called "${target}": ${choices}`, {
      hint: "Name one of them after the path by its digest: @sha256:\u2026"
    });
  }
};

// src/content/store/lock.ts
import { readlink, symlink, unlink } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
var staleMs = 6e4;
var patienceMs = 3 * staleMs;
async function underLock(path, work) {
  const mark = newMark();
  const deadline = Date.now() + patienceMs;
  while (!await take(path, mark)) {
    await removeIfStale(path);
    if (Date.now() > deadline) {
      throw infrastructureError("locked", `${path} is held by other processes`, {
        hint: "If nothing else is writing there, delete that file and run again."
      });
    }
    await delay(2 + Math.random() * 10);
  }
  try {
    return await work();
  } finally {
    await release(path, mark);
  }
}
async function take(path, mark) {
  return onDisk(path, async () => {
    try {
      await symlink(mark, path);
      return true;
    } catch (error) {
      if (error.code === "EEXIST") return false;
      throw error;
    }
  });
}
async function release(path, mark) {
  if (await ownerOf(path) === mark) await unlink(path);
}
async function ownerOf(path) {
  return readlink(path).catch((error) => {
    if (isMissing(error)) return void 0;
    throw error;
  });
}
async function removeIfStale(path) {
  const owner = await ownerOf(path);
  if (owner === void 0) return;
  if (!ownerEnded(owner) && await ageMs(path) < staleMs) return;
  const claim = `${path}.${owner.slice(-8)}`;
  const mark = newMark();
  if (!await take(claim, mark)) return removeIfStale(claim);
  try {
    if (await ownerOf(path) === owner) await unlink(path);
  } finally {
    await release(claim, mark);
  }
}

// src/content/store/layout.ts
var ingest = "ingest";
async function openLayout(path, options = {}) {
  const layout = new Layout(path);
  if (options.create) await layout.create();
  await layout.check();
  return layout;
}
var FolderFiles = class {
  location;
  path;
  constructor(path) {
    this.path = path;
    this.location = `oci:${path}`;
  }
  async find(name) {
    const path = join(this.path, name);
    const size = await sizeOf(path);
    if (size === void 0) return void 0;
    return { size, read: (start, end) => readFile(path, start, end) };
  }
  async close() {
  }
};
async function* readFile(path, start, end) {
  var _stack = [];
  try {
    const file = __using(_stack, await onDisk(path, () => open(path)), true);
    yield* readAt(file, start, end, path);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function sizeOf(path) {
  try {
    const found = await stat2(path);
    return found.isFile() ? found.size : void 0;
  } catch (cause) {
    if (isMissing(cause) || cause.code === "ENOTDIR") return void 0;
    throw explainIo(cause, path);
  }
}
var Layout = class extends LayoutSource {
  path;
  #writing = /* @__PURE__ */ new Set();
  /** Manifests written here that no entry and no manifest written here names yet. */
  #loose = /* @__PURE__ */ new Map();
  constructor(path) {
    super(new FolderFiles(path));
    this.path = path;
  }
  async create() {
    await onDisk(this.path, () => makeFolders(join(this.path, "blobs", "sha256")));
    await sweep(join(this.path, ingest));
    if (!await this.files.find("oci-layout")) {
      await this.#put("oci-layout", Buffer.from(JSON.stringify(layoutVersion)));
    }
    if (!await this.files.find("index.json")) await this.changeIndex((index) => index);
  }
  async check() {
    const file = await this.files.find("oci-layout");
    if (!file) {
      throw inputError("no-layout", `${this.path} is no OCI image layout: it has no oci-layout file`, {
        hint: "Name the folder that holds oci-layout, index.json and blobs."
      });
    }
    checkLayoutVersion(await collect(file.read(0, file.size), 4096, this.location), this.location);
  }
  /** Bytes of a blob that is here, undefined where it is not. Its content is checked only when it is read. */
  async blobSize(digest) {
    return sizeOf(join(this.path, blobName(digest)));
  }
  async writeBlob(descriptor, open2, from) {
    if (await this.blobSize(descriptor.digest) === descriptor.size) return "existed";
    await this.#write(blobName(descriptor.digest), arriving(open2, descriptor, this.location, from));
    return "written";
  }
  /** An empty file beside the blobs for one whose digest is known only at its end: then `adopt` or `discard` it. */
  async spool() {
    const path = join(this.path, ingest, newMark());
    this.#writing.add(path);
    const file = await this.#ingest(path);
    await file.close();
    return path;
  }
  /** Moves a spooled file in as the blob that its writer found it to be. */
  async adopt(path, digest) {
    await onDisk(path, async () => {
      var _stack = [];
      try {
        const file = __using(_stack, await open(path, "a"), true);
        await file.sync();
      } catch (_) {
        var _error = _, _hasError = true;
      } finally {
        var _promise = __callDispose(_stack, _error, _hasError);
        _promise && await _promise;
      }
    });
    await this.#moveIn(path, join(this.path, blobName(digest)));
    this.#writing.delete(path);
  }
  async discard(path) {
    await rm(path, { force: true });
    this.#writing.delete(path);
  }
  /** A manifest with a subject gets an entry at once, so that it is found as a referrer. */
  async writeManifest(manifest) {
    const { descriptor } = manifest;
    await this.writeBlob(descriptor, async function* () {
      yield manifest.raw;
    });
    if (manifest.kind === "index") {
      for (const child of manifest.manifests) this.#loose.delete(child.digest);
    }
    if (manifest.kind !== "opaque" && manifest.subject) {
      await this.changeIndex((index) => withUntagged(index, descriptor));
    } else {
      this.#loose.set(descriptor.digest, descriptor);
    }
  }
  async tag(manifest, tag) {
    await this.changeIndex((index) => withTag(index, manifest.descriptor, tag));
    this.#loose.delete(manifest.descriptor.digest);
  }
  /** What was written and neither tagged nor named by an index gets an entry without a tag. */
  async close() {
    const loose = [...this.#loose.values()];
    if (loose.length > 0) await this.changeIndex((index) => loose.reduce(withEntry, index));
    this.#loose.clear();
    await this.abort();
    await super.close();
  }
  async abort() {
    for (const path of this.#writing) await rm(path, { force: true });
    this.#writing.clear();
    await rmdir(join(this.path, ingest)).catch(() => {
    });
  }
  /** Replaces index.json by what `change` makes of it, alone under the lock. */
  async changeIndex(change) {
    await underLock(join(this.path, "index.json.lock"), async () => {
      const there = await this.files.find("index.json") !== void 0;
      const before = there ? await this.index() : emptyIndex;
      const after = change(before);
      if (!there || after !== before) await this.#put("index.json", formatLayoutIndex(after));
    });
  }
  #put(name, bytes) {
    return this.#write(
      name,
      (async function* () {
        yield bytes;
      })()
    );
  }
  /** Makes a file of the layout appear whole, and stay through a power cut. */
  async #write(name, bytes) {
    const target = join(this.path, name);
    const temporary = join(this.path, ingest, newMark());
    this.#writing.add(temporary);
    try {
      var _stack = [];
      try {
        const file = __using(_stack, await this.#ingest(temporary), true);
        let size = 0;
        for await (const chunk of bytes) {
          await writeAt(file, chunk, size, temporary);
          size += chunk.byteLength;
        }
        await onDisk(temporary, () => file.sync());
        await this.#moveIn(temporary, target);
      } catch (_) {
        var _error = _, _hasError = true;
      } finally {
        var _promise = __callDispose(_stack, _error, _hasError);
        _promise && await _promise;
      }
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      this.#writing.delete(temporary);
    }
  }
  /** Makes a temporary file; its folder goes whenever some writer is the last one there. */
  async #ingest(path) {
    for (; ; ) {
      try {
        return await open(path, "wx");
      } catch (cause) {
        if (!isMissing(cause)) throw explainIo(cause, path);
        await onDisk(this.path, () => makeFolders(dirname2(path)));
      }
    }
  }
  async #moveIn(temporary, target) {
    await onDisk(target, async () => {
      await makeFolders(dirname2(target));
      await rename(temporary, target);
    });
    await syncName(target);
  }
};

export {
  maxManifestBytes,
  parseManifest,
  describeReferrer,
  parseJson,
  verified,
  arriving,
  collect,
  layoutVersion,
  refName,
  imageName,
  repositoryKey,
  emptyIndex,
  checkLayoutVersion,
  formatLayoutIndex,
  withEntry,
  withTag,
  tagOf,
  nameOf,
  fullName,
  blobName,
  readStored,
  LayoutSource,
  makeFolders,
  openLayout
};
