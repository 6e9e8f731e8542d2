import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  entryTypeOf,
  nameForPeople,
  whyUnindexable
} from "./chunk-LCFLOM33.js";
import {
  blockBytes
} from "./chunk-HXSIVDWK.js";

// src/stages/soci/path-tree.ts
var maxNameBytes = 32768;
var root = 1;
var PathTree = class {
  /** Hash of a name within its folder, in two halves, and the file that has it; 0: a free place. */
  #high = new Uint32Array(64);
  #low = new Uint32Array(64);
  #file = new Uint32Array(64);
  #taken = 0;
  #files = root;
  /** Nobody who makes names knows it, and so none can be made to collide. */
  #seeds = crypto.getRandomValues(new Uint32Array(2));
  /** Where the parts of the path in hand begin and end. */
  #starts = [];
  #ends = [];
  /** Of the part in hand. */
  #hashHigh = 0;
  #hashLow = 0;
  add({ name: name2, type, linkname }) {
    const target = type === "hardlink" ? this.#find(linkname) : void 0;
    if (target === 0) return "no link target";
    this.#split(name2);
    const last = this.#starts.length - 1;
    let folder = root;
    for (let part = 0; part < last; part++) {
      const found = this.#get(name2, part, folder);
      folder = found || this.#set(name2, part, folder, ++this.#files);
    }
    if (name2.byteLength > maxNameBytes && this.#longestPart() > maxNameBytes) return "long name";
    if (last < 0) return void 0;
    const known = type === "dir" ? this.#get(name2, last, folder) : 0;
    if (known === 0) this.#set(name2, last, folder, target ?? ++this.#files);
    return void 0;
  }
  #longestPart() {
    return this.#starts.reduce(
      (longest, start, part) => Math.max(longest, this.#ends[part] - start),
      0
    );
  }
  /** The file at a path; 0: none. */
  #find(path) {
    this.#split(path);
    let file = root;
    for (let part = 0; part < this.#starts.length && file !== 0; part++) file = this.#get(path, part, file);
    return file;
  }
  /** The parts of a path from the root; `.` and `..` are resolved. */
  #split(path) {
    this.#starts.length = 0;
    this.#ends.length = 0;
    for (let start = 0; start < path.byteLength; ) {
      let end = start;
      while (end < path.byteLength && path[end] !== 47) end++;
      const dots = end - start <= 2 && path[start] === 46 && path[end - 1] === 46 ? end - start : 0;
      if (dots === 2) {
        this.#starts.pop();
        this.#ends.pop();
      } else if (dots === 0 && end > start) {
        this.#starts.push(start);
        this.#ends.push(end);
      }
      start = end + 1;
    }
  }
  #get(path, part, folder) {
    return this.#file[this.#place(path, part, folder)];
  }
  #set(path, part, folder, file) {
    if (this.#taken >= this.#file.length * 0.7) this.#grow();
    const place = this.#place(path, part, folder);
    if (this.#file[place] === 0) this.#taken++;
    this.#high[place] = this.#hashHigh;
    this.#low[place] = this.#hashLow;
    this.#file[place] = file;
    return file;
  }
  /** Where the part of the path is, or would be; its hash is left in `#hashHigh` and `#hashLow`. */
  #place(path, part, folder) {
    let high = Math.imul(this.#seeds[0] ^ folder, 2246822507);
    let low = Math.imul(this.#seeds[1] ^ folder, 3266489909);
    const end = this.#ends[part];
    for (let at = this.#starts[part]; at < end; at++) {
      const byte = path[at];
      high = Math.imul(high ^ high >>> 15 ^ byte, 2654435761);
      low = Math.imul(low ^ low >>> 13 ^ byte, 1597334677);
    }
    high = Math.imul(high ^ high >>> 16, 2246822507) ^ Math.imul(low ^ low >>> 13, 3266489909);
    low = Math.imul(low ^ low >>> 16, 2246822507) ^ Math.imul(high ^ high >>> 13, 3266489909);
    this.#hashHigh = high >>> 0;
    this.#hashLow = low >>> 0;
    return this.#freeOrEqual(this.#hashHigh, this.#hashLow);
  }
  #freeOrEqual(high, low) {
    const mask = this.#file.length - 1;
    let place = low & mask;
    while (this.#file[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low)) {
      place = place + 1 & mask;
    }
    return place;
  }
  #grow() {
    const [high, low, file] = [this.#high, this.#low, this.#file];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#file = new Uint32Array(high.length * 2);
    for (let at = 0; at < file.length; at++) {
      if (file[at] === 0) continue;
      const place = this.#freeOrEqual(high[at], low[at]);
      this.#high[place] = high[at];
      this.#low[place] = low[at];
      this.#file[place] = file[at];
    }
  }
};

// src/stages/soci/indexability.ts
var Indexability = class {
  #tree = new PathTree();
  /** Where the snapshotter takes the next header to be, and the name before that. */
  #next = 0;
  #before;
  /**
   * What this entry, or its place after those before it, has against a zTOC: half a sentence, as `whyUnindexable` has
   * it. To be asked of every entry until there is a reason.
   */
  whyNot(entry) {
    const type = entryTypeOf[entry.kind];
    const reason = whyUnindexable(entry) ?? this.#whyMisplaced(entry);
    if (reason !== void 0 || !type) return reason;
    this.#next = nextHeader(entry.dataStart, entry.size);
    this.#before = entry.name;
    const fault = this.#tree.add({ name: entry.name, type, linkname: entry.linkname });
    return fault && faultText(fault, entry);
  }
  /** Headers are found by the sizes before them, so one that says more or less than there is hides the next. */
  #whyMisplaced(entry) {
    const overlaps = this.#next > entry.dataStart;
    const lost = entry.kind === "file" && this.#next !== entry.start;
    if (!overlaps && !lost) return void 0;
    if (this.#before && this.#next > entry.start)
      return `${nameForPeople(this.#before)} has a size and no data`;
    return `there is more than its header before ${nameForPeople(entry.name)}`;
  }
};
function nextHeader(offset, size) {
  return Math.ceil((offset + size) / blockBytes) * blockBytes;
}
function faultText(fault, { name: name2, linkname }) {
  if (fault === "long name") return `a part of the name ${nameForPeople(name2)} is longer than 32,768 bytes`;
  return `${nameForPeople(name2)} is a hard link to ${nameForPeople(linkname)}, which is not before it in the layer`;
}

// src/stages/soci/check.ts
var maxProblems = 100;
function problemsOf(ztoc, blobBytes) {
  const problems = [];
  for (const problem of allProblems(ztoc, blobBytes)) {
    problems.push(problem);
    if (problems.length === maxProblems) break;
  }
  return problems;
}
function* allProblems(ztoc, blobBytes) {
  yield* sizeProblems(ztoc, blobBytes);
  yield* spanProblems(ztoc);
  yield* entryProblems(ztoc);
}
function* sizeProblems({ compressedBytes, uncompressedBytes, ...ztoc }, blobBytes) {
  if (compressedBytes !== blobBytes) {
    yield { what: `It is of a layer of ${compressedBytes} bytes, and this one has ${blobBytes}` };
  }
  if (ztoc.algorithm === "uncompressed" && uncompressedBytes > compressedBytes) {
    yield {
      what: `Its tar has ${uncompressedBytes} bytes, and the layer, which is not compressed, ${compressedBytes}`
    };
  }
}
var minGzipHeaderBytes = 10;
function* spanProblems({ spans, algorithm }) {
  const first = spans[0];
  if (!first) {
    yield { what: "It has no spans" };
    return;
  }
  if (algorithm === "gzip" && first.start < minGzipHeaderBytes) {
    yield { what: `There is no gzip header in the ${first.start} bytes before the first span`, span: 0 };
  }
  if (first.outStart !== 0) {
    yield { what: `The first span begins at byte ${first.outStart} of the tar`, span: 0 };
  }
  for (const { id, start, end, outStart, outEnd } of spans) {
    if (start === end) yield { what: `Span ${id} has no bytes of the layer`, span: id };
    if (outStart === outEnd && id < spans.length - 1)
      yield { what: `Span ${id} has no bytes of the tar`, span: id };
  }
}
function* entryProblems(ztoc) {
  const tree = new PathTree();
  let next = 0;
  for (const at of inOrderOfOffsets(ztoc)) {
    const entry = ztoc.entry(at);
    const name2 = nameForPeople(entry.name);
    const problem = (what) => ({ what, file: name2 });
    const headerBytes = entry.offset - next;
    next = nextHeader(entry.offset, entry.size);
    const fault = tree.add(entry);
    if (fault) yield problem(faultText(fault, entry));
    if (headerBytes < 0) yield problem(`${name2} begins before what is before it ends`);
    else if (entry.type === "reg") {
      const unread = headerBytes < blockBytes ? "there is no room for its header" : whyUnreadable(ztoc, entry);
      if (unread) yield problem(`${name2} cannot be read: ${unread}`);
    }
  }
}
function inOrderOfOffsets(ztoc) {
  const offsets = Float64Array.from({ length: ztoc.entryCount }, (_, at) => ztoc.entry(at).offset);
  const order = Uint32Array.from(offsets, (_, at) => at);
  const sorted = offsets.every((offset, at) => at === 0 || offset >= offsets[at - 1]);
  return sorted ? order : order.sort((a, b) => offsets[a] - offsets[b]);
}
var rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
var otherTypes = [16384, 4096, 40960, 24576, 8192, 49152];
function whyUnreadable(ztoc, entry) {
  const end = entry.offset + entry.size;
  if (end > ztoc.uncompressedBytes) return "it ends after the end of the tar";
  if (ztoc.algorithm === "uncompressed" && end >= ztoc.spans.length * ztoc.spanBytes) {
    return "it ends with the last span, and the snapshotter looks for one more";
  }
  return whyRefusedOnRead(entry);
}
function whyRefusedOnRead(entry) {
  if (!rfc3339.test(entry.modTime)) return "its time of modification does not fit into a zTOC";
  if (otherTypes.includes(entry.mode >>> 0 & ~4095)) return "its mode is not that of a regular file";
  if (entry.xattrs.length === 0) return void 0;
  if (!isOwner(entry, "uid") || !isOwner(entry, "gid")) return "its owner does not fit into a zTOC";
  if (entry.xattrs.some(({ key }) => key.toString("latin1", 0, 11) === "GNU.sparse.")) return "it is sparse";
  return whyXattrsFail(entry.xattrs);
}
function isOwner(entry, key) {
  const record = entry.xattrs.find((xattr) => xattr.key.equals(keys[key]))?.value.toString("latin1");
  return !record || Number(record) === entry[key];
}
var keys = { uid: Buffer.from("uid"), gid: Buffer.from("gid") };
var xattrPrefix = Buffer.from("SCHILY.xattr.");
function whyXattrsFail(records) {
  const xattrs = records.filter(({ key }) => key.subarray(0, xattrPrefix.byteLength).equals(xattrPrefix));
  if (xattrs.length < 2) return void 0;
  const fails = xattrs.some(
    ({ key, value }) => value.byteLength === 0 || key.byteLength === xattrPrefix.byteLength
  );
  return fails ? "one of its extended attributes is empty" : void 0;
}

// src/stages/soci/gzip-header.ts
var goTextBytes = 512;
var mostHeaderBytes = 10 + 2 + 65535 + 2 * goTextBytes + 2;
var extra = 4;
var name = 8;
var comment = 16;
function whyGoRefuses(header) {
  const flags = header[3] ?? 0;
  let at = 10;
  if (flags & extra) at += 2 + ((header[at] ?? 0) | (header[at + 1] ?? 0) << 8);
  for (const [flag, what] of [
    [name, "name"],
    [comment, "comment"]
  ]) {
    if ((flags & flag) === 0) continue;
    const end = header.indexOf(0, at);
    if (end - at >= goTextBytes) return `its gzip header has a ${what} of ${end - at} bytes`;
    at = end + 1;
  }
  return void 0;
}

export {
  Indexability,
  problemsOf,
  whyRefusedOnRead,
  mostHeaderBytes,
  whyGoRefuses
};
