import { type Boundary, windowBytes } from './boundary.ts';

/** Where inflating can begin anew in a gzip stream: a boundary that was kept, with its window. */
export type Checkpoint = Omit<Boundary, 'member'>;

/** Of a checkpoint in a file: `int64 in, int64 out, uint8 bits`, little endian, as zTOCs have it. */
export const checkpointPlaceBytes = 17;
/** With its window, which comes behind. */
export const checkpointBytes = checkpointPlaceBytes + windowBytes;

/** Writes place and bits of a checkpoint into the first 17 bytes; its window comes after them. */
export function writeCheckpoint(into: Uint8Array, at: Checkpoint): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setBigInt64(0, BigInt(at.in), true);
  view.setBigInt64(8, BigInt(at.out), true);
  view.setUint8(16, at.bits);
}

/** What `writeCheckpoint` wrote. */
export function readCheckpoint(from: Uint8Array): Checkpoint {
  const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
  return {
    in: Number(view.getBigInt64(0, true)),
    out: Number(view.getBigInt64(8, true)),
    bits: view.getUint8(16),
  };
}
