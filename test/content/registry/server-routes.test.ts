import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/content/registry/server-refusal.ts';
import { checkReference, parseTarget } from '../../../src/content/registry/server-routes.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}

test.each([
  ['/v2/', { kind: 'base' }],
  ['/v2', { kind: 'base' }],
  ['/v2/app/manifests/1.0', { kind: 'manifest', repository: 'app', reference: '1.0' }],
  [`/v2/a/b/c/manifests/${digest}`, { kind: 'manifest', repository: 'a/b/c', reference: digest }],
  [`/v2/app/blobs/${digest}`, { kind: 'blob', repository: 'app', digest }],
  [`/v2/app/blobs/${digest.replace(':', '%3A')}`, { kind: 'blob', repository: 'app', digest }],
  ['/v2/app/blobs/uploads/', { kind: 'uploads', repository: 'app' }],
  ['/v2/app/blobs/uploads', { kind: 'uploads', repository: 'app' }],
  ['/v2/app/blobs/uploads/7-x', { kind: 'upload', repository: 'app', id: '7-x' }],
  ['/v2/app/tags/list?n=2', { kind: 'tags', repository: 'app' }],
  [`/v2/app/referrers/${digest}`, { kind: 'referrers', repository: 'app', digest }],
  [`/v2/blobs/manifests/tags/blobs/${digest}`, { kind: 'blob', repository: 'blobs/manifests/tags', digest }],
  ['/v2/my/manifests/manifests/x', { kind: 'manifest', repository: 'my/manifests', reference: 'x' }],
])('%s is understood', (url, route) => {
  expect(parseTarget(url).route).toEqual(route);
});

test.each([
  '..',
  '../..',
  'a/../b',
  '%2e%2e',
  'a%2f..%2fb',
  '.hidden',
  'a//b',
  'a/',
  'App',
  'a b',
  'a\\b',
  'a%00b',
  'a___b',
  'a..b',
])('the repository name "%s" is refused', (name) => {
  expect(codeOf(() => parseTarget(`/v2/${name}/tags/list`))).toBe('400 NAME_INVALID');
});

test('a repository name has at most 255 characters', () => {
  expect(codeOf(() => parseTarget(`/v2/${'x'.repeat(255)}/tags/list`))).toBe('accepted');
  expect(codeOf(() => parseTarget(`/v2/${'x'.repeat(256)}/tags/list`))).toBe('400 NAME_INVALID');
});

test.each(['sha256:short', `sha256:${'A1'.repeat(32)}`, `md5:${'a'.repeat(32)}`, `${digest}0`, '..'])(
  'the digest "%s" is refused',
  (text) => {
    expect(codeOf(() => parseTarget(`/v2/app/blobs/${text}`))).toBe('400 DIGEST_INVALID');
  },
);

test.each([
  '/',
  '/v1/',
  '/v2/app',
  '/v2/app/blobs/',
  '/v2/app/manifests/',
  '/v2/_catalog',
  '/v2/%zz/tags/list',
  '/v2/app/blobs/sha256:..%2f..%2foci-layout',
])('%s is no endpoint', (url) => {
  expect(codeOf(() => parseTarget(url))).toBe('404 UNSUPPORTED');
});

test('a manifest is put under a tag or a digest and nothing else', () => {
  expect(checkReference('v1.0_rc-2')).toEqual({ tag: 'v1.0_rc-2' });
  expect(checkReference(digest)).toEqual({ digest });
  expect(codeOf(() => checkReference('.dot'))).toBe('400 TAG_INVALID');
  expect(codeOf(() => checkReference('x'.repeat(129)))).toBe('400 TAG_INVALID');
  expect(codeOf(() => checkReference('sha256:zz'))).toBe('400 DIGEST_INVALID');
});

test('whatever is asked for is either refused or names nothing that could leave the layout', () => {
  const piece = fc.oneof(
    fc.constantFrom('v2', 'blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', '..', '%2e', digest),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const url = `/v2/${pieces.join('/')}`;
      if (codeOf(() => parseTarget(url)) !== 'accepted') return;
      const { route } = parseTarget(url);
      if (route.kind === 'base') return;
      expect(route.repository).toMatch(/^[a-z0-9][a-z0-9._/-]*$/);
      expect(route.repository.split('/')).not.toContain('..');
      if ('digest' in route) expect(route.digest).toMatch(/^sha(256|512):[0-9a-f]+$/);
    }),
  );
});
