/**
 * Extended headers: what stands before an entry and says more than its header block can.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
import { badTar } from './header.ts';

/** One record as it was written, so that extended attributes keep their bytes. */
export interface PaxRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The fields of an entry that extended headers replace. */
export interface Overrides {
  readonly name?: Buffer;
  readonly linkname?: Buffer;
  readonly size?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly uname?: Buffer;
  readonly gname?: Buffer;
  /** Set where the entry is one of GNU's sparse files in PAX form. */
  readonly sparseSize?: number;
}

/** Splits the body of a PAX header: `LENGTH key=value\n`, where LENGTH counts itself. @throws PullBudgetError `bad-tar` */
export function parsePax(body: Buffer, position: number, where: string): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.byteLength; ) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 ? '' : body.toString('latin1', at, space);
    const end = /^\d{1,7}$/.test(digits) ? at + Number(digits) : 0;
    const equals = body.indexOf(0x3d, space);
    if (
      end <= space + 1 ||
      end > body.byteLength ||
      body[end - 1] !== 0x0a ||
      equals <= space + 1 ||
      equals >= end
    ) {
      throw badTar(where, position, 'there is a PAX header with a malformed record');
    }
    records.push({ key: body.subarray(space + 1, equals), value: body.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
}

/**
 * What records say about an entry. Of two with one key the last counts; an empty value says nothing.
 * @throws PullBudgetError `bad-tar`: no number where one must be, a NUL in a name
 */
export function overridesOf(records: readonly PaxRecord[], position: number, where: string): Overrides {
  const found: { -readonly [key in keyof Overrides]: Overrides[key] } = {};
  let sparseName: Buffer | undefined;
  const bad = (key: string) => badTar(where, position, `there is a PAX header with a malformed ${key}`);
  const bytes = (key: string, value: Buffer): Buffer => {
    if (value.includes(0)) throw bad(key);
    return value;
  };
  const number = (key: string, value: Buffer, pattern: RegExp): number => {
    const text = value.toString('latin1');
    const parsed = Number(text);
    if (!pattern.test(text) || Math.abs(parsed) > Number.MAX_SAFE_INTEGER) throw bad(key);
    return parsed;
  };
  for (const { key: keyBytes, value } of records) {
    const key = keyBytes.toString('latin1');
    if (value.byteLength === 0) continue;
    if (key === 'path') found.name = bytes(key, value);
    else if (key === 'linkpath') found.linkname = bytes(key, value);
    else if (key === 'size') found.size = number(key, value, /^\d+$/);
    else if (key === 'uid') found.uid = number(key, value, /^-?\d+$/);
    else if (key === 'gid') found.gid = number(key, value, /^-?\d+$/);
    else if (key === 'mtime') found.mtime = number(key, value, /^-?\d+(\.\d*)?$/);
    else if (key === 'uname') found.uname = bytes(key, value);
    else if (key === 'gname') found.gname = bytes(key, value);
    else if (key === 'GNU.sparse.name') sparseName = bytes(key, value);
    // 0.0 and 0.1 call it size, 1.0 realsize: https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
    else if (key === 'GNU.sparse.size' || key === 'GNU.sparse.realsize') {
      found.sparseSize = number(key, value, /^\d+$/);
    }
  }
  // The path of such an entry is a made-up one, for readers that do not know sparse files.
  if (sparseName) found.name = sparseName;
  return found;
}
