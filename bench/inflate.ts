/**
 * Our inflate against node:zlib's gunzip, one thread each, in this process: node_modules and the node binary as a tar,
 * gzip -6. `node bench/inflate.ts [MiB] [runs] [blob.tar.gz]`
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants, crc32, createGunzip, gzipSync } from 'node:zlib';
import { type BoundarySubscriber, windowBytes } from '../src/content/gzip/boundary.ts';
import { inflate } from '../src/content/gzip/inflate.ts';
import { decompress } from '../src/content/store/decompress.ts';

const [mebibytes = 160, runs = 9] = process.argv.slice(2, 4).map(Number);
const blobPath = process.argv[4];
const blob = blobPath === undefined ? layerLike(mebibytes * 2 ** 20) : readFileSync(blobPath);

/** Half of it programs, half of it sources. */
function layerLike(size: number): Buffer {
  const tar = (...argv: string[]) => execFileSync('tar', ['-c', ...argv], { maxBuffer: 2 ** 31 - 1 });
  const binary = tar('--dereference', process.execPath).subarray(0, size / 2);
  const modules = tar('--sort=name', 'node_modules').subarray(0, size - binary.length);
  return gzipSync(Buffer.concat([modules, binary]), { level: 6 });
}

/** As a file comes: in chunks of 64 KiB. */
async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.length; at += 65_536) yield blob.subarray(at, at + 65_536);
}

async function ours(subscriber?: BoundarySubscriber): Promise<number> {
  let size = 0;
  for await (const part of inflate(chunks(), 'blob', subscriber)) size += part.length;
  return size;
}

/** What node:zlib's gunzip is made of: each call inflates on this thread, here into the same 256 KiB again and again. */
interface Handle {
  _handle: {
    writeSync(
      flush: number,
      input: Uint8Array,
      at: number,
      length: number,
      output: Uint8Array,
      to: number,
      room: number,
    ): void;
  };
  /** What is left: room, input. */
  _writeState: Uint32Array;
}

async function native(): Promise<number> {
  const gunzip = createGunzip() as unknown as Handle;
  const output = new Uint8Array(262_144);
  let size = 0;
  for await (const chunk of chunks()) {
    for (let [room, left] = [0, chunk.length]; left > 0 || room === 0; ) {
      gunzip._handle.writeSync(
        constants.Z_SYNC_FLUSH,
        chunk,
        chunk.length - left,
        left,
        output,
        0,
        output.length,
      );
      [room = 0, left = 0] = gunzip._writeState;
      size += output.length - room;
    }
  }
  return size;
}

/** As the rest of the program uses it: on a thread of the pool, while this one takes what came before. */
async function nativeInPool(): Promise<number> {
  let size = 0;
  for await (const part of decompress.gzip(chunks(), 'blob')) size += part.length;
  return size;
}

/** The share of CRC-32 in it, which gunzip counts as well. */
async function sums(): Promise<number> {
  const content = new Uint8Array(262_144).fill(7);
  let size = 0;
  for (let crc = 0; size < total; size += content.length) crc = crc32(content, crc);
  return total;
}

let windows = 0;
const window = new Uint8Array(windowBytes);
const contestants = {
  ours: () => ours(),
  'ours, a window each 4 MiB': () => {
    let last = 0;
    return ours({
      boundary(at, copyWindow) {
        if (at.out - last <= 4 * 2 ** 20) return;
        last = at.out;
        copyWindow(window);
        windows++;
      },
    });
  },
  'node:zlib': native,
  'node:zlib in the pool': nativeInPool,
  'crc32 alone': sums,
};

const total = await native();
const seconds = new Map(Object.keys(contestants).map((name) => [name, [] as number[]]));
for (let run = -1; run < runs; run++) {
  const order = Object.entries(contestants);
  if (run % 2 !== 0) order.reverse();
  for (const [name, contestant] of order) {
    const begun = performance.now();
    const size = await contestant();
    if (size !== total) throw new Error(`${name} gave ${size} bytes, not ${total}`);
    // One round to warm up.
    if (run >= 0) seconds.get(name)?.push((performance.now() - begun) / 1000);
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
console.log(
  `${(blob.length / 1e6).toFixed(0)} MB → ${(total / 1e6).toFixed(0)} MB, ${runs} runs each, ${windows} windows`,
);
for (const [name, all] of seconds) {
  const pairs = all.map((time, at) => (seconds.get('node:zlib')?.[at] ?? Number.NaN) / time);
  const every = all.map((time) => (total / 1e6 / time).toFixed(0)).join(' ');
  console.log(
    `${name.padEnd(26)} ${(total / 1e6 / median(all)).toFixed(0).padStart(5)} MB/s  ${median(pairs).toFixed(2)} × node:zlib  (${every})`,
  );
}
