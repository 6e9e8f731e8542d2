// What `decode` returns; src/content/gzip/decoder.ts knows the numbers too.

/** All input is used up but for part of a symbol or header. */
export const inputWanted: i32 = 0;
export const outputFull: i32 = 1;
/** A block ended, and it was not the last one. */
export const blockEnded: i32 = 2;
/** The last block ended. Bits that are still held are padding. */
export const streamEnded: i32 = 3;

// What is wrong with the stream.
export const badBlockType: i32 = 16;
export const badStoredLength: i32 = 17;
export const tooManySymbols: i32 = 18;
export const badCodeLengths: i32 = 19;
export const badRepeat: i32 = 20;
export const noEndOfBlock: i32 = 21;
export const badLiteralCode: i32 = 22;
export const badDistanceCode: i32 = 23;
export const badLiteral: i32 = 24;
export const badDistance: i32 = 25;
export const tooFarBack: i32 = 26;
