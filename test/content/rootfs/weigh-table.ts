/** Builds the table of a layer of argv[2] files and says by how many bytes the process has grown. */
import { readFileSync } from 'node:fs';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { TableBuilder, type TableColumns, tableOf } from '../../../src/content/rootfs/table-builder.ts';
import { TarScanner } from '../../../src/content/tar/scanner.ts';
import { headerBlock, summed } from '../../layers/tar.ts';

const rows = Number(process.argv[2]);
const chunk = Buffer.alloc(64 * 1024);
const template = headerBlock({ name: 'x', size: 100 });

function columnsOf(count: number): TableColumns {
  const builder = new TableBuilder('layer weighed');
  const scanner = new TarScanner('layer weighed', [builder]);
  for (let at = 0, filled = 0; at < count; at++) {
    const header = chunk.subarray(filled, filled + 512);
    template.copy(header);
    header.write(pathOf(at));
    summed(header);
    chunk.writeUInt32LE(at, filled + 512);
    filled += 1024;
    if (filled < chunk.byteLength && at < count - 1) continue;
    scanner.push(chunk.subarray(0, filled));
    filled = 0;
  }
  return builder.columns({ diffId: digestOf('layer') as Digest, unpackedBytes: count * 1024 });
}

/** Of 83 bytes or so, a dozen files in a directory, as wheels have them. */
function pathOf(at: number): string {
  return `usr/lib/python3.12/site-packages/package-${Math.floor(at / 1000)}/module-${Math.floor(at / 12)}/submodule/file_${at}.py`;
}

function residentBytes(): number {
  globalThis.gc?.();
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
}

columnsOf(10_000);
const before = residentBytes();
const table = tableOf(columnsOf(rows));
const grown = residentBytes() - before;
let last = '';
for (let row = 0; row < table.rows; row++) last = table.path(row).toString();
console.log(JSON.stringify({ rows: table.rows, grown, last }));
