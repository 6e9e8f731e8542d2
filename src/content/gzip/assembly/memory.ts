// Where everything lies in the module's one memory of 448 KiB. Below `litlenTable` is static data of the compiler.

/** Bits of a code that the first lookup decodes; longer codes go on in a subtable. */
export const litlenBits: u32 = 11;
export const distanceBits: u32 = 8;
export const precodeBits: u32 = 7;

/** Entries of 4 bytes: 2,342 at most for 288 symbols, 11 bits first and 15 in all (zlib's examples/enough.c). */
export const litlenTable: u32 = 0x4000;
/** 402 at most for 32 symbols, 8 bits first. */
export const distanceTable: u32 = 0x8000;
/** 128: no code of it is longer than its table. */
export const precodeTable: u32 = 0x9000;
/** What each symbol's entry says before its code's length is known: u32 a symbol. */
export const litlenMeanings: u32 = 0xa000;
export const distanceMeanings: u32 = 0xa800;
export const precodeMeanings: u32 = 0xa900;
/** Code lengths of a block: a byte a symbol, literals and lengths first, distances after them. */
export const lengths: u32 = 0xb000;
/** A code's symbols, shortest code first: u16 each. */
export const sorted: u32 = 0xb400;
/** Of each length from 0 to 15: how many codes (u32), and where the next goes in `sorted` (u32). */
export const counts: u32 = 0xb800;
export const offsets: u32 = 0xb880;
/** For distances below 16: 16 byte numbers that repeat a period, and how far a write of 16 bytes gets (a multiple of it). */
export const patterns: u32 = 0xba00;
export const steps: u32 = 0xbb00;

export const input: u32 = 0x10000;
export const inputSize: u32 = 0x10000;

export const windowSize: u32 = 0x8000;
/** The window lies before the output, always. */
export const output: u32 = 0x28000;
/** Decoding stops once this much is there; one match and what copying in whole words writes beyond it may follow. */
export const outputSize: u32 = 0x40000;
