import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { formatImageName } from '../content/image/name.ts';
import type { Toolkit } from './toolkit.ts';

/** The part of @actions/cache that is used, so that tests can stand in for it. */
export interface CacheService {
  isFeatureAvailable(): boolean;
  restoreCache(paths: string[], primaryKey: string, restoreKeys?: string[]): Promise<string | undefined>;
  saveCache(paths: string[], key: string): Promise<number>;
}

/** A folder of zTOCs that GitHub's cache keeps from run to run. */
export interface KeptFolder {
  readonly path: string;
  /** Keeps what the run made or used, if that is something new. */
  save(): Promise<void>;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** A new layout of the folder gets a new one. */
const keyPrefix = 'pull-budget-ztocs-1';

/**
 * The folder, with what the last run of this image left in it; undefined where nothing is to be indexed, the user
 * keeps a folder of their own, or there is no cache service. What fails here is a warning: it costs time, nothing else.
 */
export async function keptFolder(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  loadService: () => Promise<CacheService>,
  toolkit: Pick<Toolkit, 'info' | 'warning'>,
): Promise<KeptFolder | undefined> {
  const { soci = 'off', sociCache, push } = settings;
  if (soci === 'off' || !push || sociCache !== undefined) return undefined;
  // Asked before it is loaded: it is by far the largest library here.
  if (!environment.ACTIONS_RESULTS_URL && !environment.ACTIONS_CACHE_URL) {
    toolkit.info('This runner has no cache service: SOCI indexes of layers are not kept for the next run.');
    return undefined;
  }
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      toolkit.warning(`The cache of SOCI indexes could not be ${what}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const service = await attempt('reached', loadService);
  if (!service?.isFeatureAvailable()) return undefined;

  // Always the same: the cache service tells its entries apart by their paths too.
  const path = join(environment.RUNNER_TEMP || tmpdir(), 'pull-budget-ztocs');
  const prefix = `${keyPrefix}-${nameOf(settings)}-`;
  const remove = () => rm(path, { recursive: true, force: true });
  await attempt('emptied', remove);
  // No entry has the first key: an entry never changes, so each is saved under what is in it.
  const restored = await attempt('restored', () =>
    service.restoreCache([path], `${prefix}newest`, [prefix, `${keyPrefix}-`]),
  );
  const before = new Date();
  return {
    path,
    async save() {
      await attempt('saved', async () => {
        const names = await keepUsed(path, before);
        const key = prefix + hashOf(names);
        if (names.length > 0 && key !== restored) await service.saveCache([path], key);
      });
    },
    async remove() {
      await attempt('removed', remove);
    },
  };
}

/** Removes entries that were neither made nor of use since; gives the others' names. */
async function keepUsed(folder: string, since: Date): Promise<string[]> {
  const kept: string[] = [];
  for (const name of (await readdir(folder).catch(() => [])).sort()) {
    const path = join(folder, name);
    // Some file systems keep times to two seconds.
    const isUsed = (await stat(path)).mtimeMs > since.getTime() - 2000;
    if (isUsed) kept.push(name);
    else await rm(path, { recursive: true, force: true });
  }
  return kept;
}

/** What stays the same from one release of an image to the next: where it is pushed to, and its baseline. */
function nameOf({ tags: [tag = ''], baseline }: Settings): string {
  return hashOf([tag.replace(/:[^:/]*$/, ''), baseline ? formatImageName(baseline) : '']);
}

const hashOf = (names: readonly string[]): string =>
  createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16);
