// Inflating (RFC 1951) from and into the module's memory. Its host writes input behind `inputEnd`, takes output from
// behind the window, and calls `decode` again and again. What can't be decoded yet for want of input is not begun: the
// state stands between symbols, or between blocks, with fewer than 8 bits held and `inputAt` exact.
import {
  distanceBits,
  distanceMeanings,
  distanceTable,
  input,
  lengths,
  litlenBits,
  litlenMeanings,
  litlenTable,
  output,
  outputSize,
  patterns,
  precodeBits,
  precodeMeanings,
  precodeTable,
  steps,
  windowSize,
} from './memory';
import {
  badBlockType,
  badCodeLengths,
  badDistance,
  badDistanceCode,
  badLiteral,
  badLiteralCode,
  badRepeat,
  badStoredLength,
  blockEnded,
  inputWanted,
  noEndOfBlock,
  outputFull,
  streamEnded,
  tooFarBack,
  tooManySymbols,
} from './status';
import { endOfBlock, exceptional, literal, makeTable, prepareTables, subtable } from './tables';

export { input, inputSize, output, outputSize } from './memory';

/** Address of the next byte of input, and of the first that is not there yet. */
export let inputAt: u32 = input;
export let inputEnd: u32 = input;
/** Address of the next byte of output. */
export let outputAt: u32 = output;
/** Bits of the byte before `inputAt` that are still to be used, and how many: 0 to 7. */
export let held: u32 = 0;
export let heldCount: u32 = 0;

/** Address of the first byte of output that matches may reach back to. */
let reachable: u32 = output;

const betweenBlocks: i32 = 0;
const inStored: i32 = 1;
const inCodes: i32 = 2;
let place: i32 = betweenBlocks;
let lastBlock: bool = false;
let storedLeft: u32 = 0;
/** The fixed codes' tables are there: made once for many such blocks. */
let tablesAreFixed: bool = false;

const outputLimit: u32 = output + outputSize;

prepareTables();

/** A deflate stream begins at `inputAt`, of which `window` bytes before `outputAt` may be used. */
export function begin(window: u32): void {
  reachable = outputAt - window;
  place = betweenBlocks;
  lastBlock = false;
  held = 0;
  heldCount = 0;
}

/** Makes room: of the output only the window is kept. */
export function slide(): void {
  const distance = outputAt - output;
  memory.copy(output - windowSize, outputAt - windowSize, windowSize);
  outputAt = output;
  reachable = max(reachable, output - windowSize + distance) - distance;
}

/** Goes on until something is wanted, a block ends, or something is wrong (see status.ts). */
export function decode(): i32 {
  let status: i32 = 0;
  if (place == betweenBlocks) status = beginBlock();
  if (status == 0 && place == inStored) return copyStored();
  while (status == 0) {
    if (outputAt >= outputLimit) return outputFull;
    status = decodeFast();
    if (status == 0) status = decodeOne();
  }
  return status == needed ? inputWanted : status;
}

/** More input is needed: inside, where 0 says that all is well. */
const needed: i32 = -1;

// Bits of headers. `peeked` holds what `held` does and what follows it; nothing is used up before `commit`.
let peeked: u64 = 0;
let peekedCount: u32 = 0;
let peekedAt: u32 = 0;

function startPeeking(): void {
  peeked = held as u64;
  peekedCount = heldCount;
  peekedAt = inputAt;
  peekMore();
}

@inline
function peekMore(): void {
  while (peekedCount <= 56 && peekedAt < inputEnd) {
    peeked |= (load<u8>(peekedAt++) as u64) << peekedCount;
    peekedCount += 8;
  }
}

@inline
function drop(bits: u32): void {
  peeked >>= bits;
  peekedCount -= bits;
}

function commit(): void {
  inputAt = peekedAt - (peekedCount >> 3);
  heldCount = peekedCount & 7;
  held = (peeked as u32) & ((1 << heldCount) - 1);
}

function beginBlock(): i32 {
  startPeeking();
  if (peekedCount < 3) return needed;
  lastBlock = (peeked & 1) != 0;
  const type = (peeked as u32 >> 1) & 3;
  drop(3);
  let status: i32 = 0;
  if (type == 0) status = beginStored();
  else if (type == 1) status = beginFixed();
  else if (type == 2) status = beginDynamic();
  else status = badBlockType;
  if (status == 0) commit();
  return status;
}

function beginStored(): i32 {
  drop(peekedCount & 7);
  if (peekedCount < 32) return needed;
  storedLeft = peeked as u32 & 0xffff;
  if (storedLeft != ((peeked as u32 >> 16) ^ 0xffff)) return badStoredLength;
  drop(32);
  place = inStored;
  return 0;
}

function beginFixed(): i32 {
  place = inCodes;
  if (tablesAreFixed) return 0;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  memory.fill(lengths + 288, 5, 32);
  makeTable(litlenTable, litlenBits, lengths, 288, litlenMeanings, false);
  makeTable(distanceTable, distanceBits, lengths + 288, 32, distanceMeanings, false);
  tablesAreFixed = true;
  return 0;
}

/** Where the lengths of the code that codes lengths stand, in the order that they come in (RFC 1951, 3.2.7). */
const precodeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

function beginDynamic(): i32 {
  if (peekedCount < 14) return needed;
  const literals = (peeked as u32 & 31) + 257;
  const distances = (peeked as u32 >> 5 & 31) + 1;
  const precodes = (peeked as u32 >> 10 & 15) + 4;
  drop(14);
  if (literals > 286 || distances > 30) return tooManySymbols;
  tablesAreFixed = false;
  memory.fill(lengths, 0, 19);
  for (let at: u32 = 0; at < precodes; at++) {
    peekMore();
    if (peekedCount < 3) return needed;
    store<u8>(lengths + (load<u8>(precodeOrder + (at as usize)) as u32), peeked as u32 & 7);
    drop(3);
  }
  if (makeTable(precodeTable, precodeBits, lengths, 19, precodeMeanings, false) != 0) return badCodeLengths;
  const status = readLengths(literals + distances);
  if (status != 0) return status;
  if (load<u8>(lengths + 256) == 0) return noEndOfBlock;
  if (makeTable(litlenTable, litlenBits, lengths, literals, litlenMeanings, true) != 0) return badLiteralCode;
  if (makeTable(distanceTable, distanceBits, lengths + literals, distances, distanceMeanings, true) != 0) {
    return badDistanceCode;
  }
  place = inCodes;
  return 0;
}

function readLengths(wanted: u32): i32 {
  let at: u32 = 0;
  while (at < wanted) {
    peekMore();
    const entry = load<u32>(precodeTable + ((peeked as u32 & 127) << 2));
    const bits = entry & 63;
    const symbol = entry >> 16;
    if (symbol < 16) {
      if (peekedCount < bits) return needed;
      drop(bits);
      store<u8>(lengths + at++, symbol);
      continue;
    }
    const extra: u32 = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    if (peekedCount < bits + extra) return needed;
    drop(bits);
    const times = (peeked as u32 & ((1 << extra) - 1)) + (symbol == 18 ? 11 : 3);
    drop(extra);
    if ((symbol == 16 && at == 0) || at + times > wanted) return badRepeat;
    memory.fill(lengths + at, symbol == 16 ? load<u8>(lengths + at - 1) : 0, times);
    at += times;
  }
  return 0;
}

function copyStored(): i32 {
  while (storedLeft > 0) {
    if (outputAt >= outputLimit) return outputFull;
    const part = min(storedLeft, min(inputEnd - inputAt, outputLimit - outputAt));
    if (part == 0) return inputWanted;
    memory.copy(outputAt, inputAt, part);
    inputAt += part;
    outputAt += part;
    storedLeft -= part;
  }
  return endBlock();
}

function endBlock(): i32 {
  place = betweenBlocks;
  return lastBlock ? streamEnded : blockEnded;
}

/** One literal or match, or the end of the block, however little input is left. */
function decodeOne(): i32 {
  startPeeking();
  let entry = load<u32>(litlenTable + ((peeked as u32 & ((1 << litlenBits) - 1)) << 2));
  if (entry & subtable) {
    if (peekedCount < litlenBits) return needed;
    drop(litlenBits);
    entry = load<u32>(litlenTable + ((entry >> 16) << 2) + ((peeked as u32 & ((1 << (entry >> 8 & 63)) - 1)) << 2));
  }
  if (peekedCount < (entry & 63)) return needed;
  if (entry & literal) {
    store<u8>(outputAt++, entry >> 16);
    drop(entry & 63);
    commit();
    return 0;
  }
  if (entry & exceptional) {
    if (!(entry & endOfBlock)) return badLiteral;
    drop(entry & 63);
    commit();
    return endBlock();
  }
  const length = valueOf(entry);
  drop(entry & 63);
  entry = load<u32>(distanceTable + ((peeked as u32 & ((1 << distanceBits) - 1)) << 2));
  if (entry & subtable) {
    if (peekedCount < distanceBits) return needed;
    drop(distanceBits);
    entry = load<u32>(distanceTable + ((entry >> 16) << 2) + ((peeked as u32 & ((1 << (entry >> 8 & 63)) - 1)) << 2));
  }
  if (peekedCount < (entry & 63)) return needed;
  if (entry & exceptional) return badDistance;
  const distance = valueOf(entry);
  if (distance > outputAt - reachable) return tooFarBack;
  drop(entry & 63);
  commit();
  for (let left = length; left > 0; left--) {
    store<u8>(outputAt, load<u8>(outputAt - distance));
    outputAt++;
  }
  return 0;
}

/** Base and extra bits of the length or distance whose code is at the front of `peeked`. */
@inline
function valueOf(entry: u32): u32 {
  const extra = (peeked as u32 & ((1 << (entry & 63)) - 1)) >> ((entry >> 8 & 63) - 2);
  return (entry >> 16) + extra;
}

/** What one round of decodeFast may read beyond where it begins: two refills of 8 bytes. */
const inputMargin: u32 = 24;

/**
 * Literals and matches while there is plenty of input and room. The bit buffer holds two bits of what is used up already
 * below those to come: masked, they make an index in bytes of one in entries. Like libdeflate's, it is refilled without
 * a branch: bits above the counted ones are there already or 0, and the next load puts the same ones there.
 */
function decodeFast(): i32 {
  const inputLimit = inputEnd - inputMargin;
  let at = inputAt;
  if (at > inputLimit) return 0;
  let out = outputAt;
  let status: i32 = 0;
  let count: u32 = heldCount + 2;
  let bits: u64 = (held as u64) << 2;
  let saved: u64 = 0;

  bits |= load<u64>(at) << (count as u64);
  at += (~count >> 3) & 7;
  count |= 56;
  let entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);

  do {
    saved = bits;
    bits >>= entry as u64;
    count -= entry;
    if (entry & literal) {
      store<u8>(out++, entry >> 16);
      entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);
      saved = bits;
      bits >>= entry as u64;
      count -= entry;
      if (entry & literal) {
        store<u8>(out++, entry >> 16);
        entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);
        saved = bits;
        bits >>= entry as u64;
        count -= entry;
        if (entry & literal) {
          store<u8>(out++, entry >> 16);
          bits |= load<u64>(at) << (count as u64);
          at += (~count >> 3) & 7;
          count |= 56;
          entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);
          continue;
        }
      }
    }
    if (entry & exceptional) {
      if (entry & subtable) {
        entry = load<u32>(
          ((entry >> 16) << 2) + ((bits as u32) & ((<u32>4 << (entry >> 8)) - 4)),
          litlenTable,
        );
        saved = bits;
        bits >>= entry as u64;
        count -= entry;
      }
      if (entry & literal) {
        store<u8>(out++, entry >> 16);
        bits |= load<u64>(at) << (count as u64);
        at += (~count >> 3) & 7;
        count |= 56;
        entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);
        continue;
      }
      if (entry & exceptional) {
        status = entry & endOfBlock ? endBlock() : badLiteral;
        break;
      }
    }
    const length: u32 =
      (entry >> 16) + (((saved & (((4 as u64) << (entry as u64)) - 1)) >> ((entry >> 8) as u64)) as u32);

    // Codes and extra bits of a distance take 28 bits at most.
    if ((count & 63) < 30) {
      bits |= load<u64>(at) << (count as u64);
      at += (~count >> 3) & 7;
      count |= 56;
    }
    entry = load<u32>((bits as u32) & (((1 << distanceBits) - 1) << 2), distanceTable);
    if (entry & exceptional) {
      if (!(entry & subtable)) {
        status = badDistance;
        break;
      }
      bits >>= entry as u64;
      count -= entry;
      entry = load<u32>(
        ((entry >> 16) << 2) + ((bits as u32) & ((<u32>4 << (entry >> 8)) - 4)),
        distanceTable,
      );
      if (entry & exceptional) {
        status = badDistance;
        break;
      }
    }
    const distance: u32 =
      (entry >> 16) + (((bits & (((4 as u64) << (entry as u64)) - 1)) >> ((entry >> 8) as u64)) as u32);
    bits >>= entry as u64;
    count -= entry;
    if (distance > out - reachable) {
      status = tooFarBack;
      break;
    }

    // The next entry is on its way while the match is copied.
    bits |= load<u64>(at) << (count as u64);
    at += (~count >> 3) & 7;
    count |= 56;
    entry = load<u32>((bits as u32) & (((1 << litlenBits) - 1) << 2), litlenTable);

    let to = out;
    out += length;
    if (distance >= 16) {
      let from = to - distance;
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      if (length > 32) {
        to += 32;
        from += 32;
        do {
          v128.store(to, v128.load(from));
          to += 16;
          from += 16;
        } while (to < out);
      }
    } else {
      const period = i8x16.swizzle(v128.load(to - distance), v128.load(distance << 4, patterns));
      const step = load<u8>(distance, steps) as u32;
      do {
        v128.store(to, period);
        to += step;
      } while (to < out);
    }
  } while (at <= inputLimit && out < outputLimit);

  const left = (count & 63) - 2;
  inputAt = at - (left >> 3);
  heldCount = left & 7;
  held = ((bits >> 2) as u32) & ((1 << heldCount) - 1);
  outputAt = out;
  return status;
}
