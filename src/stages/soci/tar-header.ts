import type { TarEntry } from '../../content/tar/entry.ts';
import { TarScanner } from '../../content/tar/scanner.ts';
import { entryTypeOf, ztocEntry } from './entry.ts';
import { nextHeader } from './indexability.ts';
import type { Xattr, Ztoc, ZtocEntry } from './ztoc.ts';

/**
 * Where an entry's headers begin: right after the data of the entry before it, as the snapshotter has it
 * (ztoc_marshaler.go, flatbufferToTOC).
 */
export function headerStart(ztoc: Ztoc, at: number): number {
  if (at === 0) return 0;
  const { offset, size } = ztoc.entry(at - 1);
  return nextHeader(offset, size);
}

/** The entry that headers of `byteLength` bytes describe, or undefined where they are not those of just one. */
export class HeaderReader {
  readonly #scanner: TarScanner;
  readonly #length: number;
  #entry: TarEntry | undefined;
  #read = 0;

  constructor(length: number, where: string) {
    this.#length = length;
    this.#scanner = new TarScanner(where, [{ entry: (entry) => (this.#entry ??= entry) }]);
  }

  /** Takes what of a chunk is header. @returns the rest of it @throws PullBudgetError `bad-tar` */
  push(chunk: Uint8Array): Uint8Array {
    const header = chunk.subarray(0, this.#length - this.#read);
    if (header.byteLength > 0) this.#scanner.push(header);
    this.#read += header.byteLength;
    return chunk.subarray(header.byteLength);
  }

  get isWhole(): boolean {
    return this.#read === this.#length;
  }

  get entry(): TarEntry | undefined {
    return this.#entry?.dataStart === this.#length ? this.#entry : undefined;
  }
}

/**
 * Where a zTOC's entry is not what the tar's own header says: the words for it, or undefined where all is equal.
 * Offsets are not compared.
 */
export function differenceFrom(tar: TarEntry, entry: ZtocEntry): string | undefined {
  if (entryTypeOf[tar.kind] === undefined) return 'type';
  const own = ztocEntry(tar);
  const compared: readonly (readonly [what: string, isEqual: boolean])[] = [
    ['name', own.name.equals(entry.name)],
    ['type', own.type === entry.type],
    ['size', own.size === entry.size],
    ['link', own.linkname.equals(entry.linkname)],
    ['mode', own.mode === entry.mode],
    // Of larger ones a zTOC keeps the low 32 bits, which the snapshotter then finds to be others.
    ['owner', tar.uid === entry.uid && own.uname.equals(entry.uname)],
    ['group', tar.gid === entry.gid && own.gname.equals(entry.gname)],
    ['time', isSameTime(own.modTime, entry.modTime)],
    ['device', own.devmajor === entry.devmajor && own.devminor === entry.devminor],
    ['PAX records', isSameXattrs(own.xattrs, entry.xattrs)],
  ];
  return compared.find(([, isEqual]) => !isEqual)?.[0];
}

/** RFC 3339 in whatever zone: soci writes that of the machine. An empty one is no time, so equal to none. */
function isSameTime(a: string, b: string): boolean {
  const [one, other] = [instant(a), instant(b)];
  return one !== undefined && one === other;
}

function instant(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  return Number.isNaN(seconds) ? undefined : `${seconds} ${(match?.[2] ?? '').replace(/0+$/, '')}`;
}

function isSameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ key, value }, at) => {
      const other = b[at];
      return other !== undefined && key.equals(other.key) && value.equals(other.value);
    })
  );
}
