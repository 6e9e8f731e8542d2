import type { OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ByteRange, ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import type { Endpoint, Exchange, Shelf } from './server-exchange.ts';
import { requestedRange } from './server-range.ts';
import { Refusal } from './server-refusal.ts';
import type { RouteOf } from './server-routes.ts';

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs */
export function blobEndpoint(shelf: Shelf): Endpoint<'blob'> {
  return { GET: (exchange) => sendBlob(shelf, exchange) };
}

/**
 * A stored blob, by its size on the disk. Serving does not hash: who pulls does, and a measured pull would pay for
 * both. But a blob that is not as long as a manifest says is damaged, and counts as not there, so that no one gets
 * it and a push puts it right.
 * @throws Refusal 404 BLOB_UNKNOWN
 */
export async function findBlob({ layout, sizes }: Shelf, digest: Digest): Promise<Descriptor> {
  const size = await layout.blobSize(digest);
  if (size === undefined) throw new Refusal(404, 'BLOB_UNKNOWN', 'no such blob', { detail: { digest } });
  const expected = sizes.get(digest) ?? size;
  if (size !== expected) {
    throw new Refusal(404, 'BLOB_UNKNOWN', 'the stored blob is damaged; push it again', {
      detail: { digest, size, expected },
    });
  }
  return { mediaType: 'application/octet-stream', digest, size };
}

async function sendBlob(shelf: Shelf, exchange: Exchange<RouteOf<'blob'>>): Promise<void> {
  const { request, response, route } = exchange;
  const blob = await findBlob(shelf, route.digest);
  const headers = {
    'Content-Type': blob.mediaType,
    'Accept-Ranges': 'bytes',
    ...contentHeaders(blob.digest),
  };
  if (isFresh(exchange, blob.digest)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'Content-Length': blob.size }).end();
    return;
  }
  const condition = request.headers['if-range'];
  const honoured = condition === undefined || condition === etag(blob.digest);
  const range = requestedRange(honoured ? request.headers.range : undefined, blob.size);
  if (range === 'unsatisfiable') {
    throw new Refusal(416, 'SIZE_INVALID', `the blob has ${blob.size} bytes`, {
      headers: { 'Content-Range': `bytes */${blob.size}` },
    });
  }
  await sendBytes(shelf, exchange, blob, range, headers);
}

async function sendBytes(
  shelf: Shelf,
  { response }: Exchange,
  blob: Descriptor,
  range: ByteRange | 'whole',
  headers: OutgoingHttpHeaders,
): Promise<void> {
  const part = range === 'whole' ? { start: 0, end: blob.size } : range;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...headers,
    'Content-Length': part.end - part.start,
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${part.start}-${part.end - 1}/${blob.size}` }),
  });
  await pipeline(counted(shelf, blob, part), response);
}

/** A file that ends early breaks the connection off: an answer that ended well would be taken for whole. */
async function* counted({ layout, traffic }: Shelf, blob: Descriptor, part: ByteRange): ByteStream {
  let sent = 0;
  for await (const chunk of layout.readBlob(blob, part)) {
    sent += chunk.byteLength;
    traffic.count('sent', blob.digest, chunk.byteLength);
    yield chunk;
  }
  if (sent !== part.end - part.start) throw new Error(`${blob.digest} became shorter while it was served`);
}

const etag = (digest: Digest): string => `"${digest}"`;

export function contentHeaders(digest: Digest): Record<string, string> {
  return { 'Docker-Content-Digest': digest, ETag: etag(digest) };
}

/** Whether the client has this content already and asked to hear only of another. */
export function isFresh({ request }: Exchange, digest: Digest): boolean {
  const tags = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags?.some((tag) => tag === etag(digest) || tag === '*') === true;
}
