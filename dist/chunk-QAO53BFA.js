import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  endsWithLastSpan,
  mostHeaderBytes,
  whyGoRefuses,
  whyRefusedOnRead
} from "./chunk-FEKXO3MT.js";
import {
  inflate
} from "./chunk-5KLYFH7M.js";
import {
  Indexability,
  addLong,
  addOffset,
  buildTool,
  checkpointBytes,
  checkpointPlaceBytes,
  checkpointsHeader,
  checkpointsHeaderBytes,
  entryTypes,
  nameForPeople,
  plainCheckpoints,
  readCheckpoint,
  require_flatbuffers,
  unindexable,
  windowBytes,
  writeCheckpoint,
  ztocEntry,
  ztocVersion
} from "./chunk-WSWMSC73.js";
import {
  readLayer
} from "./chunk-Z4T7WJWK.js";
import {
  layerCompression,
  writeAt
} from "./chunk-RI4IMNUK.js";
import {
  digestFrom
} from "./chunk-RJ5NUFKW.js";
import {
  explainIo,
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  hasCode
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __toESM,
  __using
} from "./chunk-CLVFFHSH.js";

// src/content/layer/ring.ts
var written = 0;
var read = 1;
var state = 2;
var changes = 3;
var open = 0;
var ended = 1;
var closed = 2;
var mostBytesAtOnce = 256 * 1024;
function makeRing(capacity) {
  return { bytes: new SharedArrayBuffer(capacity), control: new SharedArrayBuffer(16) };
}
var RingClosed = class extends Error {
};
var Ring = class {
  memory;
  #bytes;
  #control;
  #mask;
  constructor(memory) {
    this.memory = memory;
    this.#bytes = new Uint8Array(memory.bytes);
    this.#control = new Int32Array(memory.control);
    this.#mask = memory.bytes.byteLength - 1;
  }
  /** Copies all of the chunk in, from a thread that must not block. @throws RingClosed */
  async write(chunk) {
    for (let done = 0; done < chunk.byteLength; ) {
      const seen = Atomics.load(this.#control, changes);
      const used = this.#put(chunk, done);
      done += used;
      if (used === 0) await Atomics.waitAsync(this.#control, changes, seen).value;
    }
  }
  /** Copies all of the chunk in, and blocks while there is no room. @throws RingClosed */
  writeBlocking(chunk) {
    for (let done = 0; done < chunk.byteLength; ) {
      const seen = Atomics.load(this.#control, changes);
      const used = this.#put(chunk, done);
      done += used;
      if (used === 0) Atomics.wait(this.#control, changes, seen);
    }
  }
  /** All is written. */
  end() {
    Atomics.compareExchange(this.#control, state, open, ended);
    this.#tell();
  }
  /** Either side has given up: a writer's next `write` throws, a reader's bytes break off with an error. */
  close() {
    Atomics.store(this.#control, state, closed);
    this.#tell();
  }
  /** The bytes, by a thread that may block. A chunk is a view of the ring. @throws (while iterating) RingClosed */
  async *read() {
    for (; ; ) {
      const seen = Atomics.load(this.#control, changes);
      const now = Atomics.load(this.#control, state);
      if (now === closed) throw new RingClosed("the other side has given up");
      const at = Atomics.load(this.#control, read);
      const waiting = Atomics.load(this.#control, written) - at >>> 0;
      if (waiting > 0) {
        const start = at & this.#mask;
        const length = Math.min(waiting, this.#bytes.byteLength - start, mostBytesAtOnce);
        yield this.#bytes.subarray(start, start + length);
        Atomics.add(this.#control, read, length);
        this.#tell();
      } else if (now === ended) {
        return;
      } else {
        Atomics.wait(this.#control, changes, seen);
      }
    }
  }
  /** Copies in what there is room for from `done` on; says how many bytes. */
  #put(chunk, done) {
    if (Atomics.load(this.#control, state) === closed) throw new RingClosed("the other side has given up");
    const at = Atomics.load(this.#control, written);
    const room = this.#bytes.byteLength - (at - Atomics.load(this.#control, read) >>> 0);
    const start = at & this.#mask;
    const length = Math.min(chunk.byteLength - done, room, this.#bytes.byteLength - start);
    if (length === 0) return 0;
    this.#bytes.set(chunk.subarray(done, done + length), start);
    Atomics.add(this.#control, written, length);
    this.#tell();
    return length;
  }
  #tell() {
    Atomics.add(this.#control, changes, 1);
    Atomics.notify(this.#control, changes);
  }
};

// src/stages/soci/entry-list.ts
var chunkBytes = 1024 * 1024;
var maxZtocBytes = 2 ** 31 - 1;
var tooLarge = "its zTOC would be larger than 2 GiB";
var pagePlaces = 65536;
var EntryList = class {
  /** Entries one after the other; one that is longer than a chunk has a chunk of its own. */
  #chunks = [];
  /** Where each entry begins: the number of its chunk times `chunkBytes`, and the byte in it. */
  #pages = [];
  /** Of the last chunk. */
  #used = chunkBytes;
  #count = 0;
  #flatBytes = 0;
  get count() {
    return this.#count;
  }
  /** What the entries take in a flatbuffer: not less than it comes to, and little more. */
  get flatBytes() {
    return this.#flatBytes;
  }
  add(entry) {
    const chunk = this.#chunkFor(recordBytes(entry));
    const page = Math.floor(this.#count / pagePlaces);
    this.#pages[page] ??= new Uint32Array(pagePlaces);
    this.#pages[page][this.#count % pagePlaces] = (this.#chunks.length - 1) * chunkBytes + this.#used;
    this.#used = writeRecord(chunk, this.#used, entry);
    this.#flatBytes += flatBytes(entry);
    this.#count++;
  }
  /** Its byte strings are views. */
  at(index) {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      throw new RangeError(`There is no entry ${index}`);
    const place = this.#pages[Math.floor(index / pagePlaces)]?.[index % pagePlaces];
    return readRecord(this.#chunks[Math.floor(place / chunkBytes)], place % chunkBytes);
  }
  #chunkFor(bytes) {
    if (this.#used + bytes > chunkBytes) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(chunkBytes, bytes)));
      this.#used = 0;
    }
    return this.#chunks.at(-1);
  }
};
var maxNumberBytes = 8;
function recordBytes({ name, linkname, uname, gname, modTime, xattrs }) {
  let bytes = 14 * maxNumberBytes + modTime.length;
  bytes += name.byteLength + linkname.byteLength + uname.byteLength + gname.byteLength;
  for (const { key, value } of xattrs) bytes += 2 * maxNumberBytes + key.byteLength + value.byteLength;
  return bytes;
}
function flatBytes(entry) {
  let bytes = 80 + 16 + 4 + 4;
  bytes += stringBytes(entry.name.byteLength) + stringBytes(entry.type.length);
  bytes += stringBytes(entry.linkname.byteLength) + stringBytes(entry.modTime.length);
  bytes += stringBytes(entry.uname.byteLength) + stringBytes(entry.gname.byteLength);
  for (const { key, value } of entry.xattrs) {
    bytes += 16 + stringBytes(key.byteLength) + stringBytes(value.byteLength);
  }
  return bytes;
}
function stringBytes(bytes) {
  return 8 + (bytes & ~3);
}
var [negativeMode, negativeMajor, negativeMinor, packedTime] = [8, 16, 32, 64];
var typeBits = 7;
function writeRecord(into, start, entry) {
  let flags = entryTypes.indexOf(entry.type);
  if (entry.mode < 0) flags |= negativeMode;
  if (entry.devmajor < 0) flags |= negativeMajor;
  if (entry.devminor < 0) flags |= negativeMinor;
  if (usualTime.test(entry.modTime)) flags |= packedTime;
  let at = start;
  into[at++] = flags;
  at = writeNumber(into, at, entry.offset);
  at = writeNumber(into, at, entry.size);
  at = writeNumber(into, at, entry.uid);
  at = writeNumber(into, at, entry.gid);
  at = writeNumber(into, at, Math.abs(entry.mode));
  at = writeNumber(into, at, Math.abs(entry.devmajor));
  at = writeNumber(into, at, Math.abs(entry.devminor));
  at = writeBytes(into, at, entry.name);
  at = writeBytes(into, at, entry.linkname);
  at = writeBytes(into, at, entry.uname);
  at = writeBytes(into, at, entry.gname);
  at = flags & packedTime ? packTime(into, at, entry.modTime) : writeText(into, at, entry.modTime);
  at = writeNumber(into, at, entry.xattrs.length);
  for (const { key, value } of entry.xattrs) at = writeBytes(into, writeBytes(into, at, key), value);
  return at;
}
function readRecord(from, start) {
  const cursor = { from, at: start + 1 };
  const flags = from[start];
  const signed = (negative) => flags & negative ? -readNumber(cursor) : readNumber(cursor);
  return {
    type: entryTypes[flags & typeBits],
    offset: readNumber(cursor),
    size: readNumber(cursor),
    uid: readNumber(cursor),
    gid: readNumber(cursor),
    mode: signed(negativeMode),
    devmajor: signed(negativeMajor),
    devminor: signed(negativeMinor),
    name: readBytes(cursor),
    linkname: readBytes(cursor),
    uname: readBytes(cursor),
    gname: readBytes(cursor),
    modTime: flags & packedTime ? unpackTime(cursor) : readBytes(cursor).toString("latin1"),
    xattrs: readXattrs(cursor)
  };
}
var usualTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
var digitPairs = [0, 2, 5, 8, 11, 14, 17];
var pairs = Array.from({ length: 100 }, (_, pair) => String(pair).padStart(2, "0"));
function packTime(into, start, time) {
  const zero = 48;
  for (const [index, at] of digitPairs.entries()) {
    into[start + index] = (time.charCodeAt(at) - zero) * 10 + time.charCodeAt(at + 1) - zero;
  }
  return start + digitPairs.length;
}
function unpackTime(cursor) {
  const next = () => pairs[cursor.from[cursor.at++]];
  return `${next()}${next()}-${next()}-${next()}T${next()}:${next()}:${next()}Z`;
}
function writeNumber(into, start, value) {
  let at = start;
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) into[at++] = left % 128 | 128;
  into[at++] = left;
  return at;
}
function readNumber(cursor) {
  let value = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = cursor.from[cursor.at++];
    value += (byte & 127) * unit;
    if (byte < 128) return value;
  }
}
function writeText(into, at, text) {
  const start = writeNumber(into, at, text.length);
  return start + into.write(text, start, "latin1");
}
function writeBytes(into, at, bytes) {
  const start = writeNumber(into, at, bytes.byteLength);
  into.set(bytes, start);
  return start + bytes.byteLength;
}
function readBytes(cursor) {
  const length = readNumber(cursor);
  const bytes = cursor.from.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}
var none = [];
function readXattrs(cursor) {
  const count = readNumber(cursor);
  if (count === 0) return none;
  return Array.from({ length: count }, () => ({ key: readBytes(cursor), value: readBytes(cursor) }));
}

// src/stages/soci/layer-contents.ts
var LayerContents = class {
  entries = new EntryList();
  #indexability = new Indexability();
  #fileEnd = 0;
  #whyNot;
  /** Why there can be no zTOC, half a sentence. No entry is gathered any more once there is a reason. */
  get whyNot() {
    return this.#whyNot;
  }
  entry(entry) {
    this.#whyNot ??= this.#add(entry);
  }
  /** An uncompressed layer is at its end. */
  endPlain(bytes, spanBytes) {
    const spans = Math.ceil(bytes / spanBytes);
    if (bytes === 0) this.#whyNot ??= "it is empty";
    else if (endsWithLastSpan(this.#fileEnd, spans, spanBytes))
      this.#whyNot ??= "its last file ends with the last span";
  }
  /** @throws PullBudgetError `unindexable` */
  assertIndexable() {
    if (this.#whyNot !== void 0) throw unindexable(this.#whyNot);
  }
  /** What is against it. */
  #add(entry) {
    const reason = this.#indexability.whyNot(entry);
    if (reason !== void 0) return reason;
    const made = ztocEntry(entry);
    const refused = whyUnreadable(entry, made);
    if (refused !== void 0) return `${nameForPeople(entry.name)} could not be read: ${refused}`;
    this.entries.add(made);
    if (entry.kind === "file") this.#fileEnd = entry.dataStart + entry.dataBytes;
    return this.entries.flatBytes > maxZtocBytes ? tooLarge : void 0;
  }
};
function whyUnreadable({ kind, uid, gid }, made) {
  if (kind !== "file") return void 0;
  if (uid !== made.uid || gid !== made.gid) return "its owner does not fit into a zTOC";
  return whyRefusedOnRead(made);
}

// src/stages/soci/spans.ts
import { createHash } from "node:crypto";

// src/content/layer/checkpoint-spool.ts
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
var countBytes = 4;
var nothing = new Uint8Array(0);
var CheckpointSpool = class {
  #path;
  #file;
  #spanBytes;
  #record = Buffer.alloc(checkpointBytes);
  #count = 0;
  #lastOut = 0;
  /** Makes the file. */
  constructor(path, spanBytes) {
    this.#path = path;
    this.#spanBytes = spanBytes;
    this.#file = this.#io(() => openSync(path, "wx", 384));
  }
  /** Whether a checkpoint is taken there. */
  isTaken({ out }) {
    return this.#count === 0 || out - this.#lastOut > this.#spanBytes;
  }
  boundary(at, window) {
    if (!this.isTaken(at)) return;
    this.#count++;
    this.#lastOut = at.out;
    writeCheckpoint(this.#record, at);
    window(this.#record.subarray(checkpointPlaceBytes));
    this.#write(this.#record);
  }
  /** The stream is at its end. `tail`: what else the file is to hold. */
  end(tail = nothing) {
    const count = Buffer.alloc(countBytes);
    count.writeUInt32LE(this.#count);
    this.#write(tail);
    this.#write(count);
  }
  [Symbol.dispose]() {
    closeSync(this.#file);
  }
  #write(bytes) {
    this.#io(() => {
      for (let done = 0; done < bytes.byteLength; ) done += writeSync(this.#file, bytes, done);
    });
  }
  #io(work) {
    try {
      return work();
    } catch (cause) {
      throw explainIo(cause, this.#path);
    }
  }
};
var CheckpointFile = class {
  count;
  #path;
  #file;
  /** Opens the file. */
  constructor(path) {
    this.#path = path;
    this.#file = openSync(path, "r");
    const { size } = fstatSync(this.#file);
    this.count = this.#read(Buffer.alloc(countBytes), size - countBytes).readUInt32LE();
  }
  place(at) {
    return readCheckpoint(this.#read(Buffer.alloc(checkpointPlaceBytes), at * checkpointBytes));
  }
  /** `windowBytes` of output before a checkpoint. */
  window(at) {
    return this.#read(Buffer.allocUnsafe(windowBytes), at * checkpointBytes + checkpointPlaceBytes);
  }
  /** Checkpoints as they are in the file; each is lent until the next is asked for. */
  *records() {
    const record = Buffer.alloc(checkpointBytes);
    for (let at = 0; at < this.count; at++) yield this.#read(record, at * checkpointBytes);
  }
  /** What the spool was ended with. */
  tail() {
    const start = this.count * checkpointBytes;
    return this.#read(Buffer.alloc(fstatSync(this.#file).size - countBytes - start), start);
  }
  [Symbol.dispose]() {
    closeSync(this.#file);
  }
  #read(into, position) {
    for (let done = 0; done < into.byteLength; ) {
      const bytes = readSync(this.#file, into, done, into.byteLength - done, position + done);
      if (bytes === 0) throw new Error(`the file of checkpoints was cut off: ${this.#path}`);
      done += bytes;
    }
    return into;
  }
};

// src/stages/soci/spans.ts
var digestBytes = 32;
var SpanSpool = class {
  #checkpoints;
  #digests = [];
  #hash;
  /** The compressed byte before the next one: two spans share it where they meet within it. */
  #lastByte = Buffer.alloc(1);
  /** The blob up to the first boundary. */
  #header = [];
  #headerBytes = 0;
  #crossesMembers = false;
  #isPatient;
  #whyNot;
  /** Makes the file. `isPatient`: with a header that Go refuses it goes on; else `unindexable` is thrown. */
  constructor(path, spanBytes, isPatient) {
    this.#isPatient = isPatient;
    this.#checkpoints = new CheckpointSpool(path, spanBytes);
  }
  compressed(part) {
    if (part.byteLength === 0) return;
    if (this.#hash) this.#hash.update(part);
    else this.#keepHeader(part);
    this.#lastByte[0] = part[part.byteLength - 1];
  }
  boundary(at, window) {
    if (!this.#checkpoints.isTaken(at)) {
      this.#crossesMembers ||= at.member;
      return;
    }
    if (this.#hash) this.#endSpan();
    else this.#checkHeader();
    this.#hash = createHash("sha256");
    if (at.bits > 0) this.#hash.update(this.#lastByte);
    this.#checkpoints.boundary(at, window);
  }
  /** Why there can be no zTOC, half a sentence. */
  get whyNot() {
    return this.#whyNot;
  }
  /** The blob is at its end. */
  end() {
    this.#endSpan();
    const flag = Buffer.from([Number(this.#crossesMembers)]);
    this.#checkpoints.end(Buffer.concat([...this.#digests, flag, Buffer.from(this.#whyNot ?? "")]));
  }
  [Symbol.dispose]() {
    this.#checkpoints[Symbol.dispose]();
  }
  #endSpan() {
    if (this.#hash) this.#digests.push(this.#hash.digest());
  }
  #keepHeader(part) {
    this.#headerBytes += part.byteLength;
    if (this.#headerBytes > mostHeaderBytes) this.#refuse("its gzip header is too long");
    else this.#header.push(Buffer.from(part));
  }
  #checkHeader() {
    const reason = whyGoRefuses(Buffer.concat(this.#header));
    if (reason !== void 0) this.#refuse(reason);
    this.#header.length = 0;
  }
  #refuse(reason) {
    if (!this.#isPatient) throw unindexable(reason);
    this.#whyNot ??= reason;
  }
};
function spooledSpans(path, spanBytes) {
  var _stack = [];
  try {
    const file = __using(_stack, new CheckpointFile(path));
    const { count } = file;
    const tail = file.tail();
    const end = count * digestBytes + 1;
    return {
      whyNot: tail.length > end ? tail.toString("utf8", end) : void 0,
      algorithm: "gzip",
      digests: Array.from(
        { length: count },
        (_2, at) => `sha256:${tail.toString("hex", at * digestBytes, (at + 1) * digestBytes)}`
      ),
      checkpoints: {
        byteLength: checkpointsHeaderBytes + count * checkpointBytes,
        read: () => readCheckpoints(path, spanBytes)
      },
      crossesMembers: tail[end - 1] === 1
    };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    __callDispose(_stack, _error, _hasError);
  }
}
function* readCheckpoints(path, spanBytes) {
  var _stack = [];
  try {
    const file = __using(_stack, new CheckpointFile(path));
    yield checkpointsHeader(file.count, spanBytes);
    yield* file.records();
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    __callDispose(_stack, _error, _hasError);
  }
}
var PlainSpans = class {
  #spanBytes;
  #digests = [];
  #hash = createHash("sha256");
  #inSpan = 0;
  #bytes = 0;
  constructor(spanBytes) {
    this.#spanBytes = spanBytes;
  }
  add(part) {
    for (let at = 0; at < part.byteLength; ) {
      const piece = part.subarray(at, at + this.#spanBytes - this.#inSpan);
      this.#hash.update(piece);
      this.#inSpan += piece.byteLength;
      at += piece.byteLength;
      if (this.#inSpan === this.#spanBytes) this.#endSpan();
    }
    this.#bytes += part.byteLength;
  }
  end() {
    if (this.#inSpan > 0) this.#endSpan();
    const bytes = plainCheckpoints(this.#spanBytes, this.#bytes);
    return {
      algorithm: "uncompressed",
      digests: this.#digests,
      checkpoints: { byteLength: bytes.byteLength, read: () => [bytes] },
      crossesMembers: false
    };
  }
  #endSpan() {
    this.#digests.push(digestFrom(this.#hash));
    this.#hash = createHash("sha256");
    this.#inSpan = 0;
  }
};

// src/stages/soci/write-ztoc.ts
import { createHash as createHash2 } from "node:crypto";
import { open as open2, rm } from "node:fs/promises";

// src/stages/soci/encode.ts
var import_flatbuffers = __toESM(require_flatbuffers(), 1);
var pieceBytes = 1024 * 1024;
function* encodeZtoc(parts) {
  const { entries, checkpoints, spanDigests } = parts;
  if (entries.flatBytes + checkpoints.byteLength + spanDigests.length * 80 > maxZtocBytes) {
    throw unindexable(tooLarge);
  }
  const back = buildBack(entries);
  const padding = -(back.bytes.byteLength + checkpoints.byteLength) & 3;
  const behind = back.bytes.byteLength + padding + checkpoints.byteLength;
  yield buildFront(parts, back, behind);
  yield* allOf(checkpoints);
  if (padding > 0) yield new Uint8Array(padding);
  for (let at = 0; at < back.bytes.byteLength; at += pieceBytes) {
    yield back.bytes.subarray(at, at + pieceBytes);
  }
}
function* allOf(checkpoints) {
  let bytes = 0;
  for (const chunk of checkpoints.read()) {
    bytes += chunk.byteLength;
    yield chunk;
  }
  if (bytes !== checkpoints.byteLength) {
    throw new Error(`There are ${bytes} bytes of checkpoints, not ${checkpoints.byteLength}`);
  }
}
function buildBack(entries) {
  const builder = new import_flatbuffers.Builder(entries.flatBytes + 256);
  const version = builder.createString(ztocVersion);
  const tool = builder.createString(buildTool);
  const files = new Uint32Array(entries.count);
  for (let at = entries.count - 1; at >= 0; at--) files[at] = addFile(builder, entries.at(at));
  const metadata = addVector(builder, files);
  builder.startObject(1);
  addOffset(builder, 0, metadata);
  const toc = builder.endObject();
  const all = builder.dataBuffer().bytes();
  const alignment = entries.count > 0 ? 8 : 4;
  return { bytes: all.subarray(all.byteLength - builder.offset()), alignment, version, tool, toc };
}
function buildFront({ spanDigests, ...parts }, back, behind) {
  const builder = new import_flatbuffers.Builder(512 + 80 * spanDigests.length);
  builder.prep(back.alignment, 0);
  const unused = behind % 8;
  builder.pad(unused);
  const from = (place) => place - behind + unused;
  builder.writeInt32(parts.checkpoints.byteLength);
  const checkpoints = builder.offset();
  const digests = addVector(
    builder,
    Uint32Array.from(spanDigests, (digest) => builder.createString(digest))
  );
  builder.startObject(4);
  builder.addFieldInt32(1, spanDigests.length - 1, 0);
  addOffset(builder, 2, digests);
  addOffset(builder, 3, checkpoints);
  builder.addFieldInt8(0, parts.algorithm === "gzip" ? 1 : 2, 1);
  const info = builder.endObject();
  builder.startObject(6);
  addOffset(builder, 0, from(back.version));
  addOffset(builder, 1, from(back.tool));
  addOffset(builder, 4, from(back.toc));
  addLong(builder, 2, parts.compressedBytes);
  addLong(builder, 3, parts.uncompressedBytes);
  addOffset(builder, 5, info);
  builder.finish(builder.endObject());
  const all = builder.asUint8Array();
  return all.subarray(0, all.byteLength - unused);
}
var typeNames = Object.fromEntries(entryTypes.map((type) => [type, Buffer.from(type)]));
function addFile(builder, entry) {
  const name = builder.createString(entry.name);
  const type = builder.createString(typeNames[entry.type]);
  const linkname = builder.createString(entry.linkname);
  const uname = builder.createString(entry.uname);
  const gname = builder.createString(entry.gname);
  const modTime = builder.createString(Buffer.from(entry.modTime));
  const xattrs = addXattrs(builder, entry.xattrs);
  builder.startObject(14);
  addOffset(builder, 0, name);
  addOffset(builder, 1, type);
  addLong(builder, 2, entry.offset);
  addLong(builder, 3, entry.size);
  addOffset(builder, 4, linkname);
  addLong(builder, 5, entry.mode);
  builder.addFieldInt32(6, entry.uid, 0);
  builder.addFieldInt32(7, entry.gid, 0);
  addOffset(builder, 8, uname);
  addOffset(builder, 9, gname);
  addOffset(builder, 10, modTime);
  addLong(builder, 11, entry.devmajor);
  addLong(builder, 12, entry.devminor);
  addOffset(builder, 13, xattrs);
  return builder.endObject();
}
var none2 = new Uint32Array(0);
function addXattrs(builder, xattrs) {
  if (xattrs.length === 0) return addVector(builder, none2);
  return addVector(
    builder,
    Uint32Array.from(xattrs, (xattr) => addXattr(builder, xattr))
  );
}
function addXattr(builder, { key, value }) {
  const keyAt = builder.createString(key);
  const valueAt = builder.createString(value);
  builder.startObject(2);
  addOffset(builder, 0, keyAt);
  addOffset(builder, 1, valueAt);
  return builder.endObject();
}
function addVector(builder, places) {
  builder.startVector(4, places.length, 4);
  for (let at = places.length - 1; at >= 0; at--) builder.addOffset(places[at]);
  return builder.endVector();
}

// src/stages/soci/write-ztoc.ts
async function outcomeOf(path, contents, layer) {
  try {
    contents.assertIndexable();
    if (layer.spans.whyNot !== void 0) throw unindexable(layer.spans.whyNot);
    return { kind: "indexed", ...await writeZtoc(path, layer) };
  } catch (error) {
    if (!hasCode(error, "unindexable")) throw error;
    await rm(path, { force: true });
    return { kind: "unindexable", reason: error.message };
  }
}
async function writeZtoc(path, { compressedBytes, uncompressedBytes, unpackedBytes, entries, spans }) {
  var _stack = [];
  try {
    const { algorithm, digests: spanDigests, checkpoints, crossesMembers } = spans;
    const hash = createHash2("sha256");
    let size = 0;
    const file = __using(_stack, await onDisk(path, () => open2(path, "wx", 384)), true);
    const parts = { compressedBytes, uncompressedBytes, entries, algorithm, spanDigests, checkpoints };
    for (const chunk of encodeZtoc(parts)) {
      hash.update(chunk);
      await writeAt(file, chunk, size, path);
      size += chunk.byteLength;
    }
    const [digest, count, files] = [digestFrom(hash), spanDigests.length, entries.count];
    return { digest, size, spans: count, files, unpackedBytes, crossesMembers };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/stages/soci/jobs.ts
function indexJobs(along) {
  async function index(input) {
    const blob = new Ring(input.blob).read();
    switch (layerCompression(input.layer.descriptor.mediaType)) {
      case "none":
        return indexPlain(blob, input);
      case "gzip":
        return indexGzip(blob, input);
      default:
        return readAndWrite(blob, input, { spans: () => noSpans });
    }
  }
  async function indexGzip(blob, input) {
    var _stack = [];
    try {
      const spool = __using(_stack, new SpanSpool(spoolOf(input), input.spanBytes, along !== void 0));
      const decompress = async function* (bytes, where) {
        yield* inflate(bytes, where, spool);
        spool.end();
      };
      return await readAndWrite(blob, input, {
        decompress,
        spans: () => spooledSpans(spoolOf(input), input.spanBytes)
      });
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      __callDispose(_stack, _error, _hasError);
    }
  }
  function indexPlain(blob, input) {
    const spans = new PlainSpans(input.spanBytes);
    const decompress = async function* (bytes) {
      for await (const chunk of bytes) {
        spans.add(chunk);
        yield chunk;
      }
    };
    return readAndWrite(blob, input, { decompress, spans: () => spans.end() });
  }
  async function inflateLayer({
    blob,
    tar,
    ...input
  }) {
    var _stack = [];
    try {
      const out = new Ring(tar);
      const spool = __using(_stack, new SpanSpool(spoolOf(input), input.spanBytes, along !== void 0));
      const where = `layer ${input.layer.descriptor.digest}`;
      for await (const chunk of inflate(new Ring(blob).read(), where, spool)) out.writeBlocking(chunk);
      spool.end();
      out.end();
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      __callDispose(_stack, _error, _hasError);
    }
  }
  async function indexInflated({
    tar,
    ...input
  }) {
    return readAndWrite(new Ring(tar).read(), input, {
      decompress: (bytes) => bytes,
      spans: () => spooledSpans(spoolOf(input), input.spanBytes)
    });
  }
  async function readAndWrite(bytes, { layer, ratioLimit, file, spanBytes }, { decompress, spans }) {
    const { size, mediaType } = layer.descriptor;
    const contents = new LayerContents();
    const other = along?.(layer);
    const others = other?.subscribers ?? [{ entry: () => contents.assertIndexable() }];
    const read2 = await readLayer(bytes, layer, {
      ratioLimit,
      subscribers: [contents, ...others],
      ...decompress && { decompress }
    });
    if (layerCompression(mediaType) === "none") contents.endPlain(read2.unpackedBytes, spanBytes);
    const outcome = await outcomeOf(file, contents, {
      compressedBytes: size,
      uncompressedBytes: read2.archiveBytes,
      unpackedBytes: read2.unpackedBytes,
      entries: contents.entries,
      spans: spans()
    });
    return { outcome, found: other?.found(read2) };
  }
  return { index, inflateLayer, indexInflated };
}
function spoolOf({ file }) {
  return `${file}.checkpoints`;
}
var noSpans = {
  whyNot: "compressed in a way that SOCI cannot index",
  algorithm: "gzip",
  digests: [],
  checkpoints: { byteLength: 0, read: () => [] },
  crossesMembers: false
};

export {
  CheckpointFile,
  makeRing,
  Ring,
  LayerContents,
  SpanSpool,
  spooledSpans,
  outcomeOf,
  indexJobs,
  spoolOf
};
