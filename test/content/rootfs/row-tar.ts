import { paddingAfter } from '../../../src/content/tar/header.ts';
import { endOfArchive, entryHeader } from '../../../src/content/tar/writer.ts';
import { type Row, tableOfRows } from './rows.ts';

/** The rows as a layer's tar. */
export function tarOfRows(rows: readonly Row[]): Buffer {
  const table = tableOfRows(rows);
  const parts = rows.flatMap((row, at) => {
    const kind = row.kind === 'whiteout' || row.kind === 'opaque' ? 'file' : row.kind;
    const content = Buffer.from(row.kind === 'file' ? (row.content ?? '') : '');
    const header = entryHeader({
      kind,
      name: nameOf(row),
      linkname: table.target(at),
      mode: table.mode(at),
      uid: table.uid(at),
      gid: table.gid(at),
      size: content.byteLength,
      mtime: table.mtime(at),
      devmajor: table.devmajor(at),
      devminor: table.devminor(at),
      xattrs: table.xattrs(at),
    });
    return [header, content, new Uint8Array(paddingAfter(content.byteLength))];
  });
  return Buffer.concat([...parts, endOfArchive]);
}

function nameOf({ path, kind }: Row): Buffer {
  const bytes = Buffer.from(path);
  if (kind === 'directory') return Buffer.concat([bytes, Buffer.from('/')]);
  if (kind === 'opaque') return Buffer.concat([bytes, Buffer.from('/.wh..wh..opq')]);
  if (kind !== 'whiteout') return bytes;
  const at = bytes.lastIndexOf('/') + 1;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from('.wh.'), bytes.subarray(at)]);
}
