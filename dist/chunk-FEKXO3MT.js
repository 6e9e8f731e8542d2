import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  PathTree,
  faultText,
  nameForPeople,
  nextHeader
} from "./chunk-WSWMSC73.js";
import {
  blockBytes
} from "./chunk-HXSIVDWK.js";

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
function endsWithLastSpan(fileEnd, spans, spanBytes) {
  return fileEnd >= spans * spanBytes;
}
function whyUnreadable(ztoc, entry) {
  const end = entry.offset + entry.size;
  if (end > ztoc.uncompressedBytes) return "it ends after the end of the tar";
  if (ztoc.algorithm === "uncompressed" && endsWithLastSpan(end, ztoc.spans.length, ztoc.spanBytes)) {
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
var headerCrc = 2;
var extra = 4;
var name = 8;
var comment = 16;
function headerLength(bytes) {
  if (bytes.byteLength < 10 || bytes.readUInt16BE(0) !== 8075 || bytes[2] !== 8) return void 0;
  const flags = bytes[3];
  let at = 10;
  if (flags & extra) at += 2 + (bytes.byteLength >= 12 ? bytes.readUInt16LE(10) : 0);
  for (const text of [name, comment]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return void 0;
    at = end + 1;
  }
  return flags & headerCrc ? at + 2 : at;
}
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
  problemsOf,
  endsWithLastSpan,
  whyRefusedOnRead,
  mostHeaderBytes,
  headerLength,
  whyGoRefuses
};
