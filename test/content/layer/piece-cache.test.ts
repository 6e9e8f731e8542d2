import { describe, expect, test } from 'vitest';
import { PieceCache } from '../../../src/content/layer/piece-cache.ts';
import { seededRandom } from '../../layers/random.ts';

const filledWith = (value: number, filled: string[] = []) => {
  return async (into: Buffer): Promise<void> => {
    filled.push(String(value));
    into.fill(value);
  };
};

describe('a cache of pieces', () => {
  test('holds no more than its capacity, whatever is taken', async () => {
    const random = seededRandom('pieces');
    const cache = new PieceCache(1000);
    for (let round = 0; round < 500; round++) {
      const [key, bytes] = [random.integer(40), random.between(1, 400)];
      const piece = await cache.take(`${key} ${bytes}`, bytes, filledWith(key));
      expect(piece.byteLength).toBe(bytes);
      expect(piece.every((byte) => byte === key)).toBe(true);
      expect(cache.bytes).toBeLessThanOrEqual(1000);
      cache.release(`${key} ${bytes}`, random.once(5));
    }
  });

  test('fills a piece once while it is held, and gives up the one that was wanted longest ago', async () => {
    const cache = new PieceCache(300);
    const filled: string[] = [];
    for (const key of [1, 2, 3, 1, 1, 4, 1, 2]) {
      await cache.take(`${key}`, 100, filledWith(key, filled));
      cache.release(`${key}`, false);
    }
    expect(filled).toEqual(['1', '2', '3', '4', '2']);
  });

  test('keeps what is looked at, though there is no room', async () => {
    const cache = new PieceCache(100);
    const first = await cache.take('1', 100, filledWith(1));
    await cache.take('2', 100, filledWith(2));
    cache.release('2', true);
    expect(first.every((byte) => byte === 1)).toBe(true);
    expect(cache.bytes).toBe(100);
    cache.release('1', true);
    expect(cache.bytes).toBe(0);
  });

  test('gives the memory of a piece back at once', async () => {
    const cache = new PieceCache(100);
    const piece = await cache.take('1', 100, filledWith(1));
    cache.release('1', true);
    await Promise.resolve();
    expect(piece.buffer.byteLength).toBe(0);
  });

  test('holds nothing of what could not be had, and tries again', async () => {
    const cache = new PieceCache(100);
    const fail = () => Promise.reject(new Error('no disk'));
    await expect(Promise.all([cache.take('1', 50, fail), cache.take('1', 50, fail)])).rejects.toThrow(
      'no disk',
    );
    expect(cache.bytes).toBe(0);
    expect((await cache.take('1', 50, filledWith(7)))[0]).toBe(7);
  });
});
