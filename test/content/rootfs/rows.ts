import { createHash } from 'node:crypto';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { EntryKind, FileTable, TimestampPyc } from '../../../src/content/rootfs/table.ts';

/** An entry of a layer as tests write it. */
export interface Row {
  /** As FileTable has it: of a whiteout what it removes, of an opaque marker its directory. */
  readonly path: string | Buffer;
  readonly kind: EntryKind;
  /** Default: 0755 of directories, 0777 of symlinks, else 0644. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Default: 1,700,000,000. */
  readonly mtime?: number;
  /** Of a file; `digest` and `bytes` follow from it. */
  readonly content?: string | Buffer;
  /** Of a file whose content does not matter. */
  readonly bytes?: number;
  readonly target?: string | Buffer;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly xattrs?: Readonly<Record<string, string | Buffer>>;
  readonly isSparse?: boolean;
}

export const rowMtime = 1_700_000_000;

/** A layer's table without its tar: file contents begin where they would, one after the other. */
export function tableOfRows(rows: readonly Row[]): FileTable {
  const at = (row: number): Row => {
    const found = rows[row];
    if (found === undefined) throw new Error(`no row ${row}`);
    return found;
  };
  const starts: number[] = [];
  let end = 0;
  for (const row of rows) {
    starts.push(end + 512);
    end += 512 + Math.ceil(bytesOf(row) / 512) * 512;
  }
  return {
    diffId: digestOf(JSON.stringify(rows.map((row) => ({ ...row, path: String(row.path) })))),
    rows: rows.length,
    unpackedBytes: end + 1024,
    path: (row) => Buffer.from(at(row).path),
    kind: (row) => at(row).kind,
    mode: (row) => at(row).mode ?? defaultModes[at(row).kind] ?? 0o644,
    uid: (row) => at(row).uid ?? 0,
    gid: (row) => at(row).gid ?? 0,
    mtime: (row) => at(row).mtime ?? rowMtime,
    bytes: (row) => bytesOf(at(row)),
    digest: (row) => sha256(contentOf(at(row))),
    target: (row) => Buffer.from(at(row).target ?? ''),
    devmajor: (row) => at(row).devmajor ?? 0,
    devminor: (row) => at(row).devminor ?? 0,
    xattrs: (row) => xattrRecordsOf(at(row).xattrs ?? {}),
    dataStart: (row) => starts[row] ?? 0,
    isSparse: (row) => at(row).isSparse ?? false,
    pyc: (row) => pycOf(at(row)),
  };
}

/** A .pyc whose header names its source's mtime (PEP 552). */
export function pycContent(sourceMtime: number, body = 'code'): Buffer {
  const header = Buffer.alloc(16);
  header.set([0xcb, 0x0d, 0x0d, 0x0a]);
  header.writeUInt32LE(sourceMtime, 8);
  header.writeUInt32LE(body.length, 12);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** Records as FileTable has them. */
export function xattrRecordsOf(xattrs: Readonly<Record<string, string | Buffer>>): Buffer {
  const records = Object.keys(xattrs)
    .sort()
    .map((name) => {
      const rest = Buffer.concat([
        Buffer.from(` ${name}=`),
        Buffer.from(xattrs[name] ?? ''),
        Buffer.from('\n'),
      ]);
      let length = rest.byteLength + 1;
      while (String(length).length + rest.byteLength > length) length++;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    });
  return Buffer.concat(records);
}

const defaultModes: Partial<Record<EntryKind, number>> = { directory: 0o755, symlink: 0o777 };

function contentOf({ kind, content = '' }: Row): Buffer {
  return Buffer.from(kind === 'file' ? content : '');
}

function bytesOf(row: Row): number {
  return row.bytes ?? contentOf(row).byteLength;
}

function sha256(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest();
}

function pycOf(row: Row): TimestampPyc | undefined {
  const content = contentOf(row);
  if (!String(row.path).endsWith('.pyc') || content.byteLength < 16 || content.readUInt32LE(4) !== 0) return;
  const masked = Buffer.from(content).fill(0, 8, 12);
  return { maskedDigest: sha256(masked), sourceMtime: content.readUInt32LE(8) };
}
