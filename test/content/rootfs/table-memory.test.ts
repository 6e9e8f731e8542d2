import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const rows = process.env.PULL_BUDGET_FULL ? 1_000_000 : 200_000;
const mebibyte = 2 ** 20;

test(`a table of ${rows} files takes 150 bytes each at most`, async () => {
  const program = fileURLToPath(new URL('weigh-table.ts', import.meta.url));
  // A small nursery: what is weighed is the table, not what it leaves to collect.
  const flags = ['--expose-gc', '--max-semi-space-size=1'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program, String(rows)]);
  const { grown, ...said } = JSON.parse(stdout);
  expect(said).toEqual({ rows, last: expect.stringContaining(`file_${rows - 1}.py`) });
  expect(grown).toBeGreaterThan(rows * 80);
  expect(grown).toBeLessThan(rows * 150 + 7 * mebibyte);
}, 300_000);
