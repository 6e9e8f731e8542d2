import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName, suggestName } from '../../src/config/nearest.ts';
import { settingNames } from '../../src/config/settings.ts';

describe('the nearest name', () => {
  it.each([
    ['tag', 'tags'],
    ['budget', 'budgets'],
    ['base-line', 'baseline'],
    ['on_inconclusive', 'on-inconclusive'],
    ['pushForks', 'push-forks'],
    ['conections', 'connections'],
    ['platfrom', 'platforms'],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestName(name, settingNames)).toBe(nearest);
  });

  it('is none where every name is another word', () => {
    expect(nearestName('dockerfile', settingNames)).toBeUndefined();
    expect(suggestName('x', ['run', 'copy'])).toBe('Known: run, copy.');
  });

  it('measures a distance: zero to itself, the same both ways, never over the longer length', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  it('counts letters added, dropped, changed and swapped', () => {
    expect(editDistance('platfrom', 'platform')).toBe(1);
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
  });
});
