import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openLayout } from '../../../src/content/store/layout.ts';
import { digestsOf, put, readAll, sampleImage, sampleIndex, scratch } from './sample-image.ts';

const rounds = process.env.PULL_BUDGET_FULL ? 100 : 4;
const program = join(import.meta.dirname, 'copy-process.ts');

/** Copies in a process of its own; kills it when it has printed `lines` lines. Gives what it printed. */
async function copyInProcess(args: readonly string[], lines = Number.POSITIVE_INFINITY): Promise<string[]> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const printed: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(line);
    if (printed.length === lines) child.kill('SIGKILL');
  }
  const [status, signal] = await ended;
  if (status !== 0 && signal !== 'SIGKILL') throw new Error(`${args.join(' ')}: ${status}\n${errors}`);
  return printed;
}

async function sourceLayout() {
  const [first, second] = [
    await sampleImage({ layers: 5, layerBytes: 1_500_000 }),
    sampleIndex([
      { image: await sampleImage({ layers: 3, layerBytes: 1_500_000 }) },
      { image: await sampleImage({ layers: 3, layerBytes: 300_000 }) },
    ]),
  ];
  const path = await scratch();
  const layout = await openLayout(path, { create: true });
  await put(layout, first, 'first');
  await put(layout, second, 'second');
  await layout.close();
  return { path, first, second };
}

test('processes that write the same blobs and different tags at once lose none of each other’s', async () => {
  const source = await sourceLayout();
  const path = await scratch();
  const tags = (of: string) => Array.from({ length: 8 }, (_, at) => `${of}-${at}`);
  await Promise.all([
    copyInProcess([source.path, path, 'first', ...tags('a')]),
    copyInProcess([source.path, path, 'first', ...tags('b')]),
    copyInProcess([source.path, path, 'second', ...tags('c')]),
  ]);
  const layout = await openLayout(path);
  expect(await layout.tags()).toEqual([...tags('a'), ...tags('b'), ...tags('c')].sort());
  expect(await readAll(layout, await layout.resolve('a-3'))).toEqual(digestsOf(source.first));
  expect(await readAll(layout, await layout.resolve('b-7'))).toEqual(digestsOf(source.first));
  expect(await readAll(layout, await layout.resolve('c-0'))).toEqual(digestsOf(source.second));
  expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
});

test(
  'a copy that is killed anywhere leaves whole images only, and runs through when it is run again',
  async () => {
    const source = await sourceLayout();
    const path = await scratch();
    const total = (await copyInProcess([source.path, await scratch(), 'second', 'latest'])).length;
    await copyInProcess([source.path, path, 'first', 'latest']);
    const layout = await openLayout(path);
    // From the first step to the last but a few, shifted at random, so that each run of the test hits others.
    const shift = Math.random();
    for (let round = 0; round < rounds; round++) {
      const lines = 1 + Math.floor(((round + shift) / rounds) * (total - 1));
      await copyInProcess([source.path, path, 'second', 'latest', 'other'], lines);
      const target = await layout.resolve('latest');
      const expected = target.digest === source.first.top.descriptor.digest ? source.first : source.second;
      expect(await readAll(layout, target), `killed after ${lines} of ${total} steps`).toEqual(
        digestsOf(expected),
      );
      for (const tag of await layout.tags()) await readAll(layout, await layout.resolve(tag));
    }
    await copyInProcess([source.path, path, 'second', 'latest']);
    expect(await readAll(layout, await layout.resolve('latest'))).toEqual(digestsOf(source.second));
    expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  },
  rounds * 10_000,
);
