import { windowBytes } from '../../src/content/gzip/boundary.ts';
import { problemsOf } from '../../src/stages/soci/check.ts';
import { decodeZtoc } from '../../src/stages/soci/decode.ts';
import type { Ztoc } from '../../src/stages/soci/ztoc.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

export const ztoc: Target = {
  seeds: (corpus) => corpus.ztocs,
  mutate(bytes, random, others) {
    const choice = random.below(4);
    if (choice === 0) return mutate(bytes, random, others);
    const changed = Buffer.from(bytes);
    // Most of a zTOC is windows, in which nothing can go wrong.
    const [start, end] = random.pick(interesting(changed));
    for (let left = 1 + random.small(4); left > 0; left--) {
      if (choice === 1) changeBytes(changed, start, end, random);
      else changeOffset(changed, start, end, random);
    }
    return changed;
  },
  async run(bytes) {
    const decoded = decodeZtoc(bytes, 'zTOC fuzzed');
    readAll(decoded);
    problemsOf(decoded, decoded.compressedBytes);
    problemsOf(decoded, 0);
  },
};

function readAll(decoded: Ztoc): void {
  for (let at = 0; at < decoded.entryCount; at++) {
    const { offset, size, name, linkname, xattrs } = decoded.entry(at);
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(size))
      throw new Error(`entry ${at} is at ${offset}`);
    for (const text of [name, linkname, ...xattrs.flatMap(({ key, value }) => [key, value])])
      text.toString('latin1');
  }
  decoded.spans.forEach((span, at) => {
    const numbers = [span.start, span.end, span.outStart, span.outEnd];
    if (span.id !== at || !numbers.every(Number.isSafeInteger))
      throw new Error(`span ${at} is ${JSON.stringify(span)}`);
    if (decoded.algorithm !== 'gzip') return;
    const { byteLength } = decoded.window(at);
    if (byteLength !== windowBytes) throw new Error(`the window of span ${at} has ${byteLength} bytes`);
  });
}

/** Parts of it with tables and lengths in them: the beginning, the end, and what follows the windows. */
function interesting(bytes: Buffer): [start: number, end: number][] {
  const length = bytes.byteLength;
  return [
    [0, Math.min(length, 128)],
    [0, Math.min(length, 128)],
    [Math.max(0, length - 4096), length],
    [Math.max(0, length - 400), length],
    [0, Math.min(length, 2048)],
    [0, length],
  ];
}

function changeBytes(bytes: Buffer, start: number, end: number, random: Random): void {
  if (end > start)
    bytes[start + random.below(end - start)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
}

/** Points a 32-bit word (an offset, a length, part of a number) or a 16-bit one (of a vtable) elsewhere. */
function changeOffset(bytes: Buffer, start: number, end: number, random: Random): void {
  const at = start + (random.below(end - start - 4) & ~3);
  if (at + 8 > bytes.byteLength) return;
  const length = bytes.byteLength;
  if (random.chance(0.3)) {
    bytes.writeUInt16LE(
      random.pick([0, 2, 4, 8, 0x7fff, 0xffff, random.below(64)]),
      at + random.pick([0, 2]),
    );
    return;
  }
  const word = random.pick([
    ...[0, 4, 8, -4, -8, 0x7fffffff, -0x80000000, -1],
    ...[length, length - at, length - at - 4, -at],
    random.below(length),
    bytes.readInt32LE(at) + random.pick([-4, 4, 1, 8, 256]),
    bytes.readInt32LE(random.below(length - 4) & ~3),
  ]);
  bytes.writeInt32LE(word | 0, at);
}
