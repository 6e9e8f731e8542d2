/**
 * A process of its own, so that what it takes can be weighed: scans a layer of so many files, and one on top of it,
 * merges both, and compares. Prints JSON.
 */
import { readFileSync } from 'node:fs';
import { digestOf } from '../../../src/content/image/digest.ts';
import { differences } from '../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import { TableBuilder } from '../../../src/content/rootfs/table-builder.ts';
import { tableOf } from '../../../src/content/rootfs/table-columns.ts';
import { treeDigest } from '../../../src/content/rootfs/tree-digest.ts';
import { TarScanner } from '../../../src/content/tar/scanner.ts';
import { endOfArchive, fileHeader } from '../../../src/content/tar/writer.ts';

const files = Number(process.argv[2]);
const before = peakBytes();
const tables = [tableOfFiles(0, files), tableOfFiles(files - 1000, files + 1000)];
const scanned = peakBytes();
const seconds: Record<string, number> = {};
const tree = timed('merge', () => mergeLayers(tables, String));
timed('digest', () => treeDigest(tree, { mtime: 'compared' }));
const found = timed('compare', () => [...differences(tree, tree, { mtime: 'compared' })].length);
const nodes = tree.size;
console.log(JSON.stringify({ nodes, found, seconds, tables: scanned - before, all: peakBytes() - before }));

/** Files of five directories' depth, of which one in 16 begins a directory. */
function tableOfFiles(from: number, to: number): FileTable {
  const builder = new TableBuilder('layer');
  const scanner = new TarScanner('layer', [builder]);
  const batch: Uint8Array[] = [];
  for (let at = from; at < to; at++) {
    const folder = Math.trunc(at / 16);
    batch.push(fileHeader(`usr/lib/python3/package-${folder % 500}/module_${folder}/file_${at}.py`, 0));
    if (batch.length === 1000) scanner.push(Buffer.concat(batch.splice(0)));
  }
  scanner.push(Buffer.concat([...batch, endOfArchive]));
  scanner.end();
  return tableOf(builder.columns({ diffId: digestOf(`${from}`), unpackedBytes: (to - from) * 512 + 1024 }));
}

function timed<Result>(what: string, work: () => Result): Result {
  const start = performance.now();
  const result = work();
  seconds[what] = Math.round(performance.now() - start) / 1000;
  return result;
}

function peakBytes(): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
