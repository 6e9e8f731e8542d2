import { hasCode } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf } from '../image/digest.ts';
import { type Manifest, maxManifestBytes, parseManifest } from '../image/manifest.ts';
import { isForeignLayerType, mediaTypes } from '../image/media-type.ts';
import { isTag } from '../image/reference.ts';
import { withEntry } from '../store/layout-index.ts';
import { collect } from '../store/verify.ts';
import { contentHeaders, isFresh } from './server-blobs.ts';
import { bodyLength, bodyOf, type Endpoint, type Exchange, type Shelf, sendJson } from './server-exchange.ts';
import { Refusal, refusalOf } from './server-refusal.ts';
import { checkDigest, checkReference, type RouteOf } from './server-routes.ts';
import { findDigest, findTag, tagsIn, withTagIn } from './server-tags.ts';

/**
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export function manifestEndpoint(shelf: Shelf): Endpoint<'manifest'> {
  return {
    GET: (exchange) => sendManifest(shelf, exchange),
    PUT: (exchange) => receiveManifest(shelf, exchange),
  };
}

async function sendManifest(shelf: Shelf, exchange: Exchange<RouteOf<'manifest'>>): Promise<void> {
  const { request, response, route } = exchange;
  const { raw, descriptor } = await findManifest(shelf, route.repository, route.reference);
  const headers = { 'Content-Type': descriptor.mediaType, ...contentHeaders(descriptor.digest) };
  if (isFresh(exchange, descriptor.digest)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method !== 'HEAD') shelf.traffic.count('sent', descriptor.digest, raw.byteLength);
  response.writeHead(200, { ...headers, 'Content-Length': raw.byteLength }).end(raw);
}

/** Manifests are small: every one served is read whole and checked against its digest. */
async function findManifest(shelf: Shelf, repository: string, reference: string): Promise<Manifest> {
  const unknown = (cause?: unknown) =>
    new Refusal(404, 'MANIFEST_UNKNOWN', 'no such manifest', {
      detail: { name: repository, reference },
      cause,
    });
  const descriptor = await describe(shelf, repository, reference, unknown);
  try {
    const manifest = await shelf.layout.readManifest(descriptor);
    if (!isMediaType(manifest.descriptor.mediaType)) throw unknown();
    learnSizes(shelf, manifest);
    return manifest;
  } catch (error) {
    throw hasCode(error, 'not-found') ? unknown(error) : error;
  }
}

/** By tag an entry of the layout; by digest any blob that is a manifest, for those below an index have no entry. */
async function describe(
  { layout }: Shelf,
  repository: string,
  reference: string,
  unknown: (cause?: unknown) => Refusal,
): Promise<Descriptor> {
  const index = await layout.index();
  if (!reference.includes(':')) {
    const found = isTag(reference) ? findTag(index, repository, reference) : undefined;
    if (found) return found;
    throw unknown();
  }
  const digest = checkDigest(reference);
  const found = findDigest(index, digest);
  if (found) return found;
  try {
    return await layout.resolve(digest);
  } catch (error) {
    const isNoManifest = ['not-found', 'bad-manifest', 'bad-descriptor', 'too-large'];
    throw isNoManifest.some((code) => hasCode(error, code)) ? unknown(error) : error;
  }
}

async function receiveManifest(shelf: Shelf, exchange: Exchange<RouteOf<'manifest'>>): Promise<void> {
  const { response, route } = exchange;
  const reference = checkReference(route.reference);
  const manifest = await readManifest(exchange, 'digest' in reference ? reference.digest : undefined);
  await checkContent(shelf, manifest);
  await shelf.layout.writeManifest(manifest);
  const { digest } = manifest.descriptor;
  if ('tag' in reference) {
    await shelf.layout.changeIndex((index) =>
      withTagIn(index, manifest.descriptor, route.repository, reference.tag),
    );
  } else if (manifest.kind === 'opaque') {
    // Its bytes may not say what it is: the entry does.
    await shelf.layout.changeIndex((index) => withEntry(index, manifest.descriptor));
  }
  learnSizes(shelf, manifest);
  response
    .writeHead(201, {
      Location: `/v2/${route.repository}/manifests/${digest}`,
      'Content-Length': 0,
      ...contentHeaders(digest),
      ...(manifest.kind !== 'opaque' && manifest.subject ? { 'OCI-Subject': manifest.subject.digest } : {}),
    })
    .end();
}

/** @throws Refusal 413, 400 MANIFEST_INVALID, 400 DIGEST_INVALID */
async function readManifest({ request }: Exchange, digest: Digest | undefined): Promise<Manifest> {
  const where = 'the manifest';
  if ((bodyLength(request) ?? 0) > maxManifestBytes) {
    throw new Refusal(413, 'SIZE_INVALID', `${where} is over ${maxManifestBytes} bytes`);
  }
  const given = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  try {
    const raw = await collect(bodyOf(request), maxManifestBytes, where);
    if (digest !== undefined && digestOf(raw, digestAlgorithm(digest)) !== digest) {
      throw new Refusal(400, 'DIGEST_INVALID', `the digest is not that of ${where}`, { detail: { digest } });
    }
    const manifest = parseManifest(raw, given === undefined ? {} : { mediaType: given }, where);
    if (!isMediaType(manifest.descriptor.mediaType)) {
      throw new Refusal(400, 'MANIFEST_INVALID', `${where} has a mediaType that is none`);
    }
    const descriptor = { ...manifest.descriptor, digest: digest ?? manifest.descriptor.digest };
    return { ...manifest, descriptor };
  } catch (error) {
    throw refusalOf(error);
  }
}

/** It becomes a header: https://www.rfc-editor.org/rfc/rfc6838#section-4.2 */
const isMediaType = (text: string): boolean => /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/.test(text);

/**
 * A manifest is taken only after all that it is made of; what it is about (`subject`) may come later.
 * @throws Refusal 400 MANIFEST_BLOB_UNKNOWN, 400 SIZE_INVALID
 */
async function checkContent({ layout }: Shelf, manifest: Manifest): Promise<void> {
  const parts = new Map(partsOf(manifest).map((part) => [part.digest, part.size]));
  for (const [digest, size] of parts) {
    const stored = await layout.blobSize(digest);
    if (stored === undefined) {
      throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', 'the manifest names what is not here', {
        detail: { digest },
      });
    }
    if (stored !== size) {
      throw new Refusal(
        400,
        'SIZE_INVALID',
        'the manifest gives a size that is not that of the stored blob',
        {
          detail: { digest, size, stored },
        },
      );
    }
  }
}

/** What a manifest is made of, less the layers that are to be had elsewhere only. */
function partsOf(manifest: Manifest): readonly Descriptor[] {
  if (manifest.kind === 'opaque') return [];
  if (manifest.kind === 'index') return manifest.manifests;
  return [manifest.config, ...manifest.layers.filter((layer) => !isForeignLayerType(layer.mediaType))];
}

function learnSizes({ sizes }: Shelf, manifest: Manifest): void {
  for (const part of partsOf(manifest)) sizes.set(part.digest, part.size);
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags */
export function tagsEndpoint({ layout }: Shelf): Endpoint<'tags'> {
  return {
    GET: async ({ response, route, query }) => {
      const last = query.get('last');
      const most = pageLength(query.get('n'));
      const all = tagsIn(await layout.index(), route.repository);
      const tags = last === null ? all : all.filter((tag) => tag > last);
      const page = tags.slice(0, most);
      const end = page.at(-1);
      if (page.length < tags.length && end !== undefined) {
        const next = new URLSearchParams({ n: String(most), last: end });
        response.setHeader('Link', `</v2/${route.repository}/tags/list?${next}>; rel="next"`);
      }
      sendJson(response, { name: route.repository, tags: page });
    },
  };
}

function pageLength(text: string | null): number {
  if (text === null) return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Refusal(400, 'PAGINATION_NUMBER_INVALID', 'n must be a number');
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export function referrersEndpoint({ layout }: Shelf): Endpoint<'referrers'> {
  return {
    GET: async ({ response, route, query }) => {
      const artifactType = query.get('artifactType');
      const manifests = await layout.referrers(route.digest, artifactType ?? undefined);
      if (artifactType !== null) response.setHeader('OCI-Filters-Applied', 'artifactType');
      sendJson(
        response,
        { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
        mediaTypes.ociIndex,
      );
    },
  };
}
