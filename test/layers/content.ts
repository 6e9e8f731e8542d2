import type { Random } from './random.ts';

export type ContentKind = 'zeros' | 'noise' | 'text' | 'runs' | 'mixed';

const words = Array.from(
  { length: 256 },
  (_, at) => `${((at * 2654435761) >>> 0).toString(36)}${at % 7 ? ' ' : '\n'}`,
);

/** Bytes that compress well, badly, or now this now that: blocks of deflate of every length. */
export function contentOf(random: Random, kind: ContentKind, length: number): Buffer {
  switch (kind) {
    case 'zeros':
      return Buffer.alloc(length);
    case 'noise':
      return random.bytes(length);
    case 'text':
      return textOf(random, length);
    case 'runs':
      return runsOf(random, length);
    case 'mixed': {
      const parts: Buffer[] = [];
      for (let left = length; left > 0; ) {
        const part = Math.min(left, random.between(1, Math.max(1, length >> 2)));
        parts.push(contentOf(random, random.pick(['zeros', 'noise', 'text', 'runs'] as const), part));
        left -= part;
      }
      return Buffer.concat(parts);
    }
  }
}

function textOf(random: Random, length: number): Buffer {
  const picks = random.bytes(Math.ceil(length / 2) + 1);
  const text: string[] = [];
  for (let at = 0, bytes = 0; bytes < length; at++) {
    const word = words[picks[at] as number] as string;
    text.push(word);
    bytes += word.length;
  }
  return Buffer.from(text.join('')).subarray(0, length);
}

/** Few values, each many times over: few codes, long matches, many blocks of little output. */
function runsOf(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const run = random.between(1, 700);
    bytes.fill(random.integer(20), at, Math.min(length, at + run));
    at += run;
  }
  return bytes;
}
