import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CacheService } from '../../src/action/ztoc-cache.ts';
import { infrastructureError } from '../../src/content/error.ts';
import { type Call, makeFolder, passed, runIn } from './action.ts';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...call: Call) => runIn(folder, ...call);

describe('the cache of SOCI indexes', () => {
  const indexing = { push: 'true', tags: 'r.example/a:2', soci: 'v2' };
  const service = { ACTIONS_RESULTS_URL: 'https://results.example', RUNNER_TEMP: '' };
  const cacheFolder = () => join(folder, 'temp', 'pull-budget-ztocs');

  /** What GitHub keeps: names and ages of files by key; and what it was asked. */
  function fakeCache(entries: Record<string, string[]> = {}, over: Partial<CacheService> = {}) {
    const asked: string[][] = [];
    const cache: CacheService = {
      isFeatureAvailable: () => true,
      restoreCache: async ([path = ''], key, more = []) => {
        asked.push(['restore', key, ...more]);
        const hit = [key, ...more].flatMap((one) =>
          Object.keys(entries).filter((have) => have.startsWith(one)),
        )[0];
        if (hit === undefined) return undefined;
        await mkdir(path, { recursive: true });
        for (const name of entries[hit] ?? []) {
          await writeFile(join(path, name), '');
          await utimes(join(path, name), 0, 0);
        }
        return hit;
      },
      saveCache: async ([path = ''], key) => {
        asked.push(['save', key]);
        entries[key] = (await readdir(path)).sort();
        return 1;
      },
      ...over,
    };
    return { cache, entries, asked };
  }

  /** An action's run that uses some files of the folder and makes others. */
  function runWith(cache: CacheService, used: readonly string[], inputs: Record<string, string> = {}) {
    return run(
      async ({ sociCache }) => {
        if (sociCache === undefined) throw new Error('there is no folder');
        await mkdir(sociCache, { recursive: true });
        for (const name of used) await writeFile(join(sociCache, name), 'zTOC');
        return passed();
      },
      { ...indexing, ...inputs },
      { ...service, RUNNER_TEMP: join(folder, 'temp') },
      async () => cache,
    );
  }

  test('gives a run what the last one left, keeps what it used, and leaves no folder', async () => {
    const { cache, entries, asked } = fakeCache();
    expect((await runWith(cache, ['a', 'b'])).code).toBe(0);
    expect(Object.values(entries)).toEqual([['a', 'b']]);
    expect((await runWith(cache, ['b', 'c'], { tags: 'r.example/a:3' })).code).toBe(0);
    expect(Object.values(entries)).toEqual([
      ['a', 'b'],
      ['b', 'c'],
    ]);
    const [[, newest = '', ...fallbacks] = []] = asked;
    const [first] = Object.keys(entries);
    expect(first).toMatch(/^pull-budget-ztocs-1-[0-9a-f]{16}-[0-9a-f]{16}$/);
    expect(newest).toMatch(/-newest$/);
    expect(fallbacks).toEqual([newest.replace('newest', ''), 'pull-budget-ztocs-1-']);
    expect(first?.startsWith(fallbacks[0] as string)).toBe(true);
    expect(existsSync(cacheFolder())).toBe(false);
  });

  test('is not saved again where nothing is new', async () => {
    const { cache, asked } = fakeCache();
    await runWith(cache, ['a']);
    await runWith(cache, ['a']);
    expect(asked.map(([what]) => what)).toEqual(['restore', 'save', 'restore']);
  });

  test('is another one for another repository or baseline, but helps out where they have none', async () => {
    const { cache, entries } = fakeCache();
    for (const inputs of [{}, { tags: 'r.example/b:2' }, { baseline: 'r.example/a:gpu' }])
      await runWith(cache, ['a'], inputs);
    expect(Object.keys(entries)).toHaveLength(3);
  });

  test('that fails is a warning', async () => {
    const broken = async () => {
      throw new Error('503 from the cache');
    };
    const { cache } = fakeCache({}, { restoreCache: broken, saveCache: broken });
    const { code, all } = await runWith(cache, ['a']);
    expect(code).toBe(0);
    expect(all('warning')).toEqual([
      'The cache of SOCI indexes could not be restored: 503 from the cache',
      'The cache of SOCI indexes could not be saved: 503 from the cache',
    ]);
    const unloaded = await run(async () => passed(), indexing, service);
    expect(unloaded.code).toBe(0);
    expect(unloaded.all('warning')).toEqual([
      'The cache of SOCI indexes could not be reached: the cache was loaded',
    ]);
  });

  test('keeps what a run made that failed later', async () => {
    const { cache, entries } = fakeCache();
    const { code } = await run(
      async ({ sociCache = '' }) => {
        await mkdir(sociCache);
        await writeFile(join(sociCache, 'a'), '');
        throw infrastructureError('registry-unavailable', 'the push broke');
      },
      indexing,
      { ...service, RUNNER_TEMP: join(folder, 'temp') },
      async () => cache,
    );
    expect(code).toBe(3);
    expect(Object.values(entries)).toEqual([['a']]);
    expect(existsSync(cacheFolder())).toBe(false);
  });

  test.each([
    ['nothing is indexed', { ...indexing, soci: 'off' }, service],
    ['nothing is pushed', { soci: 'v2' }, service],
    ['the user keeps a folder', { ...indexing, 'soci-cache': '/kept' }, service],
    ['the runner has no cache service', indexing, {}],
  ])('is not even loaded where %s', async (_, inputs, environment) => {
    const seen: (string | undefined)[] = [];
    const { code, all } = await run(
      async ({ sociCache }) => {
        seen.push(sociCache);
        return passed();
      },
      inputs,
      environment,
    );
    expect(code).toBe(0);
    expect(seen).toEqual([(inputs as Record<string, string>)['soci-cache']]);
    expect(all('warning')).toEqual([]);
  });
});
