import type { IncomingMessage } from 'node:http';
import type { ByteStream } from '../bytes.ts';
import type { Digest } from '../image/digest.ts';
import { contentHeaders, findBlob } from './server-blobs.ts';
import { bodyLength, bodyOf, type Endpoint, type Exchange, type Shelf } from './server-exchange.ts';
import { chunkRange } from './server-range.ts';
import { Refusal } from './server-refusal.ts';
import { checkDigest, checkRepository, type RouteOf } from './server-routes.ts';
import type { Upload } from './server-uploads.ts';

type Uploading = Exchange<RouteOf<'upload'>>;

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs */
export function uploadsEndpoint(shelf: Shelf): Endpoint<'uploads'> {
  return {
    POST: async (exchange) => {
      const { query } = exchange;
      if (await mounted(shelf, exchange)) return;
      if (query.has('digest')) await uploadAtOnce(shelf, exchange, checkDigest(query.get('digest')));
      else answerWithState(exchange, 202, await shelf.uploads.start(exchange.route.repository));
    },
  };
}

export function uploadEndpoint(shelf: Shelf): Endpoint<'upload'> {
  const found = ({ route }: Uploading): Upload => shelf.uploads.find(route.repository, route.id);
  return {
    GET: async (exchange) => answerWithState(exchange, 204, found(exchange)),
    PATCH: async (exchange) => {
      const upload = found(exchange);
      await append(shelf, exchange, upload);
      answerWithState(exchange, 202, upload);
    },
    PUT: async (exchange) => {
      const upload = found(exchange);
      const digest = checkDigest(exchange.query.get('digest'));
      if (hasBody(exchange.request)) await append(shelf, exchange, upload);
      await finish(shelf, exchange, upload, digest);
    },
    DELETE: async (exchange) => {
      await shelf.uploads.cancel(found(exchange));
      exchange.response.writeHead(204).end();
    },
  };
}

/** All repositories share one layout, so whatever is here can be mounted, and `from` need not be told. */
async function mounted(shelf: Shelf, exchange: Exchange<RouteOf<'uploads'>>): Promise<boolean> {
  const { query } = exchange;
  if (!query.has('mount')) return false;
  const digest = checkDigest(query.get('mount'));
  if (query.has('from')) checkRepository(query.get('from') ?? '');
  try {
    await findBlob(shelf, digest);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  answerCreated(exchange, digest);
  return true;
}

async function uploadAtOnce(
  shelf: Shelf,
  exchange: Exchange<RouteOf<'uploads'>>,
  digest: Digest,
): Promise<void> {
  const upload = await shelf.uploads.start(exchange.route.repository);
  try {
    await shelf.uploads.append(upload, bodyOf(exchange.request));
    await finish(shelf, exchange, upload, digest);
  } catch (error) {
    // The client was never told of this upload: no one could go on with it.
    await shelf.uploads.cancel(upload);
    throw error;
  }
}

async function finish(
  { uploads, traffic }: Shelf,
  exchange: Exchange<RouteOf<'upload' | 'uploads'>>,
  upload: Upload,
  digest: Digest,
): Promise<void> {
  await uploads.finish(upload, digest);
  traffic.count('received', digest, upload.size);
  answerCreated(exchange, digest);
}

async function append({ uploads }: Shelf, exchange: Uploading, upload: Upload): Promise<void> {
  const { request } = exchange;
  const range = chunkRange(request.headers['content-range']);
  if (range === undefined) {
    await uploads.append(upload, bodyOf(request));
    return;
  }
  if (range === 'malformed') {
    throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'Content-Range must be <first>-<last>');
  }
  if (range.start !== upload.size) {
    throw new Refusal(416, 'BLOB_UPLOAD_INVALID', `the next byte of this upload is ${upload.size}`, {
      headers: stateHeaders(exchange, upload),
    });
  }
  await uploads.append(upload, exactly(bodyOf(request), range.end - range.start, bodyLength(request)));
}

/** @throws Refusal (while iterating) 400 SIZE_INVALID */
async function* exactly(bytes: ByteStream, length: number, announced: number = length): ByteStream {
  const mismatch = () =>
    new Refusal(400, 'SIZE_INVALID', `the chunk has not the ${length} bytes that its Content-Range says`);
  if (announced !== length) throw mismatch();
  let size = 0;
  for await (const piece of bytes) {
    size += piece.byteLength;
    if (size > length) throw mismatch();
    yield piece;
  }
  if (size !== length) throw mismatch();
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || (bodyLength(request) ?? 0) > 0;
}

function answerWithState(
  exchange: Exchange<RouteOf<'upload' | 'uploads'>>,
  status: number,
  upload: Upload,
): void {
  exchange.response
    .writeHead(status, {
      ...stateHeaders(exchange, upload),
      ...(status === 204 ? {} : { 'Content-Length': 0 }),
    })
    .end();
}

function stateHeaders(
  { route }: Exchange<RouteOf<'upload' | 'uploads'>>,
  upload: Upload,
): Record<string, string> {
  return {
    Location: `/v2/${route.repository}/blobs/uploads/${upload.id}`,
    // There is no way to say "nothing yet": 0-0 is what all registries say.
    Range: `0-${Math.max(upload.size - 1, 0)}`,
    'Docker-Upload-UUID': upload.id,
  };
}

function answerCreated({ response, route }: Exchange<RouteOf<'upload' | 'uploads'>>, digest: Digest): void {
  const location = `/v2/${route.repository}/blobs/${digest}`;
  response.writeHead(201, { Location: location, 'Content-Length': 0, ...contentHeaders(digest) }).end();
}
