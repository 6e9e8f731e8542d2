import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const files = process.env.PULL_BUDGET_FULL ? 1_000_000 : 200_000;
const mebibyte = 2 ** 20;

test(`${files} files are scanned, merged, compared and digested in the memory that is promised`, async () => {
  const program = fileURLToPath(new URL('./tree-process.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(files)]);
  const { nodes, found, all } = JSON.parse(stdout);
  expect(nodes).toBeGreaterThan(files);
  expect(found).toBe(0);
  // Part of what a million may take is there for the program itself.
  expect(all).toBeLessThan(40 * mebibyte + (260 * mebibyte * files) / 1_000_000);
}, 300_000);
