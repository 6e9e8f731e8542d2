import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  collect,
  fullName,
  imageName,
  maxManifestBytes,
  openLayout,
  parseManifest,
  refName,
  repositoryKey,
  withEntry
} from "./chunk-5A45ZFB5.js";
import {
  isTag,
  parseReference
} from "./chunk-6YJR5GCO.js";
import {
  isForeignLayerType,
  mediaTypes
} from "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestFrom,
  digestOf,
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  explainIo,
  isDiskFull
} from "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  hasCode,
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/registry/server.ts
import { createServer } from "node:http";

// src/content/registry/server-blobs.ts
import { pipeline } from "node:stream/promises";

// src/content/registry/server-range.ts
function requestedRange(header, size) {
  const match = /^bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "");
  if (!match || match[1] === "" && match[2] === "") return "whole";
  const [, first = "", last = ""] = match;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
function chunkRange(header) {
  if (header === void 0) return void 0;
  const match = /^(?:bytes\s+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header);
  if (!match) return "malformed";
  const range = { start: Number(match[1]), end: Number(match[2]) + 1 };
  return range.end > range.start ? range : "malformed";
}

// src/content/registry/server-refusal.ts
var Refusal = class extends Error {
  status;
  code;
  detail;
  headers;
  constructor(status, code, message, more = {}) {
    super(message, more.cause === void 0 ? void 0 : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.detail = more.detail;
    this.headers = more.headers ?? {};
  }
  /** The body that clients parse. */
  body() {
    const detail = this.detail === void 0 ? {} : { detail: this.detail };
    return JSON.stringify({ errors: [{ code: this.code, message: this.message, ...detail }] });
  }
};
var clientsFaults = {
  "bad-digest": [400, "MANIFEST_INVALID"],
  "bad-descriptor": [400, "MANIFEST_INVALID"],
  "bad-manifest": [400, "MANIFEST_INVALID"],
  schema1: [400, "MANIFEST_INVALID"],
  "manifest-too-large": [413, "SIZE_INVALID"],
  "too-large": [413, "SIZE_INVALID"]
};
function refusalOf(error) {
  if (!(error instanceof PullBudgetError)) return error;
  const fault = clientsFaults[error.code];
  return fault ? new Refusal(...fault, error.message, { cause: error }) : error;
}
function failureRefusal(error) {
  return hasCode(error, "disk-full") ? new Refusal(507, "UNKNOWN", "no space is left on the disk of the registry") : new Refusal(500, "UNKNOWN", "the registry failed; its log says why");
}

// src/content/registry/server-blobs.ts
function blobEndpoint(shelf) {
  return { GET: (exchange) => sendBlob(shelf, exchange) };
}
async function findBlob({ layout, sizes }, digest) {
  const size = await layout.blobSize(digest);
  if (size === void 0) throw new Refusal(404, "BLOB_UNKNOWN", "no such blob", { detail: { digest } });
  const expected = sizes.get(digest) ?? size;
  if (size !== expected) {
    throw new Refusal(404, "BLOB_UNKNOWN", "the stored blob is damaged; push it again", {
      detail: { digest, size, expected }
    });
  }
  return { mediaType: "application/octet-stream", digest, size };
}
async function sendBlob(shelf, exchange) {
  const { request, response, route } = exchange;
  const blob = await findBlob(shelf, route.digest);
  const headers = {
    "Content-Type": blob.mediaType,
    "Accept-Ranges": "bytes",
    ...contentHeaders(blob.digest)
  };
  if (isFresh(exchange, blob.digest)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method === "HEAD") {
    response.writeHead(200, { ...headers, "Content-Length": blob.size }).end();
    return;
  }
  const condition = request.headers["if-range"];
  const honoured = condition === void 0 || condition === etag(blob.digest);
  const range = requestedRange(honoured ? request.headers.range : void 0, blob.size);
  if (range === "unsatisfiable") {
    throw new Refusal(416, "SIZE_INVALID", `the blob has ${blob.size} bytes`, {
      headers: { "Content-Range": `bytes */${blob.size}` }
    });
  }
  await sendBytes(shelf, exchange, blob, range, headers);
}
async function sendBytes(shelf, { response }, blob, range, headers) {
  const part = range === "whole" ? { start: 0, end: blob.size } : range;
  response.writeHead(range === "whole" ? 200 : 206, {
    ...headers,
    "Content-Length": part.end - part.start,
    ...range === "whole" ? {} : { "Content-Range": `bytes ${part.start}-${part.end - 1}/${blob.size}` }
  });
  await pipeline(counted(shelf, blob, part), response);
}
async function* counted({ layout, traffic }, blob, part) {
  let sent = 0;
  for await (const chunk of layout.readBlob(blob, part)) {
    sent += chunk.byteLength;
    traffic.count("sent", blob.digest, chunk.byteLength);
    yield chunk;
  }
  if (sent !== part.end - part.start) throw new Error(`${blob.digest} became shorter while it was served`);
}
var etag = (digest) => `"${digest}"`;
function contentHeaders(digest) {
  return { "Docker-Content-Digest": digest, ETag: etag(digest) };
}
function isFresh({ request }, digest) {
  const tags = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags?.some((tag) => tag === etag(digest) || tag === "*") === true;
}

// src/content/registry/server-callers.ts
import { BlockList, isIP } from "node:net";
var loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
function isLoopbackAddress(address) {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? "ipv6" : "ipv4");
}
function checkCaller({ host = "", origin }) {
  const name = host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (!isLoopbackAddress(name) && name !== "localhost" && !name.endsWith(".localhost")) {
    throw new Refusal(403, "DENIED", "this registry listens on loopback and answers to no other name");
  }
  if (origin !== void 0) throw new Refusal(403, "DENIED", "this registry does not answer web pages");
}

// src/content/registry/server-exchange.ts
var Traffic = class {
  sent = /* @__PURE__ */ new Map();
  received = /* @__PURE__ */ new Map();
  count(direction, digest, bytes) {
    this[direction].set(digest, (this[direction].get(digest) ?? 0) + bytes);
  }
};
function bodyOf(request) {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}
function bodyLength(request) {
  const text = request.headers["content-length"];
  return text === void 0 ? void 0 : Number(text);
}
function sendJson(response, body, mediaType = "application/json") {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(200, { "Content-Type": mediaType, "Content-Length": bytes.byteLength }).end(bytes);
}

// src/content/registry/server-routes.ts
var patterns = [
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, (repository) => ({ kind: "uploads", repository })],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, (repository, id) => ({ kind: "upload", repository, id })],
  [
    /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    (repository, digest) => ({ kind: "blob", repository, digest: checkDigest(digest) })
  ],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    (repository, reference) => ({ kind: "manifest", repository, reference })
  ],
  [/^\/v2\/(.+)\/tags\/list$/, (repository) => ({ kind: "tags", repository })],
  [
    /^\/v2\/(.+)\/referrers\/([^/]+)$/,
    (repository, digest) => ({ kind: "referrers", repository, digest: checkDigest(digest) })
  ]
];
var repositoryPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
function parseTarget(url) {
  const mark = url.indexOf("?");
  const path = decodePath(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  if (path === "/v2/" || path === "/v2") return { route: { kind: "base" }, query };
  for (const [pattern, route] of patterns) {
    const match = pattern.exec(path);
    if (match) return { route: route(checkRepository(match[1] ?? ""), match[2] ?? ""), query };
  }
  throw noEndpoint();
}
function decodePath(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    throw noEndpoint();
  }
}
var noEndpoint = () => new Refusal(404, "UNSUPPORTED", "there is no such endpoint");
function checkRepository(name) {
  if (name.length <= 255 && repositoryPattern.test(name)) return name;
  throw new Refusal(400, "NAME_INVALID", "the repository name is invalid", {
    detail: { name: excerpt(name) }
  });
}
function checkDigest(text) {
  if (text !== null && isDigest(text)) return text;
  const message = text === null ? "the digest is missing" : "the digest is invalid or of an unknown algorithm";
  throw new Refusal(
    400,
    "DIGEST_INVALID",
    message,
    text === null ? {} : { detail: { digest: excerpt(text) } }
  );
}
function checkReference(reference) {
  if (reference.includes(":")) return { digest: checkDigest(reference) };
  if (isTag(reference)) return { tag: reference };
  throw new Refusal(400, "TAG_INVALID", "the tag is invalid", { detail: { tag: excerpt(reference) } });
}
var excerpt = (text) => text.length <= 256 ? text : `${text.slice(0, 256)}\u2026`;

// src/content/registry/server-tags.ts
var claims = [
  (entry, repository, tag) => isTagged(entry, tag) && entry.annotations?.[repositoryKey] === repository,
  (entry, repository, tag) => isShared(entry) && `/${entry.annotations?.[imageName]}`.endsWith(`/${repository}:${tag}`),
  (entry, _, tag) => isShared(entry) && isTagged(entry, tag)
];
var isTagged = (entry, tag) => entry.annotations?.[refName] === tag;
var isShared = (entry) => entry.annotations?.[repositoryKey] === void 0;
function findTag(index, repository, tag) {
  for (const claim of claims) {
    const found = index.entries.find((entry) => claim(entry, repository, tag));
    if (found) return found;
  }
  return void 0;
}
function tagsIn(index, repository) {
  const tags = index.entries.filter((entry) => isShared(entry) || entry.annotations?.[repositoryKey] === repository).map((entry) => entry.annotations?.[refName] ?? "");
  return [...new Set(tags.filter(isTag))].sort();
}
function withTagIn(index, { mediaType, digest, size }, repository, tag) {
  const others = index.entries.filter(
    (entry) => !(isTagged(entry, tag) && entry.annotations?.[repositoryKey] === repository)
  );
  const annotations = { [refName]: tag, [repositoryKey]: repository };
  return { ...index, entries: [...others, { mediaType, digest, size, annotations }] };
}
function findDigest(index, digest) {
  return index.entries.find((entry) => entry.digest === digest);
}
function referencesIn({ entries }) {
  const named = /* @__PURE__ */ new Map();
  for (const entry of entries) {
    const name = nameIn(entry);
    if (name !== void 0) named.set(name, entry.digest);
  }
  const reached = new Set(named.values());
  const others = entries.filter(({ digest }) => !reached.has(digest)).map(({ digest }) => `image@${digest}`);
  return [...[...named.keys()].sort(), ...new Set(others)];
}
function nameIn({ annotations = {} }) {
  const full = annotations[repositoryKey] === void 0 ? fullName(annotations[imageName]) : void 0;
  if (full !== void 0) {
    const { repository, tag } = parseReference(full);
    if (tag !== void 0 && `/${annotations[imageName]}`.endsWith(`/${repository}:${tag}`)) {
      return `${repository}:${tag}`;
    }
  }
  const name = `${annotations[repositoryKey] ?? "image"}:${annotations[refName]}`;
  return isTag(annotations[refName] ?? "") && fullName(`localhost/${name}`) !== void 0 ? name : void 0;
}

// src/content/registry/server-manifests.ts
function manifestEndpoint(shelf) {
  return {
    GET: (exchange) => sendManifest(shelf, exchange),
    PUT: (exchange) => receiveManifest(shelf, exchange)
  };
}
async function sendManifest(shelf, exchange) {
  const { request, response, route } = exchange;
  const { raw, descriptor } = await findManifest(shelf, route.repository, route.reference);
  const headers = { "Content-Type": descriptor.mediaType, ...contentHeaders(descriptor.digest) };
  if (isFresh(exchange, descriptor.digest)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method !== "HEAD") shelf.traffic.count("sent", descriptor.digest, raw.byteLength);
  response.writeHead(200, { ...headers, "Content-Length": raw.byteLength }).end(raw);
}
async function findManifest(shelf, repository, reference) {
  const unknown = (cause) => new Refusal(404, "MANIFEST_UNKNOWN", "no such manifest", {
    detail: { name: repository, reference },
    cause
  });
  const descriptor = await describe(shelf, repository, reference, unknown);
  try {
    const manifest = await shelf.layout.readManifest(descriptor);
    if (!isMediaType(manifest.descriptor.mediaType)) throw unknown();
    learnSizes(shelf, manifest);
    return manifest;
  } catch (error) {
    throw hasCode(error, "not-found") ? unknown(error) : error;
  }
}
async function describe({ layout }, repository, reference, unknown) {
  const index = await layout.index();
  if (!reference.includes(":")) {
    const found2 = isTag(reference) ? findTag(index, repository, reference) : void 0;
    if (found2) return found2;
    throw unknown();
  }
  const digest = checkDigest(reference);
  const found = findDigest(index, digest);
  if (found) return found;
  try {
    return await layout.resolve(digest);
  } catch (error) {
    const isNoManifest = ["not-found", "bad-manifest", "bad-descriptor", "too-large"];
    throw isNoManifest.some((code) => hasCode(error, code)) ? unknown(error) : error;
  }
}
async function receiveManifest(shelf, exchange) {
  const { response, route } = exchange;
  const reference = checkReference(route.reference);
  const manifest = await readManifest(exchange, "digest" in reference ? reference.digest : void 0);
  await checkContent(shelf, manifest);
  await shelf.layout.writeManifest(manifest);
  const { digest } = manifest.descriptor;
  if ("tag" in reference) {
    await shelf.layout.changeIndex(
      (index) => withTagIn(index, manifest.descriptor, route.repository, reference.tag)
    );
  } else if (manifest.kind === "opaque") {
    await shelf.layout.changeIndex((index) => withEntry(index, manifest.descriptor));
  }
  learnSizes(shelf, manifest);
  response.writeHead(201, {
    Location: `/v2/${route.repository}/manifests/${digest}`,
    "Content-Length": 0,
    ...contentHeaders(digest),
    ...manifest.kind !== "opaque" && manifest.subject ? { "OCI-Subject": manifest.subject.digest } : {}
  }).end();
}
async function readManifest({ request }, digest) {
  const where = "the manifest";
  if ((bodyLength(request) ?? 0) > maxManifestBytes) {
    throw new Refusal(413, "SIZE_INVALID", `${where} is over ${maxManifestBytes} bytes`);
  }
  const given = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  try {
    const raw = await collect(bodyOf(request), maxManifestBytes, where);
    if (digest !== void 0 && digestOf(raw, digestAlgorithm(digest)) !== digest) {
      throw new Refusal(400, "DIGEST_INVALID", `the digest is not that of ${where}`, { detail: { digest } });
    }
    const manifest = parseManifest(raw, given === void 0 ? {} : { mediaType: given }, where);
    if (!isMediaType(manifest.descriptor.mediaType)) {
      throw new Refusal(400, "MANIFEST_INVALID", `${where} has a mediaType that is none`);
    }
    const descriptor = { ...manifest.descriptor, digest: digest ?? manifest.descriptor.digest };
    return { ...manifest, descriptor };
  } catch (error) {
    throw refusalOf(error);
  }
}
var isMediaType = (text) => /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/.test(text);
async function checkContent({ layout }, manifest) {
  const parts = new Map(partsOf(manifest).map((part) => [part.digest, part.size]));
  for (const [digest, size] of parts) {
    const stored = await layout.blobSize(digest);
    if (stored === void 0) {
      throw new Refusal(400, "MANIFEST_BLOB_UNKNOWN", "the manifest names what is not here", {
        detail: { digest }
      });
    }
    if (stored !== size) {
      throw new Refusal(
        400,
        "SIZE_INVALID",
        "the manifest gives a size that is not that of the stored blob",
        {
          detail: { digest, size, stored }
        }
      );
    }
  }
}
function partsOf(manifest) {
  if (manifest.kind === "opaque") return [];
  if (manifest.kind === "index") return manifest.manifests;
  return [manifest.config, ...manifest.layers.filter((layer) => !isForeignLayerType(layer.mediaType))];
}
function learnSizes({ sizes }, manifest) {
  for (const part of partsOf(manifest)) sizes.set(part.digest, part.size);
}
function tagsEndpoint({ layout }) {
  return {
    GET: async ({ response, route, query }) => {
      const last = query.get("last");
      const most = pageLength(query.get("n"));
      const all = tagsIn(await layout.index(), route.repository);
      const tags = last === null ? all : all.filter((tag) => tag > last);
      const page = tags.slice(0, most);
      const end = page.at(-1);
      if (page.length < tags.length && end !== void 0) {
        const next = new URLSearchParams({ n: String(most), last: end });
        response.setHeader("Link", `</v2/${route.repository}/tags/list?${next}>; rel="next"`);
      }
      sendJson(response, { name: route.repository, tags: page });
    }
  };
}
function pageLength(text) {
  if (text === null) return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Refusal(400, "PAGINATION_NUMBER_INVALID", "n must be a number");
}
function referrersEndpoint({ layout }) {
  return {
    GET: async ({ response, route, query }) => {
      const artifactType = query.get("artifactType");
      const manifests = await layout.referrers(route.digest, artifactType ?? void 0);
      if (artifactType !== null) response.setHeader("OCI-Filters-Applied", "artifactType");
      sendJson(
        response,
        { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
        mediaTypes.ociIndex
      );
    }
  };
}

// src/content/registry/server-push.ts
function uploadsEndpoint(shelf) {
  return {
    POST: async (exchange) => {
      const { query } = exchange;
      if (await mounted(shelf, exchange)) return;
      if (query.has("digest")) await uploadAtOnce(shelf, exchange, checkDigest(query.get("digest")));
      else answerWithState(exchange, 202, await shelf.uploads.start(exchange.route.repository));
    }
  };
}
function uploadEndpoint(shelf) {
  const found = ({ route }) => shelf.uploads.find(route.repository, route.id);
  return {
    GET: async (exchange) => answerWithState(exchange, 204, found(exchange)),
    PATCH: async (exchange) => {
      const upload = found(exchange);
      await append(shelf, exchange, upload);
      answerWithState(exchange, 202, upload);
    },
    PUT: async (exchange) => {
      const upload = found(exchange);
      const digest = checkDigest(exchange.query.get("digest"));
      if (hasBody(exchange.request)) await append(shelf, exchange, upload);
      await finish(shelf, exchange, upload, digest);
    },
    DELETE: async (exchange) => {
      await shelf.uploads.cancel(found(exchange));
      exchange.response.writeHead(204).end();
    }
  };
}
async function mounted(shelf, exchange) {
  const { query } = exchange;
  if (!query.has("mount")) return false;
  const digest = checkDigest(query.get("mount"));
  if (query.has("from")) checkRepository(query.get("from") ?? "");
  try {
    await findBlob(shelf, digest);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  answerCreated(exchange, digest);
  return true;
}
async function uploadAtOnce(shelf, exchange, digest) {
  const upload = await shelf.uploads.start(exchange.route.repository);
  try {
    await shelf.uploads.append(upload, bodyOf(exchange.request));
    await finish(shelf, exchange, upload, digest);
  } catch (error) {
    await shelf.uploads.cancel(upload);
    throw error;
  }
}
async function finish({ uploads, traffic }, exchange, upload, digest) {
  await uploads.finish(upload, digest);
  traffic.count("received", digest, upload.size);
  answerCreated(exchange, digest);
}
async function append({ uploads }, exchange, upload) {
  const { request } = exchange;
  const range = chunkRange(request.headers["content-range"]);
  if (range === void 0) {
    await uploads.append(upload, bodyOf(request));
    return;
  }
  if (range === "malformed") {
    throw new Refusal(400, "BLOB_UPLOAD_INVALID", "Content-Range must be <first>-<last>");
  }
  if (range.start !== upload.size) {
    throw new Refusal(416, "BLOB_UPLOAD_INVALID", `the next byte of this upload is ${upload.size}`, {
      headers: stateHeaders(exchange, upload)
    });
  }
  await uploads.append(upload, exactly(bodyOf(request), range.end - range.start, bodyLength(request)));
}
async function* exactly(bytes, length, announced = length) {
  const mismatch = () => new Refusal(400, "SIZE_INVALID", `the chunk has not the ${length} bytes that its Content-Range says`);
  if (announced !== length) throw mismatch();
  let size = 0;
  for await (const piece of bytes) {
    size += piece.byteLength;
    if (size > length) throw mismatch();
    yield piece;
  }
  if (size !== length) throw mismatch();
}
function hasBody(request) {
  return request.headers["transfer-encoding"] !== void 0 || (bodyLength(request) ?? 0) > 0;
}
function answerWithState(exchange, status, upload) {
  exchange.response.writeHead(status, {
    ...stateHeaders(exchange, upload),
    ...status === 204 ? {} : { "Content-Length": 0 }
  }).end();
}
function stateHeaders({ route }, upload) {
  return {
    Location: `/v2/${route.repository}/blobs/uploads/${upload.id}`,
    // There is no way to say "nothing yet": 0-0 is what all registries say.
    Range: `0-${Math.max(upload.size - 1, 0)}`,
    "Docker-Upload-UUID": upload.id
  };
}
function answerCreated({ response, route }, digest) {
  const location = `/v2/${route.repository}/blobs/${digest}`;
  response.writeHead(201, { Location: location, "Content-Length": 0, ...contentHeaders(digest) }).end();
}

// src/content/registry/server-uploads.ts
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { truncate } from "node:fs/promises";
import { pipeline as pipeline2 } from "node:stream/promises";
var algorithmOnTheWay = "sha256";
var writeBufferBytes = 1024 * 1024;
var Uploads = class {
  #layout;
  #most;
  #idleMilliseconds;
  #sessions = /* @__PURE__ */ new Map();
  constructor(layout, limits) {
    this.#layout = layout;
    this.#most = limits.most;
    this.#idleMilliseconds = limits.idleSeconds * 1e3;
  }
  /** @throws Refusal 429 when too many are open */
  async start(repository) {
    await this.#expire();
    if (this.#sessions.size >= this.#most) {
      throw new Refusal(429, "TOOMANYREQUESTS", `${this.#most} uploads are open`, {
        headers: { "Retry-After": "5" }
      });
    }
    const session = {
      id: randomUUID(),
      repository,
      path: await this.#layout.spool(),
      size: 0,
      hash: createHash(algorithmOnTheWay),
      busy: false,
      touched: Date.now()
    };
    this.#sessions.set(session.id, session);
    return session;
  }
  /** @throws Refusal 404 BLOB_UPLOAD_UNKNOWN; an id counts only in the repository that it was given for */
  find(repository, id) {
    const session = this.#sessions.get(id);
    if (session?.repository !== repository) {
      throw new Refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such upload: it ended, expired or never was");
    }
    session.touched = Date.now();
    return session;
  }
  /**
   * Adds a chunk. One that breaks off leaves the upload as it was before it, to be sent again.
   * @throws Refusal 400 when another request is writing to this upload; what `chunk` throws; `disk-full`
   */
  async append(upload, chunk) {
    const session = this.#claim(upload);
    const before = { size: session.size, hash: session.hash.copy() };
    const taken = async function* (bytes) {
      for await (const piece of bytes) {
        session.hash.update(piece);
        session.size += piece.byteLength;
        yield piece;
      }
    };
    try {
      await pipeline2(
        chunk,
        taken,
        createWriteStream(session.path, { flags: "r+", start: before.size, highWaterMark: writeBufferBytes })
      );
    } catch (error) {
      Object.assign(session, before);
      await truncate(session.path, before.size).catch(() => {
      });
      throw isDiskFull(error) ? explainIo(error, session.path) : error;
    } finally {
      session.busy = false;
      session.touched = Date.now();
    }
  }
  /**
   * Ends the upload: its bytes are in the layout, on the disk, under this digest.
   * @throws Refusal 400 DIGEST_INVALID, after which the upload and its bytes are gone
   */
  async finish(upload, digest) {
    const session = this.#claim(upload);
    this.#sessions.delete(session.id);
    try {
      const actual = await digestOfUpload(session, digestAlgorithm(digest));
      if (actual !== digest) {
        throw new Refusal(400, "DIGEST_INVALID", "the digest is not that of the uploaded bytes", {
          detail: { digest, uploaded: actual, size: session.size }
        });
      }
      await this.#layout.adopt(session.path, digest);
    } catch (error) {
      await this.#layout.discard(session.path);
      throw error;
    }
  }
  /** Drops the upload and its bytes. */
  async cancel(upload) {
    const session = this.#sessions.get(upload.id);
    this.#sessions.delete(upload.id);
    if (session) await this.#layout.discard(session.path);
  }
  /** Drops all uploads. */
  async close() {
    await Promise.all([...this.#sessions.values()].map((session) => this.cancel(session)));
  }
  #claim(upload) {
    const session = this.#sessions.get(upload.id);
    if (session === void 0 || session.busy) {
      throw new Refusal(400, "BLOB_UPLOAD_INVALID", "another request is writing to this upload");
    }
    session.busy = true;
    return session;
  }
  async #expire() {
    const before = Date.now() - this.#idleMilliseconds;
    const stale = [...this.#sessions.values()].filter((one) => !one.busy && one.touched <= before);
    await Promise.all(stale.map((session) => this.cancel(session)));
  }
};
async function digestOfUpload(session, algorithm) {
  if (algorithm === algorithmOnTheWay) return digestFrom(session.hash, algorithm);
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(session.path, { highWaterMark: writeBufferBytes })) {
    hash.update(piece);
  }
  return digestFrom(hash, algorithm);
}

// src/content/registry/server.ts
var defaultLimits = { uploads: 256, idleSeconds: 600, closeSeconds: 10 };
async function serveLayout(options) {
  const { host = "127.0.0.1", port = 0, readOnly = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const opened = typeof options.layout === "string" ? await openLayout(options.layout, { create: !readOnly }) : void 0;
  const layout = opened ?? options.layout;
  const uploads = new Uploads(layout, { most: limits.uploads, idleSeconds: limits.idleSeconds });
  const shelf = { layout, uploads, traffic: new Traffic(), sizes: /* @__PURE__ */ new Map() };
  const server = createServer({
    // A blob may take as long as it takes; idle connections are another matter.
    requestTimeout: 0,
    headersTimeout: 6e4,
    keepAliveTimeout: 6e4
  });
  server.setTimeout(limits.idleSeconds * 1e3);
  const address = await listen(server, host, port).catch(async (error) => {
    await opened?.close();
    throw error;
  });
  const answers = new Answers(shelf, {
    readOnly,
    onlyLoopback: isLoopbackAddress(address.address),
    ...options.onRequest ? { onRequest: options.onRequest } : {}
  });
  server.on("request", (request, response) => answers.give(request, response));
  const authority = `${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  const end = async () => {
    await stop(server, answers, limits.closeSeconds);
    await uploads.close();
    await opened?.close();
  };
  let ending;
  return {
    host: authority,
    url: `http://${authority}`,
    traffic: shelf.traffic,
    references: async () => referencesIn(await layout.index()).map((name) => `${authority}/${name}`),
    close: () => {
      ending ??= end();
      return ending;
    }
  };
}
async function listen(server, host, port) {
  const { promise, resolve, reject } = Promise.withResolvers();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    if (cause.code === "EADDRINUSE") {
      throw inputError("port-in-use", `port ${port} of ${host} is in use`, {
        hint: "Choose another port; --port 0 has a free one chosen.",
        cause
      });
    }
    throw inputError("bad-host", `cannot listen on ${host} port ${port}: ${cause.message}`, {
      hint: "Name an address of this machine; 127.0.0.1 is the default. Ports below 1024 take privileges.",
      cause
    });
  }
  server.removeListener("error", reject);
  return server.address();
}
async function stop(server, answers, seconds) {
  const stopped = new Promise((resolve) => server.close(() => resolve()));
  answers.makeLast();
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1e3);
  await stopped;
  clearTimeout(timer);
  await answers.ended();
}
var Answers = class {
  #endpoints;
  #manners;
  #open = /* @__PURE__ */ new Map();
  constructor(shelf, manners) {
    this.#manners = manners;
    this.#endpoints = {
      base: { GET: async ({ response }) => sendJson(response, {}) },
      blob: blobEndpoint(shelf),
      manifest: manifestEndpoint(shelf),
      uploads: uploadsEndpoint(shelf),
      upload: uploadEndpoint(shelf),
      tags: tagsEndpoint(shelf),
      referrers: referrersEndpoint(shelf)
    };
  }
  give(request, response) {
    const answered = this.#answer(request, response);
    this.#open.set(response, answered);
    void answered.then(() => this.#open.delete(response));
  }
  async #answer(request, response) {
    const started = performance.now();
    response.setHeader("Docker-Distribution-API-Version", "registry/2.0");
    response.setHeader("X-Content-Type-Options", "nosniff");
    let failure;
    try {
      await this.#handle(request, response);
    } catch (error) {
      failure = error;
      refuse(request, response, error);
    }
    this.#manners.onRequest?.(line(request, response, performance.now() - started, failure));
  }
  /** Connections end with the answers that are under way. */
  makeLast() {
    for (const response of this.#open.keys()) {
      const { socket } = response;
      response.shouldKeepAlive = false;
      response.once("finish", () => socket?.end());
    }
  }
  async ended() {
    await Promise.all(this.#open.values());
  }
  async #handle(request, response) {
    if (this.#manners.onlyLoopback) checkCaller(request.headers);
    const { route, query } = parseTarget(request.url ?? "");
    const handler = this.#handler(request.method ?? "", route);
    await handler({ request, response, route, query });
  }
  #handler(method, route) {
    const endpoint = this.#endpoints[route.kind];
    const offered = Object.keys(endpoint).filter((name2) => name2 === "GET" || !this.#manners.readOnly);
    const name = method === "HEAD" ? "GET" : method;
    const handler = offered.includes(name) ? endpoint[name] : void 0;
    if (handler) return handler;
    const allow = offered.flatMap((one) => one === "GET" ? ["GET", "HEAD"] : [one]).join(", ");
    throw new Refusal(405, "UNSUPPORTED", `this registry does not offer ${method} here`, {
      headers: { Allow: allow }
    });
  }
};
function refuse(request, response, error) {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = error instanceof Refusal ? error : failureRefusal(error);
  const body = Buffer.from(refusal.body());
  response.writeHead(refusal.status, {
    ...refusal.headers,
    "Content-Type": "application/json",
    "Content-Length": body.byteLength
  }).end(body);
  request.resume();
}
function line(request, response, milliseconds, failure) {
  const left = isLeft(failure);
  const status = left ? "broken off" : response.statusCode;
  const said = failure === void 0 || failure instanceof Refusal || left ? "" : ` (${failure})`;
  const why = said.replace(new RegExp("\\p{Cc}+", "gu"), " ");
  const target = (request.url ?? "").replace(/[^!-~]/g, "?");
  return `${request.method} ${target} ${status} ${milliseconds.toFixed(0)} ms${why}`;
}
function isLeft(failure) {
  const { code } = failure ?? {};
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}

export {
  serveLayout
};
