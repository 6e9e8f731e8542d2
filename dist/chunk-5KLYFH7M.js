import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  windowBytes
} from "./chunk-WSWMSC73.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/gzip/decoder.ts
import { readFileSync } from "node:fs";
var inputWanted = 0;
var outputFull = 1;
var blockEnded = 2;
var streamEnded = 3;
var faults = {
  16: "a block of the invalid type 3",
  17: "the length of a stored block does not agree with its complement",
  18: "more length or distance codes than there are",
  19: "no usable code for code lengths",
  20: "a repeated code length without one before it, or beyond the last",
  21: "no code for the end of the block",
  22: "no usable code for literals and lengths",
  23: "no usable code for distances",
  24: "a literal or length without meaning",
  25: "a distance without meaning",
  26: "a match that begins before the data does"
};
var compiled;
var idle = [];
function takeDecoder() {
  const decoder = idle.pop() ?? instantiate();
  const { memory, input, output } = decoder;
  memory.fill(0, output - windowBytes, output);
  decoder.inputAt.value = input;
  decoder.inputEnd.value = input;
  decoder.outputAt.value = output;
  return decoder;
}
function giveBack(decoder) {
  idle.push(decoder);
}
function instantiate() {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./inflate.wasm", import.meta.url)));
  const exports = new WebAssembly.Instance(compiled).exports;
  return {
    ...exports,
    memory: new Uint8Array(exports.memory.buffer),
    input: exports.input.value,
    inputSize: exports.inputSize.value,
    output: exports.output.value
  };
}

// src/content/gzip/header.ts
import { crc32 } from "node:zlib";
var deflate = 8;
var flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 224 };
var header = "the header of a member";
function* readHeader(input, first) {
  const start = input.position;
  if (!(yield* isMember(input, first))) return false;
  const fixed = yield* input.take(10, header);
  const [, , method = 0, flag = 0] = fixed;
  if (method !== deflate) throw input.failure(`compression method ${method} at byte ${start + 2} is unknown`);
  if (flag & flags.reserved) {
    throw input.failure(`reserved flags are set at byte ${start + 3} (0x${flag.toString(16)})`);
  }
  let crc = crc32(fixed);
  if (flag & flags.extra) {
    const length = yield* input.take(2, header);
    crc = crc32(length, crc);
    for (let left = littleEndian(length); left > 0; ) {
      while (input.waiting.length === 0) yield* input.more(header);
      const part = input.use(Math.min(left, input.waiting.length));
      crc = crc32(part, crc);
      left -= part.length;
    }
  }
  if (flag & flags.name) crc = yield* skipText(input, crc);
  if (flag & flags.comment) crc = yield* skipText(input, crc);
  if (flag & flags.headerCrc) {
    const at = input.position;
    const said = littleEndian(yield* input.take(2, header));
    if (said !== (crc & 65535)) throw input.failure(`the header's CRC at byte ${at} does not fit`);
  }
  return true;
}
function* isMember(input, first) {
  while (input.waiting.length < 2 && !input.ended) yield void 0;
  const [id1, id2] = input.waiting;
  if (id1 === void 0 && !first) return false;
  if (id1 === void 0) throw input.failure("it is empty");
  if (id1 === 31 && (id2 ?? 139) === 139) return true;
  if (first) throw input.failure(`it does not begin as gzip does (1f 8b) but with ${hex(input.waiting)}`);
  const what = input.waiting.some((byte) => byte !== 0) ? `other bytes (${hex(input.waiting)})` : "zeros";
  throw input.failure(`after its last member, at byte ${input.position}, ${what} follow`);
}
function* skipText(input, before) {
  let crc = before;
  for (; ; ) {
    const { waiting } = input;
    const end = waiting.indexOf(0);
    crc = crc32(input.use(end === -1 ? waiting.length : end + 1), crc);
    if (end !== -1) return crc;
    yield* input.more(header);
  }
}
function hex(bytes) {
  return Buffer.from(bytes.subarray(0, 4)).toString("hex").replace(/..\B/g, "$& ");
}
function littleEndian(bytes) {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}

// src/content/gzip/input.ts
var Input = class {
  #decoder;
  #where;
  #compressed;
  /** Bytes of the stream before the first one in memory. */
  #before = 0;
  /** Address up to which subscribers know what was used up. */
  #told;
  #ended = false;
  constructor(decoder, where, compressed) {
    this.#decoder = decoder;
    this.#where = where;
    this.#compressed = compressed;
    this.#told = decoder.input;
  }
  /** Takes the first bytes of `chunk`, and says how many. */
  feed(chunk) {
    const { memory, input, inputSize, inputAt, inputEnd } = this.#decoder;
    this.tell();
    const kept = inputEnd.value - inputAt.value;
    memory.copyWithin(input, inputAt.value, inputEnd.value);
    this.#before += inputAt.value - input;
    this.#told = input;
    const part = chunk.length > inputSize - kept ? chunk.subarray(0, inputSize - kept) : chunk;
    memory.set(part, input + kept);
    inputAt.value = input;
    inputEnd.value = input + kept + part.length;
    return part.length;
  }
  /** No more bytes come. */
  end() {
    this.#ended = true;
  }
  get ended() {
    return this.#ended;
  }
  /** Bytes of the stream that are used up. */
  get position() {
    return this.#before + this.#decoder.inputAt.value - this.#decoder.input;
  }
  /** What waits to be used. */
  get waiting() {
    return this.#decoder.memory.subarray(this.#decoder.inputAt.value, this.#decoder.inputEnd.value);
  }
  /** Waits for more bytes; `what` is cut off if none come. */
  *more(what) {
    if (this.#ended)
      throw this.failure(`it is cut off in ${what}, after byte ${this.#before + this.#inMemory}`);
    yield void 0;
  }
  /** The next `count` bytes, used up; lent until more are asked for. */
  *take(count, what) {
    while (this.waiting.length < count) yield* this.more(what);
    return this.use(count);
  }
  use(count) {
    const part = this.waiting.subarray(0, count);
    this.#decoder.inputAt.value += count;
    return part;
  }
  /** Lets subscribers know what was used up by now. */
  tell() {
    const at = this.#decoder.inputAt.value;
    if (at > this.#told) this.#compressed?.(this.#decoder.memory.subarray(this.#told, at));
    this.#told = at;
  }
  failure(what) {
    return inputError("bad-layer", `${this.#where} is no gzip stream that can be read: ${what}`, {
      hint: "The layer is damaged, cut off, or not compressed as its media type says; build or push the image again."
    });
  }
  get #inMemory() {
    return this.#decoder.inputEnd.value - this.#decoder.input;
  }
};

// src/content/gzip/output.ts
import { crc32 as crc322 } from "node:zlib";
var Output = class {
  #decoder;
  /** Bytes of content before `output` in memory. */
  #before = 0;
  /** Addresses up to which content was taken, and counted into `#crc`. */
  #taken;
  #summed;
  /** Of the member; undefined where nobody asks for it: in spans. */
  #crc;
  #memberStart = 0;
  constructor(decoder) {
    this.#decoder = decoder;
    this.#taken = decoder.output;
    this.#summed = decoder.output;
  }
  /** Bytes of content so far, those of all members. */
  get position() {
    return this.#before + this.#decoder.outputAt.value - this.#decoder.output;
  }
  beginMember() {
    this.#summed = this.#decoder.outputAt.value;
    this.#crc = 0;
    this.#memberStart = this.position;
  }
  /** What the trailer of the member has to say. */
  endMember() {
    this.#sum();
    return { crc: this.#crc ?? 0, size: this.position - this.#memberStart };
  }
  /** Gives what is there, but nothing beyond byte `end`. Once it was read there is room for more. */
  *take(end = Number.POSITIVE_INFINITY) {
    const { memory, output, outputAt } = this.#decoder;
    this.#sum();
    const part = memory.subarray(this.#taken, Math.min(outputAt.value, end - this.#before + output));
    if (part.length > 0) yield part;
    this.#before += outputAt.value - output;
    this.#decoder.slide();
    this.#taken = output;
    this.#summed = output;
  }
  /** The last `windowBytes` of content, with zeros in front where there is less. */
  copyWindow(into) {
    const at = this.#decoder.outputAt.value;
    into.set(this.#decoder.memory.subarray(at - windowBytes, at));
  }
  setWindow(window) {
    this.#decoder.memory.set(window.subarray(0, windowBytes), this.#decoder.output - windowBytes);
  }
  #sum() {
    const at = this.#decoder.outputAt.value;
    if (this.#crc !== void 0) {
      this.#crc = crc322(this.#decoder.memory.subarray(this.#summed, at), this.#crc);
    }
    this.#summed = at;
  }
};

// src/content/gzip/inflate.ts
async function* inflate(bytes, where, subscriber = {}) {
  const inflater = new Inflater(
    where,
    (stream) => members(stream, subscriber),
    subscriber.compressed?.bind(subscriber)
  );
  for await (const chunk of bytes) yield* inflater.push(chunk);
  yield* inflater.end();
}
async function* inflateSpan(bytes, start, where) {
  if (start.length === 0) return;
  const inflater = new Inflater(where, (stream) => span(stream, start));
  for await (const chunk of bytes) {
    yield* inflater.push(chunk);
    if (inflater.done) return;
  }
  yield* inflater.end();
}
var Inflater = class {
  #decoder = takeDecoder();
  #input;
  #steps;
  done = false;
  constructor(where, steps, compressed) {
    this.#input = new Input(this.#decoder, where, compressed);
    this.#steps = steps({ decoder: this.#decoder, input: this.#input, output: new Output(this.#decoder) });
  }
  *push(chunk) {
    for (let at = 0; at < chunk.length && !this.done; ) {
      at += this.#input.feed(chunk.subarray(at));
      yield* this.#advance();
    }
  }
  *end() {
    this.#input.end();
    yield* this.#advance();
  }
  *#advance() {
    while (!this.done) {
      const part = this.#step();
      if (part === void 0) return;
      yield part;
    }
  }
  /** A reader that stops early may still look at what it was lent: only streams that end give their decoder back. */
  #step() {
    this.done = true;
    try {
      const step = this.#steps.next();
      this.done = step.done === true;
      return step.value ?? void 0;
    } finally {
      if (this.done) giveBack(this.#decoder);
    }
  }
};
function* members(stream, subscriber) {
  const { decoder, input, output } = stream;
  const boundary = (member) => {
    input.tell();
    const at = { in: input.position, out: output.position, bits: decoder.heldCount.value, member };
    subscriber.boundary?.(at, (into) => output.copyWindow(into));
  };
  for (let first = true; yield* readHeader(input, first); first = false) {
    decoder.begin(0);
    output.beginMember();
    boundary(true);
    yield* blocks(stream, Number.POSITIVE_INFINITY, () => boundary(false));
    yield* checkTrailer(stream);
    input.tell();
  }
  yield* output.take();
}
function* span(stream, start) {
  const { decoder, input, output } = stream;
  output.setWindow(start.window);
  decoder.begin(windowBytes);
  if (start.bits > 0) {
    const [first = 0] = yield* input.take(1, "its first byte");
    decoder.held.value = first >> 8 - start.bits;
    decoder.heldCount.value = start.bits;
  }
  for (; ; ) {
    yield* blocks(stream, start.length, () => {
    });
    if (output.position >= start.length) break;
    yield* input.take(trailerBytes, trailer);
    if (!(yield* readHeader(input, false))) {
      if (start.length === Number.POSITIVE_INFINITY) break;
      throw input.failure(`it ends after ${output.position} of ${start.length} bytes of content`);
    }
    decoder.begin(0);
  }
  yield* output.take(start.length);
}
function* blocks({ decoder, input, output }, length, ended) {
  for (; ; ) {
    const status = decoder.decode();
    if (output.position >= length || status === streamEnded) return;
    if (status === inputWanted) yield* input.more("its data");
    else if (status === outputFull) yield* output.take();
    else if (status === blockEnded) ended();
    else throw input.failure(`${faults[status]}, at byte ${input.position}`);
  }
}
var trailerBytes = 8;
var trailer = "the trailer of a member";
function* checkTrailer({ input, output }) {
  const at = input.position;
  const said = yield* input.take(trailerBytes, trailer);
  const [crc, size] = [littleEndian(said.subarray(0, 4)), littleEndian(said.subarray(4))];
  const member = output.endMember();
  if (crc !== member.crc) {
    throw input.failure(`its content has CRC-32 ${hex2(member.crc)}, but ${hex2(crc)} stands at byte ${at}`);
  }
  if (size !== member.size % 2 ** 32) {
    throw input.failure(`its content has ${member.size} bytes, but ${size} stands at byte ${at + 4}`);
  }
}
function hex2(crc) {
  return crc.toString(16).padStart(8, "0");
}

export {
  inflate,
  inflateSpan
};
