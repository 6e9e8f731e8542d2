import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from '../../../src/content/image/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('a reference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['acme/app', 'docker.io/acme/app'],
    ['index.docker.io/nginx', 'docker.io/library/nginx'],
    ['ghcr.io/acme/app:v1', 'ghcr.io/acme/app:v1'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app:x', 'localhost:5000/app:x'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000/a/b/c'],
    ['[::1]:5000/app', '[::1]:5000/app'],
    ['REGISTRY/app', 'REGISTRY/app'],
    [`r.io/app@${digest}`, `r.io/app@${digest}`],
    [`r.io/app:t@${digest}`, `r.io/app:t@${digest}`],
    ['r.io/a__b/c-d--e.f', 'r.io/a__b/c-d--e.f'],
  ])('%s is in full %s', (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
  });

  it.each([
    ['', 'empty part'],
    ['App', '"App" cannot stand'],
    ['r.io/', 'empty part'],
    ['r.io//a', 'empty part'],
    ['r.io/a:', 'is not a tag'],
    [`r.io/a:${'t'.repeat(129)}`, 'is not a tag'],
    ['r.io/a@sha256:beef', 'is not a digest'],
    [`r.io/a@${digest}@${digest}`, 'more than one "@"'],
    ['r.io/../etc', '".." cannot stand'],
    ['r.io:port/a', 'is not a host'],
    ['-r.io/a', 'is not a host'],
    ['r.io:99999/a', 'port out of range'],
    ['localhost:700000/a', 'port out of range: 700000'],
    ['[::1]:65536/a', 'port out of range'],
    ['1.2.3.256/a', 'is not a host'],
    [`r.io/${'a'.repeat(64)}`, '64 hex digits'],
    [`r.io/${'a/'.repeat(130)}a`, '255 characters'],
    ['r.io/a b', '"a b" cannot stand'],
  ])('%j is refused: %s', (text, why) => {
    expect(() => parseReference(text)).toThrow(why);
  });

  it('is the same after it was written out and read again', () => {
    const part = fc
      .stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)?$/)
      .filter((text) => text.length < 30 && !/^[0-9a-f]{64}$/.test(text));
    const host = fc.constantFrom('r.io', 'localhost:5000', 'a.b.c:1', 'docker.io');
    fc.assert(
      fc.property(
        host,
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/)),
        (h, parts, tag) => {
          const reference = parseReference(`${h}/${parts.join('/')}${tag === null ? '' : `:${tag}`}`);
          expect(parseReference(formatReference(reference))).toEqual(reference);
        },
      ),
    );
  });
});
