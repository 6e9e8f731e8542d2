import { digestOf } from '../../../src/content/image/digest.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import { TableBuilder, tableOf } from '../../../src/content/rootfs/table-builder.ts';
import { TarScanner } from '../../../src/content/tar/scanner.ts';

/** The table of a layer of these entries, read in chunks of `chunkBytes`. */
export function tableOfTar(entries: readonly Uint8Array[], chunkBytes = 2 ** 20): FileTable {
  const tar = Buffer.concat([...entries, new Uint8Array(1024)]);
  const builder = new TableBuilder('layer made');
  const scanner = new TarScanner('layer made', [builder]);
  // Lent chunks: what is kept of one must be a copy.
  const lent = Buffer.alloc(chunkBytes);
  for (let at = 0; at < tar.byteLength; at += chunkBytes) {
    scanner.push(lent.subarray(0, tar.copy(lent, 0, at, at + chunkBytes)));
  }
  scanner.end();
  return tableOf(builder.columns({ diffId: digestOf(tar), unpackedBytes: tar.byteLength }));
}

/** All rows as plain objects; bytes as text, digests in hex. */
export function rowsOf(table: FileTable, encoding: BufferEncoding = 'latin1') {
  return Array.from({ length: table.rows }, (_, row) => {
    const pyc = table.pyc(row);
    return {
      path: table.path(row).toString(encoding),
      kind: table.kind(row),
      mode: table.mode(row),
      uid: table.uid(row),
      gid: table.gid(row),
      mtime: table.mtime(row),
      bytes: table.bytes(row),
      digest: table.digest(row).toString('hex'),
      target: table.target(row).toString(encoding),
      devmajor: table.devmajor(row),
      devminor: table.devminor(row),
      xattrs: table.xattrs(row).toString('latin1'),
      dataStart: table.dataStart(row),
      isSparse: table.isSparse(row),
      pyc: pyc && { maskedDigest: pyc.maskedDigest.toString('hex'), sourceMtime: pyc.sourceMtime },
    };
  });
}
