/**
 * How fast a new layer's tar is written from an old layer: node bench/layer-tar.ts. Once from a plain tar and once from
 * gzip with checkpoints, of mid-sized files and of many small ones, in the archive's order and shuffled.
 */
import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflate } from '../src/content/gzip/inflate.ts';
import { compressMembers } from '../src/content/gzip/writer.ts';
import { digestOf } from '../src/content/image/digest.ts';
import { CheckpointSpool } from '../src/content/layer/checkpoint-spool.ts';
import { LayerReader } from '../src/content/layer/layer-reader.ts';
import type { LayerFile } from '../src/content/layer/pieces.ts';
import { scanned } from '../src/content/layer/read.ts';
import { mergeLayers } from '../src/content/rootfs/merge.ts';
import { TableBuilder, tableOf } from '../src/content/rootfs/table-builder.ts';
import type { Tree } from '../src/content/rootfs/tree.ts';
import { paddingAfter } from '../src/content/tar/header.ts';
import { TarScanner } from '../src/content/tar/scanner.ts';
import { endOfArchive, fileHeader } from '../src/content/tar/writer.ts';
import { layerTar } from '../src/stages/relayer/write.ts';

const spanBytes = 4 * 1024 * 1024;
const diffId = digestOf('bench');

/** Half noise, half text: some 2:1. */
function makeTar(files: number, bytes: (at: number) => number, shuffled: boolean): Buffer {
  const noise = randomFillSync(Buffer.alloc(64 * 1024 * 1024));
  for (let at = 0; at < noise.byteLength; at += 8) noise.fill('text', at, at + 4);
  const order = Array.from({ length: files }, (_, at) => (shuffled ? (at * 7919) % files : at));
  const parts = order.flatMap((at) => {
    const length = bytes(at);
    const start = (at * 65_537) % (noise.byteLength - length);
    const name = `usr/d${Math.floor(at / 100)}/file-${String(at).padStart(6, '0')}`;
    return [
      fileHeader(name, length),
      noise.subarray(start, start + length),
      Buffer.alloc(paddingAfter(length)),
    ];
  });
  return Buffer.concat([...parts, endOfArchive]);
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20));
}

async function treeOf(tar: Buffer): Promise<Tree> {
  const builder = new TableBuilder('layer');
  for await (const _ of scanned(once(tar), new TarScanner('layer', [builder])));
  return mergeLayers([tableOf(builder.columns({ diffId, unpackedBytes: tar.byteLength }))], () => 'layer');
}

async function gzipped(layer: LayerFile, tar: Buffer): Promise<LayerFile> {
  const [blob, checkpoints] = [`${layer.blob}.gz`, `${layer.blob}.checkpoints`];
  const parts: Buffer[] = [];
  for await (const part of compressMembers(once(tar), {
    memberBytes: 2 ** 40 > tar.byteLength ? tar.byteLength : 1,
    level: 1,
  })) {
    parts.push(Buffer.from(part));
  }
  const bytes = Buffer.concat(parts);
  await writeFile(blob, bytes);
  using spool = new CheckpointSpool(checkpoints, spanBytes);
  for await (const _ of inflate(once(bytes), 'layer', spool));
  spool.end();
  return { ...layer, blob, checkpoints, compression: 'gzip' };
}

async function measure(name: string, tree: Tree, layer: LayerFile, scratch: string): Promise<void> {
  const nodes = Uint32Array.from({ length: tree.size }, (_, node) => node);
  const plan = { kind: 'new', nodes, whiteouts: [], title: '', reason: '' } as const;
  await using reader = new LayerReader([layer], scratch);
  const [start, before] = [performance.now(), process.cpuUsage()];
  let [bytes, chunks] = [0, 0];
  for await (const chunk of layerTar(tree, plan, (...at) => reader.read(...at))) {
    bytes += chunk.byteLength;
    chunks++;
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const rate = (elapsed: number): string => `${(bytes / 1e6 / elapsed).toFixed(0)} MB/s`;
  const cpu = (user + system) / 1e6;
  console.log(
    `${name}: ${rate(seconds)} (${rate(cpu)} of CPU), ${seconds.toFixed(2)} s for ${tree.size} paths, ${chunks} chunks`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'layer-tar-'));
try {
  for (const shuffled of [false, true]) {
    for (const [name, files, bytes] of [
      ['a few, to warm up', 300, () => 20_000],
      ['mid-sized files', 1000, (at: number) => 20_000 + ((at * 7919) % 500_000)],
      ['small files', 100_000, (at: number) => 200 + (at % 4000)],
    ] as const) {
      const tar = makeTar(files, bytes, shuffled);
      const tree = await treeOf(tar);
      const blob = join(folder, `${name}-${shuffled}`);
      await writeFile(blob, tar);
      const plain: LayerFile = { where: 'layer', blob, compression: 'none', unpackedBytes: tar.byteLength };
      const what = `${name}${shuffled ? ', shuffled' : ''}`;
      await measure(`plain tar, ${what}`, tree, plain, folder);
      await measure(`gzip, ${what}`, tree, await gzipped(plain, tar), folder);
      console.log(
        `  peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB, the tar held by the bench too`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true });
}
