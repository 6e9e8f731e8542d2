import { contentOf } from './content.ts';
import { type Random, seededRandom } from './random.ts';
import { entryOf } from './tar.ts';
import {
  anyFile,
  readableTraits,
  refusedTraits,
  type TraitContext,
  type TraitName,
  traits,
} from './traits.ts';

export interface CorpusTar {
  /** For people: what to look at when it fails. */
  readonly name: string;
  readonly traits: readonly TraitName[];
  readonly tar: Buffer;
  /** Goes on where the tar's choices ended. */
  readonly random: Random;
}

/** How an archive ends: after its end, or too early. */
const endings: Readonly<Record<string, (tar: Buffer, random: Random) => Buffer>> = {
  'two-zero-blocks': (tar) => withZeros(tar, 1024),
  'blocking-10240': (tar) => withZeros(tar, 1024 + ((10_240 - ((tar.byteLength + 1024) % 10_240)) % 10_240)),
  'no-end-blocks': (tar) => tar,
  'one-zero-block': (tar) => withZeros(tar, 512),
  'zeros-after': (tar, random) => withZeros(tar, 1024 + random.integer(100_000)),
  'noise-after': (tar, random) => Buffer.concat([withZeros(tar, 1024), random.bytes(random.integer(5000))]),
};

/**
 * A layer's tar by its seed: some traits among files of any content, now a few bytes and now several spans. One in
 * twelve shows what readers refuse.
 */
export function makeTar(seed: number | string, spanBytes: number): CorpusTar {
  const random = seededRandom(seed);
  let names = 0;
  const context: TraitContext = { random, name: () => `d${random.integer(5)}/f${names++}` };
  const shown = random.shuffled(readableTraits).slice(0, random.pick([0, 1, 1, 2, 3, 6]));
  if (random.once(12)) shown.push(random.pick([...refusedTraits, 'mangled', 'mangled', 'mangled']));
  const groups = shown.map((trait) => traits[trait](context));
  const bulk = Array.from({ length: random.integer(4) }, () => [bulkFile(context, spanBytes)]);
  const entries = random.shuffled([...groups, ...bulk]).flat();
  const ending = random.pick(Object.keys(endings));
  const tar = (endings[ending] as (typeof endings)[string])(Buffer.concat(entries), random);
  return { name: `${seed}: ${shown.join(', ') || 'files'}; ${ending}`, traits: shown, tar, random };
}

/** A file of some spans; of big spans rarely more than one, for time's sake. */
function bulkFile(context: TraitContext, spanBytes: number): Buffer {
  const { random } = context;
  if (spanBytes >= 1 << 20 && !random.once(6)) return anyFile(context, 100_000);
  const size = random.pick([
    spanBytes - 512 + random.integer(1024),
    random.integer(spanBytes * 2),
    spanBytes >= 1 << 20 ? spanBytes : random.integer(spanBytes * 8),
  ]);
  return entryOf(
    { name: context.name() },
    contentOf(random, random.pick(['zeros', 'noise', 'text', 'runs', 'mixed']), size),
  );
}

function withZeros(tar: Buffer, count: number): Buffer {
  return Buffer.concat([tar, Buffer.alloc(count)]);
}
