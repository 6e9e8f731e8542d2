/** Damage that knows nothing of formats: what flips, is cut, goes missing, comes twice or is a number at its limits. */
import type { Random } from './random.ts';

export const mostBytes = 1024 * 1024;

type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const limits32 = [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
const limits64 = [
  0n,
  1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let left = 1 + random.small(8); left > 0 && changed.byteLength > 0; left--) {
      const at = random.below(changed.byteLength);
      changed[at] = (changed[at] as number) ^ (1 << random.below(8));
    }
    return changed;
  },
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    if (changed.byteLength > 0) changed[random.below(changed.byteLength)] = random.pick(limits32) & 0xff;
    return changed;
  },
  (bytes, random) => {
    if (bytes.byteLength < 4) return bytes;
    const changed = Buffer.from(bytes);
    const at = random.below(changed.byteLength - 3);
    const value = random.pick([...limits32, changed.byteLength, changed.byteLength - at, random.next()]);
    if (random.chance(0.8)) changed.writeUInt32LE(value >>> 0, random.chance(0.8) ? at & ~3 : at);
    else changed.writeUInt32BE(value >>> 0, at);
    return changed;
  },
  (bytes, random) => {
    if (bytes.byteLength < 8) return bytes;
    const changed = Buffer.from(bytes);
    changed.writeBigUInt64LE(random.pick(limits64), random.below(changed.byteLength - 7) & ~3);
    return changed;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.byteLength)),
  (bytes, random) => bytes.subarray(0, bytes.byteLength - random.small(Math.min(64, bytes.byteLength))),
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  (bytes, random) => {
    const [start, end] = range(bytes, random);
    return Buffer.from(bytes).fill(random.pick([0, 0, 0xff, 0x20, 0x30]), start, end);
  },
  (bytes, random) => {
    const at = random.below(bytes.byteLength + 1);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.small(600)), bytes.subarray(at)]);
  },
  (bytes, random, others) => {
    const other = random.pick(others);
    const start = random.below(other.byteLength);
    const at = random.below(bytes.byteLength + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(start)]);
  },
];

/** Bytes that differ from `bytes`, mostly, in one way; `others` lend parts. At most 1 MiB. */
export function mutate(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  return random.pick(mutations)(bytes, random, others).subarray(0, mostBytes);
}

function range(bytes: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(bytes.byteLength);
  return [start, Math.min(bytes.byteLength, start + 1 + random.small(2048))];
}
