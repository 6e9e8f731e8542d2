import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { digestOf } from '../../src/content/image/digest.ts';
import type { FileTable } from '../../src/content/rootfs/table.ts';
import { TableBuilder, tableOf } from '../../src/content/rootfs/table-builder.ts';
import { decodeTable, encodeTable } from '../../src/content/rootfs/table-codec.ts';
import { TarScanner } from '../../src/content/tar/scanner.ts';
import { readCorpus } from './corpus.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';

const magicBytes = 8;
const mostContent = 32 * 1024 * 1024;

/** Of the corpus's layers that have one. */
const seeds: Buffer[] = [];
for (const tar of readCorpus().tars) {
  const table = tableOfTar(tar);
  if (table) seeds.push(Buffer.from(await encodeTable(table)));
}

export const table: Target = {
  seeds: () => seeds,
  mutate(bytes, random) {
    if (random.chance(0.1)) return mutate(bytes, random, seeds);
    const content = contentOf(bytes);
    if (!content) return mutate(bytes, random, seeds);
    const other = contentOf(random.pick(seeds)) as Buffer;
    const damaged = mutate(content, random, [other]);
    return Buffer.concat([bytes.subarray(0, magicBytes), zstdCompressSync(damaged)]);
  },
  async run(bytes) {
    const decoded = await decodeTable(bytes, 'table fuzzed');
    const again = await decodeTable(await encodeTable(decoded), 'table encoded again');
    for (let row = 0; row < decoded.rows; row++) {
      const [one, two] = [factsOf(decoded, row), factsOf(again, row)];
      if (one !== two) throw new Error(`row ${row} reads as ${one}, and encoded again as ${two}`);
    }
  },
};

function tableOfTar(tar: Buffer): FileTable | undefined {
  const builder = new TableBuilder('layer of the corpus');
  const scanner = new TarScanner('layer of the corpus', [builder]);
  try {
    scanner.push(tar);
    scanner.end();
  } catch {
    return undefined;
  }
  return tableOf(builder.columns({ diffId: digestOf(tar), unpackedBytes: tar.byteLength }));
}

function contentOf(bytes: Buffer): Buffer | undefined {
  try {
    return zstdDecompressSync(bytes.subarray(magicBytes), { maxOutputLength: mostContent });
  } catch {
    return undefined;
  }
}

function factsOf(of: FileTable, row: number): string {
  const bytes = [of.path(row), of.digest(row), of.target(row), of.xattrs(row)];
  const pyc = of.pyc(row);
  return [
    ...bytes.map((part) => part.toString('hex')),
    of.kind(row),
    ...[of.mode(row), of.uid(row), of.gid(row), of.mtime(row), of.bytes(row), of.dataStart(row)],
    ...[of.devmajor(row), of.devminor(row), of.isSparse(row)],
    `${pyc?.maskedDigest.toString('hex')} ${pyc?.sourceMtime}`,
  ].join(' ');
}
