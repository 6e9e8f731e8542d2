import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  require_picomatch
} from "./chunk-QOMFPMPL.js";
import {
  parsePax
} from "./chunk-HXSIVDWK.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __toESM
} from "./chunk-CLVFFHSH.js";

// src/content/rootfs/content-digest.ts
import { createHash, hash } from "node:crypto";
var emptyDigest = hash("sha256", "", "buffer");
var pycHeaderBytes = 16;
var zeros = Buffer.alloc(4);
var ContentDigester = class {
  #left = 0;
  #whole;
  #masked;
  /** What is there of a .pyc's header, until it is whole. */
  #head;
  #sourceMtime = 0;
  /** @param mayBePyc whether its name says so */
  begin(bytes, mayBePyc) {
    this.#left = bytes;
    this.#whole = void 0;
    this.#masked = void 0;
    this.#head = mayBePyc && bytes >= pycHeaderBytes ? Buffer.alloc(0) : void 0;
  }
  /** @returns the digests once the content is whole */
  push(part) {
    this.#left -= part.byteLength;
    if (this.#head) this.#pushHead(this.#head, part);
    else this.#masked?.update(part);
    if (this.#left === 0 && !this.#whole) return this.#end(hash("sha256", part, "buffer"));
    this.#whole ??= createHash("sha256");
    this.#whole.update(part);
    return this.#left > 0 ? void 0 : this.#end(this.#whole.digest());
  }
  #pushHead(before, part) {
    const head = before.byteLength > 0 ? Buffer.concat([before, part]) : part;
    if (head.byteLength < pycHeaderBytes) {
      this.#head = Buffer.from(head);
      return;
    }
    this.#head = void 0;
    if (head[2] !== 13 || head[3] !== 10 || head.readUInt32LE(4) !== 0) return;
    this.#sourceMtime = head.readUInt32LE(8);
    this.#masked = createHash("sha256").update(head.subarray(0, 8)).update(zeros).update(head.subarray(12));
  }
  #end(digest) {
    if (!this.#masked) return { digest, pyc: void 0 };
    return { digest, pyc: { maskedDigest: this.#masked.digest(), sourceMtime: this.#sourceMtime } };
  }
};

// src/content/rootfs/path.ts
var [slash, dot] = [47, 46];
var mostNameBytes = 255;
var mostPathBytes = 4095;
var whiteoutPrefix = Buffer.from(".wh.");
function cleanPath(name) {
  const clean = Buffer.allocUnsafe(name.byteLength);
  let length = 0;
  let prefixBytes2 = 0;
  for (let start = 0; start < name.byteLength; ) {
    let end = start;
    while (end < name.byteLength && name[end] !== slash)
      if (name[end++] === 0) return "has a NUL in its name";
    const bytes = end - start;
    const dots = bytes <= 2 && name[start] === dot && name[end - 1] === dot ? bytes : 0;
    if (dots === 2) return 'has ".." in its path';
    if (bytes > 0 && dots === 0) {
      prefixBytes2 = isPrefixAt(name, start) ? whiteoutPrefix.byteLength : 0;
      if (bytes - prefixBytes2 > mostNameBytes)
        return `has a name of ${bytes} bytes in its path, over ${mostNameBytes}`;
      if (length > 0) clean[length++] = slash;
      for (let at = start; at < end; at++) clean[length++] = name[at];
    }
    start = end + 1;
  }
  if (length - prefixBytes2 > mostPathBytes) return `has a path of ${length} bytes, over ${mostPathBytes}`;
  return clean.subarray(0, length);
}
function isPrefixAt(name, start) {
  for (let at = 0; at < whiteoutPrefix.byteLength; at++) {
    if (name[start + at] !== whiteoutPrefix[at]) return false;
  }
  return true;
}
function shownPath(path) {
  return JSON.stringify(path.toString("utf8", 0, 500)).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}

// src/content/rootfs/python-source.ts
function sourceOf(tree, compiled) {
  if (!isCompiled(tree.name(compiled))) return void 0;
  const found = paths.exec(tree.path(compiled).toString("latin1"));
  const { beside = "", cached, alone } = found?.groups ?? {};
  const name = cached ?? alone;
  const source = name === void 0 ? void 0 : tree.find(Buffer.from(`${beside}${name}.py`, "latin1"));
  return source !== void 0 && tree.kind(source) === "file" ? source : void 0;
}
var unasked = 2 ** 32 - 1;
var noSource = 2 ** 32 - 2;
function rememberedSources(tree) {
  let answers;
  return (compiled) => {
    if (!isCompiled(tree.name(compiled))) return void 0;
    answers ??= new Uint32Array(tree.size).fill(unasked);
    if (answers[compiled] === unasked) answers[compiled] = sourceOf(tree, compiled) ?? noSource;
    const answer = answers[compiled];
    return answer === noSource ? void 0 : answer;
  };
}
var suffix = Buffer.from(".pyc");
function isCompiled(name) {
  return name.byteLength >= suffix.byteLength && name.subarray(-suffix.byteLength).equals(suffix);
}
var paths = /^(?<beside>(?:.*\/)?)(?:__pycache__\/(?<cached>[^./]+)\.[^./]+(?:\.opt-[A-Za-z0-9]+)?|(?<!(?:^|\/)__pycache__\/)(?<alone>[^/]+))\.pyc$/s;
function pycTime(mtime) {
  return mtime === void 0 || Number.isNaN(mtime) ? void 0 : Math.floor(mtime) % 2 ** 32;
}
function namedTime({ tables, content }, compiled) {
  const { layer, row } = content(compiled);
  const table = tables[layer];
  const wasLookedAt = table !== void 0 && isCompiled(table.path(row)) && !table.isSparse(row);
  return wasLookedAt ? table.pyc(row)?.sourceMtime ?? "none" : "unknown";
}
function isCurrent(tree, compiled) {
  const source = sourceOf(tree, compiled);
  const named = source === void 0 ? "unknown" : namedTime(tree, compiled);
  if (source === void 0 || typeof named === "string") return void 0;
  return named === pycTime(tree.mtime(source));
}

// src/content/rootfs/column.ts
function byteString({ bytes, ends }, at) {
  const start = at === 0 ? 0 : ends[at - 1];
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, ends[at] - start);
}
var GrowingColumn = class {
  #type;
  #values;
  #length = 0;
  constructor(type) {
    this.#type = type;
    this.#values = new type(new ArrayBuffer(8192));
  }
  get length() {
    return this.#length;
  }
  at(index) {
    return this.#values[index];
  }
  set(index, value) {
    this.#values[index] = value;
  }
  push(value) {
    if (this.#length === this.#values.length) this.#resize(more(this.#length));
    this.#values[this.#length++] = value;
  }
  pushAll(values) {
    let room = this.#values.length;
    while (room < this.#length + values.length) room = more(room);
    if (room > this.#values.length) this.#resize(room);
    this.#values.set(values, this.#length);
    this.#length += values.length;
  }
  /** Its numbers without the room for more; it has none then. */
  take() {
    this.#resize(this.#length);
    const values = this.#values;
    this.#values = new this.#type(new ArrayBuffer(0));
    this.#length = 0;
    return values;
  }
  #resize(length) {
    const { buffer, BYTES_PER_ELEMENT } = this.#values;
    this.#values = new this.#type(buffer.transfer(length * BYTES_PER_ELEMENT));
  }
};
function more(length) {
  return length < 2 ** 16 ? length * 2 : Math.ceil(length * 1.25);
}
var BytePool = class {
  #bytes = new GrowingColumn(Uint8Array);
  #ends = new GrowingColumn(Uint32Array);
  get count() {
    return this.#ends.length;
  }
  get byteLength() {
    return this.#bytes.length;
  }
  /** @returns its number */
  add(string) {
    this.#bytes.pushAll(string);
    this.#ends.push(this.#bytes.length);
    return this.#ends.length - 1;
  }
  holds(number, string) {
    const start = number === 0 ? 0 : this.#ends.at(number - 1);
    if (this.#ends.at(number) - start !== string.byteLength) return false;
    for (let at = 0; at < string.byteLength; at++)
      if (this.#bytes.at(start + at) !== string[at]) return false;
    return true;
  }
  take() {
    return { bytes: this.#bytes.take(), ends: this.#ends.take() };
  }
};
var DistinctPool = class {
  #pool = new BytePool();
  #hashes = new GrowingColumn(Uint32Array);
  /** Open addressing: a string's number plus one where its hash says, or in the next free place after that. */
  #slots = new Uint32Array(1024);
  /** So that nobody can make strings that all meet in one slot. */
  #seed = Math.trunc(Math.random() * 2 ** 32);
  get count() {
    return this.#pool.count;
  }
  get byteLength() {
    return this.#pool.byteLength;
  }
  holds(number, string) {
    return this.#pool.holds(number, string);
  }
  /** @returns its number: that of the one that is there, or the next */
  add(string) {
    const hash2 = this.#hash(string);
    const mask = this.#slots.length - 1;
    for (let slot = hash2 & mask; this.#slots[slot] !== 0; slot = slot + 1 & mask) {
      const number2 = this.#slots[slot] - 1;
      if (this.#hashes.at(number2) === hash2 && this.#pool.holds(number2, string)) return number2;
    }
    const number = this.#pool.add(string);
    this.#hashes.push(hash2);
    if (this.count * 2 > this.#slots.length) this.#grow();
    else this.#settle(number);
    return number;
  }
  take() {
    this.#slots = new Uint32Array(0);
    this.#hashes.take();
    return this.#pool.take();
  }
  #grow() {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.count; number++) this.#settle(number);
  }
  #settle(number) {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes.at(number) & mask;
    while (this.#slots[slot] !== 0) slot = slot + 1 & mask;
    this.#slots[slot] = number + 1;
  }
  #hash(string) {
    let hash2 = this.#seed;
    for (let at = 0; at < string.byteLength; at++) {
      hash2 = Math.imul(hash2 ^ string[at], 1540483477);
      hash2 ^= hash2 >>> 15;
    }
    return hash2 >>> 0;
  }
};

// src/content/rootfs/table.ts
var entryKinds = [
  "file",
  "directory",
  "symlink",
  "hardlink",
  "character",
  "block",
  "fifo",
  "whiteout",
  "opaque"
];

// src/content/rootfs/table-columns.ts
var digestBytes = 32;
var sparseFlag = 16;
var pycFlag = 32;
var kindMask = 15;
var kindNumbers = Object.fromEntries(entryKinds.map((kind, at) => [kind, at]));
var none = Buffer.alloc(0);
function tableOf(columns) {
  const { kinds, details, digests, devices, pycRows, pycDigests, pycMtimes } = columns;
  const kind = (row) => entryKinds[kinds[row] & kindMask];
  const isDevice = (row) => kind(row) === "character" || kind(row) === "block";
  return {
    diffId: columns.diffId,
    rows: columns.rows,
    unpackedBytes: columns.unpackedBytes,
    path: (row) => pathOf(columns, row),
    kind,
    mode: (row) => columns.modes[row],
    uid: (row) => columns.uids[row],
    gid: (row) => columns.gids[row],
    mtime: (row) => columns.mtimes[row],
    bytes: (row) => columns.sizes[row],
    digest: (row) => digestAt(digests, kind(row) === "file" ? details[row] : 0),
    target: (row) => {
      const linked = kind(row) === "symlink" || kind(row) === "hardlink";
      return linked ? byteString(columns.targets, details[row]) : none;
    },
    devmajor: (row) => isDevice(row) ? devices[details[row] * 2] : 0,
    devminor: (row) => isDevice(row) ? devices[details[row] * 2 + 1] : 0,
    xattrs: (row) => byteString(columns.xattrSets, columns.xattrs[row]),
    dataStart: (row) => columns.dataStarts[row],
    isSparse: (row) => (kinds[row] & sparseFlag) !== 0,
    pyc(row) {
      if ((kinds[row] & pycFlag) === 0) return void 0;
      const at = placeOf(pycRows, row);
      return { maskedDigest: digestAt(pycDigests, at), sourceMtime: pycMtimes[at] };
    }
  };
}
function pathOf({ directories, directoryPaths, names }, row) {
  const directory = byteString(directoryPaths, directories[row]);
  const name = byteString(names, row);
  if (directory.byteLength === 0) return name;
  const path = Buffer.allocUnsafe(directory.byteLength + 1 + name.byteLength);
  path.set(directory);
  path[directory.byteLength] = 47;
  path.set(name, directory.byteLength + 1);
  return path;
}
function digestAt(digests, number) {
  return Buffer.from(digests.buffer, digests.byteOffset + number * digestBytes, digestBytes);
}
function placeOf(numbers, wanted) {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = low + high >>> 1;
    if (numbers[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

// src/content/rootfs/table-rows.ts
var mostStringBytes = 2 ** 30;
var mostUint32 = 2 ** 32 - 1;
var slash2 = 47;
var inDirectory = Buffer.from("/.wh.");
var none2 = Buffer.alloc(0);
var TableRows = class {
  #kinds = new GrowingColumn(Uint8Array);
  #modes = new GrowingColumn(Uint16Array);
  #uids = new GrowingColumn(Uint32Array);
  #gids = new GrowingColumn(Uint32Array);
  #mtimes = new GrowingColumn(Float64Array);
  #sizes = new GrowingColumn(Float64Array);
  #dataStarts = new GrowingColumn(Float64Array);
  #directories = new GrowingColumn(Uint32Array);
  #names = new BytePool();
  #directoryPaths = new DistinctPool();
  #details = new GrowingColumn(Uint32Array);
  #digests = new GrowingColumn(Uint8Array);
  #targets = new BytePool();
  #devices = new GrowingColumn(Uint32Array);
  #xattrs = new GrowingColumn(Uint32Array);
  #xattrSets = new DistinctPool();
  #pycRows = new GrowingColumn(Uint32Array);
  #pycDigests = new GrowingColumn(Uint8Array);
  #pycMtimes = new GrowingColumn(Uint32Array);
  constructor() {
    this.#directoryPaths.add(none2);
    this.#xattrSets.add(none2);
    this.#digests.pushAll(emptyDigest);
  }
  get length() {
    return this.#kinds.length;
  }
  add(row) {
    const { kind, path } = row;
    const place = path.lastIndexOf(slash2);
    this.#kinds.push(kindNumbers[kind] | (row.isSparse ? sparseFlag : 0));
    this.#modes.push(row.mode);
    this.#uids.push(row.uid);
    this.#gids.push(row.gid);
    this.#mtimes.push(row.mtime);
    this.#sizes.push(row.bytes);
    this.#dataStarts.push(row.dataStart);
    this.#directories.push(this.#directoryNumber(path.subarray(0, Math.max(0, place))));
    this.#names.add(path.subarray(place + 1));
    this.#details.push(this.#detail(row));
    this.#xattrs.push(row.xattrs.byteLength > 0 ? this.#xattrSets.add(row.xattrs) : 0);
  }
  /** Of the row that was added last, a file: without this its content is that of no bytes. */
  setContent(digest, pyc) {
    const row = this.length - 1;
    this.#details.set(row, this.#digests.length / digestBytes);
    this.#digests.pushAll(digest);
    if (!pyc) return;
    this.#kinds.set(row, this.#kinds.at(row) | pycFlag);
    this.#pycRows.push(row);
    this.#pycDigests.pushAll(pyc.maskedDigest);
    this.#pycMtimes.push(pyc.sourceMtime);
  }
  /** Whether there are more bytes of names, targets and extended attributes than one layer may have. */
  get areTooLong() {
    const { byteLength } = this.#names;
    const others = this.#directoryPaths.byteLength + this.#targets.byteLength + this.#xattrSets.byteLength;
    return byteLength + others > mostStringBytes;
  }
  /** All rows; it has none then. */
  take({ diffId, unpackedBytes }) {
    return {
      diffId,
      rows: this.length,
      unpackedBytes,
      kinds: this.#kinds.take(),
      modes: this.#modes.take(),
      uids: this.#uids.take(),
      gids: this.#gids.take(),
      mtimes: this.#mtimes.take(),
      sizes: this.#sizes.take(),
      dataStarts: this.#dataStarts.take(),
      directories: this.#directories.take(),
      names: this.#names.take(),
      directoryPaths: this.#directoryPaths.take(),
      details: this.#details.take(),
      digests: this.#digests.take(),
      targets: this.#targets.take(),
      devices: this.#devices.take(),
      xattrs: this.#xattrs.take(),
      xattrSets: this.#xattrSets.take(),
      pycRows: this.#pycRows.take(),
      pycDigests: this.#pycDigests.take(),
      pycMtimes: this.#pycMtimes.take()
    };
  }
  /** Most rows have the directory of the row before. */
  #directoryNumber(directory) {
    const { length } = this.#directories;
    if (length > 0) {
      const last = this.#directories.at(length - 1);
      if (this.#directoryPaths.holds(last, directory)) return last;
    }
    return this.#directoryPaths.add(directory);
  }
  #detail({ kind, target, devmajor, devminor }) {
    if (kind === "symlink" || kind === "hardlink") return this.#targets.add(target);
    if (kind !== "character" && kind !== "block") return 0;
    this.#devices.push(devmajor);
    this.#devices.push(devminor);
    return this.#devices.length / 2 - 1;
  }
};
function rowFault(row) {
  const { kind, path, target, uid, gid, devmajor, devminor } = row;
  const isDevice = kind === "character" || kind === "block";
  if (path.byteLength === 0 && kind !== "directory" && kind !== "opaque") return `is the root, and a ${kind}`;
  if (hasWhiteoutName(kind === "whiteout" ? path.subarray(0, path.lastIndexOf(slash2) + 1) : path)) {
    return "is in a directory whose name is that of a whiteout";
  }
  if (!isUint32(uid) || !isUint32(gid)) return `belongs to ${uid}:${gid}, which are no numbers of an owner`;
  if (isDevice && !(isUint32(devmajor) && isUint32(devminor))) {
    return `is a device with the numbers ${devmajor}:${devminor}`;
  }
  if (kind === "symlink") return symlinkFault(target);
  return kind === "hardlink" ? hardlinkFault(target) : void 0;
}
function symlinkFault(target) {
  const { byteLength } = target;
  if (byteLength > 0 && byteLength <= mostPathBytes && !target.includes(0)) return void 0;
  return `is a symbolic link whose target, of ${byteLength} bytes, no file system takes`;
}
function hardlinkFault(target) {
  if (target.byteLength > 0 && !hasWhiteoutName(target)) return void 0;
  return `is a hard link to ${target.byteLength > 0 ? "a whiteout" : "the root"}`;
}
function isUint32(number) {
  return number >= 0 && number <= mostUint32;
}
function hasWhiteoutName(path) {
  if (path.byteLength < whiteoutPrefix.byteLength) return false;
  return startsWith(path, whiteoutPrefix) || path.includes(inDirectory);
}
function startsWith(bytes, beginning) {
  for (let at = 0; at < beginning.byteLength; at++) if (bytes[at] !== beginning[at]) return false;
  return true;
}

// src/content/rootfs/xattrs.ts
var prefix = "SCHILY.xattr.";
var prefixBytes = Buffer.from(prefix);
var none3 = Buffer.alloc(0);
function xattrRecords(records) {
  const found = /* @__PURE__ */ new Map();
  for (const record2 of records) {
    const key = record2.key.toString("latin1");
    if (key.startsWith(prefix)) found.set(key.slice(prefix.length), record2);
  }
  if (found.size === 0) return none3;
  const names = [...found.keys()].sort();
  if (names.some((name) => name === "" || name.includes("\0"))) {
    return "has an extended attribute with a name that cannot be";
  }
  return Buffer.concat(names.map((name) => record(name, found.get(name).value)));
}
function record(name, value) {
  const beginning = Buffer.from(` ${name}=`, "latin1");
  const rest = beginning.byteLength + value.byteLength + 1;
  let digits = String(rest).length;
  while (String(rest + digits).length > digits) digits++;
  return Buffer.concat([Buffer.from(String(rest + digits)), beginning, value, Buffer.of(10)]);
}
function areXattrRecords(bytes) {
  try {
    const records = parsePax(bytes, 0, "extended attributes");
    const again = xattrRecords(
      records.map(({ key, value }) => ({ key: Buffer.concat([prefixBytes, key]), value }))
    );
    return typeof again !== "string" && again.equals(bytes);
  } catch {
    return false;
  }
}

// src/content/rootfs/table-builder.ts
var opaqueMarker = Buffer.from(".wh..wh..opq");
var none4 = Buffer.alloc(0);
var slash3 = 47;
var fields = /^(path|linkpath|size|uid|gid|mtime)$/;
var TableBuilder = class {
  #where;
  #rows = new TableRows();
  #content = new ContentDigester();
  #isHashing = false;
  /** @param where for messages: `layer sha256:…` */
  constructor(where) {
    this.#where = where;
  }
  entry(entry) {
    const path = cleanPath(entry.name);
    const row = typeof path === "string" ? path : rowOf(entry, path);
    const fault = typeof row === "string" ? row : rowFault(row);
    if (typeof row === "string" || fault !== void 0) throw this.#odd(entry, fault);
    this.#rows.add(row);
    if (this.#rows.areTooLong) {
      throw this.#odd(entry, "comes after more than 1 GiB of names, link targets and extended attributes");
    }
    this.#isHashing = row.kind === "file" && entry.dataBytes > 0;
    if (this.#isHashing) this.#content.begin(entry.dataBytes, !row.isSparse && isCompiled(row.path));
  }
  data(part) {
    const found = this.#isHashing ? this.#content.push(part) : void 0;
    if (!found) return;
    this.#isHashing = false;
    this.#rows.setContent(found.digest, found.pyc);
  }
  /** Once the layer was read. The builder is empty afterwards. */
  columns(layer) {
    return this.#rows.take(layer);
  }
  #odd(entry, what) {
    return inputError("odd-layer", `${this.#where} cannot be re-layered: ${shownPath(entry.name)} ${what}`, {
      hint: "Nodes refuse such an entry, or do not agree on what it is. Build the layer again without it."
    });
  }
};
function rowOf(entry, path) {
  const place = path.lastIndexOf(slash3) + 1;
  const name = path.subarray(place);
  if (entry.globals.length > 0) return "comes after a global PAX header, which nodes take for an entry";
  const fault = paxFault(entry.pax);
  if (fault !== void 0) return fault;
  return startsWith(name, whiteoutPrefix) ? whiteoutRow(entry, path, place) : nodeRow(entry, path);
}
function whiteoutRow(entry, path, place) {
  const name = path.subarray(place);
  if (name.equals(opaqueMarker)) {
    return plainRow(entry, "opaque", path.subarray(0, Math.max(0, place - 1)), 0);
  }
  const removed = name.subarray(whiteoutPrefix.byteLength);
  if (removed.byteLength <= 2 && removed.every((byte) => byte === 46)) {
    return "is a whiteout of nothing that can be in a directory";
  }
  return plainRow(entry, "whiteout", Buffer.concat([path.subarray(0, place), removed]), 0);
}
function nodeRow(entry, path) {
  const { kind, header } = entry;
  if (kind === "other" || header.type === "7" || header.type === "S") {
    return `is of the type ${JSON.stringify(header.type)}, which nodes do not unpack`;
  }
  if (entry.pax.length === 0 && kind !== "hardlink" && kind !== "symlink") {
    return plainRow(entry, kind, path, entry.dataBytes);
  }
  const sparse = isSparse(entry);
  if (sparse === void 0) return "is a sparse file of a form other than 1.0";
  const xattrs = xattrRecords(entry.pax);
  if (typeof xattrs === "string") return xattrs;
  const target = kind === "hardlink" ? cleanPath(entry.linkname) : entry.linkname;
  if (typeof target === "string") return `is a hard link to something that ${target}`;
  const row = plainRow(entry, kind, path, sparse ? entry.sparseSize : entry.dataBytes);
  return {
    ...row,
    isSparse: sparse,
    xattrs,
    target: kind === "hardlink" || kind === "symlink" ? target : none4
  };
}
function plainRow(entry, kind, path, bytes) {
  const isDevice = kind === "character" || kind === "block";
  return {
    kind,
    isSparse: false,
    path,
    mode: entry.mode & 4095,
    uid: entry.uid,
    gid: entry.gid,
    // Of -0 zero: they are the same time and not the same bytes.
    mtime: entry.mtime + 0,
    bytes,
    dataStart: entry.dataStart,
    target: none4,
    devmajor: isDevice ? entry.devmajor : 0,
    devminor: isDevice ? entry.devminor : 0,
    xattrs: none4
  };
}
function isSparse({ pax, kind, sparseSize }) {
  const records = /* @__PURE__ */ new Map();
  for (const { key, value } of pax) {
    const text2 = key.toString("latin1");
    if (text2.startsWith("GNU.sparse.")) records.set(text2, value.toString("latin1"));
  }
  if (records.size === 0) return false;
  const isFirst = records.get("GNU.sparse.major") === "1" && records.get("GNU.sparse.minor") === "0";
  return isFirst && kind === "file" && sparseSize !== void 0 ? true : void 0;
}
function paxFault(records) {
  if (records.every(({ value }) => value.byteLength > 0)) return void 0;
  const said = /* @__PURE__ */ new Set();
  for (const { key, value } of records) {
    const text2 = key.toString("latin1");
    if (!fields.test(text2)) continue;
    if (value.byteLength > 0) said.add(text2);
    else if (said.has(text2))
      return `has a PAX header that says ${JSON.stringify(text2)} and then nothing of it`;
  }
  return void 0;
}

// src/stages/relayer/owners/path.ts
function bytesOf(path) {
  return Buffer.from(path, "latin1");
}
function parentOf(path) {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
function lastOf(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
function within(directory, name) {
  return directory === "" ? name : `${directory}/${name}`;
}
function depthOf(path) {
  let depth = path === "" ? 0 : 1;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) depth += 1;
  return depth;
}
var longest = 8192;
function joined(directory, path) {
  if (path.length > longest) return void 0;
  const isAbsolute = path.startsWith("/");
  if (!isAbsolute && !path.includes("./") && !path.includes("//") && !path.endsWith(".")) {
    return within(directory, path);
  }
  const parts = isAbsolute || directory === "" ? [] : directory.split("/");
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === void 0) return void 0;
  }
  return parts.join("/");
}
var text = new TextDecoder("utf-8", { fatal: true });
function readable(bytes) {
  let shown;
  try {
    shown = text.decode(bytesOf(bytes));
  } catch {
    return bytes.replace(/[^ -~]/g, escaped);
  }
  return shown.replace(/[\u0000-\u001f\u007f-\u009f]/g, escaped);
}
function escaped(character) {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

// src/stages/relayer/owners/python-metadata.ts
var mostRequirements = 1e3;
var longestHeader = 1e3;
function readMetadata(text2) {
  let name;
  let version;
  const exactly = /* @__PURE__ */ new Set();
  for (const line of lines(text2)) {
    if (line === "") break;
    if (line.length > longestHeader) continue;
    const [, field, value] = /^(Name|Version|Requires-Dist):(.*)$/.exec(line) ?? [];
    if (field === void 0 || value === void 0) continue;
    if (field === "Name") name ??= pythonName(value.trim());
    else if (field === "Version") version ??= versionText(value.trim());
    else if (exactly.size < mostRequirements) addExact(exactly, value);
  }
  return { name, version, exactly: [...exactly] };
}
function addExact(exactly, requirement) {
  const [left = "", marker = ""] = requirement.split(";", 2);
  if (/\bextra\b/.test(marker)) return;
  const [, name] = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\(?={2,3}[^,*()]+\)?$/.exec(left.replace(/\s/g, "")) ?? [];
  const normalised = name === void 0 ? void 0 : pythonName(name);
  if (normalised !== void 0) exactly.add(normalised);
}
function pythonName(name) {
  if (name.length > 128 || !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name)) return void 0;
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
function versionText(version) {
  return /^[!-~]{1,128}$/.test(version) ? version : void 0;
}
function namedByDirectory(directory) {
  const [name = "", version = ""] = directory.replace(/\.(?:dist-info|egg-info|egg-link|egg)$/, "").split("-", 3);
  return { name: pythonName(name), version: versionText(version) };
}
function* recordPaths(text2) {
  let at = 0;
  while (at < text2.length) {
    let path;
    let end = at;
    if (text2[at] === '"') {
      end = closingQuote(text2, at + 1);
      path = text2.slice(at + 1, end).replaceAll('""', '"');
    } else {
      end = lineEnd(text2, at);
      const comma = text2.indexOf(",", at);
      path = text2.slice(at, comma < 0 || comma > end ? end : comma).trimEnd();
    }
    if (path !== "") yield path;
    at = lineEnd(text2, end) + 1;
  }
}
function closingQuote(text2, from) {
  for (let at = text2.indexOf('"', from); at >= 0; at = text2.indexOf('"', at + 2)) {
    if (text2[at + 1] !== '"') return at;
  }
  return text2.length;
}
function lineEnd(text2, from) {
  const end = text2.indexOf("\n", from);
  return end < 0 ? text2.length : end;
}
function* lines(text2) {
  for (let at = 0; at < text2.length; ) {
    const end = lineEnd(text2, at);
    yield text2.slice(at, text2[end - 1] === "\r" && end > at ? end - 1 : end);
    at = end + 1;
  }
}

// src/stages/relayer/owners/apk.ts
var databases = ["lib/apk/db/installed", "usr/lib/apk/db/installed"];
var apkFinder = {
  name: "apk",
  tells: [{ ends: "/installed", path: /^(?:usr\/)?lib\/apk\/db\/installed$/, most: 32 * 2 ** 20 }],
  claim(claims) {
    const nodes = new Set(databases.map((path) => claims.find(path)));
    for (const node of nodes) claimListed(claims, claims.text(node) ?? "");
  }
};
function claimListed(claims, text2) {
  let name = "";
  let directory = "";
  let owner;
  for (const line of lines(text2)) {
    const value = line.slice(2);
    if (line === "") owner = void 0;
    else if (line.startsWith("P:")) name = value;
    else if (line.startsWith("V:")) owner = registerPackage(claims, name, value);
    else if (line.startsWith("F:")) {
      directory = value;
      claimPath(claims, directory, owner);
    } else if (line.startsWith("R:")) claimPath(claims, within(directory, value), owner);
  }
}
function registerPackage(claims, what, version) {
  if (!/^[\w.+-]{1,200}$/.test(what)) return void 0;
  return claims.register({
    kind: "apk",
    what,
    place: "",
    version: versionText(version),
    class: "system",
    isReplaceable: true
  });
}
function claimPath(claims, path, owner) {
  const full = joined("", path);
  const node = owner === void 0 || !full ? void 0 : claims.find(full);
  if (node !== void 0 && owner !== void 0) claims.claim(node, owner);
}

// src/stages/relayer/owners/app.ts
var places = /* @__PURE__ */ new Set([
  "",
  "bin",
  "etc",
  "home",
  "lib",
  "opt",
  "tmp",
  "usr",
  "usr/bin",
  "usr/lib",
  "usr/local",
  "var"
]);
var appFinder = {
  name: "working directory",
  tells: [],
  claim(claims) {
    const top = claims.follow(claims.options.workingDir.toString("latin1"));
    if (top === void 0 || claims.tree.kind(top) !== "directory") return;
    const path = claims.path(top);
    if (places.has(path)) return;
    claims.claimBelow(top, claims.register({ kind: "app", what: `/${path}`, place: "", class: "app" }));
  }
};

// src/stages/relayer/owners/path-resolver.ts
var mostLinks = 40;
var mostSteps = 8192;
var mostRemembered = 8192;
var PathResolver = class {
  #tree;
  #directories = /* @__PURE__ */ new Map();
  constructor(tree) {
    this.#tree = tree;
  }
  /** The node at a path, links followed but for the last component. */
  find(path) {
    const direct = this.#tree.find(bytesOf(path));
    if (direct !== void 0) return direct;
    const parent = parentOf(path);
    const directory = this.#directory(parent);
    if (directory === void 0 || directory === parent) return void 0;
    return this.#tree.find(bytesOf(within(directory, lastOf(path))));
  }
  /** The node at a path, all links followed. */
  follow(path) {
    const end = this.#walk(path);
    return end === void 0 ? void 0 : this.#tree.find(bytesOf(end));
  }
  /** The path without links of a directory. */
  #directory(path) {
    if (this.#directories.has(path)) return this.#directories.get(path);
    if (this.#directories.size >= mostRemembered) this.#directories.clear();
    const found = this.#walk(path);
    this.#directories.set(path, found);
    return found;
  }
  #walk(path) {
    const waiting = path.split("/").reverse();
    let at = "";
    let links = 0;
    for (let steps = 0; waiting.length > 0; steps += 1) {
      if (steps > mostSteps) return void 0;
      const part = waiting.pop();
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at = parentOf(at);
        continue;
      }
      const next = within(at, part);
      const node = this.#tree.find(bytesOf(next));
      if (node === void 0) return void 0;
      if (this.#tree.kind(node) !== "symlink") {
        at = next;
        continue;
      }
      links += 1;
      if (links > mostLinks) return void 0;
      const target = this.#tree.target(node).toString("latin1");
      if (target.startsWith("/")) at = "";
      for (const step of target.split("/").reverse()) waiting.push(step);
    }
    return at;
  }
};

// src/stages/relayer/owners/claims.ts
var unclaimed = 4294967295;
var heavyBytes = 5e7;
var mostOwners = 65536;
var theRest = { kind: "files", what: "of many owners", place: "", class: "library" };
var Claims = class {
  tree;
  kept;
  options;
  #paths;
  #of;
  /** Directories of which all is claimed: not gone through again, however often they are named. */
  #done;
  #entries = [];
  #byKey = /* @__PURE__ */ new Map();
  #byName = /* @__PURE__ */ new Map();
  constructor(tree, kept, options2) {
    this.tree = tree;
    this.kept = kept;
    this.options = options2;
    this.#paths = new PathResolver(tree);
    this.#of = new Uint32Array(tree.size).fill(unclaimed);
    this.#done = new Uint8Array(tree.size);
  }
  /** The node's path and name as latin1. */
  path(node) {
    return this.tree.path(node).toString("latin1");
  }
  name(node) {
    return this.tree.name(node).toString("latin1");
  }
  /** The node at a path, through symlinked directories; the last component is not followed. */
  find(path) {
    return this.#paths.find(path);
  }
  /** The same, all links followed. */
  follow(path) {
    return this.#paths.follow(path);
  }
  child(directory, name) {
    const path = this.tree.path(directory);
    return this.tree.find(path.length === 0 ? bytesOf(name) : Buffer.concat([path, bytesOf(`/${name}`)]));
  }
  /** Content as latin1, where it was kept. */
  text(node) {
    return node === void 0 ? void 0 : this.kept(node)?.toString("latin1");
  }
  /** Its index: the same for the same kind, name and place. */
  register(draft) {
    const key = `${draft.kind}
${draft.what}
${draft.place}`;
    const seen = this.#byKey.get(key);
    if (seen !== void 0) return this.#again(seen, draft);
    if (this.#entries.length >= mostOwners && draft !== theRest) return this.register(theRest);
    const plain = `${draft.kind} ${readable(draft.what)}`;
    const name = this.#freeName(plain, readable(`/${draft.place}`));
    const { version, class: ownerClass } = draft;
    const owner = { name, class: ownerClass, ...version === void 0 ? {} : { version } };
    const index = this.#add(owner, draft);
    this.#byKey.set(key, index);
    return index;
  }
  /** An owner from a stored table: one that goes by its name is the same. */
  adopt(owner) {
    const named = this.#byName.get(owner.name);
    if (named !== void 0) return named;
    return this.#entries.length < mostOwners ? this.#add(owner, {}) : this.register(theRest);
  }
  /** Says which owners change together with this one. */
  pin(owner, others) {
    const entry = this.#entries[owner];
    if (entry) entry.pinned = others;
  }
  ownerOf(node) {
    const owner = this.#of[node];
    return owner === unclaimed ? void 0 : owner;
  }
  isByPattern(owner) {
    return this.#entries[owner]?.isByPattern ?? false;
  }
  claim(node, owner) {
    if (this.#of[node] === unclaimed) this.#give(node, owner);
  }
  /** As `claim`, and takes the node from a package of conda's or the system's: what it installed there was replaced. */
  replace(node, owner) {
    const current = this.#of[node];
    if (current === unclaimed || this.#entries[current]?.isReplaceable) this.#give(node, owner);
  }
  /** Claims what is there and below, save directories (and what is in them) that `leaves` says no to. */
  claimBelow(top, owner, leaves) {
    const waiting = [top];
    for (let node = waiting.pop(); node !== void 0; node = waiting.pop()) {
      this.claim(node, owner);
      if (this.tree.kind(node) !== "directory" || this.#done[node] === 1) continue;
      if (!leaves) this.#done[node] = 1;
      for (const child of this.tree.children(node)) {
        if (this.tree.kind(child) !== "directory" || !leaves?.(child)) waiting.push(child);
      }
    }
  }
  /** The owners that have nodes, by `of`, which is numbered anew. */
  owners(of) {
    const bytes = this.#bytes(of);
    const renumbered = /* @__PURE__ */ new Map();
    for (const owner of of) if (!renumbered.has(owner)) renumbered.set(owner, 0);
    const used = [...renumbered.keys()].sort((one, other) => one - other);
    for (const [index, owner] of used.entries()) renumbered.set(owner, index);
    for (let node = 0; node < of.length; node += 1) of[node] = renumbered.get(of[node]);
    return used.map((index) => {
      const { name, version, class: ownerClass } = this.#entries[index].owner;
      const pinned = this.#pinnedNames(index, (other) => renumbered.has(other));
      const isHeavy = ownerClass === "library" && (bytes[index] ?? 0) >= heavyBytes;
      return {
        name,
        class: isHeavy ? "heavy" : ownerClass,
        ...version === void 0 ? {} : { version },
        ...pinned.length > 0 ? { pinned } : {}
      };
    });
  }
  /** Sorted; only owners that are there. */
  #pinnedNames(index, isThere) {
    const { owner, pinned } = this.#entries[index];
    const stored = (owner.pinned ?? []).map((name) => this.#byName.get(name));
    const names = /* @__PURE__ */ new Set();
    for (const other of [...pinned, ...stored]) {
      if (other !== void 0 && other !== index && isThere(other)) names.add(this.#nameOf(other));
    }
    return [...names].sort();
  }
  /** Bytes of each owner's inodes. */
  #bytes(of) {
    const bytes = new Float64Array(this.#entries.length);
    for (let node = 0; node < of.length; node += 1) {
      if (this.tree.kind(node) !== "file" || this.tree.firstLink(node) !== node) continue;
      bytes[of[node]] = (bytes[of[node]] ?? 0) + this.tree.bytes(node);
    }
    return bytes;
  }
  #nameOf(owner) {
    return this.#entries[owner].owner.name;
  }
  #give(node, owner) {
    if (this.tree.kind(node) === "directory") this.#of[node] = owner;
    else for (const link of this.tree.links(node)) this.#of[link] = owner;
  }
  /** A version may come later than the name. */
  #again(index, { version }) {
    const entry = this.#entries[index];
    if (version !== void 0 && entry.owner.version === void 0) {
      entry.owner = { ...entry.owner, version };
    }
    return index;
  }
  #freeName(plain, place) {
    if (!this.#byName.has(plain)) return plain;
    const placed = `${plain} (${place})`;
    let name = placed;
    for (let count = 2; this.#byName.has(name); count += 1) name = `${placed} ${count}`;
    return name;
  }
  #add(owner, { isReplaceable = false, isByPattern = false }) {
    const index = this.#entries.length;
    this.#entries.push({ owner, isReplaceable, isByPattern, pinned: [] });
    this.#byName.set(owner.name, index);
    return index;
  }
};

// src/stages/relayer/owners/conda.ts
var condaFinder = {
  name: "conda",
  tells: [{ ends: ".json", path: /(?:^|\/)conda-meta\/[^/]+\.json$/, most: 16 * 2 ** 20 }],
  starts: /^conda-meta$/,
  claim(claims, directories) {
    for (const directory of directories) {
      const prefix2 = parentOf(claims.path(directory));
      for (const node of claims.tree.children(directory)) claimPackage(claims, prefix2, node);
    }
    for (const directory of directories) claimCache(claims, parentOf(claims.path(directory)));
  }
};
function claimPackage(claims, prefix2, node) {
  const content = claims.name(node).endsWith(".json") ? claims.kept(node) : void 0;
  const record2 = content && readRecord(content);
  if (!record2) return;
  const { name, version } = record2;
  const owner = claims.register({
    kind: "conda",
    what: name,
    place: prefix2,
    version,
    class: name === "python" ? "runtime" : "library",
    isReplaceable: true
  });
  claims.claim(node, owner);
  for (const file of record2.files) {
    const path = joined(prefix2, file);
    const found = path === void 0 ? void 0 : claims.find(path);
    if (found !== void 0) claims.claim(found, owner);
  }
}
function claimCache(claims, prefix2) {
  const cache = claims.find(within(prefix2, "pkgs"));
  if (cache === void 0 || claims.child(cache, "urls.txt") === void 0) return;
  claims.claimBelow(
    cache,
    claims.register({ kind: "conda", what: "package cache", place: prefix2, class: "library" })
  );
}
function readRecord(content) {
  let read;
  try {
    read = JSON.parse(content.toString());
  } catch {
    return void 0;
  }
  const { name, version, files } = read ?? {};
  if (typeof name !== "string" || !/^[\w.-]{1,128}$/.test(name)) return void 0;
  return {
    name,
    version: typeof version === "string" ? versionText(version) : void 0,
    files: latin1(Array.isArray(files) ? files : [])
  };
}
function* latin1(files) {
  for (const file of files) {
    if (typeof file === "string") yield Buffer.from(file).toString("latin1");
  }
}

// src/stages/relayer/owners/debian.ts
var database = "var/lib/dpkg";
var info = `${database}/info`;
var distroless = `${database}/status.d`;
var debianFinder = {
  name: "debian",
  tells: [
    { ends: ".list", path: /^var\/lib\/dpkg\/info\/[^/]+\.list$/, most: 16 * 2 ** 20 },
    { ends: "/status", path: /^var\/lib\/dpkg\/status$/, most: 32 * 2 ** 20 },
    { ends: "/diversions", path: /^var\/lib\/dpkg\/diversions$/, most: 2 ** 20 },
    { ends: ".md5sums", path: /^var\/lib\/dpkg\/status\.d\/[^/]+$/, most: 16 * 2 ** 20 },
    { ends: "", path: /^var\/lib\/dpkg\/status\.d\/[^/]+$/, most: 2 ** 18 }
  ],
  claim(claims) {
    claimInstalled(claims);
    claimDistroless(claims);
  }
};
function claimInstalled(claims) {
  const directory = claims.find(info);
  if (directory === void 0) return;
  const versions = versionsOf(claims.text(claims.find(`${database}/status`)) ?? "");
  const diversions = diversionsOf(claims.text(claims.find(`${database}/diversions`)) ?? "");
  const owners = /* @__PURE__ */ new Map();
  for (const node of claims.tree.children(directory)) {
    const [, stem] = /^(.+)\.list$/.exec(claims.name(node)) ?? [];
    const list = stem === void 0 ? void 0 : claims.text(node);
    if (stem === void 0 || list === void 0) continue;
    const [name = "", architecture = ""] = stem.split(":", 2);
    const version = versions.get(stem) ?? versions.get(name);
    const owner = registerPackage2(claims, name, architecture, version);
    owners.set(stem, owner);
    for (const path of lines(list)) claimPath2(claims, diverted(path, name, diversions), owner);
  }
  for (const node of claims.tree.children(directory)) {
    const owner = owners.get(claims.name(node).replace(/\.[^.]*$/, ""));
    if (owner !== void 0) claims.claim(node, owner);
  }
}
function claimDistroless(claims) {
  const directory = claims.find(distroless);
  if (directory === void 0) return;
  for (const node of claims.tree.children(directory)) {
    const file = claims.name(node);
    const control = file.endsWith(".md5sums") ? void 0 : claims.text(node);
    if (control === void 0) continue;
    const { name, version } = controlOf(control);
    const owner = registerPackage2(claims, name ?? file, "", version);
    claims.claim(node, owner);
    const sums = claims.find(within(distroless, `${file}.md5sums`));
    if (sums === void 0) continue;
    claims.claim(sums, owner);
    for (const line of lines(claims.text(sums) ?? "")) {
      const [, path] = /^[0-9a-f]{32} [ *](.+)$/.exec(line) ?? [];
      if (path !== void 0) claimPath2(claims, path, owner);
    }
  }
}
function registerPackage2(claims, what, place, version) {
  return claims.register({ kind: "debian", what, place, version, class: "system", isReplaceable: true });
}
function claimPath2(claims, path, owner) {
  const full = joined("", path);
  const node = full === void 0 || full === "" ? void 0 : claims.find(full);
  if (node !== void 0) claims.claim(node, owner);
}
function diversionsOf(text2) {
  const diversions = /* @__PURE__ */ new Map();
  const all = [...lines(text2)];
  for (let at = 0; at + 2 < all.length; at += 3) {
    diversions.set(all[at], { to: all[at + 1], by: all[at + 2] });
  }
  return diversions;
}
function diverted(path, name, diversions) {
  const diversion = diversions.get(path);
  return diversion === void 0 || diversion.by === name ? path : diversion.to;
}
function versionsOf(status) {
  const versions = /* @__PURE__ */ new Map();
  for (const paragraph of paragraphs(status)) {
    const { name, architecture, version } = controlOf(paragraph);
    if (name === void 0 || version === void 0) continue;
    versions.set(name, version);
    versions.set(`${name}:${architecture}`, version);
  }
  return versions;
}
function controlOf(paragraph) {
  const field = (name2) => name2.exec(paragraph)?.[1]?.trim();
  const name = field(/^Package:(.{1,200})$/m);
  return {
    name: name !== void 0 && /^[\w.+-]+$/.test(name) ? name : void 0,
    architecture: field(/^Architecture:(.{1,200})$/m),
    version: versionText(field(/^Version:(.{1,200})$/m) ?? "")
  };
}
function* paragraphs(text2) {
  for (let at = 0; at < text2.length; ) {
    const end = text2.indexOf("\n\n", at);
    yield text2.slice(at, end < 0 ? text2.length : end);
    at = end < 0 ? text2.length : end + 2;
  }
}

// src/stages/relayer/owners/follower.ts
var compiledFinder = {
  name: "compiled Python",
  tells: [],
  starts: /\.pyc$/,
  claim(claims, nodes) {
    for (const node of nodes) {
      if (claims.ownerOf(node) !== void 0) continue;
      const source = sourceOf(claims.tree, node);
      const owner = source === void 0 ? void 0 : claims.ownerOf(source);
      if (owner !== void 0) claims.claim(node, owner);
    }
  }
};
var commandDirectories = /^(?:usr\/(?:local\/)?)?s?bin$|(?:^|\/)node_modules\/\.bin$/;
var linkFinder = {
  name: "links",
  tells: [],
  starts: /\.so(?:$|\.)|^s?bin$|^\.bin$/,
  claim(claims, nodes) {
    const { tree } = claims;
    for (const node of [...nodes].reverse()) {
      if (tree.kind(node) === "symlink")
        claimLink(claims, node, (path, directory) => parentOf(path) === directory);
      else if (tree.kind(node) === "directory" && commandDirectories.test(claims.path(node))) {
        for (const child of tree.children(node)) {
          if (tree.kind(child) === "symlink") claimLink(claims, child, () => true);
        }
      }
    }
  }
};
function claimLink(claims, node, isMeant) {
  if (claims.ownerOf(node) !== void 0) return;
  const directory = parentOf(claims.path(node));
  const path = joined(directory, claims.tree.target(node).toString("latin1"));
  const target = path === void 0 || !isMeant(path, directory) ? void 0 : claims.find(path);
  const owner = target === void 0 ? void 0 : claims.ownerOf(target);
  if (owner !== void 0) claims.claim(node, owner);
}

// src/stages/relayer/owners/known.ts
var byPattern = /^(?:volatile|pin) /;
var knownFinder = {
  name: "known",
  tells: [],
  claim(claims) {
    const { tree, options: options2 } = claims;
    if (!options2.known) return;
    for (let node = 1; node < tree.size; node += 1) {
      const row = tree.row(node);
      if (row < 0 || claims.ownerOf(node) !== void 0) continue;
      const owner = options2.known(tree.layer(node), row);
      if (owner && !byPattern.test(owner.name)) claims.claim(node, claims.adopt(owner));
    }
  }
};

// src/stages/relayer/owners/model.ts
var modelBytes = 16 * 2 ** 20;
var weights = /\.(?:safetensors|gguf|ggml|onnx|onnx_data|bin|pt|pth|ckpt|h5|hdf5|keras|tflite|pb|engine|plan|mlmodel|npz|joblib|pkl|model|weights|data-\d{5}-of-\d{5})$/;
var systemPlaces = /^(?:boot|(?:usr\/)?lib\d*)\//;
var hubRepository = /^(?:models|datasets)--/;
var wholes = ["model_index.json", "config_sentence_transformers.json", "saved_model.pb", "config.pbtxt"];
var companion = /^(?:config|generation_config|(?:pre)?processor_config|tokenizer(?:_config)?|special_tokens_map|added_tokens|vocab|adapter_config|chat_template|modules|[\w.-]+\.index)\.json$|^(?:vocab\.txt|merges\.txt|tokenizer\.model|spiece\.model|sentencepiece\.bpe\.model|chat_template\.jinja)$/;
var shard = /-\d{5}-of-\d{5}(?=\.)|\.data-\d{5}-of-\d{5}$/;
var modelFinder = {
  name: "models",
  tells: [],
  starts: new RegExp(`${weights.source}|${hubRepository.source}`),
  claim(claims, nodes) {
    const { tree } = claims;
    for (const node of nodes) {
      const name = claims.name(node);
      if (tree.kind(node) === "directory" && hubRepository.test(name)) claimRepository(claims, node, name);
    }
    for (const node of nodes) {
      const isModel = tree.kind(node) === "file" && tree.bytes(node) >= modelBytes;
      if (isModel && claims.ownerOf(node) === void 0) claimModel(claims, node);
    }
  }
};
function claimRepository(claims, node, name) {
  const what = name.slice(name.indexOf("--") + 2).replaceAll("--", "/");
  claims.claimBelow(node, register(claims, what, claims.path(claims.tree.parent(node))));
}
function claimModel(claims, node) {
  const path = claims.path(node);
  if (systemPlaces.test(path)) return;
  const directory = parentOf(path);
  const whole = [directory, parentOf(directory)].find((above) => above !== "" && isWhole(claims, above));
  if (whole !== void 0) {
    const top = claims.find(whole);
    if (top !== void 0) claims.claimBelow(top, register(claims, `/${whole}`, ""));
    return;
  }
  const companions = companionsIn(claims, claims.tree.parent(node));
  const alone = within(directory, lastOf(path).replace(shard, ""));
  const owner = register(claims, `/${companions.length > 0 ? directory : alone}`, "");
  claims.claim(node, owner);
  for (const beside of companions) claims.claim(beside, owner);
}
function isWhole(claims, directory) {
  const isIn = (name) => claims.find(within(directory, name)) !== void 0;
  return wholes.some(isIn) && !isIn("requirements.txt");
}
function companionsIn(claims, directory) {
  const found = [];
  for (const node of claims.tree.children(directory)) {
    if (companion.test(claims.name(node)) && claims.tree.kind(node) !== "directory") found.push(node);
  }
  return found;
}
function register(claims, what, place) {
  return claims.register({ kind: "model", what, place, class: "model" });
}

// src/stages/relayer/owners/npm.ts
var npmFinder = {
  name: "npm",
  tells: [
    {
      ends: "/package.json",
      path: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@]+\/package\.json$/,
      most: 2 ** 16
    }
  ],
  starts: /^node_modules$/,
  claim(claims, directories) {
    const packages3 = directories.filter((node) => claims.tree.kind(node) === "directory").flatMap((node) => packagesIn(claims, node));
    const tops = new Set(packages3.map(({ node }) => node));
    for (const { node, name, place, version } of upperFirst(packages3)) {
      const owner = claims.register({ kind: "npm", what: name, place, version, class: "library" });
      claims.claimBelow(node, owner, (directory) => tops.has(directory));
    }
  }
};
function upperFirst(packages3) {
  return packages3.map((found) => ({ found, depth: depthOf(found.place) })).sort((one, other) => one.depth - other.depth || one.found.node - other.found.node).map(({ found }) => found);
}
function packagesIn(claims, directory) {
  const place = claims.path(directory);
  const found = [];
  for (const node of claims.tree.children(directory)) {
    const name = claims.name(node);
    if (claims.tree.kind(node) !== "directory") continue;
    if (!name.startsWith("@")) addPackage(claims, found, node, name, place);
    else {
      for (const scoped of claims.tree.children(node)) {
        addPackage(claims, found, scoped, `${name}/${claims.name(scoped)}`, place);
      }
    }
  }
  return found;
}
function addPackage(claims, found, node, name, place) {
  if (claims.tree.kind(node) !== "directory") return;
  const manifest = claims.child(node, "package.json");
  if (manifest !== void 0) found.push({ node, name, place, version: versionIn(claims.kept(manifest)) });
}
function versionIn(manifest) {
  if (!manifest) return void 0;
  try {
    const { version } = JSON.parse(manifest.toString()) ?? {};
    return typeof version === "string" ? versionText(version) : void 0;
  } catch {
    return void 0;
  }
}

// src/stages/relayer/owners/pattern.ts
var import_picomatch = __toESM(require_picomatch(), 1);
var patternFinder = {
  name: "patterns",
  tells: [],
  claim(claims) {
    const { volatile, pin } = claims.options;
    const rules = [
      ...volatile.map(rule(claims.tree, "volatile", "volatile")),
      ...pin.map(rule(claims.tree, "pin", "system"))
    ];
    if (rules.length > 0) claimMatching(claims, rules);
  }
};
var options = { dot: true, nonegate: true };
function rule(tree, setting, ownerClass) {
  return (pattern) => ({ setting, pattern, class: ownerClass, matches: matcher(tree, setting, pattern) });
}
function matcher(tree, setting, pattern) {
  const path = pathOf2(pattern);
  return tree.find(Buffer.from(path)) === void 0 ? globMatcher(setting, pattern) : (other) => other === path;
}
function pathOf2(pattern) {
  return pattern.replace(/^\/+/, "").replace(/\/+$/, "");
}
function globMatcher(setting, pattern) {
  try {
    const matches = (0, import_picomatch.default)(pathOf2(pattern), options);
    return (path) => matches(path);
  } catch (cause) {
    throw inputError("bad-pattern", `${setting}: ${JSON.stringify(pattern.slice(0, 200))} is no pattern`, {
      hint: "Write an absolute path in the image, or a glob like /app/**/*.py.",
      cause
    });
  }
}
function claimMatching(claims, rules) {
  const { tree } = claims;
  const fits = new Uint16Array(tree.size);
  const owners = rules.map(() => -1);
  for (let node = 1; node < tree.size; node += 1) {
    const above = fits[tree.parent(node)];
    const path = above === 1 ? "" : tree.path(node).toString();
    const last = above === 0 ? rules.length : above - 1;
    let first = 0;
    while (first < last && !rules[first]?.matches(path)) first += 1;
    if (first === rules.length) continue;
    fits[node] = first + 1;
    const { setting, pattern, class: ownerClass } = rules[first];
    if (owners[first] === -1) {
      const what = Buffer.from(pattern).toString("latin1");
      owners[first] = claims.register({
        kind: setting,
        what,
        place: "",
        class: ownerClass,
        isByPattern: true
      });
    }
    claims.claim(node, owners[first]);
  }
}

// src/stages/relayer/owners/python.ts
var infoName = /\.(?:dist-info|egg-info)$/;
var guessedStarts = /\.(?:dist-info|egg-info|egg-link|egg)$/;
var caches = /(?:^|\/)\.cache\//;
var siteNames = /(?:^|\/)(?:site|dist)-packages$/;
var pythonFinder = {
  name: "python",
  tells: [
    { ends: "/RECORD", path: /\.dist-info\/RECORD$/, most: 16 * 2 ** 20 },
    { ends: "/METADATA", path: /\.dist-info\/METADATA$/, most: 2 ** 18 },
    { ends: "/PKG-INFO", path: /\.egg-info\/PKG-INFO$/, most: 2 ** 18 },
    { ends: "/installed-files.txt", path: /\.egg-info\/installed-files\.txt$/, most: 16 * 2 ** 20 },
    { ends: "/top_level.txt", path: /\.(?:dist|egg)-info\/top_level\.txt$/, most: 2 ** 16 },
    { ends: ".egg-info", path: /(?:site|dist)-packages\/[^/]+\.egg-info$/, most: 2 ** 18 }
  ],
  starts: infoName,
  claim(claims, nodes) {
    const distributions = distributionsAt(claims, nodes);
    const found = [];
    for (const distribution of distributions) {
      if (!distribution.record) continue;
      const owner = ownerOf(claims, distribution);
      if (owner === void 0) continue;
      claimRecorded(claims, distribution, owner);
      if (owner.isOwn) found.push({ distribution, index: owner.index });
    }
    pinExactly(claims, found);
  }
};
var guessedPythonFinder = {
  name: "python without records",
  tells: [],
  starts: guessedStarts,
  claim(claims, nodes) {
    const distributions = distributionsAt(claims, nodes);
    const found = [];
    for (const distribution of distributions) {
      if (distribution.record || !siteNames.test(distribution.site)) continue;
      const owner = ownerOf(claims, distribution);
      if (owner === void 0) continue;
      claims.claimBelow(distribution.node, owner.index);
      if (infoName.test(distribution.path)) claimGuessed(claims, distribution, owner.index);
      if (owner.isOwn) found.push({ distribution, index: owner.index });
    }
    pinExactly(claims, found);
  }
};
function distributionsAt(claims, nodes) {
  const distributions = nodes.map((node) => distributionAt(claims, node));
  return inOrder(distributions.filter(({ path }) => !caches.test(path)));
}
function distributionAt(claims, node) {
  const path = claims.path(node);
  const site = parentOf(path);
  const text2 = (name) => claims.text(claims.child(node, name));
  const isDirectory = claims.tree.kind(node) === "directory";
  const told2 = isDirectory ? text2("METADATA") ?? text2("PKG-INFO") : claims.text(node);
  const metadata = readMetadata(told2 ?? "");
  const named = namedByDirectory(lastOf(path));
  return {
    node,
    path,
    site,
    metadata: {
      name: metadata.name ?? named.name,
      version: metadata.version ?? named.version,
      exactly: metadata.exactly
    },
    record: listAt(claims, node, "RECORD", site, recordPaths) ?? listAt(claims, node, "installed-files.txt", path, lines)
  };
}
function listAt(claims, directory, name, base, paths2) {
  const node = claims.child(directory, name);
  return node === void 0 || claims.kept(node) === void 0 ? void 0 : { node, base, paths: paths2 };
}
function inOrder(distributions) {
  const rank = ({ site }) => (siteNames.test(site) ? 0 : 1e6) + depthOf(site);
  return distributions.map((distribution) => ({ distribution, rank: rank(distribution) })).sort((one, other) => one.rank - other.rank || one.distribution.node - other.distribution.node).map(({ distribution }) => distribution);
}
function ownerOf(claims, { node, site, metadata }) {
  const witness = claims.child(node, "METADATA") ?? claims.child(node, "PKG-INFO") ?? node;
  const other = claims.ownerOf(witness);
  if (other !== void 0 && !claims.isByPattern(other)) return { index: other, isOwn: false };
  const { name, version } = metadata;
  if (name === void 0) return void 0;
  return {
    index: claims.register({ kind: "python", what: name, place: site, version, class: "library" }),
    isOwn: true
  };
}
function claimRecorded(claims, { node, record: record2 }, { index, isOwn }) {
  const text2 = claims.text(record2?.node) ?? "";
  for (const path of record2?.paths(text2) ?? []) {
    const full = joined(record2?.base ?? "", path);
    const file = full === void 0 ? void 0 : claims.find(full);
    if (file === void 0 || claims.tree.kind(file) === "directory") continue;
    if (isOwn) claims.replace(file, index);
    else claims.claim(file, index);
  }
  claims.claimBelow(node, index);
}
function claimGuessed(claims, { node, site, metadata }, owner) {
  const told2 = claims.text(claims.child(node, "top_level.txt"));
  const byName = metadata.name?.replaceAll("-", "_") ?? "";
  const tops = told2 === void 0 ? [byName] : [...lines(told2)].slice(0, 1e3);
  for (const top of [...tops, `${byName}.libs`]) {
    if (!/^[^/]{1,200}$/.test(top) || top === "." || top === "..") continue;
    for (const name of [top, `${top}.py`]) {
      const found = claims.find(within(site, name));
      if (found !== void 0) claims.claimBelow(found, owner);
    }
  }
}
function pinExactly(claims, found) {
  const bySite = /* @__PURE__ */ new Map();
  const key = (site, name) => `${name}
${site}`;
  for (const { distribution, index } of found) {
    const { site, metadata } = distribution;
    if (metadata.name !== void 0) bySite.set(key(site, metadata.name), index);
  }
  for (const { distribution, index } of found) {
    const others = distribution.metadata.exactly.map((name) => bySite.get(key(distribution.site, name)));
    claims.pin(
      index,
      others.filter((other) => other !== void 0)
    );
  }
}

// src/stages/relayer/owners/rest.ts
var debian = ["debian", "database"];
var apk = ["apk", "database"];
var rpm = ["rpm", "database"];
var places2 = [
  { path: "", class: "app", levels: 1 },
  ...[
    "bin",
    "boot",
    "dev",
    "etc",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "media",
    "mnt",
    "proc",
    "sbin",
    "sys"
  ].map((path) => ({ path, class: "system", levels: 1 })),
  { path: "usr", class: "system", levels: 2 },
  { path: "usr/local", class: "library", levels: 3 },
  { path: "usr/src", class: "app", levels: 3 },
  { path: "opt", class: "library", levels: 2 },
  { path: "home", class: "app", levels: 2 },
  { path: "root", class: "app", levels: 1 },
  { path: "srv", class: "app", levels: 2 },
  { path: "var", class: "system", levels: 2 },
  { path: "var/lib", class: "system", levels: 3 },
  { path: "var/www", class: "app", levels: 3 },
  { path: "var/task", class: "app", levels: 2 },
  { path: "var/runtime", class: "runtime", levels: 2 },
  { path: "var/lib/dpkg", class: "volatile", levels: 3, owner: debian },
  { path: "var/lib/apt", class: "volatile", levels: 3, owner: debian },
  { path: "lib/apk/db", class: "volatile", levels: 3, owner: apk },
  { path: "usr/lib/apk/db", class: "volatile", levels: 4, owner: apk },
  { path: "etc/apk", class: "volatile", levels: 2, owner: apk },
  { path: "var/lib/rpm", class: "volatile", levels: 3, owner: rpm },
  { path: "usr/lib/sysimage/rpm", class: "volatile", levels: 4, owner: rpm },
  { path: "var/lib/dnf", class: "volatile", levels: 3, owner: rpm },
  { path: "var/lib/yum", class: "volatile", levels: 3, owner: rpm },
  { path: "etc/ld.so.cache", class: "volatile", levels: 0 },
  ...["run", "tmp", "var/cache", "var/log", "var/run", "var/tmp", "root/.cache"].map(
    (path) => ({ path, class: "volatile", levels: 0 })
  )
];
var packages = { path: "", class: "library", levels: 0 };
var packagesName = /^(?:site|dist)-packages$/;
var mostSplits = 100;
var splitBytes = 256 * 2 ** 20;
var leastSplitBytes = 64 * 2 ** 20;
function withRest(claims) {
  const { tree } = claims;
  const rest = restByDirectory(claims);
  const of = new Uint32Array(tree.size);
  const inside = new Uint32Array(tree.size).fill(unclaimed);
  const shared = unclaimed - 1;
  for (let node = tree.size - 1; node >= 0; node -= 1) {
    const all = inside[node];
    const isLeaf = all === unclaimed;
    of[node] = isLeaf ? claims.ownerOf(node) ?? rest(node) : all === shared ? rest(node) : all;
    if (node === 0) continue;
    const parent = tree.parent(node);
    const own = isLeaf ? of[node] : all;
    const before = inside[parent];
    inside[parent] = before === unclaimed || before === own ? own : shared;
  }
  return of;
}
function restByDirectory(claims) {
  const heads = headsOf(claims);
  const owners = /* @__PURE__ */ new Map();
  return (node) => {
    const head = heads.of[node];
    const known = owners.get(head);
    if (known !== void 0) return known;
    const { class: ownerClass, owner } = heads.place(head);
    const [kind, what] = owner ?? ["files", `/${claims.path(head)}`];
    const index = claims.register({ kind, what, place: "", class: ownerClass });
    owners.set(head, index);
    return index;
  };
}
function headsOf(claims) {
  const { tree } = claims;
  const { bytes, files, directories } = unclaimedBelow(claims);
  const placed = placedNodes(claims);
  const kinds = [...places2, packages];
  const placeOf2 = new Uint8Array(tree.size);
  const depth = new Uint16Array(tree.size);
  const of = new Uint32Array(tree.size);
  for (let node = 1; node < tree.size; node += 1) {
    const parent = tree.parent(node);
    const place = files[node] === 0 ? void 0 : placed.get(node) ?? packagesPlace(claims, node);
    placeOf2[node] = place ? kinds.indexOf(place) : placeOf2[parent];
    depth[node] = Math.min(depth[parent] + 1, 65535);
    const isUpper = depth[node] <= kinds[placeOf2[node]].levels;
    const isSplit = of[parent] === parent && bytes[parent] > splitBytes && bytes[node] >= leastSplitBytes;
    const isHead = tree.kind(node) === "directory" && files[node] !== 0 && directories[parent] <= mostSplits && (isUpper || isSplit);
    of[node] = place || isHead ? node : of[parent];
  }
  return { of, place: (head) => kinds[placeOf2[head]] };
}
function placedNodes({ tree }) {
  const placed = /* @__PURE__ */ new Map();
  for (const place of places2) {
    const node = tree.find(bytesOf(place.path));
    if (node !== void 0) placed.set(node, place);
  }
  return placed;
}
function packagesPlace(claims, node) {
  const isDirectory = claims.tree.kind(node) === "directory";
  return isDirectory && packagesName.test(claims.name(node)) ? packages : void 0;
}
function unclaimedBelow(claims) {
  const { tree } = claims;
  const bytes = new Float64Array(tree.size);
  const files = new Uint32Array(tree.size);
  const directories = new Uint32Array(tree.size);
  for (let node = tree.size - 1; node > 0; node -= 1) {
    const parent = tree.parent(node);
    if (tree.kind(node) === "directory") directories[parent] = directories[parent] + 1;
    else if (claims.ownerOf(node) === void 0) {
      files[node] = 1;
      bytes[node] = tree.bytes(node);
    }
    files[parent] = files[parent] + files[node];
    bytes[parent] = bytes[parent] + bytes[node];
  }
  return { bytes, files, directories };
}

// src/stages/relayer/owners/runtime.ts
var packages2 = /^(?:site|dist)-packages$/;
var places3 = [
  { path: /^usr\/local\/cuda(?:-([\d.]+))?$/, what: "cuda" },
  { path: /^usr\/local\/nvidia$|^opt\/nvidia$/, what: "nvidia" },
  { path: /^opt\/rocm(?:-([\d.]+))?$/, what: "rocm" },
  { path: /^usr\/local\/go$/, what: "go" },
  { path: /^(?:opt\/java|usr\/lib\/jvm)$/, what: "java" },
  { path: /^usr\/local\/(?:rustup|cargo)$/, what: "rust" },
  { path: /^usr\/local\/lib\/ruby$/, what: "ruby" },
  { path: /^usr\/share\/dotnet$/, what: "dotnet" },
  { path: /^usr\/local\/(?:bin|include|share\/doc)\/node$/, what: "node" }
];
var placeNames = /^(?:cuda(?:-[\d.]+)?|nvidia|rocm(?:-[\d.]+)?|go|java|jvm|rustup|cargo|ruby|dotnet|node)$/;
var runtimeFinder = {
  name: "runtimes",
  tells: [],
  starts: new RegExp(`^(?:os\\.py|pyvenv\\.cfg|conda-meta)$|${placeNames.source}`),
  claim(claims, nodes) {
    for (const node of nodes) {
      const name = claims.name(node);
      const path = claims.path(node);
      if (name === "os.py") claimPython(claims, path);
      else if (name === "pyvenv.cfg") claimEnvironment(claims, parentOf(path));
      else if (name === "conda-meta") claimConda(claims, parentOf(path));
      else claimPlace(claims, node, path);
    }
  }
};
function claimPlace(claims, node, path) {
  for (const place of places3) {
    const found = place.path.exec(path);
    if (found) claims.claimBelow(node, register2(claims, place.what, "", found[1]));
  }
}
function claimPython(claims, path) {
  const [, prefix2 = "", library = "", version] = /^(?:(.*)\/)?(lib(?:64)?\/python(\d\.\d+))\/os\.py$/.exec(path) ?? [];
  const source = claims.find(path);
  if (version === void 0 || source === void 0 || claims.ownerOf(source) !== void 0) return;
  const owner = register2(claims, "python", prefix2, version);
  claimWithoutPackages(claims, within(prefix2, library), owner);
  claimWithoutPackages(claims, within(prefix2, `include/python${version}`), owner);
  claimNamed(claims, within(prefix2, "lib"), /^libpython[\d.]*\.(?:so|a)/, owner);
  claimNamed(claims, within(prefix2, "lib/pkgconfig"), /^python-?[\d.]*/, owner);
  claimNamed(claims, within(prefix2, "bin"), /^(?:python|pydoc|idle|2to3|pip)[\d.-]*(?:-config)?$/, owner);
}
function claimEnvironment(claims, prefix2) {
  const owner = claims.register({ kind: "venv", what: `/${prefix2}`, place: "", class: "runtime" });
  for (const name of ["bin", "include", "lib", "lib64", "pyvenv.cfg"]) {
    claimWithoutPackages(claims, within(prefix2, name), owner);
  }
}
function claimConda(claims, prefix2) {
  if (["", "usr", "usr/local", claims.options.workingDir.toString("latin1")].includes(prefix2)) return;
  claimWithoutPackages(claims, prefix2, register2(claims, "conda", prefix2, void 0));
}
function claimWithoutPackages(claims, path, owner) {
  const top = claims.find(path);
  if (top === void 0) return;
  claims.claimBelow(top, owner, (directory) => {
    const name = claims.name(directory);
    return packages2.test(name) || name === "envs" && lastOf(path) !== "lib";
  });
}
function claimNamed(claims, directory, names, owner) {
  const top = claims.find(directory);
  if (top === void 0) return;
  for (const node of claims.tree.children(top)) {
    if (claims.tree.kind(node) !== "directory" && names.test(claims.name(node))) claims.claim(node, owner);
  }
}
function register2(claims, what, place, version) {
  return claims.register({ kind: "runtime", what, place, version, class: "runtime" });
}

// src/stages/relayer/owners/owner.ts
var classes = ["system", "runtime", "heavy", "library", "model", "app", "volatile"];

// src/stages/relayer/owners.ts
var finders = [
  patternFinder,
  debianFinder,
  apkFinder,
  condaFinder,
  pythonFinder,
  knownFinder,
  guessedPythonFinder,
  npmFinder,
  compiledFinder,
  linkFinder,
  modelFinder,
  runtimeFinder,
  appFinder
];
var told = finders.flatMap((finder) => finder.tells);
function tellsOwners(path, bytes) {
  const text2 = path.toString("latin1");
  return told.some(
    ({ ends, path: wanted, most }) => bytes <= most && text2.endsWith(ends) && wanted.test(text2)
  );
}
async function findOwners(tree, kept, options2) {
  const claims = new Claims(tree, kept, options2);
  const starts = startsOf(tree);
  for (const [index, finder] of finders.entries()) finder.claim(claims, starts[index] ?? []);
  const of = withRest(claims);
  return { owners: claims.owners(of), of };
}
function startsOf(tree) {
  const starts = finders.map(() => []);
  for (let node = 1; node < tree.size; node += 1) {
    const name = tree.name(node).toString("latin1");
    for (const [index, finder] of finders.entries()) if (finder.starts?.test(name)) starts[index]?.push(node);
  }
  return starts;
}

// src/stages/relayer/kept.ts
var mostBytes = 32 * 1024 * 1024;
var mostInAll = 3 * mostBytes;
var OwnersKeeper = class {
  files = /* @__PURE__ */ new Map();
  #row = -1;
  #bytes = 0;
  #file;
  entry(entry) {
    this.#row++;
    this.#file = void 0;
    if (entry.kind !== "file" || entry.dataBytes === 0 || entry.sparseSize !== void 0) return;
    const path = cleanPath(entry.name);
    if (typeof path === "string" || !tellsOwners(path, entry.dataBytes)) return;
    this.#bytes += entry.dataBytes;
    if (this.#bytes > mostBytes) return;
    this.#file = { content: Buffer.allocUnsafe(entry.dataBytes), filled: 0 };
    this.files.set(this.#row, this.#file.content);
  }
  data(part) {
    if (!this.#file) return;
    this.#file.content.set(part, this.#file.filled);
    this.#file.filled += part.byteLength;
  }
};
var KeptShelf = class {
  #files = /* @__PURE__ */ new Map();
  #most;
  #bytes = 0;
  constructor(most = mostInAll) {
    this.#most = most;
  }
  put(layer, files) {
    let bytes = 0;
    for (const { byteLength } of files.values()) bytes += byteLength;
    this.#files.set(layer, { files, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#most) this.#drop(this.#largest());
  }
  /** Undefined of layers that nothing is held of any more. */
  of(layer) {
    return this.#files.get(layer)?.files;
  }
  /** Drops what is of other layers. */
  retain(layers) {
    for (const layer of [...this.#files.keys()]) if (!layers.has(layer)) this.#drop(layer);
  }
  #drop(layer) {
    this.#bytes -= this.#files.get(layer)?.bytes ?? 0;
    this.#files.delete(layer);
  }
  #largest() {
    const all = [...this.#files].map(([layer, { bytes }]) => ({ layer, bytes }));
    const [largest] = all.sort((a, b) => b.bytes - a.bytes || (a.layer < b.layer ? -1 : 1));
    return largest.layer;
  }
};

export {
  mostPathBytes,
  cleanPath,
  shownPath,
  pathOf2 as pathOf,
  globMatcher,
  byteString,
  GrowingColumn,
  BytePool,
  sourceOf,
  rememberedSources,
  isCompiled,
  pycTime,
  namedTime,
  isCurrent,
  emptyDigest,
  pycHeaderBytes,
  entryKinds,
  digestBytes,
  sparseFlag,
  pycFlag,
  kindMask,
  kindNumbers,
  tableOf,
  TableRows,
  rowFault,
  areXattrRecords,
  classes,
  findOwners,
  TableBuilder,
  OwnersKeeper,
  KeptShelf
};
