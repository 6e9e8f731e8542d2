// Decoding tables, a u32 entry a code. The entry of a code is its symbol's meaning with the code's length put in:
//
//   bits 0-5    bits to drop: the code and its extra bits
//   bits 8-13   the code's length + 2: where its extra bits begin in the bit buffer (see fast.ts)
//   bits 16-30  a literal, or the base of a length or distance
//   flags       literal; exceptional and one of: subtable, end of block, no symbol
//
// A subtable's entry has the length of the first part in bits 0-5, the subtable's index bits in 8-13, and its place in
// bits 16-30.
import {
  counts,
  distanceMeanings,
  litlenMeanings,
  offsets,
  patterns,
  precodeMeanings,
  sorted,
  steps,
} from './memory';

export const literal: u32 = 0x80000000;
export const exceptional: u32 = 0x8000;
export const subtable: u32 = 0x4000;
export const endOfBlock: u32 = 0x80;
export const noSymbol: u32 = 0x40;

/** Why a code can't be used, as zlib judges. */
export const overSubscribed: i32 = 1;
export const incomplete: i32 = 2;

// RFC 1951, 3.2.5: base | extra bits << 16.
const lengthCodes = memory.data<u32>([
  3, 4, 5, 6, 7, 8, 9, 10, 0x1000b, 0x1000d, 0x1000f, 0x10011, 0x20013, 0x20017, 0x2001b, 0x2001f, 0x30023, 0x3002b,
  0x30033, 0x3003b, 0x40043, 0x40053, 0x40063, 0x40073, 0x50083, 0x500a3, 0x500c3, 0x500e3, 258,
]);

/** Once, before anything else. */
export function prepareTables(): void {
  for (let symbol: u32 = 0; symbol < 288; symbol++) {
    let meaning = exceptional | noSymbol;
    if (symbol < 256) meaning = literal | (symbol << 16);
    else if (symbol == 256) meaning = exceptional | endOfBlock;
    else if (symbol < 286) {
      const code = load<u32>(lengthCodes + (((symbol - 257) << 2) as usize));
      meaning = (code << 16) | (code >> 16);
    }
    store<u32>(litlenMeanings + (symbol << 2), meaning);
  }
  let base: u32 = 1;
  for (let symbol: u32 = 0; symbol < 32; symbol++) {
    const extra: u32 = symbol < 4 ? 0 : (symbol >> 1) - 1;
    store<u32>(distanceMeanings + (symbol << 2), symbol < 30 ? (base << 16) | extra : exceptional | noSymbol);
    base += 1 << extra;
  }
  for (let symbol: u32 = 0; symbol < 19; symbol++) store<u32>(precodeMeanings + (symbol << 2), symbol << 16);
  for (let period: u32 = 1; period < 16; period++) {
    for (let at: u32 = 0; at < 16; at++) store<u8>(patterns + (period << 4) + at, at % period);
    store<u8>(steps + period, 16 - (16 % period));
  }
}

/** An entry for a code of `length` bits (in a subtable: so many more) with a symbol's meaning. */
@inline
function entry(meaning: u32, length: u32): u32 {
  return meaning + length + ((length + 2) << 8);
}

/** The code after `code`, of the same length, lowest bit first as deflate packs it; `ones` is the last there is. */
@inline
function next(code: u32, ones: u32): u32 {
  const bit: u32 = 1 << (31 - clz(code ^ ones));
  return (code & (bit - 1)) | bit;
}

/**
 * Makes the table of the canonical code (RFC 1951, 3.2.2) that `symbols` lengths at `from` give.
 * Returns 0 or why there is none. Incomplete is fine only for a code of no symbol, or of one of 1 bit, where `lenient`.
 */
export function makeTable(
  table: u32,
  tableBits: u32,
  from: u32,
  symbols: u32,
  meanings: u32,
  lenient: bool,
): i32 {
  memory.fill(counts, 0, 64);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const slot = counts + ((load<u8>(from + symbol) as u32) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  const unused = load<u32>(counts);
  let space: u32 = 0;
  let offset: u32 = 0;
  let longest: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    const count = load<u32>(counts + (length << 2));
    store<u32>(offsets + (length << 2), offset);
    offset += count;
    space = (space << 1) + count;
    if (space > <u32>1 << length) return overSubscribed;
    if (count > 0) longest = length;
  }
  if (space < 1 << 15) {
    if (!lenient || longest > 1) return incomplete;
    fillIncomplete(table, tableBits, from, symbols - unused, symbols, meanings);
    return 0;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = load<u8>(from + symbol) as u32;
    if (length == 0) continue;
    const at = load<u32>(offsets + (length << 2));
    store<u32>(offsets + (length << 2), at + 1);
    store<u16>(sorted + (at << 1), symbol);
  }
  fill(table, tableBits, meanings);
  return 0;
}

/** No symbol at all, or one with the code 0. */
function fillIncomplete(
  table: u32,
  tableBits: u32,
  from: u32,
  used: u32,
  symbols: u32,
  meanings: u32,
): void {
  const none = entry(exceptional | noSymbol, 1);
  let only = none;
  for (let symbol: u32 = 0; symbol < symbols && used > 0; symbol++) {
    if (load<u8>(from + symbol) == 1) only = entry(load<u32>(meanings + (symbol << 2)), 1);
  }
  for (let at: u32 = 0; at < (<u32>1 << tableBits); at += 2) {
    store<u32>(table + (at << 2), only);
    store<u32>(table + (at << 2) + 4, none);
  }
}

/** The table of a complete code of which `counts` and `sorted` are known. */
function fill(table: u32, tableBits: u32, meanings: u32): void {
  let length: u32 = 1;
  let count = load<u32>(counts + 4);
  while (count == 0) count = load<u32>(counts + (++length << 2));
  let code: u32 = 0;
  let symbol = sorted;
  // A table of 2^length entries doubles as codes get longer: what is there repeats.
  let size: u32 = 1 << min(length, tableBits);
  while (length <= tableBits) {
    const ones: u32 = (1 << length) - 1;
    for (; count > 0; count--) {
      store<u32>(table + (code << 2), entry(load<u32>(meanings + ((load<u16>(symbol) as u32) << 2)), length));
      symbol += 2;
      if (code == ones) {
        for (; size < (<u32>1 << tableBits); size <<= 1) memory.copy(table + (size << 2), table, size << 2);
        return;
      }
      code = next(code, ones);
    }
    do {
      if (++length <= tableBits) {
        memory.copy(table + (size << 2), table, size << 2);
        size <<= 1;
      }
      count = load<u32>(counts + (length << 2));
    } while (count == 0);
  }
  fillSubtables(table, tableBits, meanings, symbol, code, length, count);
}

/** Codes longer than the table's bits: those that share their first bits share a subtable. */
function fillSubtables(
  table: u32,
  tableBits: u32,
  meanings: u32,
  symbol: u32,
  code: u32,
  length: u32,
  count: u32,
): void {
  const mask: u32 = (1 << tableBits) - 1;
  let prefix: u32 = 0xffffffff;
  let start: u32 = 0;
  let end: u32 = 1 << tableBits;
  for (;;) {
    if ((code & mask) != prefix) {
      prefix = code & mask;
      start = end;
      // As many bits as the codes of this prefix need, which are the next ones there are.
      let bits: u32 = length - tableBits;
      let space: u32 = count;
      while (space < (<u32>1 << bits)) {
        bits++;
        space = (space << 1) + load<u32>(counts + ((tableBits + bits) << 2));
      }
      end = start + (1 << bits);
      store<u32>(table + (prefix << 2), (start << 16) | exceptional | subtable | (bits << 8) | tableBits);
    }
    const value = entry(load<u32>(meanings + ((load<u16>(symbol) as u32) << 2)), length - tableBits);
    symbol += 2;
    const stride: u32 = 1 << (length - tableBits);
    for (let at = start + (code >> tableBits); at < end; at += stride) store<u32>(table + (at << 2), value);
    const ones: u32 = (1 << length) - 1;
    if (code == ones) return;
    code = next(code, ones);
    count--;
    while (count == 0) count = load<u32>(counts + (++length << 2));
  }
}
