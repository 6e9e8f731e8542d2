import { inputError } from '../../content/error.ts';
import type { TarEntry, TarKind } from '../../content/tar/entry.ts';
import type { PaxRecord } from '../../content/tar/pax.ts';
import type { EntryType, Xattr, ZtocEntry } from './ztoc.ts';

/** What a zTOC calls each kind. */
export const entryTypeOf: Readonly<Record<TarKind, EntryType | undefined>> = {
  file: 'reg',
  directory: 'dir',
  symlink: 'symlink',
  hardlink: 'hardlink',
  character: 'char',
  block: 'block',
  fifo: 'fifo',
  other: undefined,
};

/** A tar's entry as Go's reader, and so `soci`, puts it into a zTOC. `whyUnindexable` must have nothing against it. */
export function ztocEntry(entry: TarEntry): ZtocEntry {
  const type = entryTypeOf[entry.kind];
  if (!type) throw new TypeError(`${entry.path} has no type that a zTOC knows`);
  const xattrs = xattrsOf(entry.pax);
  return {
    name: entry.name,
    type,
    offset: entry.dataStart,
    size: entry.size,
    linkname: entry.linkname,
    mode: entry.mode,
    uid: entry.uid >>> 0,
    gid: entry.gid >>> 0,
    uname: entry.uname,
    gname: entry.gname,
    modTime: modTimeOf(entry, xattrs),
    devmajor: entry.devmajor,
    devminor: entry.devminor,
    xattrs,
  };
}

/** Of a layer that no snapshotter would take a zTOC of. The message is half a sentence. */
export function unindexable(reason: string): Error {
  return inputError('unindexable', reason, { hint: 'Nodes pull this layer as a whole.' });
}

/** Why a layer with this entry gets no zTOC that a snapshotter takes: half a sentence, `./a is a sparse file`. */
export function whyUnindexable(entry: TarEntry): string | undefined {
  const name = nameForPeople(entry.name);
  const { type } = entry.header;
  if (entry.globals.length > 0) return `a global PAX header is before ${name}`;
  if (type === 'S' || entry.sparseSize !== undefined || entry.pax.some(isSparseRecord)) {
    return `${name} is a sparse file`;
  }
  if (type === '7') return `${name} is a contiguous file`;
  if (entryTypeOf[entry.kind] === undefined) {
    return `${name} is of the type ${JSON.stringify(type)}, which SOCI does not know`;
  }
  if (entry.pax.length > 0 && isReadDifferently(entry.pax)) {
    return `${name} has a PAX header that readers do not agree on`;
  }
  return undefined;
}

/** A name as a sentence can hold it: what a terminal or a log would act on is escaped. */
export function nameForPeople(name: Buffer): string {
  const text = name.toString('utf8', 0, 500);
  return /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}"]+$/u.test(text) ? text : JSON.stringify(text);
}

const noXattrs: readonly Xattr[] = [];

/** Sorted by the keys' bytes; the last of two with one key. */
function xattrsOf(records: readonly PaxRecord[]): readonly Xattr[] {
  if (records.length === 0) return noXattrs;
  return [...byKey(records).values()].sort((a, b) => Buffer.compare(a.key, b.key));
}

function byKey(records: readonly PaxRecord[]): Map<string, PaxRecord> {
  return new Map(records.map((record) => [record.key.toString('latin1'), record]));
}

function isSparseRecord({ key }: PaxRecord): boolean {
  return key.toString('latin1', 0, 11) === 'GNU.sparse.';
}

const fields = ['path', 'linkpath', 'size', 'uid', 'gid', 'uname', 'gname'];

/**
 * Go refuses NUL in a key and times that are none, and of two records takes the last one, also where it is empty; the
 * snapshotter refuses an extended attribute without a name.
 */
function isReadDifferently(records: readonly PaxRecord[]): boolean {
  const last = byKey(records);
  return (
    records.some(({ key }) => key.includes(0)) ||
    last.has('SCHILY.xattr.') ||
    ['atime', 'ctime'].some(
      (key) => !/^([+-]?\d+(\.\d*)?)?$/.test(last.get(key)?.value.toString('latin1') ?? ''),
    ) ||
    fields.some((field) => last.get(field)?.value.byteLength === 0 && isSet(records, field))
  );
}

function isSet(records: readonly PaxRecord[], field: string): boolean {
  return records.some(({ key, value }) => value.byteLength > 0 && key.toString('latin1') === field);
}

/** Seconds at which the years 0 and 10000 begin: RFC 3339 has four digits for a year. */
const [yearZero, yearTenThousand] = [-62_167_219_200, 253_402_300_800];

/** Go's RFC3339Nano in UTC. The PAX record is read as text, for a float has no nanoseconds. */
function modTimeOf(entry: TarEntry, xattrs: readonly Xattr[]): string {
  const record = xattrs.find(({ key }) => key.toString('latin1') === 'mtime')?.value.toString('latin1');
  const [whole = '', digits = ''] = record ? record.split('.') : [String(entry.header.mtime)];
  let seconds = Number(whole);
  let nanoseconds = Number(digits.slice(0, 9).padEnd(9, '0'));
  if (whole.startsWith('-') && nanoseconds > 0) {
    seconds -= 1;
    nanoseconds = 1e9 - nanoseconds;
  }
  if (seconds < yearZero || seconds >= yearTenThousand) return '';
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}
