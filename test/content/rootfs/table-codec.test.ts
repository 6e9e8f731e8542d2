import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PullBudgetError } from '../../../src/content/error.ts';
import { decodeTable, encodeTable } from '../../../src/content/rootfs/table-codec.ts';
import { entryOf } from '../../layers/tar.ts';
import { layerEntries } from './arbitrary-table.ts';
import { rowsOf, tableOfTar } from './made-table.ts';

const numRuns = process.env.PULL_BUDGET_FULL ? 20_000 : 300;
const magicBytes = 8;

describe('a table that is stored', () => {
  test('is the same when it is read', async () => {
    await fc.assert(
      fc.asyncProperty(layerEntries, async (entries) => {
        const table = tableOfTar(entries);
        const bytes = await encodeTable(table);
        const read = await decodeTable(bytes, 'table');
        expect(rowsOf(read)).toEqual(rowsOf(table));
        expect([read.diffId, read.unpackedBytes]).toEqual([table.diffId, table.unpackedBytes]);
        expect(Buffer.from(await encodeTable(read)).equals(bytes)).toBe(true);
      }),
      { numRuns },
    );
  });

  test('and damaged is another table or refused, and nothing else', async () => {
    const outcomes = { read: 0, refused: 0 };
    const damage = fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'cut', 'insert'));
    await fc.assert(
      fc.asyncProperty(
        layerEntries,
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (entries, damages) => {
          const bytes = Buffer.from(await encodeTable(tableOfTar(entries)));
          const damaged = damages.reduce(damagedBy, zstdDecompressSync(bytes.subarray(magicBytes)));
          const stored = Buffer.concat([bytes.subarray(0, magicBytes), zstdCompressSync(damaged)]);
          try {
            const table = await decodeTable(stored, 'table');
            // It has to be whole: what it says can be said again.
            expect(rowsOf(await decodeTable(await encodeTable(table), 'again'))).toEqual(rowsOf(table));
            outcomes.read++;
          } catch (error) {
            if (!(error instanceof PullBudgetError)) throw error;
            expect(error).toMatchObject({
              kind: 'input',
              code: 'bad-file-table',
              message: expect.stringMatching(/^table /),
            });
            outcomes.refused++;
          }
        },
      ),
      { numRuns },
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(numRuns / 100);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['no zstd', (bytes) => bytes.fill(7, magicBytes)],
    ['of another version', (bytes) => Buffer.from(bytes.with(magicBytes - 1, 2))],
    ['cut off', (bytes) => bytes.subarray(0, -3)],
    [
      'a bomb',
      (bytes) => Buffer.concat([bytes.subarray(0, magicBytes), zstdCompressSync(Buffer.alloc(2 ** 27))]),
    ],
  ])('that is %s is refused', async (_, change) => {
    const bytes = Buffer.from(await encodeTable(tableOfTar([entryOf({ name: 'a' })])));
    await expect(decodeTable(change(bytes), 'table x')).rejects.toMatchObject({
      code: 'bad-file-table',
      message: expect.stringContaining('table x'),
    });
  });
});

function damagedBy(bytes: Buffer, [place, value, how]: [number, number, string]): Buffer {
  const at = place % bytes.byteLength;
  if (how === 'cut') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.of(value),
    bytes.subarray(how === 'set' ? at + 1 : at),
  ]);
}
