import type { FileHandle } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readAt } from '../../../src/content/store/file.ts';

const mebibyte = 1024 * 1024;

/** A file of zeros on a file system that gives at most so many bytes at a time, and fails at a position. */
function fileOf(size: number, { most = size, broken = size + 1 }): FileHandle {
  const read = async (_: Buffer, __: number, length: number, position: number) => {
    if (position >= broken) throw Object.assign(new Error('i/o error, read'), { code: 'EIO' });
    return { bytesRead: Math.max(0, Math.min(length, most, size - position)) };
  };
  return { read } as unknown as FileHandle;
}

test('a read ahead that fails is the failure of the next chunk, and of nothing else', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const chunks = readAt(fileOf(3 * mebibyte, { broken: mebibyte }), 0, 3 * mebibyte, 'layer')[
    Symbol.asyncIterator
  ]();
  expect((await chunks.next()).value).toHaveLength(mebibyte);
  for (let turns = 0; turns < 3; turns++) await turn();
  await expect(chunks.next()).rejects.toMatchObject({ code: 'disk-failed' });
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('chunks are full but for the last one, however little a file system gives at a time', async () => {
  const sizes: number[] = [];
  const file = fileOf(2.5 * mebibyte, { most: 300_000 });
  for await (const chunk of readAt(file, 0, Number.MAX_SAFE_INTEGER, 'layer')) sizes.push(chunk.byteLength);
  expect(sizes).toEqual([mebibyte, mebibyte, mebibyte / 2]);
});
