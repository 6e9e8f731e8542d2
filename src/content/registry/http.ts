import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { ByteStream } from '../bytes.ts';
import { type ConnectionOptions, Connections, mayFollow } from './connection.ts';
import { answerFailure, brokenTransfer, networkFailure, quoteBody, unsupportedFailure } from './failure.ts';
import { Attempts, backoff, type RetryPolicy, retrying } from './retry.ts';
import type { Secrets } from './secrets.ts';

/** What authorises requests at one origin. Other origins (storage, whatever a redirect names) get nothing of it. */
export interface Authorization {
  /** The header's value for this URL; undefined for none. */
  header(url: URL): Promise<string | undefined>;
  /** Learns from a refusal of a request that carried `used`; true if another try will carry something else. */
  challenged(url: URL, challenges: readonly string[], used: string | undefined): Promise<boolean>;
  /** What a user can do about a refusal: which credentials were used, how to give others. */
  advice(): Promise<string>;
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  /** What it is about, for messages: `blob sha256:…`. */
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body, anew each time that it is sent; a stream's length stands in `headers`. */
  readonly body?: () => Uint8Array | ByteStream;
  readonly authorization?: Authorization;
  /** Statuses that the caller makes sense of; any other one is an error. */
  readonly expects: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** A header's value; undefined where it is absent. */
  header(name: string): string | undefined;
  /** Where the answer came from, redirects followed. */
  readonly url: URL;
}

/** An answer with its body. */
export interface WholeAnswer extends Answer {
  readonly bytes: Buffer;
}

/** An answer whose body is still to be read, or dropped. */
export interface OpenAnswer extends Answer {
  /** @throws (while iterating) RegistryFailure, transient */
  readonly body: ByteStream;
  drop(): Promise<void>;
}

export interface HttpOptions {
  /** For messages: `ghcr.io/acme/app`. */
  readonly location: string;
  readonly origin: string;
  readonly connection: ConnectionOptions;
  readonly retry: RetryPolicy;
  readonly secrets: Secrets;
  readonly userAgent: string;
}

export const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxRedirects = 5;
const maxErrorBody = 16 * 1024;

/** The one place that sends requests: redirects, retries, and what failures mean. */
export class Http {
  readonly #options: HttpOptions;
  readonly #connections: Connections;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#connections = new Connections(options.origin, options.connection);
  }

  get signal(): AbortSignal {
    return this.#options.retry.signal;
  }

  /** The tries of an operation that is more than one request. */
  attempts(signal: AbortSignal = this.signal): Attempts {
    return new Attempts({ ...this.#options.retry, signal });
  }

  /** Waits before a round of work that others got in the way of. */
  async pause(round: number): Promise<void> {
    const { clock } = this.#options.retry;
    await clock.sleep(backoff(round, clock.random()), this.signal);
    this.signal.throwIfAborted();
  }

  /** Sends a request, again where that can help, and drops the answer's body. */
  async send(request: Request): Promise<Answer> {
    return retrying(this.#options.retry, () => this.sendOnce(request));
  }

  /** Sends a request without retries, and drops the answer's body. */
  async sendOnce(request: Request): Promise<Answer> {
    const answer = await this.open(request);
    await answer.drop();
    return answer;
  }

  /** Sends a request, again where that can help, and reads the answer's body. @throws what `tooLarge` makes */
  async fetch(request: Request, limit: number, tooLarge: () => Error): Promise<WholeAnswer> {
    return retrying(this.#options.retry, () => this.fetchOnce(request, limit, tooLarge));
  }

  /** Sends a request without retries, and reads the answer's body. @throws what `tooLarge` makes */
  async fetchOnce(request: Request, limit: number, tooLarge: () => Error): Promise<WholeAnswer> {
    const { body, status, header, url } = await this.open(request);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
    return { status, header, url, bytes: Buffer.concat(chunks, size) };
  }

  /** Sends a request once, and follows redirects. A refusal that asks for other credentials is answered once, with a new body. */
  async open(request: Request): Promise<OpenAnswer> {
    let { method, url } = request;
    let answeredChallenge = false;
    for (let hops = 0; ; ) {
      const authorization = await request.authorization?.header(url);
      const response = await this.#dispatch(request, method, url, authorization);
      const { statusCode } = response;
      if (request.expects.includes(statusCode)) return this.#answer(request, response, url);
      const location = redirects.has(statusCode) ? [response.headers.location].flat()[0] : undefined;
      if (location === undefined) {
        const body = await beginning(response);
        const challenges = [response.headers['www-authenticate'] ?? []].flat();
        if (!answeredChallenge && asksForCredentials(request, statusCode, body, authorization)) {
          answeredChallenge = true;
          if (await request.authorization?.challenged(url, challenges, authorization)) continue;
        }
        throw await this.#failure(request, method, url, response, body);
      }
      await drop(response);
      if (++hops > maxRedirects) throw this.#refusal(request, `over ${maxRedirects} redirects`);
      url = this.resolve(location, url, request.subject);
      // Any other redirect keeps the method, also 301 and 302: a registry that moved still wants the upload.
      if (statusCode === 303 && method !== 'HEAD') method = 'GET';
    }
  }

  /** Where a Location header leads from `from`. @throws RegistryFailure for one that would give up TLS */
  resolve(location: string, from: URL, subject: string): URL {
    const url = URL.parse(location, from.href);
    if (url === null) throw this.#refusal({ subject }, 'a Location that is no URL');
    if (mayFollow(from, url, this.#options.connection)) return url;
    throw unsupportedFailure(
      `${this.#describe(subject)}: ${from.host} sends on from TLS to ${url.protocol}//${url.host}`,
      'A proxy that ends TLS before the registry must tell it so (X-Forwarded-Proto); or name that host as a plain-HTTP one.',
    );
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #dispatch(
    request: Request,
    method: Request['method'],
    url: URL,
    authorization: string | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const signal = request.signal ?? this.signal;
    signal.throwIfAborted();
    const connection = this.#connections.to(url);
    const body = request.method === method ? request.body?.() : undefined;
    try {
      return await connection.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: {
          'user-agent': this.#options.userAgent,
          // Bytes as they are: what a proxy would compress no longer has its digest.
          'accept-encoding': 'identity',
          ...(body === undefined && request.body !== undefined ? {} : request.headers),
          ...(authorization === undefined ? {} : { authorization }),
        },
        // undici sends an async iterable with backpressure; its types only name Readable.
        ...(body === undefined ? {} : { body: body as Uint8Array | Readable }),
        signal,
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw networkFailure(this.#describe(request.subject), url.host, error);
    }
  }

  #answer(request: Request, response: Dispatcher.ResponseData, url: URL): OpenAnswer {
    return {
      status: response.statusCode,
      header: (name) => [response.headers[name]].flat()[0],
      url,
      body: this.#body(request, response, url),
      drop: () => drop(response),
    };
  }

  async *#body(request: Request, response: Dispatcher.ResponseData, url: URL): AsyncGenerator<Uint8Array> {
    const signal = request.signal ?? this.signal;
    try {
      yield* response.body;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw brokenTransfer(
        `${this.#describe(request.subject)}: ${url.host} broke off: ${error instanceof Error ? error.message : ''}`,
        error,
      );
    }
  }

  async #failure(
    request: Request,
    method: string,
    url: URL,
    { statusCode, headers }: Dispatcher.ResponseData,
    body: Buffer,
  ): Promise<Error> {
    const said = quoteBody(body, String(headers['content-type'] ?? '').toLowerCase());
    return answerFailure({
      subject: this.#describe(request.subject),
      method,
      host: url.host,
      status: statusCode,
      said: this.#options.secrets.mask(said),
      retryAfter: [headers['retry-after']].flat()[0],
      advice: statusCode === 401 || statusCode === 403 ? await request.authorization?.advice() : undefined,
    });
  }

  #refusal({ subject }: Pick<Request, 'subject'>, what: string): Error {
    return unsupportedFailure(
      `${this.#describe(subject)}: the registry answered with ${what}`,
      'The registry, or a proxy before it, is not set up right.',
    );
  }

  #describe(subject: string): string {
    return `${this.#options.location}: ${subject}`;
  }
}

/** ECR refuses an authorization that has ended by 403; to HEAD, which has no body, without a word about it. */
function asksForCredentials(
  { method }: Request,
  status: number,
  body: Buffer,
  authorization: string | undefined,
): boolean {
  if (status !== 403 || authorization === undefined) return status === 401;
  return method === 'HEAD' || /token has expired/i.test(body.toString());
}

/** The beginning of an error's body; nothing where it breaks off: the status has said enough. */
async function beginning(response: Dispatcher.ResponseData): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size >= maxErrorBody) break;
    }
  } catch {}
  return Buffer.concat(chunks).subarray(0, maxErrorBody);
}

/** Reads a short rest, so that the connection can be used again; a long one ends with its connection. */
async function drop(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump().catch(() => {});
}
