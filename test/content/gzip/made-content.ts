import type { Random } from './random.ts';

const words =
  'the layer of an image is a tar that nobody reads twice usr lib python site-packages node_modules'.split(
    ' ',
  );

/** Kinds of data that make compressors choose differently. */
const kinds: Readonly<Record<string, (random: Random, size: number) => Buffer>> = {
  noise: (random, size) => random.bytes(size),
  'few letters': (random, size) => random.bytes(size, 2 + random.below(14)),
  text: (random, size) =>
    repeat(size, () => Buffer.from(`${random.one(words)}${random.below(9) === 0 ? '\n' : ' '}`)),
  zeros: (_, size) => Buffer.alloc(size),
  runs: (random, size) => repeat(size, () => Buffer.alloc(1 + random.size(2000), random.below(256))),
  sparse: (random, size) => {
    const bytes = Buffer.alloc(size);
    for (let at = random.below(200); at < size; at += 1 + random.size(600)) bytes[at] = random.below(256);
    return bytes;
  },
  'short periods': (random, size) =>
    repeat(size, () => repeat(random.size(1500) + 1, constant(random.bytes(1 + random.below(40))))),
  /** The n-th byte value is half as frequent as the one before: codes of all lengths. */
  skewed: (random, size) =>
    Buffer.from(Array.from({ length: size }, () => Math.min(31, Math.clz32(random.below(2 ** 31)) - 1) * 7)),
  'far repeats': (random, size) => {
    const pieces = Array.from({ length: 40 }, () => random.bytes(3 + random.size(1200)));
    return repeat(size, () => random.one(pieces));
  },
  'tar-like': (random, size) =>
    repeat(size, () => {
      const block = Buffer.alloc(512);
      block.write(`usr/share/doc/package-${random.below(1000)}/copyright`);
      block.write(
        `0000644\x000000000\x000000000\x00${random.below(4096).toString(8).padStart(11, '0')}\x00`,
        100,
      );
      const content = Buffer.alloc(512 * random.below(12));
      content.fill(
        repeat(random.below(400) + 1, () => Buffer.from(random.one(words))),
        0,
        random.size(content.length),
      );
      return Buffer.concat([block, content]);
    }),
};

/** Up to `most` bytes, more often few than many; one kind of data, or several in turn. */
export function makeContent(random: Random, most: number): Buffer {
  const parts = Array.from({ length: random.one([1, 1, 1, 3]) }, () =>
    (kinds[random.one(Object.keys(kinds))] as (typeof kinds)[string])(random, random.size(most)),
  );
  return Buffer.concat(parts).subarray(0, most);
}

function repeat(size: number, make: () => Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const part = make();
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}

function constant<T>(value: T): () => T {
  return () => value;
}
