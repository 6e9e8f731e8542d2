import type { FileTable } from './table.ts';

/** Bytes of a table as it is stored beside an image: columnar, about 34 B an entry before compression, zstd. The same table gives the same bytes. */
export function encodeTable(_table: FileTable): Promise<Uint8Array> {
  throw new Error('to be built');
}

/**
 * @param bytes from anywhere: lengths, offsets, kinds and paths are checked before anything is believed
 * @throws PullBudgetError `bad-file-table`
 */
export function decodeTable(_bytes: Uint8Array, _where: string): Promise<FileTable> {
  throw new Error('to be built');
}
