import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ByteStream } from '../bytes.ts';
import type { Digest } from '../image/digest.ts';
import type { Layout } from '../store/layout.ts';
import type { Route, RouteKind, RouteOf } from './server-routes.ts';
import type { Uploads } from './server-uploads.ts';

/** What a running server has: its content, what is on the way in, and what it learned. */
export interface Shelf {
  readonly layout: Layout;
  readonly uploads: Uploads;
  readonly traffic: Traffic;
  /** Sizes that manifests gave for blobs: what a stored blob must have to be served. */
  readonly sizes: Map<Digest, number>;
}

/** One request, what it names, and its answer. */
export interface Exchange<R extends Route = Route> {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: R;
  readonly query: URLSearchParams;
}

/** Answers a request. @throws Refusal, or anything else, which is answered as a failure of this side */
export type Handler<R extends Route> = (exchange: Exchange<R>) => Promise<void>;

/** The methods of one endpoint; HEAD is answered as GET, whose handlers leave out the body. */
export type Endpoint<Kind extends RouteKind> = Readonly<
  Partial<Record<'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', Handler<RouteOf<Kind>>>>
>;

/** Content bytes that went through, by the digest that they were asked for or stored under. */
export class Traffic {
  readonly sent = new Map<Digest, number>();
  readonly received = new Map<Digest, number>();

  count(direction: 'sent' | 'received', digest: Digest, bytes: number): void {
    this[direction].set(digest, (this[direction].get(digest) ?? 0) + bytes);
  }
}

/** A request's body. Ending it early leaves the connection be, so that the request can still be answered. */
export function bodyOf(request: IncomingMessage): ByteStream {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}

/** `Content-Length`, where the client gave one. */
export function bodyLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

export function sendJson(response: ServerResponse, body: unknown, mediaType = 'application/json'): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': bytes.byteLength }).end(bytes);
}
