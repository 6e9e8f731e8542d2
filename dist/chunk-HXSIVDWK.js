import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/store/decompress.ts
import { createGunzip, createZstdDecompress } from "node:zlib";

// src/content/store/zstd-frames.ts
async function* cutAtFrames(bytes) {
  const walk = new FrameWalk();
  for await (const chunk of bytes) {
    let start = 0;
    for (let at = 0; at < chunk.byteLength; ) {
      at += walk.step(chunk, at);
      if (at < chunk.byteLength && !walk.betweenFrames) continue;
      yield chunk.subarray(start, at);
      start = at;
    }
  }
}
var fields = { magic: 4, skippableSize: 4, descriptor: 1, blockHeader: 3 };
var FrameWalk = class {
  #field = "magic";
  /** Bytes to pass over before it. */
  #skip = 0;
  /** The bytes of the field so far, little endian. */
  #value = 0;
  #filled = 0;
  #checksumBytes = 0;
  get betweenFrames() {
    return this.#field === "magic" && this.#skip === 0 && this.#filled === 0;
  }
  /** Walks over some bytes from `at` on; says how many. */
  step(chunk, at) {
    if (this.#skip > 0) {
      const passed = Math.min(this.#skip, chunk.byteLength - at);
      this.#skip -= passed;
      return passed;
    }
    this.#value += chunk[at] * 256 ** this.#filled++;
    if (this.#filled === fields[this.#field]) this.#next(this.#field, this.#value);
    return 1;
  }
  #next(field, value) {
    if (field === "magic") {
      if (value === 4247762216) this.#go("descriptor");
      else if (value >= 407710288 && value <= 407710303) this.#go("skippableSize");
      else this.#go("magic", Number.POSITIVE_INFINITY);
    } else if (field === "skippableSize") {
      this.#go("magic", value);
    } else if (field === "descriptor") {
      const singleSegment = value >> 5 & 1;
      const sizeBytes = [singleSegment, 2, 4, 8][value >> 6];
      this.#checksumBytes = value >> 2 & 1 ? 4 : 0;
      this.#go("blockHeader", (singleSegment ? 0 : 1) + [0, 1, 2, 4][value & 3] + sizeBytes);
    } else {
      const bytes = (value >> 1 & 3) === 1 ? 1 : value >> 3;
      if (value & 1) this.#go("magic", bytes + this.#checksumBytes);
      else this.#go("blockHeader", bytes);
    }
  }
  #go(field, skip = 0) {
    this.#field = field;
    this.#skip = skip;
    this.#value = 0;
    this.#filled = 0;
  }
};

// src/content/store/decompress.ts
var options = { chunkSize: 256 * 1024, readableObjectMode: true, readableHighWaterMark: 2 };
var decompress = {
  none: (bytes) => bytes,
  gzip: (bytes, where) => through(createGunzip(options), bytes, where, "gzip"),
  zstd: (bytes, where) => through(createZstdDecompress(options), cutAtFrames(bytes), where, "zstd")
};
var magics = [
  { magic: "1f8b", compression: "gzip" },
  { magic: "28b52ffd", compression: "zstd" }
];
function compressionOf(head) {
  const hex = Buffer.from(head.subarray(0, 4)).toString("hex");
  return magics.find(({ magic }) => hex.startsWith(magic))?.compression ?? "none";
}
async function* through(decoder, bytes, where, name) {
  const fed = feed(decoder, bytes);
  fed.catch((error) => decoder.destroy(error));
  try {
    for await (const chunk of decoder) {
      yield chunk;
      release(chunk);
    }
  } catch (cause) {
    if (!isDecoderError(cause)) throw cause;
    throw inputError("bad-layer", `${where} is no ${name} stream that can be read: ${cause.message}`, {
      hint: "The layer is damaged, cut off, or not compressed as its media type says; build or push the image again.",
      cause
    });
  } finally {
    decoder.destroy();
    await fed.catch(() => {
    });
  }
}
async function feed(decoder, bytes) {
  for await (const chunk of bytes) {
    await new Promise((resolve, reject) => {
      decoder.once("close", resolve);
      decoder.write(chunk, (error) => {
        decoder.off("close", resolve);
        if (error) reject(error);
        else resolve();
      });
    });
    if (decoder.destroyed) return;
  }
  decoder.end();
}
function release(chunk) {
  const { buffer, byteOffset, byteLength } = chunk;
  if (byteOffset + byteLength === buffer.byteLength && byteLength > 0) buffer.transfer(0);
}
function isDecoderError(cause) {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return code.startsWith("Z_") || code.startsWith("ZSTD_");
}

// src/content/tar/header.ts
var blockBytes = 512;
var nothing = Buffer.alloc(0);
var [nul, space] = [0, 32];
function parseHeader(bytes, offset, position, where) {
  const field = (start, length, name) => {
    const value = parseNumber(bytes, offset + start, length);
    if (value === void 0) throw badTar(where, position, `its ${name} is no number that can be used`);
    return value;
  };
  checkSum(bytes, offset, field(148, 8, "checksum"), position, where);
  const format = formatOf(bytes, offset);
  const size = field(124, 12, "size");
  if (size < 0) throw badTar(where, position, "its size is negative");
  const modern = format !== "v7";
  return {
    format,
    type: String.fromCharCode(bytes[offset + 156]),
    name: nameOf(bytes, offset, format),
    linkname: text(bytes, offset + 157, 100),
    mode: field(100, 8, "mode"),
    uid: field(108, 8, "uid"),
    gid: field(116, 8, "gid"),
    size,
    mtime: field(136, 12, "mtime"),
    uname: modern ? text(bytes, offset + 265, 32) : nothing,
    gname: modern ? text(bytes, offset + 297, 32) : nothing,
    devmajor: modern ? field(329, 8, "devmajor") : 0,
    devminor: modern ? field(337, 8, "devminor") : 0
  };
}
function isZeroBlock(bytes, offset) {
  for (let at = offset; at < offset + blockBytes; at++) if (bytes[at] !== 0) return false;
  return true;
}
function paddingAfter(size) {
  return (blockBytes - size % blockBytes) % blockBytes;
}
function badTar(where, position, what) {
  return inputError(
    "bad-tar",
    `${where} is not a tar archive that can be read: at byte ${position}, ${what}`,
    {
      hint: "The archive is damaged, cut off, or not a tar at all; build or save it again."
    }
  );
}
function checkSum(bytes, offset, said, position, where) {
  let sum = 0;
  for (let at = offset; at < offset + blockBytes; at++) sum += bytes[at];
  let signed = 0;
  for (let at = offset + 148; at < offset + 156; at++) sum += space - bytes[at];
  if (sum === said) return;
  for (let at = offset; at < offset + blockBytes; at++) {
    if (bytes[at] >= 128 && (at < offset + 148 || at >= offset + 156)) signed += 256;
  }
  if (sum - signed !== said) throw badTar(where, position, "there is no header with a right checksum");
}
function formatOf(bytes, offset) {
  if (holds(bytes, offset + 257, "ustar  \0")) return "gnu";
  if (!holds(bytes, offset + 257, "ustar\0")) return "v7";
  return holds(bytes, offset + 508, "tar\0") ? "star" : "ustar";
}
function holds(bytes, start, ascii) {
  for (let at = 0; at < ascii.length; at++) if (bytes[start + at] !== ascii.charCodeAt(at)) return false;
  return true;
}
function nameOf(bytes, offset, format) {
  const name = text(bytes, offset, 100);
  if (bytes[offset + 345] === nul || format === "v7") return name;
  if (format === "gnu" && !hasStrayPrefix(bytes, offset)) return name;
  const prefix = text(bytes, offset + 345, format === "star" ? 131 : 155);
  return prefix.byteLength === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}
function hasStrayPrefix(bytes, offset) {
  const isTime = (at) => bytes[at] === nul || parseNumber(bytes, at, 12) !== void 0;
  if (isTime(offset + 345) && isTime(offset + 357)) return false;
  return text(bytes, offset + 345, 155).every((byte) => byte < 128);
}
function text(bytes, start, length) {
  if (bytes[start] === nul) return nothing;
  let end = start + 1;
  while (end < start + length && bytes[end] !== nul) end++;
  const copy = Buffer.allocUnsafe(end - start);
  for (let at = start; at < end; at++) copy[at - start] = bytes[at];
  return copy;
}
function parseNumber(bytes, start, length) {
  if (bytes[start] & 128) return parseBinary(bytes, start, length);
  const end = start + length;
  const blank = (at2) => at2 < end && (bytes[at2] === space || bytes[at2] === nul);
  let at = start;
  while (blank(at)) at++;
  let value = 0;
  for (; at < end && !blank(at); at++) {
    const digit = bytes[at] - 48;
    if (digit < 0 || digit > 7) return void 0;
    value = value * 8 + digit;
  }
  if (bytes[at] === nul) return value;
  while (blank(at)) at++;
  return at < end ? void 0 : value;
}
function parseBinary(bytes, start, length) {
  const negative = (bytes[start] & 64) !== 0;
  const flip = negative ? 255 : 0;
  let value = (bytes[start] ^ flip) & 63;
  for (let at = start + 1; at < start + length; at++) value = value * 256 + (bytes[at] ^ flip);
  if (!Number.isSafeInteger(value)) return void 0;
  return negative ? -1 - value : value;
}

// src/content/tar/entry.ts
var kinds = {
  "0": "file",
  "\0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "character",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file"
};
var TarEntry = class {
  /** The entry's own header block, uncorrected. */
  header;
  kind;
  /** As written: `./`, a slash at the end and bytes that are not UTF-8 stay. */
  name;
  linkname;
  mode;
  uid;
  gid;
  /** Seconds since 1970, with a fraction where a PAX record has one. */
  mtime;
  uname;
  gname;
  devmajor;
  devminor;
  /** Bytes, as the headers say. */
  size;
  /** Bytes of data that follow in the archive: none for links, directories, devices, whatever their size. */
  dataBytes;
  start;
  dataStart;
  /** Records of its own PAX header, raw and in their order. Its extended attributes are there. */
  pax;
  /** Records of the global PAX headers before it. */
  globals;
  /** Set for sparse files, GNU's type S or PAX: bytes with the holes. The data in the archive is then not the file's. */
  sparseSize;
  constructor(header, around) {
    const { overrides } = around;
    this.header = header;
    this.name = overrides.name ?? header.name;
    this.linkname = overrides.linkname ?? header.linkname;
    this.mode = header.mode;
    this.uid = overrides.uid ?? header.uid;
    this.gid = overrides.gid ?? header.gid;
    this.mtime = overrides.mtime ?? header.mtime;
    this.uname = overrides.uname ?? header.uname;
    this.gname = overrides.gname ?? header.gname;
    this.devmajor = header.devmajor;
    this.devminor = header.devminor;
    this.size = overrides.size ?? header.size;
    this.kind = kindOf(header.type, this.name);
    this.dataBytes = this.kind === "file" || this.kind === "other" ? this.size : 0;
    this.start = around.start;
    this.dataStart = around.dataStart;
    this.pax = around.pax;
    this.globals = around.globals;
    this.sparseSize = around.sparseSize ?? overrides.sparseSize;
  }
  /** The name for people; bytes that are not UTF-8 are replaced. */
  get path() {
    return this.name.toString();
  }
};
function kindOf(type, name) {
  if (type === "\0" && name.at(-1) === 47) return "directory";
  return kinds[type] ?? "other";
}

// src/content/tar/pax.ts
function parsePax(body, position, where) {
  const records = [];
  for (let at = 0; at < body.byteLength; ) {
    const space2 = body.indexOf(32, at);
    const digits = space2 < 0 ? "" : body.toString("latin1", at, space2);
    const end = /^\d{1,7}$/.test(digits) ? at + Number(digits) : 0;
    const equals = body.indexOf(61, space2);
    if (end <= space2 + 1 || end > body.byteLength || body[end - 1] !== 10 || equals <= space2 + 1 || equals >= end) {
      throw badTar(where, position, "there is a PAX header with a malformed record");
    }
    records.push({ key: body.subarray(space2 + 1, equals), value: body.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
}
function overridesOf(records, position, where) {
  const found = {};
  let sparseName;
  const bad = (key) => badTar(where, position, `there is a PAX header with a malformed ${key}`);
  const bytes = (key, value) => {
    if (value.includes(0)) throw bad(key);
    return value;
  };
  const number = (key, value, pattern) => {
    const text2 = value.toString("latin1");
    const parsed = Number(text2);
    if (!pattern.test(text2) || Math.abs(parsed) > Number.MAX_SAFE_INTEGER) throw bad(key);
    return parsed;
  };
  for (const { key: keyBytes, value } of records) {
    const key = keyBytes.toString("latin1");
    if (value.byteLength === 0) continue;
    if (key === "path") found.name = bytes(key, value);
    else if (key === "linkpath") found.linkname = bytes(key, value);
    else if (key === "size") found.size = number(key, value, /^\d+$/);
    else if (key === "uid") found.uid = number(key, value, /^-?\d+$/);
    else if (key === "gid") found.gid = number(key, value, /^-?\d+$/);
    else if (key === "mtime") found.mtime = number(key, value, /^-?\d+(\.\d*)?$/);
    else if (key === "uname") found.uname = bytes(key, value);
    else if (key === "gname") found.gname = bytes(key, value);
    else if (key === "GNU.sparse.name") sparseName = bytes(key, value);
    else if (key === "GNU.sparse.size" || key === "GNU.sparse.realsize") {
      found.sparseSize = number(key, value, /^\d+$/);
    }
  }
  if (sparseName) found.name = sparseName;
  return found;
}

export {
  blockBytes,
  parseHeader,
  isZeroBlock,
  paddingAfter,
  badTar,
  parseNumber,
  decompress,
  compressionOf,
  TarEntry,
  parsePax,
  overridesOf
};
