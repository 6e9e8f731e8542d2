import { digestOf } from '../../../src/content/image/digest.ts';
import type { EntryType, Span, Ztoc, ZtocEntry } from '../../../src/stages/soci/ztoc.ts';

/** An entry of a tar: a name alone is a file of 100 bytes, one with a slash at its end a folder. */
export interface TarLine {
  readonly name: string | Buffer;
  readonly type?: EntryType;
  readonly size?: number;
  readonly to?: string;
  /** Blocks of headers; more than one with PAX records. */
  readonly headers?: number;
}

/** A zTOC as the entries of a tar, and spans that begin at these bytes of it, would give. */
export function ztocOf(lines: readonly (string | TarLine)[], starts: readonly number[] = [0]): Ztoc {
  const entries: ZtocEntry[] = [];
  let at = 0;
  for (const line of lines) {
    const { name, type, size, to = '', headers = 1 } = typeof line === 'string' ? { name: line } : line;
    const kind = type ?? (name.toString().endsWith('/') ? 'dir' : 'reg');
    const bytes = size ?? (kind === 'reg' ? 100 : 0);
    const offset = at + headers * 512;
    entries.push(entryOf(Buffer.from(name), kind, offset, bytes, Buffer.from(to)));
    at = offset + Math.ceil(bytes / 512) * 512;
  }
  const uncompressedBytes = at + 1024;
  return {
    version: '0.9',
    buildTool: 'test',
    compressedBytes: uncompressedBytes,
    uncompressedBytes,
    algorithm: 'gzip',
    spanBytes: 512,
    spans: starts.map((start, id) => spanOf(id, start, starts[id + 1] ?? uncompressedBytes)),
    entryCount: entries.length,
    entry: (index) => entries[index] as ZtocEntry,
    window: () => Buffer.alloc(32_768),
  };
}

function entryOf(name: Buffer, type: EntryType, offset: number, size: number, linkname: Buffer): ZtocEntry {
  return {
    name,
    type,
    offset,
    size,
    linkname,
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: Buffer.alloc(0),
    gname: Buffer.alloc(0),
    modTime: '2024-01-01T00:00:00Z',
    devmajor: 0,
    devminor: 0,
    xattrs: [],
  };
}

function spanOf(id: number, start: number, end: number): Span {
  return { id, start, end, bits: 0, outStart: start, outEnd: end, digest: digestOf(`span ${id}`) };
}
