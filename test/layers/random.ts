import { createCipheriv, createHash } from 'node:crypto';

/** Choices that are the same on every machine. */
export interface Random {
  /** From 0 up to and without `below`. */
  integer(below: number): number;
  /** Both ends included. */
  between(least: number, most: number): number;
  /** True once in so many. */
  once(inSoMany: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
  /** Bytes that do not compress. */
  bytes(length: number): Buffer;
}

/** Random by a seed: AES in counter mode, since the bytes of big layers must come fast. */
export function seededRandom(seed: string | number): Random {
  const key = createHash('sha256').update(String(seed)).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  let pool = Buffer.alloc(0);
  let used = 0;
  const next = (): number => {
    if (used === pool.byteLength) {
      pool = cipher.update(Buffer.alloc(4096));
      used = 0;
    }
    used += 4;
    return pool.readUInt32LE(used - 4);
  };
  const integer = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  return {
    integer,
    between: (least, most) => least + integer(most - least + 1),
    once: (inSoMany) => integer(inSoMany) === 0,
    pick: <T>(from: readonly T[]): T => from[integer(from.length)] as T,
    shuffled: <T>(items: readonly T[]): T[] => {
      const shuffled = [...items];
      for (let at = shuffled.length - 1; at > 0; at--) {
        const other = integer(at + 1);
        [shuffled[at], shuffled[other]] = [shuffled[other] as T, shuffled[at] as T];
      }
      return shuffled;
    },
    bytes: (length) => cipher.update(Buffer.alloc(length)),
  };
}
