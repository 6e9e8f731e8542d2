import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { tool } from '../../src/facts/tool.ts';

test('a report says the version of the package that made it', async () => {
  const { name, version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(tool).toEqual({ name, version });
});
