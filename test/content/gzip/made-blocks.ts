import type { Random } from './random.ts';

/**
 * Deflate blocks that are valid (RFC 1951) and that no compressor makes: any codes, up to the longest ones, matches of
 * any length and distance. Made without looking for repeats: the content follows from what is written.
 */
export function makeBlocks(random: Random, most: number): { deflated: Buffer; content: Buffer } {
  const bits = new Bits();
  const content: number[] = [];
  const count = 1 + random.below(4);
  for (let block = 1; block <= count; block++) {
    bits.put(block === count ? 1 : 0, 1);
    const tokens = random.size(most >> 4);
    if (random.below(5) === 0) stored(random, bits, content, tokens);
    else coded(random, bits, content, tokens);
  }
  return { deflated: bits.end(), content: Buffer.from(content) };
}

class Bits {
  readonly #bytes: number[] = [];
  #held = 0;
  #count = 0;

  /** Lowest bit first. */
  put(value: number, count: number): void {
    for (let bit = 0; bit < count; bit++) {
      this.#held |= ((value >> bit) & 1) << this.#count;
      if (++this.#count === 8) this.align();
    }
  }

  align(): void {
    if (this.#count > 0) this.#bytes.push(this.#held);
    this.#held = 0;
    this.#count = 0;
  }

  end(): Buffer {
    this.align();
    return Buffer.from(this.#bytes);
  }
}

function stored(random: Random, bits: Bits, content: number[], size: number): void {
  bits.put(0, 2);
  bits.align();
  bits.put(size, 16);
  bits.put(~size & 0xffff, 16);
  for (let at = 0; at < size; at++) {
    const byte = random.below(256);
    bits.put(byte, 8);
    content.push(byte);
  }
}

/** Base and extra bits of lengths from symbol 257 and of distances (RFC 1951, 3.2.5). */
const lengthCodes = [...Array(28).keys()].map((code) => {
  const extra = code < 8 ? 0 : (code >> 2) - 1;
  return { base: code < 8 ? code + 3 : ((4 + (code & 3)) << extra) + 3, extra };
});
lengthCodes.push({ base: 258, extra: 0 });
const distanceCodes = [...Array(30).keys()].map((code) => {
  const extra = code < 4 ? 0 : (code >> 1) - 1;
  return { base: code < 4 ? code + 1 : ((2 + (code & 1)) << extra) + 1, extra };
});

function coded(random: Random, bits: Bits, content: number[], tokens: number): void {
  const literals = random.below(12) === 0 ? [256] : pick(random, 286, 256);
  // No distance code, one of a single bit, or a full set.
  const distances = random.one([[], [random.below(4)], pick(random, 30, random.below(30))]);
  const litlen = makeCode(random, 286, literals);
  const distance = makeCode(random, 30, distances);
  putLengths(random, bits, litlen.lengths, distance.lengths);
  const symbols = literals.filter((symbol) => symbol !== 256);
  for (let token = 0; token < tokens && symbols.length > 0; token++) {
    const symbol = random.one(symbols);
    if (symbol < 256) {
      litlen.put(bits, symbol);
      content.push(symbol);
      continue;
    }
    const usable = distances.filter((code) => (distanceCodes[code]?.base ?? 0) <= content.length);
    if (usable.length === 0) continue;
    litlen.put(bits, symbol);
    const length = putExtra(random, bits, lengthCodes[symbol - 257], 258);
    const code = random.one(usable);
    distance.put(bits, code);
    const back = putExtra(random, bits, distanceCodes[code], content.length);
    for (let at = 0; at < length; at++) content.push(content[content.length - back] ?? 0);
  }
  litlen.put(bits, 256);
}

/** Some of `count` symbols, `always` one of them. */
function pick(random: Random, count: number, always: number): number[] {
  const share = 1 + random.below(100);
  return [...Array(count).keys()].filter((symbol) => symbol === always || random.below(100) < share);
}

function putExtra(random: Random, bits: Bits, { base, extra } = { base: 0, extra: 0 }, most: number): number {
  const value = Math.min(random.below(1 << extra), most - base);
  bits.put(value, extra);
  return base + value;
}

interface Code {
  readonly lengths: number[];
  put(bits: Bits, symbol: number): void;
}

/** A complete code for the symbols, as lopsided as chance makes it; for a single one the code 0. */
function makeCode(random: Random, count: number, symbols: readonly number[], longest = 15): Code {
  const lengths: number[] = Array(count).fill(0);
  const leaves = symbols.length < 2 ? symbols.map(() => 1) : splitLeaves(random, symbols.length, longest);
  for (const symbol of symbols) lengths[symbol] = leaves.splice(random.below(leaves.length), 1)[0] ?? 0;
  // RFC 1951, 3.2.2.
  const codes: number[] = Array(count).fill(0);
  let code = 0;
  for (let length = 1; length <= longest; length++) {
    code <<= 1;
    for (let symbol = 0; symbol < count; symbol++) if (lengths[symbol] === length) codes[symbol] = code++;
  }
  return {
    lengths,
    put(bits, symbol) {
      const length = lengths[symbol] ?? 0;
      for (let bit = length - 1; bit >= 0; bit--) bits.put((codes[symbol] ?? 0) >> bit, 1);
    },
  };
}

/** Depths of the leaves of a binary tree that grows at leaves chosen by chance: near the last one, or anywhere. */
function splitLeaves(random: Random, count: number, longest: number): number[] {
  const leaves = [1, 1];
  const deep = random.below(2) === 0;
  while (leaves.length < count) {
    const at = deep ? leaves.length - 1 - random.below(3) : random.below(leaves.length);
    const depth = (leaves[at] ?? longest) + 1;
    // The shallowest come last, and are next.
    if (depth > longest) leaves.sort((a, b) => b - a);
    else leaves.splice(at, 1, depth, depth);
  }
  return leaves;
}

/** How runs of a length are written: of zeros, or of whatever came before. */
const repeats = [
  { symbol: 18, bits: 7, of: 0, least: 11, most: 138 },
  { symbol: 17, bits: 3, of: 0, least: 3, most: 10 },
  { symbol: 16, bits: 2, of: 'before', least: 3, most: 6 },
] as const;

const precodeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The head of a dynamic block (RFC 1951, 3.2.7), with repeats where there are some and chance wants them. */
function putLengths(
  random: Random,
  bits: Bits,
  litlen: readonly number[],
  distance: readonly number[],
): void {
  const used = [Math.max(257, lastUsed(litlen)), Math.max(1, lastUsed(distance))] as const;
  const all = [...litlen.slice(0, used[0]), ...distance.slice(0, used[1])];
  const items: { symbol: number; extra: number; bits: number }[] = [];
  for (let at = 0; at < all.length; ) {
    const length = all[at] ?? 0;
    let same = 1;
    while (all[at + same] === length) same++;
    const repeat = repeats.find(
      ({ of, least }) => (of === 0 ? length === 0 : at > 0 && all[at - 1] === length) && same >= least,
    );
    const most = Math.min(repeat?.most ?? 1, same);
    const least = repeat?.least ?? 1;
    const run = least + random.below(most - least + 1);
    items.push(
      repeat === undefined ? { symbol: length, bits: 0, extra: 0 } : { ...repeat, extra: run - least },
    );
    at += run;
  }
  const symbols = new Set(items.map(({ symbol }) => symbol));
  // A code for code lengths has to be complete: two symbols at least.
  if (symbols.size === 1) symbols.add(symbols.has(0) ? 1 : 0);
  const precode = makeCode(
    random,
    19,
    [...symbols].sort((a, b) => a - b),
    7,
  );
  const count = Math.max(4, lastUsed(precodeOrder.map((symbol) => precode.lengths[symbol] ?? 0)));
  bits.put(2, 2);
  bits.put(used[0] - 257, 5);
  bits.put(used[1] - 1, 5);
  bits.put(count - 4, 4);
  for (const symbol of precodeOrder.slice(0, count)) bits.put(precode.lengths[symbol] ?? 0, 3);
  for (const item of items) {
    precode.put(bits, item.symbol);
    bits.put(item.extra, item.bits);
  }
}

function lastUsed(lengths: readonly number[]): number {
  return lengths.findLastIndex((length) => length > 0) + 1;
}
