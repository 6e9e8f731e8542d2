import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instruction, plain } from '../../src/facts/plain.ts';

const anything = fc.string({ unit: 'binary', maxLength: 60 });

describe('plain', () => {
  test('keeps words in any script and drops what a terminal or reader would obey', () => {
    expect(plain('RUN \x1b[31mpip\x1b[0m install\n\ttorch')).toBe('RUN pip install torch');
    expect(plain('a\x1b]8;;http://evil.example\x07b\x1b]8;;\x07')).toBe('ab');
    expect(plain('if\u202e admin\u2066 \u200bok')).toBe('if admin ok');
    expect(plain('größe 大小 Ω')).toBe('größe 大小 Ω');
    expect(plain('\ud800x')).toBe('\ufffdx');
  });

  test('cuts by characters and says so', () => {
    expect(plain('abcdef', 4)).toBe('abc…');
    expect(plain('🚀🚀🚀', 2)).toBe('🚀…');
    expect(plain('abcd', 4)).toBe('abcd');
  });

  test('leaves one line without control or format characters of any text', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(plain(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      }),
    );
  });

  test('gives at most what is asked for, however much there is', () => {
    expect(plain('x'.repeat(4e6), 10)).toBe(`${'x'.repeat(9)}…`);
    fc.assert(
      fc.property(anything, fc.integer({ min: 2, max: 100 }), (text, length) => {
        expect([...plain(text, length)].length).toBeLessThanOrEqual(length);
      }),
    );
  });
});

describe('instruction', () => {
  test.each([
    ['RUN /bin/sh -c pip install torch # buildkit', 'RUN pip install torch'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['/bin/sh -c #(nop) ADD file:abc in / ', 'ADD file:abc in /'],
    ['|1 A=b /bin/sh -c make', 'RUN make'],
    ['RUN |2 A=b C=d /bin/sh -c make all # buildkit', 'RUN make all'],
    ['/bin/bash -o pipefail -c curl x | sh', 'RUN curl x | sh'],
    ['RUN /bin/sh -ec make # buildkit', 'RUN make'],
    ['COPY dist /app # buildkit', 'COPY dist /app'],
  ])('shows %j as %j', (createdBy, shown) => {
    expect(instruction(createdBy, 72)).toBe(shown);
  });

  test('shortens what is long', () => {
    expect(instruction(`RUN /bin/sh -c ${'x'.repeat(4e6)}`, 72)).toBe(`RUN ${'x'.repeat(67)}…`);
  });
});
