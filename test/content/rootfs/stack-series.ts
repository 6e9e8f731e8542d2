/** Releases of one random image: each is a random change of the one before. */
import fc from 'fast-check';
import { type Choice, choice, type Stack, stackOf } from './stacks.ts';

type Choices = readonly (readonly Choice[])[];

/** What a release does to the layers of the one before. */
interface Change {
  readonly kind: 'append' | 'rebuild' | 'replace' | 'nothing';
  /** Which layer is the lowest that it touches, which of its rows go and come. */
  readonly at: number;
  readonly layers: Choices;
  readonly seconds: number;
}

const layer = fc.array(choice, { maxLength: 14 });

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('append', 'append', 'rebuild', 'rebuild', 'replace', 'nothing'),
  at: fc.nat(100),
  layers: fc.array(layer, { minLength: 1, maxLength: 2 }),
  seconds: fc.constantFrom(0, 0, 60, 100_000_000),
});

/** One to three releases, the first first. */
export const stackSeries: fc.Arbitrary<readonly Stack[]> = fc
  .tuple(fc.array(layer, { minLength: 1, maxLength: 4 }), fc.array(change, { maxLength: 2 }))
  .map(([first, changes]) => {
    const releases = [first as Choices];
    for (const one of changes) releases.push(changed(releases.at(-1) ?? [], one));
    return releases.map(stackOf);
  });

function changed(before: Choices, { kind, at, layers, seconds }: Change): Choices {
  const from = before.length === 0 ? 0 : at % before.length;
  switch (kind) {
    case 'append':
      return [...before, ...layers];
    case 'replace':
      return [...before.slice(0, from), ...layers];
    case 'nothing':
      return before;
    case 'rebuild':
      return before.map((choices, index) => {
        if (index < from) return choices;
        const rebuilt = choices.map((one) => later(one, seconds));
        if (index > from) return rebuilt;
        const goes = rebuilt.length === 0 ? 0 : at % rebuilt.length;
        return [...rebuilt.slice(0, goes), ...rebuilt.slice(goes + 1), ...(layers[0] ?? []).slice(0, 3)];
      });
  }
}

/** The same, built again: files have another time, and nothing else. */
function later(one: Choice, seconds: number): Choice {
  return { ...one, look: { ...one.look, mtime: (one.look.mtime ?? 0) + seconds } };
}
