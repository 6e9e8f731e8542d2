import type { Digest } from '../image/digest.ts';
import { type ByteStrings, byteString } from './column.ts';
import { type EntryKind, entryKinds, type FileTable } from './table.ts';

export const digestBytes = 32;
/** Set in `kinds` beside the kind's number. */
export const sparseFlag = 0x10;
export const pycFlag = 0x20;
export const kindMask = 0x0f;

/** A table as plain data that can be passed between threads: what has no comment is of each row. */
export interface TableColumns {
  readonly diffId: Digest;
  readonly rows: number;
  readonly unpackedBytes: number;
  /** Number in `entryKinds`, with flags. */
  readonly kinds: Uint8Array;
  readonly modes: Uint16Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  readonly mtimes: Float64Array;
  readonly sizes: Float64Array;
  readonly dataStarts: Float64Array;
  /** Number in `directoryPaths`. */
  readonly directories: Uint32Array;
  readonly names: ByteStrings;
  /** Distinct ones; the first is empty. */
  readonly directoryPaths: ByteStrings;
  /** Of files a number in `digests`, of links in `targets`, of devices in `devices`; else 0. */
  readonly details: Uint32Array;
  /** 32 bytes each; the first is that of no bytes. */
  readonly digests: Uint8Array;
  readonly targets: ByteStrings;
  /** Major and minor numbers by turns. */
  readonly devices: Uint32Array;
  /** Number in `xattrSets`. */
  readonly xattrs: Uint32Array;
  /** Distinct ones; the first is empty. */
  readonly xattrSets: ByteStrings;
  /** Of timestamp .pyc alone: their rows, ascending, 32 bytes each, and the time. */
  readonly pycRows: Uint32Array;
  readonly pycDigests: Uint8Array;
  readonly pycMtimes: Uint32Array;
}

export const kindNumbers = Object.fromEntries(entryKinds.map((kind, at) => [kind, at])) as Record<
  EntryKind,
  number
>;
const none = Buffer.alloc(0);

/** The table that these columns are. */
export function tableOf(columns: TableColumns): FileTable {
  const { kinds, details, digests, devices, pycRows, pycDigests, pycMtimes } = columns;
  const kind = (row: number): EntryKind => entryKinds[(kinds[row] as number) & kindMask] as EntryKind;
  const isDevice = (row: number): boolean => kind(row) === 'character' || kind(row) === 'block';
  return {
    diffId: columns.diffId,
    rows: columns.rows,
    unpackedBytes: columns.unpackedBytes,
    path: (row) => pathOf(columns, row),
    kind,
    mode: (row) => columns.modes[row] as number,
    uid: (row) => columns.uids[row] as number,
    gid: (row) => columns.gids[row] as number,
    mtime: (row) => columns.mtimes[row] as number,
    bytes: (row) => columns.sizes[row] as number,
    digest: (row) => digestAt(digests, kind(row) === 'file' ? (details[row] as number) : 0),
    target: (row) => {
      const linked = kind(row) === 'symlink' || kind(row) === 'hardlink';
      return linked ? byteString(columns.targets, details[row] as number) : none;
    },
    devmajor: (row) => (isDevice(row) ? (devices[(details[row] as number) * 2] as number) : 0),
    devminor: (row) => (isDevice(row) ? (devices[(details[row] as number) * 2 + 1] as number) : 0),
    xattrs: (row) => byteString(columns.xattrSets, columns.xattrs[row] as number),
    dataStart: (row) => columns.dataStarts[row] as number,
    isSparse: (row) => ((kinds[row] as number) & sparseFlag) !== 0,
    pyc(row) {
      if (((kinds[row] as number) & pycFlag) === 0) return undefined;
      const at = placeOf(pycRows, row);
      return { maskedDigest: digestAt(pycDigests, at), sourceMtime: pycMtimes[at] as number };
    },
  };
}

function pathOf({ directories, directoryPaths, names }: TableColumns, row: number): Buffer {
  const directory = byteString(directoryPaths, directories[row] as number);
  const name = byteString(names, row);
  if (directory.byteLength === 0) return name;
  const path = Buffer.allocUnsafe(directory.byteLength + 1 + name.byteLength);
  path.set(directory);
  path[directory.byteLength] = 0x2f;
  path.set(name, directory.byteLength + 1);
  return path;
}

function digestAt(digests: Uint8Array, number: number): Buffer {
  return Buffer.from(digests.buffer as ArrayBuffer, digests.byteOffset + number * digestBytes, digestBytes);
}

/** Index of a number that is in an ascending list. */
function placeOf(numbers: Uint32Array, wanted: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
