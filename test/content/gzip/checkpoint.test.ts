import { describe, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../../src/content/gzip/checkpoint.ts';

describe('a checkpoint', () => {
  const far = { in: 2 ** 32 + 5, out: 2 ** 40, bits: 7 };

  test('holds places beyond 4 GiB', () => {
    const into = new Uint8Array(20).subarray(3);
    writeCheckpoint(into, far);
    expect(Buffer.from(into).toString('hex')).toBe('0500000001000000000000000001000007');
  });

  test('is read as it was written', () => {
    const record = new Uint8Array(40).subarray(7);
    writeCheckpoint(record, far);
    expect(readCheckpoint(record)).toEqual(far);
  });
});
