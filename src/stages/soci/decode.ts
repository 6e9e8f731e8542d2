import type { Ztoc } from './ztoc.ts';

/** Reads a zTOC's bytes, which it keeps as they are. Nothing in them is believed: offsets, counts and lengths are checked. @throws PullBudgetError `bad-ztoc` */
export function decodeZtoc(_bytes: Uint8Array, _where: string): Ztoc {
  throw new Error('to be built');
}
