import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/facts/plain.ts';
import { code, inertLog, prose } from '../../../src/stages/report/inert.ts';
import { decoded } from './rendered.ts';

const anything = fc.string({ unit: 'binary', maxLength: 60 });

describe('inertLog', () => {
  test.each([
    '::error::x',
    '  ::add-mask::x',
    '\t::set-output name=a::b',
    'a\n::stop-commands::t',
    ':::error::x',
  ])('breaks the workflow command in %j', (text) => {
    for (const line of inertLog(text).split('\n')) expect(line.trimStart()).not.toMatch(/^::/);
  });

  test('breaks the old form wherever it stands, and leaves the rest alone', () => {
    expect(inertLog('x ##[error]y')).toBe('x ## [error]y');
    expect(inertLog('std::vector a::b')).toBe('std::vector a::b');
  });
});

describe('prose and code', () => {
  test.each([
    ['*a* _b_ ~~c~~', '&#42;a&#42; &#95;b&#95; &#126;&#126;c&#126;&#126;'],
    ['[x](javascript:alert)', '&#91;x&#93;(javascript:alert)'],
    ['<script>', '&#60;script&#62;'],
    ['a | b', 'a &#124; b'],
    ['1. not a list', '1&#46; not a list'],
    ['6.75 GB, 3-4', '6.75 GB, 3-4'],
  ])('%j reads as it is written', (text, markdown) => {
    expect(prose(text)).toBe(markdown);
  });

  test('prose names nobody, no issue and no address', () => {
    expect(decoded(prose('@octocat #12 GH-3 https://e.example www.e.example'))).toBe(
      '@\u2060octocat #\u206012 GH-\u20603 https:\u2060//e.example www\u2060.e.example',
    );
  });

  test('code of nothing is nothing, and a mail address in it is no link', () => {
    expect(code(' \x07 ')).toBe('');
    expect(code('a`b')).toBe('<code>a&#96;b</code>');
    expect(decoded(code('root@host.example x@sha256:ab'))).toBe('root@\u2060host.example x@sha256:ab');
  });

  test('whatever the text, only references carry markup characters, and they spell the text', () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const markdown of [prose(text), code(text)]) {
          const bare = markdown.replace(/^<code>|<\/code>$/g, '').replace(/&#\d+;/g, '');
          expect(bare).not.toMatch(/["#$&*<>@[\\\]^_`{|}~\n]/);
          expect(decoded(markdown).replaceAll('\u2060', '')).toBe(plain(text));
        }
      }),
    );
  });
});
