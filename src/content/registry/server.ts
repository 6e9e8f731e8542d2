import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inputError } from '../error.ts';
import type { Digest } from '../image/digest.ts';
import { type Layout, openLayout } from '../store/layout.ts';
import { blobEndpoint } from './server-blobs.ts';
import { checkCaller, isLoopbackAddress } from './server-callers.ts';
import { type Endpoint, type Handler, type Shelf, sendJson, Traffic } from './server-exchange.ts';
import { manifestEndpoint, referrersEndpoint, tagsEndpoint } from './server-manifests.ts';
import { uploadEndpoint, uploadsEndpoint } from './server-push.ts';
import { failureRefusal, Refusal } from './server-refusal.ts';
import { parseTarget, type Route, type RouteKind } from './server-routes.ts';
import { referencesIn } from './server-tags.ts';
import { Uploads } from './server-uploads.ts';

export interface ServeOptions {
  /** A folder, made a layout where it is none (unless `readOnly`), or a layout, which stays open afterwards. */
  readonly layout: string | Layout;
  /** Where to listen; anything but a loopback address lets other machines in. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Answers pulls only. */
  readonly readOnly?: boolean;
  /** Gets a line for each answered request: `GET /v2/app/tags/list 200 3 ms`, with the cause of a failure. */
  readonly onRequest?: (line: string) => void;
  readonly limits?: Partial<ServeLimits>;
}

export interface ServeLimits {
  /** Uploads open at once; more are told to come again. */
  readonly uploads: number;
  /** Seconds in which nothing moves before a connection or an upload is given up. */
  readonly idleSeconds: number;
  /** Seconds that closing waits for answers under way. */
  readonly closeSeconds: number;
}

const defaultLimits: ServeLimits = { uploads: 256, idleSeconds: 600, closeSeconds: 10 };

export interface RegistryServer {
  /** As image references have it: `127.0.0.1:41234`. */
  readonly host: string;
  readonly url: string;
  /** Bytes of blobs and manifests that went through bodies, by digest; requests for headers alone do not count. */
  readonly traffic: {
    readonly sent: ReadonlyMap<Digest, number>;
    readonly received: ReadonlyMap<Digest, number>;
  };
  /** What it holds, as clients name it: `127.0.0.1:41234/app:1`, or by digest where it has no tag. */
  references(): Promise<string[]>;
  /** Ends answers under way, then the server; unfinished uploads are removed. */
  close(): Promise<void>;
}

/**
 * Serves an OCI layout as a registry: pull, push and content discovery of the distribution spec v1.1 over HTTP.
 * Any repository name is valid and all share the layout's blobs; tags are kept apart. Nothing is ever deleted.
 * @throws PullBudgetError `port-in-use`, `bad-host`, and what openLayout throws
 */
export async function serveLayout(options: ServeOptions): Promise<RegistryServer> {
  const { host = '127.0.0.1', port = 0, readOnly = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const opened =
    typeof options.layout === 'string' ? await openLayout(options.layout, { create: !readOnly }) : undefined;
  const layout = opened ?? (options.layout as Layout);
  const uploads = new Uploads(layout, { most: limits.uploads, idleSeconds: limits.idleSeconds });
  const shelf: Shelf = { layout, uploads, traffic: new Traffic(), sizes: new Map() };
  const server = createServer({
    // A blob may take as long as it takes; idle connections are another matter.
    requestTimeout: 0,
    headersTimeout: 60_000,
    keepAliveTimeout: 60_000,
  });
  server.setTimeout(limits.idleSeconds * 1000);
  const address = await listen(server, host, port).catch(async (error) => {
    await opened?.close();
    throw error;
  });
  const answers = new Answers(shelf, {
    readOnly,
    onlyLoopback: isLoopbackAddress(address.address),
    ...(options.onRequest ? { onRequest: options.onRequest } : {}),
  });
  server.on('request', (request, response) => answers.give(request, response));
  const authority = `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  const end = async (): Promise<void> => {
    await stop(server, answers, limits.closeSeconds);
    await uploads.close();
    await opened?.close();
  };
  let ending: Promise<void> | undefined;
  return {
    host: authority,
    url: `http://${authority}`,
    traffic: shelf.traffic,
    references: async () => referencesIn(await layout.index()).map((name) => `${authority}/${name}`),
    close: () => {
      ending ??= end();
      return ending;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, resolve);
  try {
    await promise;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw inputError('port-in-use', `port ${port} of ${host} is in use`, {
        hint: 'Choose another port; --port 0 has a free one chosen.',
        cause,
      });
    }
    throw inputError('bad-host', `cannot listen on ${host} port ${port}: ${(cause as Error).message}`, {
      hint: 'Name an address of this machine; 127.0.0.1 is the default. Ports below 1024 take privileges.',
      cause,
    });
  }
  server.removeListener('error', reject);
  return server.address() as AddressInfo;
}

async function stop(server: Server, answers: Answers, seconds: number): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  answers.makeLast();
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  await stopped;
  clearTimeout(timer);
  // Work can outlast the connection that it was for.
  await answers.ended();
}

interface Manners {
  readonly readOnly: boolean;
  /** Refuse those who came by another name than this machine's own: a web page can make its name mean 127.0.0.1. */
  readonly onlyLoopback: boolean;
  readonly onRequest?: (line: string) => void;
}

/** Finds the handler for each request and sees that it gets an answer, whatever happens. */
class Answers {
  readonly #endpoints: { readonly [Kind in RouteKind]: Endpoint<Kind> };
  readonly #manners: Manners;
  readonly #open = new Map<ServerResponse, Promise<void>>();

  constructor(shelf: Shelf, manners: Manners) {
    this.#manners = manners;
    this.#endpoints = {
      base: { GET: async ({ response }) => sendJson(response, {}) },
      blob: blobEndpoint(shelf),
      manifest: manifestEndpoint(shelf),
      uploads: uploadsEndpoint(shelf),
      upload: uploadEndpoint(shelf),
      tags: tagsEndpoint(shelf),
      referrers: referrersEndpoint(shelf),
    };
  }

  give(request: IncomingMessage, response: ServerResponse): void {
    const answered = this.#answer(request, response);
    this.#open.set(response, answered);
    void answered.then(() => this.#open.delete(response));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    let failure: unknown;
    try {
      await this.#handle(request, response);
    } catch (error) {
      failure = error;
      refuse(request, response, error);
    }
    this.#manners.onRequest?.(line(request, response, performance.now() - started, failure));
  }

  /** Connections end with the answers that are under way. */
  makeLast(): void {
    for (const response of this.#open.keys()) {
      const { socket } = response;
      response.shouldKeepAlive = false;
      response.once('finish', () => socket?.end());
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#open.values());
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#manners.onlyLoopback) checkCaller(request.headers);
    const { route, query } = parseTarget(request.url ?? '');
    const handler = this.#handler(request.method ?? '', route);
    await handler({ request, response, route, query });
  }

  #handler(method: string, route: Route): Handler<Route> {
    const endpoint = this.#endpoints[route.kind] as Readonly<Record<string, Handler<Route>>>;
    const offered = Object.keys(endpoint).filter((name) => name === 'GET' || !this.#manners.readOnly);
    const name = method === 'HEAD' ? 'GET' : method;
    const handler = offered.includes(name) ? endpoint[name] : undefined;
    if (handler) return handler;
    const allow = offered.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', ');
    throw new Refusal(405, 'UNSUPPORTED', `this registry does not offer ${method} here`, {
      headers: { Allow: allow },
    });
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const refusal = error instanceof Refusal ? error : failureRefusal(error);
  const body = Buffer.from(refusal.body());
  response
    .writeHead(refusal.status, {
      ...refusal.headers,
      'Content-Type': 'application/json',
      'Content-Length': body.byteLength,
    })
    .end(body);
  // What is left of the body must go by before the connection can be used again.
  request.resume();
}

function line(
  request: IncomingMessage,
  response: ServerResponse,
  milliseconds: number,
  failure: unknown,
): string {
  const left = isLeft(failure);
  const status = left ? 'broken off' : response.statusCode;
  const said = failure === undefined || failure instanceof Refusal || left ? '' : ` (${failure})`;
  // It may quote a stored manifest, and a line must stay one.
  const why = said.replace(/\p{Cc}+/gu, ' ');
  const target = (request.url ?? '').replace(/[^!-~]/g, '?');
  return `${request.method} ${target} ${status} ${milliseconds.toFixed(0)} ms${why}`;
}

/** Whether the client went away before the end, which is its right. */
function isLeft(failure: unknown): boolean {
  const { code } = (failure ?? {}) as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
