import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  FlatReader,
  checkpointBytes,
  checkpointPlaceBytes,
  checkpointsHeaderBytes,
  entryTypes,
  windowBytes,
  ztocVersion
} from "./chunk-WSWMSC73.js";
import {
  isDigest
} from "./chunk-RJ5NUFKW.js";

// src/stages/soci/decode.ts
function decodeZtoc(bytes, where, checkpoints) {
  const reader = new FlatReader(bytes, where, checkpoints);
  const root = reader.root();
  const version = reader.string(root, 0).toString();
  if (version !== ztocVersion) {
    throw reader.bad(
      `its version is ${JSON.stringify(version.slice(0, 100))}, and only ${ztocVersion} is known`
    );
  }
  const files = filesOf(reader, root);
  const sizes = {
    compressedBytes: sizeOf(reader, root, 2, "the size of the layer"),
    uncompressedBytes: sizeOf(reader, root, 3, "the size of the tar")
  };
  const { window, ...spans } = spansOf(reader, root, sizes);
  return {
    version,
    buildTool: reader.string(root, 1).toString(),
    ...sizes,
    ...spans,
    entryCount: files.count,
    entry(at) {
      if (!(Number.isInteger(at) && at >= 0 && at < files.count))
        throw new RangeError(`There is no entry ${at}`);
      return entryOf(reader, reader.tableOf(files, at));
    },
    window: checkpoints ? noWindow : window
  };
}
function noWindow(span) {
  throw new RangeError(`The window of span ${span} was not read`);
}
function findCheckpoints(bytes, where) {
  const reader = new FlatReader(bytes, where);
  const info = reader.table(reader.root(), 5);
  if (!info || reader.int8(info, 0, 1) !== 1) return void 0;
  const vector = reader.vector(info, 3, 1);
  return vector.count >= checkpointsHeaderBytes ? vector : void 0;
}
function filesOf(reader, root) {
  const toc = reader.table(root, 4);
  if (!toc) throw reader.bad("it has no table of files");
  const files = reader.vector(toc, 0, 4);
  let left = reader.bytes.byteLength;
  const count = (bytes) => {
    left -= bytes;
    if (left < 0) throw reader.bad("its files share what they say");
  };
  for (let at = 0; at < files.count; at++) checkFile(reader, reader.tableOf(files, at), count);
  return files;
}
var [stringSlots, longSlots] = [
  [0, 1, 4, 8, 9, 10],
  [5, 11, 12]
];
function checkFile(reader, table, count) {
  count(4 + table.byteLength);
  for (const slot of stringSlots) count(reader.vector(table, slot, 1).count);
  for (const slot of longSlots) reader.long(table, slot);
  sizeOf(reader, table, 2, "the offset of a file");
  sizeOf(reader, table, 3, "the size of a file");
  reader.uint32(table, 6);
  reader.uint32(table, 7);
  typeOf(reader, table);
  const xattrs = reader.vector(table, 13, 4);
  for (let at = 0; at < xattrs.count; at++) {
    const xattr = reader.tableOf(xattrs, at);
    count(4 + xattr.byteLength + reader.vector(xattr, 0, 1).count + reader.vector(xattr, 1, 1).count);
  }
}
function entryOf(reader, table) {
  return {
    name: reader.string(table, 0),
    type: typeOf(reader, table),
    offset: sizeOf(reader, table, 2, "the offset of a file"),
    size: sizeOf(reader, table, 3, "the size of a file"),
    linkname: reader.string(table, 4),
    mode: reader.long(table, 5),
    uid: reader.uint32(table, 6),
    gid: reader.uint32(table, 7),
    uname: reader.string(table, 8),
    gname: reader.string(table, 9),
    modTime: reader.string(table, 10).toString("latin1"),
    devmajor: reader.long(table, 11),
    devminor: reader.long(table, 12),
    xattrs: xattrsOf(reader, table)
  };
}
var typeNames = new Map(entryTypes.map((type) => [type, Buffer.from(type)]));
function typeOf(reader, table) {
  const said = reader.string(table, 1);
  for (const [type, name] of typeNames) {
    if (name[0] === said[0] && name.equals(said)) return type;
  }
  throw reader.bad(`a file's type is ${JSON.stringify(said.toString("latin1", 0, 100))}`);
}
var none = [];
function xattrsOf(reader, table) {
  const vector = reader.vector(table, 13, 4);
  if (vector.count === 0) return none;
  return Array.from({ length: vector.count }, (_, at) => {
    const xattr = reader.tableOf(vector, at);
    return { key: reader.string(xattr, 0), value: reader.string(xattr, 1) };
  });
}
function sizeOf(reader, table, slot, what) {
  const size = reader.long(table, slot);
  if (size < 0) throw reader.bad(`${what} is negative`);
  return size;
}
function spansOf(reader, root, sizes) {
  const info = reader.table(root, 5);
  if (!info) throw reader.bad("it has no compression info");
  const digests = digestsOf(reader, info);
  const last = reader.int32(info, 1);
  if (last !== digests.length - 1) {
    throw reader.bad(`its last span is said to be ${last}, and there are ${digests.length} digests`);
  }
  const checkpoints = reader.vector(info, 3, 1);
  const algorithm = reader.int8(info, 0, 1);
  if (algorithm === 1) return gzipSpans(reader, checkpoints, digests, sizes);
  if (algorithm === 2) return plainSpans(reader, checkpoints, digests, sizes);
  throw reader.bad(`its compression algorithm is ${algorithm}, and only 1 (gzip) and 2 (none) are known`);
}
var leastDigestBytes = 71 + 8;
function digestsOf(reader, info) {
  const vector = reader.vector(info, 2, 4);
  if (vector.count * leastDigestBytes > reader.bytes.byteLength)
    throw reader.bad("its spans share their digests");
  return Array.from({ length: vector.count }, (_, at) => {
    const text = reader.stringOf(vector, at).toString("latin1", 0, 200);
    if (isDigest(text)) return text;
    throw reader.bad(`the digest of span ${at} is ${JSON.stringify(text)}`);
  });
}
var plainHeaderBytes = 10;
function gzipSpans(reader, blob, digests, sizes) {
  const count = digests.length;
  if (blob.count < checkpointsHeaderBytes) throw reader.bad("it has no checkpoints");
  const said = reader.bytes.readInt32LE(blob.at);
  if (said !== count) throw reader.bad(`it has ${said} checkpoints and ${count} digests of spans`);
  const unwritten = count - (blob.count - checkpointsHeaderBytes) / checkpointBytes;
  if (count === 0 || unwritten !== 0 && unwritten !== 1) {
    throw reader.bad(`${blob.count} bytes are not those of ${count} checkpoints`);
  }
  const place = (span) => blob.at + checkpointsHeaderBytes + (span - unwritten) * checkpointBytes;
  const starts = digests.map(
    (_, span) => span < unwritten ? { in: plainHeaderBytes, out: 0, bits: 0 } : checkpointAt(reader, place(span), span)
  );
  const spans = starts.map((start, id) => {
    const next = starts[id + 1];
    const [end, outEnd] = next ? [next.in, next.out] : [sizes.compressedBytes, Math.max(start.out, sizes.uncompressedBytes)];
    const span = {
      id,
      start: start.in - (start.bits ? 1 : 0),
      end,
      bits: start.bits,
      outStart: start.out,
      outEnd
    };
    if (span.start > end || span.outStart > outEnd) throw reader.bad(`span ${id} ends before it begins`);
    return { ...span, digest: digests[id] };
  });
  return {
    algorithm: "gzip",
    spanBytes: spanBytesOf(reader, reader.longAt(blob.at + 4)),
    spans,
    window(span) {
      if (!spans[span]) throw new RangeError(`There is no span ${span}`);
      if (span < unwritten) return new Uint8Array(windowBytes);
      return reader.bytes.subarray(place(span) + checkpointPlaceBytes, place(span) + checkpointBytes);
    }
  };
}
function checkpointAt(reader, at, span) {
  const checkpoint = {
    in: reader.longAt(at),
    out: reader.longAt(at + 8),
    bits: reader.bytes[at + 16]
  };
  if (checkpoint.in < 1 || checkpoint.out < 0 || checkpoint.bits > 7) {
    throw reader.bad(`the checkpoint of span ${span} is no place in a gzip stream`);
  }
  return checkpoint;
}
function plainSpans(outer, blob, digests, sizes) {
  const reader = outer.within(blob);
  const info = reader.root();
  const spanBytes = spanBytesOf(reader, reader.long(info, 1));
  const size = sizeOf(reader, info, 2, "the size of the tar");
  const count = Math.ceil(size / spanBytes);
  if (count !== digests.length) throw reader.bad(`it has ${count} spans and ${digests.length} digests`);
  if (size !== sizes.compressedBytes) {
    throw reader.bad(`its layer has ${sizes.compressedBytes} bytes, and its spans come to ${size}`);
  }
  const spans = digests.map((digest, id) => {
    const start = id * spanBytes;
    const end = Math.min(start + spanBytes, size);
    const outEnd = id < count - 1 ? end : Math.max(start, sizes.uncompressedBytes);
    return { id, start, end, bits: 0, outStart: start, outEnd, digest };
  });
  return {
    algorithm: "uncompressed",
    spanBytes,
    spans,
    window(span) {
      throw new RangeError(`Span ${span} is not compressed, and so has no window`);
    }
  };
}
function spanBytesOf(reader, spanBytes) {
  if (spanBytes > 0) return spanBytes;
  throw reader.bad(`its spans are of ${spanBytes} bytes`);
}

export {
  decodeZtoc,
  findCheckpoints
};
