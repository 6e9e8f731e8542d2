import type { ByteStream } from '../bytes.ts';
import { type BoundarySubscriber, windowBytes } from './boundary.ts';
import {
  blockEnded,
  type Decoder,
  faults,
  giveBack,
  inputWanted,
  outputFull,
  streamEnded,
  takeDecoder,
} from './decoder.ts';
import { littleEndian, readHeader } from './header.ts';
import { Input } from './input.ts';
import { Output } from './output.ts';

/** Where inflating begins in the middle of a stream. */
export interface SpanStart {
  /** High bits of the first byte that belong to the span; 0: all of it. See Boundary. */
  readonly bits: number;
  /** `windowBytes` of output before the span. */
  readonly window: Uint8Array;
  /** Bytes of output wanted: those up to the next boundary; of the last span `Infinity`, all up to the stream's end. */
  readonly length: number;
}

/**
 * The content of a gzip stream of one or more members (RFC 1952); CRC-32 and size of each are checked.
 * A chunk, of `bytes` as of the result, is used until the next one is asked for.
 * @throws (while iterating) PullBudgetError `bad-layer` for what is no gzip, damaged, cut off, or followed by other
 * bytes; errors of `bytes` as they are
 */
export async function* inflate(
  bytes: ByteStream,
  where: string,
  subscriber: BoundarySubscriber = {},
): ByteStream {
  const inflater = new Inflater(
    where,
    (stream) => members(stream, subscriber),
    subscriber.compressed?.bind(subscriber),
  );
  for await (const chunk of bytes) yield* inflater.push(chunk);
  yield* inflater.end();
}

/**
 * The content of a part of a gzip stream that begins at a boundary: of the bytes from `in` on, or from `in - 1` where
 * `bits` is not 0. Members may end and begin in it. CRC and size are not checked: no part knows them.
 * @throws (while iterating) PullBudgetError `bad-layer` where it is damaged or gives less than `length`, and where all
 * is wanted and other bytes follow
 */
export async function* inflateSpan(bytes: ByteStream, start: SpanStart, where: string): ByteStream {
  if (start.length === 0) return;
  const inflater = new Inflater(where, (stream) => span(stream, start));
  for await (const chunk of bytes) {
    yield* inflater.push(chunk);
    if (inflater.done) return;
  }
  yield* inflater.end();
}

interface Stream {
  readonly decoder: Decoder;
  readonly input: Input;
  readonly output: Output;
}

/** Gives content as it gets ready, and undefined where it wants more input. */
type Steps = Generator<Uint8Array | undefined, void>;

/** Runs steps as input comes. What it gives is a view of the decoder's memory, lent until the next is asked for. */
class Inflater {
  readonly #decoder = takeDecoder();
  readonly #input: Input;
  readonly #steps: Steps;
  done = false;

  constructor(
    where: string,
    steps: (stream: Stream) => Steps,
    compressed?: BoundarySubscriber['compressed'],
  ) {
    this.#input = new Input(this.#decoder, where, compressed);
    this.#steps = steps({ decoder: this.#decoder, input: this.#input, output: new Output(this.#decoder) });
  }

  *push(chunk: Uint8Array): Generator<Uint8Array, void> {
    for (let at = 0; at < chunk.length && !this.done; ) {
      at += this.#input.feed(chunk.subarray(at));
      yield* this.#advance();
    }
  }

  *end(): Generator<Uint8Array, void> {
    this.#input.end();
    yield* this.#advance();
  }

  *#advance(): Generator<Uint8Array, void> {
    while (!this.done) {
      const part = this.#step();
      if (part === undefined) return;
      yield part;
    }
  }

  /** A reader that stops early may still look at what it was lent: only streams that end give their decoder back. */
  #step(): Uint8Array | undefined {
    this.done = true;
    try {
      const step = this.#steps.next();
      this.done = step.done === true;
      return step.value ?? undefined;
    } finally {
      if (this.done) giveBack(this.#decoder);
    }
  }
}

function* members(stream: Stream, subscriber: BoundarySubscriber): Steps {
  const { decoder, input, output } = stream;
  const boundary = (member: boolean) => {
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

function* span(stream: Stream, start: SpanStart): Steps {
  const { decoder, input, output } = stream;
  output.setWindow(start.window);
  decoder.begin(windowBytes);
  if (start.bits > 0) {
    const [first = 0] = yield* input.take(1, 'its first byte');
    decoder.held.value = first >> (8 - start.bits);
    decoder.heldCount.value = start.bits;
  }
  for (;;) {
    yield* blocks(stream, start.length, () => {});
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

/** Inflates to the end of the member, or until there are `length` bytes of output. */
function* blocks({ decoder, input, output }: Stream, length: number, ended: () => void): Steps {
  for (;;) {
    const status = decoder.decode();
    if (output.position >= length || status === streamEnded) return;
    if (status === inputWanted) yield* input.more('its data');
    else if (status === outputFull) yield* output.take();
    else if (status === blockEnded) ended();
    else throw input.failure(`${faults[status]}, at byte ${input.position}`);
  }
}

const trailerBytes = 8;
const trailer = 'the trailer of a member';

/** CRC-32 and length of a member's content (RFC 1952, 2.3.1). */
function* checkTrailer({ input, output }: Stream): Steps {
  const at = input.position;
  const said = yield* input.take(trailerBytes, trailer);
  const [crc, size] = [littleEndian(said.subarray(0, 4)), littleEndian(said.subarray(4))];
  const member = output.endMember();
  if (crc !== member.crc) {
    throw input.failure(`its content has CRC-32 ${hex(member.crc)}, but ${hex(crc)} stands at byte ${at}`);
  }
  if (size !== member.size % 2 ** 32) {
    throw input.failure(`its content has ${member.size} bytes, but ${size} stands at byte ${at + 4}`);
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
