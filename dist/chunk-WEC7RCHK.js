import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  require_picomatch
} from "./chunk-QOMFPMPL.js";
import {
  buildTool,
  entryTypeOf,
  nextHeader,
  ztocEntry,
  ztocMediaType
} from "./chunk-WSWMSC73.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  sociAnnotations,
  sociIndexTypes,
  sociVersionOf
} from "./chunk-NSLFNWD3.js";
import {
  maxManifestBytes,
  parseJson,
  parseManifest
} from "./chunk-5A45ZFB5.js";
import {
  isObject
} from "./chunk-6YJR5GCO.js";
import {
  mediaTypes
} from "./chunk-RI4IMNUK.js";
import {
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  PullBudgetError,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __toESM
} from "./chunk-CLVFFHSH.js";

// src/stages/soci/go-json.ts
function field(name, type) {
  return { name, type, omitEmpty: false };
}
function optional(name, type) {
  return { name, type, omitEmpty: true };
}
var platform = [
  field("architecture", "string"),
  field("os", "string"),
  optional("os.version", "string"),
  optional("os.features", "[]string"),
  optional("variant", "string")
];
var descriptor = [
  field("mediaType", "string"),
  field("digest", "string"),
  field("size", "int"),
  optional("urls", "[]string"),
  optional("annotations", "map[string]string"),
  optional("data", "bytes"),
  optional("platform", { pointer: platform }),
  optional("artifactType", "string")
];
var versioned = [
  field("schemaVersion", "int"),
  optional("mediaType", "string"),
  optional("artifactType", "string")
];
var related = [optional("subject", { pointer: descriptor }), optional("annotations", "map[string]string")];
var goManifest = [
  ...versioned,
  field("config", { struct: descriptor }),
  field("layers", { slice: descriptor }),
  ...related
];
var goIndex = [...versioned, field("manifests", { slice: descriptor }), ...related];
function marshalStruct(struct, object, where) {
  return writeStruct(struct, object, { document: where, path: "" }, "lost");
}
function marshalWhole(struct, object, where) {
  return writeStruct(struct, object, { document: where, path: "" }, "kept");
}
function parseGoJson(raw, where) {
  return parseJson(replaceBadBytes(raw), where);
}
function writeStruct(struct, object, at, unknown) {
  const parts = [];
  for (const { name, type, omitEmpty } of struct) {
    const { text, empty } = write(
      type,
      fieldOf(object, name),
      { ...at, path: `${at.path}.${name}` },
      unknown
    );
    if (!(omitEmpty && empty)) parts.push(`${goString(name)}:${text}`);
  }
  if (unknown === "kept") {
    const known = struct.map(({ name }) => name);
    for (const [key, value] of Object.entries(object)) {
      if (!known.some((name) => folds(key, name))) parts.push(`${goString(key)}:${writeAny(value)}`);
    }
  }
  return `{${parts.join(",")}}`;
}
function write(type, value, at, unknown) {
  if (typeof type === "object") return writeNested(type, value, at, unknown);
  switch (type) {
    case "string":
      return writeString(value, at);
    case "int":
      return writeInt(value, at);
    case "bytes":
      return writeBytes(value, at);
    case "[]string":
      return writeStrings(value, at);
    case "map[string]string":
      return writeMap(value, at);
  }
}
function writeNested(type, value, at, unknown) {
  if ("slice" in type) {
    if (value === void 0 || value === null) return { text: "null", empty: true };
    if (!Array.isArray(value)) throw unreadable(at, "is no list");
    const items = value.map(
      (item, index) => writeObject(type.slice, item, { ...at, path: `${at.path}[${index}]` }, unknown)
    );
    return { text: `[${items.join(",")}]`, empty: items.length === 0 };
  }
  if ("pointer" in type) {
    if (value === void 0 || value === null) return { text: "null", empty: true };
    return { text: writeObject(type.pointer, value, at, unknown), empty: false };
  }
  return { text: writeObject(type.struct, value, at, unknown), empty: false };
}
function writeObject(struct, value, at, unknown) {
  const object = value ?? {};
  if (!isObject(object)) throw unreadable(at, "is no object");
  return writeStruct(struct, object, at, unknown);
}
function writeString(value, at) {
  const text = value ?? "";
  if (typeof text !== "string") throw unreadable(at, "is no string");
  return { text: goString(text), empty: text === "" };
}
function writeInt(value, at) {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number)) throw unreadable(at, "is no whole number");
  return { text: String(number), empty: number === 0 };
}
function writeBytes(value, at) {
  const text = value ?? "";
  if (typeof text !== "string") throw unreadable(at, "is no base64");
  const base64 = text.replace(/[\r\n]/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw unreadable(at, "is no base64");
  return { text: goString(Buffer.from(base64, "base64").toString("base64")), empty: base64 === "" };
}
function writeStrings(value, at) {
  if (value === void 0 || value === null) return { text: "null", empty: true };
  if (!Array.isArray(value)) throw unreadable(at, "is no list");
  const items = value.map((item, index) => writeString(item, { ...at, path: `${at.path}[${index}]` }).text);
  return { text: `[${items.join(",")}]`, empty: items.length === 0 };
}
function writeMap(value, at) {
  if (value === void 0 || value === null) return { text: "null", empty: true };
  if (!isObject(value)) throw unreadable(at, "is no object");
  const texts = /* @__PURE__ */ new Map();
  for (const [key, item] of Object.entries(value)) {
    texts.set(
      key.toWellFormed(),
      writeString(item, { ...at, path: `${at.path}[${JSON.stringify(key)}]` }).text
    );
  }
  const items = [...texts.keys()].sort(byBytes).map((key) => `${goString(key)}:${texts.get(key)}`);
  return { text: `{${items.join(",")}}`, empty: items.length === 0 };
}
function writeAny(value) {
  if (typeof value === "string") return goString(value);
  if (Array.isArray(value)) return `[${value.map(writeAny).join(",")}]`;
  if (isObject(value)) {
    return `{${Object.entries(value).map(([key, item]) => `${goString(key)}:${writeAny(item)}`)}}`;
  }
  return JSON.stringify(value);
}
function byBytes(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
function goString(text) {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}
function fieldOf(object, name) {
  if (!Object.keys(object).some((key) => key !== name && folds(key, name))) {
    return Object.hasOwn(object, name) ? object[name] : void 0;
  }
  const last = Object.keys(object).findLast((key) => folds(key, name));
  return last === void 0 ? void 0 : object[last];
}
function folds(key, name) {
  if (key === name) return true;
  return key.length === name.length && key.toUpperCase().toLowerCase() === name.toLowerCase();
}
function unreadable({ document, path }, what) {
  return inputError("bad-manifest", `${document}: ${path.slice(1)} ${what}`, {
    hint: "Container engines cannot read this manifest either; build or push the image again."
  });
}
var replacement = Buffer.from("\uFFFD");
function replaceBadBytes(raw) {
  const parts = [];
  let from = 0;
  for (let at = 0; at < raw.length; ) {
    const length = characterAt(raw, at);
    if (length === 0) {
      parts.push(raw.subarray(from, at), replacement);
      from = at + 1;
    }
    at += length || 1;
  }
  return parts.length === 0 ? raw : Buffer.concat([...parts, raw.subarray(from)]);
}
function characterAt(raw, at) {
  const lead = raw[at] ?? 0;
  if (lead < 128) return 1;
  const length = lead >= 240 ? 4 : lead >= 224 ? 3 : 2;
  if (lead < 194 || lead > 244) return 0;
  const second = raw[at + 1] ?? 0;
  const [low, high] = secondByte[lead] ?? [128, 191];
  if (second < low || second > high) return 0;
  for (let index = 2; index < length; index++) {
    const byte = raw[at + index] ?? 0;
    if (byte < 128 || byte > 191) return 0;
  }
  return length;
}
var secondByte = {
  224: [160, 191],
  237: [128, 159],
  240: [144, 191],
  244: [128, 143]
};

// src/stages/soci/prefetch.ts
var import_picomatch = __toESM(require_picomatch(), 1);

// src/stages/soci/lookup.ts
var mostSteps = 40;
var mostPathBytes = 4096;
async function lookUp(path, layers) {
  let parts = partsOf(path);
  const steps = { left: mostSteps };
  while (steps.left-- >= 0) {
    while (parts[0] === "..") parts = parts.slice(1);
    if (parts.join("/").length > mostPathBytes) return { kind: "endless" };
    const up = parts.indexOf("..");
    const wanted = up < 0 ? parts : parts.slice(0, up);
    const found = await find(wanted, layers, layers.length - 1);
    if (found === "absent") return { kind: "absent", path: pathOf(wanted) };
    if (found === "directory") {
      if (up < 0) return { kind: "directory", path: pathOf(wanted) };
      parts = [...wanted.slice(0, -1), ...parts.slice(up + 1)];
      continue;
    }
    const node = await throughHardLinks(found, layers, steps);
    if (node === "endless") return { kind: "endless" };
    if (node === "absent") return { kind: "absent", path: pathOf(wanted) };
    const { entry, place } = node;
    if (entry.type === "symlink") {
      const from = entry.linkname[0] === slash ? [] : wanted.slice(0, found.depth);
      parts = [...from, ...partsOf(entry.linkname), ...parts.slice(found.depth + 1)];
      continue;
    }
    if (up >= 0 || found.depth < wanted.length - 1) return { kind: "absent", path: pathOf(wanted) };
    if (entry.type === "reg") return { kind: "file", place, path: pathOf(wanted) };
    return { kind: "special", type: entry.type, path: pathOf(wanted) };
  }
  return { kind: "endless" };
}
var slash = 47;
function partsOf(path) {
  return path.toString("latin1").split("/").filter((part) => part !== "" && part !== ".");
}
function cleanPartsOf(name) {
  const parts = [];
  for (const part of partsOf(name)) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts;
}
var pathOf = (parts) => Buffer.from(`/${parts.join("/")}`, "latin1");
async function find(parts, layers, from) {
  if (parts.length === 0) return "directory";
  const isDirectoryAbove = parts.map(() => false);
  for (let layer = from; layer >= 0; layer--) {
    const listing = await layers[layer]();
    const { looks, isRootOpaque } = lookAlong(parts, listing);
    let isLowerHidden = isRootOpaque;
    for (const [depth, look] of looks.entries()) {
      isLowerHidden ||= look.isWhiteout || look.isOpaque;
      const entry = look.at === void 0 ? void 0 : listing.entry(look.at);
      if (entry && look.at !== void 0 && entry.type !== "dir") {
        return isDirectoryAbove[depth] ? "absent" : { place: { layer, at: look.at }, entry, depth };
      }
      if (!entry && !look.isImplied) break;
      if (depth === parts.length - 1) return "directory";
      isDirectoryAbove[depth] = true;
    }
    if (isLowerHidden) break;
  }
  return "absent";
}
var whiteout = ".wh.";
var opaque = ".wh..wh..opq";
function lookAlong(parts, listing) {
  const looks = parts.map(
    () => ({ at: void 0, isImplied: false, isWhiteout: false, isOpaque: false })
  );
  let isRootOpaque = false;
  for (let at = 0; at < listing.count; at++) {
    const own = cleanPartsOf(listing.entry(at).name);
    const base = own.at(-1);
    if (base === void 0) continue;
    let common = 0;
    while (common < own.length && common < parts.length && own[common] === parts[common]) common++;
    for (let depth = 0; depth < Math.min(common, own.length - 1); depth++) {
      looks[depth].isImplied = true;
    }
    if (base.startsWith(whiteout)) {
      const isBeside = common >= own.length - 1;
      const folder = looks[own.length - 2];
      if (isBeside && base === opaque) {
        if (folder) folder.isOpaque = true;
        else isRootOpaque = true;
      } else if (isBeside && base.slice(whiteout.length) === parts[own.length - 1]) {
        looks[own.length - 1].isWhiteout = true;
      }
    } else if (common === own.length) {
      looks[common - 1].at = at;
    }
  }
  return { looks, isRootOpaque };
}
async function throughHardLinks(node, layers, steps) {
  let { entry, place } = node;
  while (entry.type === "hardlink") {
    if (steps.left-- <= 0) return "endless";
    const target = cleanPartsOf(entry.linkname);
    const listing = await layers[place.layer]();
    const before = lookAlong(target, { count: place.at, entry: (at) => listing.entry(at) }).looks.at(-1)?.at;
    if (before !== void 0) {
      place = { layer: place.layer, at: before };
      entry = listing.entry(before);
      continue;
    }
    const below = await find(target, layers, place.layer - 1);
    if (typeof below === "string" || below.depth < target.length - 1) return "absent";
    ({ place, entry } = below);
  }
  return { place, entry };
}

// src/stages/soci/layered-files.ts
var maxPathLength = 4096;
var maxLinks = 40;
function layerFiles(ztocs) {
  const files = /* @__PURE__ */ new Map();
  const folders = /* @__PURE__ */ new Set();
  for (const [layer, ztoc] of ztocs.entries()) {
    const own = readLayer(ztoc, layer, { files, folders });
    hide(files, own);
    for (const [path, place] of own.files) files.set(path, place);
    for (const folder of own.folders) folders.add(folder);
  }
  return files;
}
function readLayer(ztoc, layer, below) {
  const own = { files: /* @__PURE__ */ new Map(), folders: /* @__PURE__ */ new Set(), hidden: /* @__PURE__ */ new Set(), opaque: /* @__PURE__ */ new Set() };
  for (let at = 0; at < ztoc.entryCount; at++) {
    const { name, type, linkname } = ztoc.entry(at);
    const path = pathOf2(name);
    if (path === "" || path.length > maxPathLength) continue;
    enterFolders(path, own, below);
    const slash2 = path.lastIndexOf("/");
    const last = path.slice(slash2 + 1);
    if (last.startsWith(whiteout)) {
      const folder = path.slice(0, Math.max(slash2, 0));
      const target = last.slice(whiteout.length);
      if (last === opaque) own.opaque.add(folder);
      else if (target !== "" && !target.startsWith(whiteout)) own.hidden.add(joined(folder, target));
      continue;
    }
    const place = placeOf(
      layer,
      at,
      type,
      linkname,
      (target) => own.files.get(target) ?? below.files.get(target)
    );
    if (place.type !== "dir" && below.folders.has(path)) own.hidden.add(path);
    if (place.type === "dir") enterFolder(path, own, below);
    own.files.set(path, place);
  }
  return own;
}
function enterFolders(path, own, below) {
  for (const folder of foldersOf(path)) {
    if (own.folders.has(folder)) return;
    enterFolder(folder, own, below);
  }
}
function enterFolder(folder, own, below) {
  own.folders.add(folder);
  const type = below.files.get(folder)?.type;
  if (type !== void 0 && type !== "dir") own.hidden.add(folder);
}
function placeOf(layer, entry, type, linkname, find2) {
  if (type === "hardlink") {
    const target = find2(pathOf2(linkname));
    return target === void 0 || target.type === "dir" ? { layer, entry, type } : target;
  }
  return type === "symlink" ? { layer, entry, type, link: linkname.toString() } : { layer, entry, type };
}
function hide(files, { hidden, opaque: opaque2 }) {
  if (hidden.size === 0 && opaque2.size === 0) return;
  for (const path of files.keys()) if (isHidden(path, hidden, opaque2)) files.delete(path);
}
function isHidden(path, hidden, opaque2) {
  if (hidden.has(path)) return true;
  for (const folder of foldersOf(path)) if (hidden.has(folder) || opaque2.has(folder)) return true;
  return false;
}
function* foldersOf(path) {
  for (let slash2 = path.lastIndexOf("/"); slash2 > 0; slash2 = path.lastIndexOf("/", slash2 - 1)) {
    yield path.slice(0, slash2);
  }
  yield "";
}
function pathOf2(name) {
  const text = name.toString();
  if (!/(^|\/)(\.{0,2})(\/|$)/.test(text)) return text;
  const parts = [];
  for (const part of text.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
function joined(folder, name) {
  return folder === "" ? name : `${folder}/${name}`;
}
function followLinks(files, path) {
  const waiting = path.split("/").reverse();
  let at = "";
  let links = 0;
  for (let name = waiting.pop(); name !== void 0; name = waiting.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      const type = files.get(at)?.type;
      if (type !== void 0 && type !== "dir") return void 0;
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
      continue;
    }
    const next = joined(at, name);
    const link = files.get(next)?.link;
    if (link === void 0) at = next;
    else {
      if (++links > maxLinks) return void 0;
      if (link.startsWith("/")) at = "";
      for (const part of link.split("/").reverse()) waiting.push(part);
    }
    if (at.length > maxPathLength) return void 0;
  }
  return at;
}

// src/stages/soci/tar-header.ts
function headerStart(ztoc, at) {
  if (at === 0) return 0;
  const { offset, size } = ztoc.entry(at - 1);
  return nextHeader(offset, size);
}
var HeaderReader = class {
  #scanner;
  #length;
  #entry;
  #read = 0;
  constructor(length, where) {
    this.#length = length;
    this.#scanner = new TarScanner(where, [{ entry: (entry) => this.#entry ??= entry }]);
  }
  /** Takes what of a chunk is header. @returns the rest of it @throws PullBudgetError `bad-tar` */
  push(chunk) {
    const header = chunk.subarray(0, this.#length - this.#read);
    if (header.byteLength > 0) this.#scanner.push(header);
    this.#read += header.byteLength;
    return chunk.subarray(header.byteLength);
  }
  get isWhole() {
    return this.#read === this.#length;
  }
  get entry() {
    return this.#entry?.dataStart === this.#length ? this.#entry : void 0;
  }
};
function differenceFrom(tar, entry) {
  if (entryTypeOf[tar.kind] === void 0) return "type";
  const own = ztocEntry(tar);
  const compared = [
    ["name", own.name.equals(entry.name)],
    ["type", own.type === entry.type],
    ["size", own.size === entry.size],
    ["link", own.linkname.equals(entry.linkname)],
    ["mode", own.mode === entry.mode],
    // Of larger ones a zTOC keeps the low 32 bits, which the snapshotter then finds to be others.
    ["owner", tar.uid === entry.uid && own.uname.equals(entry.uname)],
    ["group", tar.gid === entry.gid && own.gname.equals(entry.gname)],
    ["time", isSameTime(own.modTime, entry.modTime)],
    ["device", own.devmajor === entry.devmajor && own.devminor === entry.devminor],
    ["PAX records", isSameXattrs(own.xattrs, entry.xattrs)]
  ];
  return compared.find(([, isEqual]) => !isEqual)?.[0];
}
function isSameTime(a, b) {
  const [one, other] = [instant(a), instant(b)];
  return one !== void 0 && one === other;
}
function instant(text) {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  return Number.isNaN(seconds) ? void 0 : `${seconds} ${(match?.[2] ?? "").replace(/0+$/, "")}`;
}
function isSameXattrs(a, b) {
  return a.length === b.length && a.every(({ key, value }, at) => {
    const other = b[at];
    return other !== void 0 && key.equals(other.key) && value.equals(other.value);
  });
}

// src/stages/soci/prefetch.ts
var prefetchMediaType = "application/vnd.amazon.soci.prefetch.v1+json";
function planPrefetch(patterns, layers) {
  if (patterns.length === 0) return { artifacts: /* @__PURE__ */ new Map(), unmatched: [] };
  const files = layerFiles(layers.map(({ ztoc }) => ztoc));
  const wanted = /* @__PURE__ */ new Set();
  const unmatched = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern, files);
    if (places.length === 0) unmatched.push(pattern);
    for (const place of places) wanted.add(place);
  }
  return { artifacts: artifactsOf(wanted, layers), unmatched };
}
function artifactsOf(wanted, layers) {
  const ranges = new Map(layers.map(({ layer }) => [layer, []]));
  for (const { layer: at, entry } of wanted) {
    const { layer, ztoc } = layers[at];
    const range = rangeOf(ztoc, entry);
    if (range) ranges.get(layer)?.push(range);
  }
  const artifacts = /* @__PURE__ */ new Map();
  for (const [layer, own] of ranges) if (own.length > 0) artifacts.set(layer, artifactOf(merged(own)));
  return artifacts;
}
function placesOf(pattern, files) {
  const exact = regularFile(files, pattern);
  if (exact) return [exact];
  const { base, glob, isGlob } = import_picomatch.default.scan(pattern, options);
  const literal = base.replace(/\\(.)/g, "$1");
  if (!isGlob) {
    const place = literal === pattern ? void 0 : regularFile(files, literal);
    return place ? [place] : [];
  }
  const folder = followLinks(files, literal);
  if (folder === void 0) return [];
  const matches = matcher(glob, pattern);
  const prefix = folder === "" ? "" : `${folder}/`;
  const places = [];
  for (const path of files.keys()) {
    if (!path.startsWith(prefix) || !matches(path.slice(prefix.length))) continue;
    const place = regularFile(files, path);
    if (place) places.push(place);
  }
  return places;
}
var options = { dot: true, nonegate: true };
function matcher(glob, pattern) {
  try {
    const matches = (0, import_picomatch.default)(glob, options);
    return (path) => matches(path);
  } catch (cause) {
    throw inputError("bad-prefetch", `prefetch: ${JSON.stringify(pattern.slice(0, 200))} is no glob`, {
      hint: "Write an absolute path in the image, or a glob like /usr/lib/**/*.so.",
      cause
    });
  }
}
function regularFile(files, path) {
  const end = followLinks(files, path);
  const place = end === void 0 ? void 0 : files.get(end);
  return place?.type === "reg" ? place : void 0;
}
function rangeOf(ztoc, at) {
  const { offset, size } = ztoc.entry(at);
  if (size === 0) return void 0;
  const header = Math.min(headerStart(ztoc, at), offset);
  return { first: spanAt(ztoc.spans, header), last: spanAt(ztoc.spans, offset + size) };
}
function spanAt(spans, offset) {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (spans[middle].outStart <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
function merged(ranges) {
  const result = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last === void 0 || range.first > last.last + 1) result.push(range);
    else result[result.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
  }
  return result;
}
function artifactOf(ranges) {
  const spans = ranges.map(({ first, last }) => ({ start_span: first, end_span: last }));
  return Buffer.from(JSON.stringify({ version: "1.0", prefetch_spans: spans }));
}

// src/stages/soci/index-manifest.ts
var sociConfig = Buffer.from("{}");
var sociConfigDigest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
function sociIndexManifest(layers, prefetch, subject) {
  const version = subject === void 0 ? "v2" : "v1";
  const ztocs = layers.map((layer) => ztocDescriptor(layer, version));
  const artifacts = prefetch.map(prefetchDescriptor);
  const text = marshalStruct(
    goManifest,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: sociIndexTypes[version], digest: sociConfigDigest, size: sociConfig.byteLength },
      layers: version === "v2" ? [...ztocs, ...artifacts] : [...artifacts, ...ztocs],
      subject: subject && { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations: { [sociAnnotations.buildTool]: buildTool }
    },
    "SOCI index"
  );
  return asImage(parseManifest(Buffer.from(text), {}, "SOCI index"));
}
function ztocDescriptor({ layer, ztoc, spanBytes }, version) {
  return {
    mediaType: ztocMediaType,
    digest: ztoc.digest,
    size: ztoc.size,
    annotations: {
      [sociAnnotations.layerDigest]: layer.digest,
      [sociAnnotations.layerMediaType]: layer.mediaType,
      ...version === "v2" ? { [sociAnnotations.spanSize]: String(spanBytes) } : {}
    }
  };
}
function prefetchDescriptor({ layer, blob }) {
  return {
    mediaType: prefetchMediaType,
    digest: blob.digest,
    size: blob.size,
    annotations: { [sociAnnotations.layerDigest]: layer }
  };
}
function asImage(manifest) {
  if (manifest.kind !== "image") throw new TypeError(`${manifest.descriptor.mediaType} is no image manifest`);
  return manifest;
}
function parseSociIndex(manifest) {
  const where = `SOCI index ${manifest.descriptor.digest}`;
  const version = versionOf(manifest);
  if (manifest.kind !== "image" || version === void 0) {
    const type = manifest.kind === "image" ? manifest.config.mediaType : manifest.descriptor.mediaType;
    throw bad(where, `has the type ${JSON.stringify(type)}, which is no SOCI index's`);
  }
  if (manifest.raw.byteLength > maxManifestBytes) throw bad(where, "is over 4 MiB");
  const ztocs = /* @__PURE__ */ new Map();
  const layers = [];
  const prefetch = [];
  for (const [at, blob] of manifest.layers.entries()) {
    const place = `${where}: layers[${at}]`;
    const layer = layerOf(blob, place);
    if (blob.mediaType === prefetchMediaType) {
      prefetch.push({ layer, blob: { digest: blob.digest, size: blob.size } });
      continue;
    }
    if (blob.mediaType !== ztocMediaType) {
      throw bad(place, `is ${JSON.stringify(blob.mediaType)}; a zTOC is ${ztocMediaType}`);
    }
    const other = ztocs.get(layer);
    if (other !== void 0 && other !== blob.digest) throw bad(place, `is a second zTOC of layer ${layer}`);
    ztocs.set(layer, blob.digest);
    layers.push({
      layer,
      layerMediaType: blob.annotations?.[sociAnnotations.layerMediaType] ?? "",
      ztoc: blob,
      spanBytes: spanBytesOf(blob, place)
    });
  }
  return { version, subject: manifest.subject?.digest, layers, prefetch };
}
function layerOf(blob, place) {
  const layer = blob.annotations?.[sociAnnotations.layerDigest];
  if (layer === void 0) throw bad(place, `has no annotation ${sociAnnotations.layerDigest}`);
  if (!isDigest(layer)) throw bad(place, `is for the layer ${JSON.stringify(layer)}, which is no digest`);
  return layer;
}
function spanBytesOf(blob, place) {
  const text = blob.annotations?.[sociAnnotations.spanSize];
  if (text === void 0) return void 0;
  const bytes = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(bytes)) {
    throw bad(place, `has the span size ${JSON.stringify(text)}`);
  }
  return bytes;
}
function bad(where, what) {
  return inputError("bad-soci-index", `${where} ${what}`, {
    hint: "A snapshotter would pull the layers whole, and say nothing; make the index anew."
  });
}
function isSociIndex(manifest) {
  return versionOf(manifest) !== void 0;
}
function versionOf(manifest) {
  return manifest.kind === "image" ? sociVersionOf(manifest.config.mediaType) : void 0;
}
function remarshalled(manifest) {
  const where = `manifest ${manifest.descriptor.digest}`;
  const json = parseGoJson(manifest.raw, where);
  const struct = manifest.kind === "index" ? goIndex : goManifest;
  if (!isSociIndex(manifest)) return Buffer.from(marshalStruct(struct, json, where));
  const own = { ...json, schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: "" };
  return Buffer.from(marshalStruct(struct, own, where));
}

// src/stages/soci/find.ts
async function findSociIndexes(source, image, top) {
  const complaints = [];
  const v2 = await findV2(source, image, top, complaints);
  const v1 = await findV1(source, image, complaints);
  return { v1, v2, complaints };
}
var afterwards = "a snapshotter pulls every layer of the image whole then, and says nothing";
async function findV2(source, image, top, complaints) {
  const named = image.annotations[sociAnnotations.indexDigest] ?? "";
  complaints.push(...strayIndexes(image, named, top));
  if (named === "") return void 0;
  const what = `the v2 index that image ${image.descriptor.digest} names, ${named},`;
  if (!isDigest(named)) {
    complaints.push(`${what} is no digest: ${afterwards}.`);
    return void 0;
  }
  const listed = top?.kind === "index" ? top.manifests.find((entry) => entry.digest === named) : void 0;
  return take(source, listed ?? named, what, complaints);
}
function strayIndexes(image, named, top) {
  if (top?.kind !== "index") return [];
  const { digest } = image.descriptor;
  const strays = /* @__PURE__ */ new Set();
  for (const entry of top.manifests) {
    const annotations = entry.annotations ?? {};
    if (annotations[sociAnnotations.imageDigest] === digest) strays.add(entry.digest);
    const promised = annotations[sociAnnotations.indexDigest];
    if (entry.digest === digest && promised) strays.add(promised);
  }
  strays.delete(named);
  return [...strays].map(
    (stray) => `the OCI index has the SOCI index ${stray} for image ${digest}, whose manifest ${named === "" ? "names none" : "names another one"}: no snapshotter finds it.`
  );
}
async function findV1(source, image, complaints) {
  const { digest } = image.descriptor;
  const [first, ...others] = await source.referrers(digest, sociIndexTypes.v1);
  if (first === void 0) return void 0;
  if (others.length > 0) {
    complaints.push(
      `image ${digest} has ${others.length + 1} v1 indexes: a snapshotter takes the one that the registry lists first, ${first.digest}, and no other.`
    );
  }
  const what = `the v1 index ${first.digest} of image ${digest}`;
  const found = await take(source, first, what, complaints);
  if (found === void 0 || found.index.version === "v1") return found;
  complaints.push(`${what} says of itself that it is v2: snapshotters before 0.10 do not take it.`);
  return void 0;
}
async function take(source, index, what, complaints) {
  try {
    const descriptor2 = typeof index === "string" ? await source.resolve(index) : index;
    const { manifest, complaint } = await read(source, descriptor2);
    if (complaint === void 0) return { manifest, index: parseSociIndex(manifest) };
    complaints.push(`${what} ${complaint}: ${afterwards}.`);
  } catch (error) {
    if (!(error instanceof PullBudgetError) || error.kind !== "input") throw error;
    complaints.push(`${what} cannot be used (${error.message}): ${afterwards}.`);
  }
  return void 0;
}
async function read(source, descriptor2) {
  if (descriptor2.size > maxManifestBytes) return { complaint: `has ${descriptor2.size} bytes, over 4 MiB` };
  const manifest = await source.readManifest(descriptor2);
  if (manifest.kind !== "image" || !isSociIndex(manifest)) {
    const type = manifest.kind === "image" ? manifest.config.mediaType : manifest.descriptor.mediaType;
    return { complaint: `is none: its type is ${JSON.stringify(type)}` };
  }
  if (Buffer.compare(remarshalled(manifest), manifest.raw) !== 0) {
    return {
      complaint: "is not written as Go writes it (order of fields, white space, fields that are not known), so that it does not have its digest any more when the snapshotter stores it"
    };
  }
  return { manifest };
}

export {
  goManifest,
  goIndex,
  marshalWhole,
  parseGoJson,
  lookUp,
  headerStart,
  HeaderReader,
  differenceFrom,
  prefetchMediaType,
  planPrefetch,
  sociConfig,
  sociIndexManifest,
  findSociIndexes
};
