import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instruction, plain } from '../../../src/stages/gate/plain.ts';

describe('plain', () => {
  it('makes one line of text with control, bidi and zero-width characters', () => {
    expect(plain('a\u001b[31mb\r\nc\u202ed\u200be\tf  g\0')).toBe('a [31mb c d e f g');
  });

  it('cuts by characters, not through one', () => {
    expect(plain('😀'.repeat(10), 5)).toBe('😀😀😀😀…');
    expect(plain('abcde', 5)).toBe('abcde');
    expect(plain('abcdef', 5)).toBe('abcd…');
  });

  it('never gives more than asked, nor a line break, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 120 }),
        fc.integer({ min: 2, max: 100 }),
        (text, most) => {
          const result = plain(text, most);
          expect([...result].length).toBeLessThanOrEqual(most);
          expect(result).not.toMatch(/[\p{C}\u2028\u2029]/u);
        },
      ),
    );
  });
});

describe('instruction', () => {
  it.each([
    ['RUN /bin/sh -c pip install torch # buildkit', 'RUN pip install torch'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['/bin/sh -c #(nop) ADD file:abc in / ', 'ADD file:abc in /'],
    ['|1 A=b /bin/sh -c make', 'RUN make'],
    ['RUN |2 A=b C=d /bin/sh -c make all # buildkit', 'RUN make all'],
    ['COPY dist /app # buildkit', 'COPY dist /app'],
  ])('shows %j as %j', (createdBy, shown) => {
    expect(instruction(createdBy)).toBe(shown);
  });

  it('shortens what is long', () => {
    expect(instruction(`RUN /bin/sh -c ${'x'.repeat(4e6)}`)).toBe(`RUN ${'x'.repeat(67)}…`);
  });
});
