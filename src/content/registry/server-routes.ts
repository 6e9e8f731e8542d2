import { type Digest, isDigest } from '../image/digest.ts';
import { isTag } from '../image/reference.ts';
import { Refusal } from './server-refusal.ts';

/**
 * What a request's path names.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

export type RouteKind = Route['kind'];
export type RouteOf<Kind extends RouteKind> = Extract<Route, { kind: Kind }>;

export interface Target {
  readonly route: Route;
  readonly query: URLSearchParams;
}

/** Repositories may hold parts named `blobs` or `tags`: the last match counts, uploads before blobs. */
const patterns: readonly [RegExp, (repository: string, last: string) => Route][] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, (repository) => ({ kind: 'uploads', repository })],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, (repository, id) => ({ kind: 'upload', repository, id })],
  [
    /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    (repository, digest) => ({ kind: 'blob', repository, digest: checkDigest(digest) }),
  ],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    (repository, reference) => ({ kind: 'manifest', repository, reference }),
  ],
  [/^\/v2\/(.+)\/tags\/list$/, (repository) => ({ kind: 'tags', repository })],
  [
    /^\/v2\/(.+)\/referrers\/([^/]+)$/,
    (repository, digest) => ({ kind: 'referrers', repository, digest: checkDigest(digest) }),
  ],
];

const repositoryPattern =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/**
 * Reads a request's target as it came; nothing is resolved (`..` stays what it is, and no name may hold it).
 * @throws Refusal 404 for no endpoint, 400 for a name or digest that cannot be one
 */
export function parseTarget(url: string): Target {
  const mark = url.indexOf('?');
  const path = decodePath(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  if (path === '/v2/' || path === '/v2') return { route: { kind: 'base' }, query };
  for (const [pattern, route] of patterns) {
    const match = pattern.exec(path);
    if (match) return { route: route(checkRepository(match[1] ?? ''), match[2] ?? ''), query };
  }
  throw noEndpoint();
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw noEndpoint();
  }
}

const noEndpoint = () => new Refusal(404, 'UNSUPPORTED', 'there is no such endpoint');

/** @throws Refusal 400 NAME_INVALID */
export function checkRepository(name: string): string {
  if (name.length <= 255 && repositoryPattern.test(name)) return name;
  throw new Refusal(400, 'NAME_INVALID', 'the repository name is invalid', {
    detail: { name: excerpt(name) },
  });
}

/** @throws Refusal 400 DIGEST_INVALID */
export function checkDigest(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  const message =
    text === null ? 'the digest is missing' : 'the digest is invalid or of an unknown algorithm';
  throw new Refusal(
    400,
    'DIGEST_INVALID',
    message,
    text === null ? {} : { detail: { digest: excerpt(text) } },
  );
}

/** A tag or digest that a manifest may be put under. @throws Refusal 400 TAG_INVALID, DIGEST_INVALID */
export function checkReference(reference: string): { tag: string } | { digest: Digest } {
  if (reference.includes(':')) return { digest: checkDigest(reference) };
  if (isTag(reference)) return { tag: reference };
  throw new Refusal(400, 'TAG_INVALID', 'the tag is invalid', { detail: { tag: excerpt(reference) } });
}

const excerpt = (text: string): string => (text.length <= 256 ? text : `${text.slice(0, 256)}…`);
