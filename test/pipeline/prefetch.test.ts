import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prefetchPatterns } from '../../src/pipeline/prefetch.ts';
import { scratch } from '../content/store/sample-image.ts';

test('paths and globs stay as they are, traces give their files, and each comes once', async () => {
  const trace = join(await scratch(), 'trace.txt');
  await writeFile(trace, '# a start\n/usr/bin/python3\n/opt/model.bin\n');
  expect(await prefetchPatterns(['/opt/*.{bin,json}', `@${trace}`, '/usr/bin/python3', '/etc/x'])).toEqual([
    '/opt/*.{bin,json}',
    '/usr/bin/python3',
    '/opt/model.bin',
    '/etc/x',
  ]);
});

test('a trace that is not there, no trace, or too large is an error that names it', async () => {
  const folder = await scratch();
  const [gone, bad, large] = ['gone', 'bad', 'large'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(bad, '/ok\nopt/model.bin\n');
  await writeFile(large, '');
  await truncate(large, 2 ** 28);
  await expect(prefetchPatterns([`@${gone}`])).rejects.toMatchObject({
    code: 'bad-path',
    message: expect.stringContaining(gone),
  });
  await expect(prefetchPatterns([`@${bad}`])).rejects.toMatchObject({
    code: 'bad-access-trace',
    message: expect.stringContaining(`${bad}:2`),
  });
  await expect(prefetchPatterns([`@${large}`])).rejects.toMatchObject({
    code: 'bad-access-trace',
    message: `${large} is over 128 MiB`,
  });
});
