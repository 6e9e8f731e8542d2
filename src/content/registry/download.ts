import type { ByteRange, ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { brokenTransfer, RegistryFailure, unsupportedFailure } from './failure.ts';
import type { Http, OpenAnswer } from './http.ts';
import type { Repository } from './repository.ts';

const maxBytesAhead = 64 * 1024 * 1024;

/**
 * How much may be read ahead, all downloads of a registry together. A place is taken only where one is free,
 * never waited for: the bytes that a reader wants next always stream, so readers cannot block each other.
 */
export class ReadAhead {
  /** Bytes to ask for at once; without end where nothing can be read ahead: ranges would only cost round trips. */
  readonly rangeBytes: number;
  #places: number;

  constructor(connections: number, rangeBytes: number) {
    this.#places = Math.min(connections - 1, Math.floor(maxBytesAhead / rangeBytes));
    this.rangeBytes = this.#places > 0 ? rangeBytes : Number.POSITIVE_INFINITY;
  }

  take(): boolean {
    if (this.#places <= 0) return false;
    this.#places--;
    return true;
  }

  give(): void {
    this.#places++;
  }
}

/** A range on its way into memory. */
interface Fetched {
  readonly end: number;
  readonly chunks: Promise<Uint8Array[]>;
}

/**
 * Reads a blob, or a range of it: ranges ahead are fetched in parallel and handed out in order, what breaks off
 * is resumed where it broke off. Not verified.
 */
export async function* download(
  repository: Repository,
  blob: Descriptor,
  { start, end }: ByteRange,
  ahead: ReadAhead,
): ByteStream {
  const abort = new AbortController();
  const signal = AbortSignal.any([repository.http.signal, abort.signal]);
  const transfer = new Transfer(repository, blob, signal);
  const fetched: Fetched[] = [];
  let at = start;
  let planned = start;
  const fetchAhead = (): void => {
    while (transfer.takesRanges && planned < end && ahead.take()) {
      const range = { start: planned, end: Math.min(planned + ahead.rangeBytes, end) };
      const chunks = gather(transfer.read(range));
      // Awaited later, or never where the reader leaves early.
      chunks.catch(() => {});
      fetched.push({ end: range.end, chunks });
      planned = range.end;
    }
  };
  try {
    while (at < end) {
      const next = fetched[0];
      if (next === undefined) {
        planned = ahead.rangeBytes < end - at ? at + ahead.rangeBytes : end;
        for await (const chunk of transfer.read({ start: at, end: planned }, end)) {
          at += chunk.byteLength;
          planned = Math.max(planned, at);
          fetchAhead();
          yield chunk;
        }
      } else {
        const chunks = await next.chunks;
        at = next.end;
        for (const chunk of chunks) yield chunk;
        fetched.shift();
        ahead.give();
        fetchAhead();
      }
    }
  } finally {
    abort.abort();
    for (const _ of fetched) ahead.give();
  }
}

async function gather(bytes: ByteStream): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return chunks;
}

/** The requests for one blob: where it is stored, and whether ranges are had there. */
class Transfer {
  readonly #repository: Repository;
  readonly #http: Http;
  readonly #blob: Descriptor;
  readonly #signal: AbortSignal;
  /** Where the registry sent us. Its signature ages: when it is refused, the registry is asked again. */
  #storage: URL | undefined;
  /** Known by the first answer to a request for a range. */
  takesRanges = false;

  constructor(repository: Repository, blob: Descriptor, signal: AbortSignal) {
    this.#repository = repository;
    this.#http = repository.http;
    this.#blob = blob;
    this.#signal = signal;
  }

  /** The bytes of a range. A server that knows no ranges sends everything, which is passed on up to `limit`. */
  async *read({ start, end }: ByteRange, limit = end): ByteStream {
    const attempts = this.#http.attempts(this.#signal);
    let at = start;
    for (;;) {
      try {
        const answer = await this.#open(at, end);
        const ranged = answer.status === 206;
        const until = ranged ? end : limit;
        let skip = ranged ? 0 : at;
        for await (const chunk of answer.body) {
          const piece = chunk.subarray(Math.min(skip, chunk.byteLength), skip + until - at);
          skip = Math.max(0, skip - chunk.byteLength);
          at += piece.byteLength;
          if (piece.byteLength > 0) yield piece;
          // Only what is too much is cut off: a body read to its end leaves its connection for the next one.
          if (at === until && piece.byteLength < chunk.byteLength) return;
        }
        if (at === until) return;
        throw brokenTransfer(`${this.#where}: ${answer.url.host} ended after ${at} bytes of ${until}`);
      } catch (error) {
        await attempts.next(error);
      }
    }
  }

  async #open(start: number, end: number): Promise<OpenAnswer> {
    if (this.#storage !== undefined) {
      try {
        return await this.#get(this.#storage, start, end);
      } catch (error) {
        this.#storage = undefined;
        // Another try would not help, but another signature may.
        if (!(error instanceof RegistryFailure) || error.transient) throw error;
      }
    }
    const url = this.#repository.blob(this.#blob.digest);
    const answer = await this.#get(url, start, end);
    if (answer.url.href !== url.href) this.#storage = answer.url;
    return answer;
  }

  async #get(url: URL, start: number, end: number): Promise<OpenAnswer> {
    const whole = start === 0 && end === this.#blob.size;
    const answer = await this.#http.open({
      method: 'GET',
      url,
      subject: `blob ${this.#blob.digest}`,
      headers: whole ? {} : { range: `bytes=${start}-${end - 1}` },
      authorization: this.#repository.pull,
      expects: [200, 206],
      signal: this.#signal,
    });
    if (answer.status === 200) return answer;
    const range = answer.header('content-range') ?? '';
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    const fits = Number(from) === start && (total === '*' || Number(total) === this.#blob.size);
    if (!fits || whole) {
      await answer.drop();
      throw unsupportedFailure(
        `${this.#where}: ${answer.url.host} sent "${range.slice(0, 60)}", asked for bytes ${start}-${end - 1} of ${this.#blob.size}`,
        'The registry has other content than the manifest says, or a proxy does not handle ranges right.',
      );
    }
    this.takesRanges = true;
    return answer;
  }

  get #where(): string {
    return `${this.#repository.location}: blob ${this.#blob.digest}`;
  }
}
