/**
 * The demo's second part: the same two releases, re-laid. The second ships only its change, each is the same to a
 * container as what was built, and a node that holds the first pulls the second in exactly the bytes that the report
 * promised, counted at the registry.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../src/content/image/digest.ts';
import { hostPlatform } from '../src/content/image/platform.ts';
import { LayerPool } from '../src/content/layer/layer-pool.ts';
import { silentProgress } from '../src/content/progress.ts';
import { openRegistry } from '../src/content/registry/registry.ts';
import type { RegistryServer } from '../src/content/registry/server.ts';
import { type Report, report as reportSchema } from '../src/facts/report.ts';
import { formatBytes } from '../src/facts/units.ts';
import { pull } from '../src/stages/measure/pull.ts';

export interface Demo {
  /** Where everything lies: the layout `image` with releases 1.0 and 1.1 among it. */
  readonly folder: string;
  readonly server: RegistryServer;
  /** Runs the command line, and fails unless it ends with that code. */
  readonly pullBudget: (args: readonly string[], code?: number) => Promise<void>;
}

/** The report on the second release, as it is re-laid. @throws Error where it does not hold */
export async function demoRelayer({ folder, server, pullBudget }: Demo): Promise<Report> {
  const name = `${server.host}/demo/relaid`;
  const file = join(folder, 'relaid.json');
  const built = (release: string): string => `oci:${folder}/image:${release}`;
  const scratch = ['--scratch', folder];
  await pullBudget(['relayer', built('1.0'), `${name}:1.0`, ...scratch, '--quiet']);
  await pullBudget([
    ...['run', built('1.1'), '--relayer', '--push', '--tags', `${name}:1.1`, '--baseline', `${name}:1.0`],
    ...['--budgets', 'delta <= 5 MB', '--runs', '0', ...scratch, '--report', file, '--quiet'],
  ]);
  for (const release of ['1.0', '1.1']) {
    await pullBudget(['compare', built(release), `${name}:${release}`, ...scratch, '--quiet']);
  }
  const report = reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const promised = report.deltas[0]?.chain.bytes;

  await using pool = new LayerPool(2);
  const held = await pulled(name, '1.0', [], { folder, pool });
  const before = sent(server);
  await pulled(name, '1.1', held, { folder, pool });
  const fetched = sent(server) - before;
  if (fetched !== promised) {
    throw new Error(`a node with 1.0 fetched ${fetched} bytes for 1.1, and the report promised ${promised}`);
  }
  console.log(
    `\nA node that holds 1.0 fetched ${fetched} bytes (${formatBytes(fetched)}) for 1.1, counted at the registry: what the report promised.`,
  );
  return report;
}

/** Pulls and unpacks what a node with those diffIDs lacks. @returns the diffIDs that it has then */
async function pulled(
  name: string,
  tag: string,
  held: readonly Digest[],
  { folder, pool }: { readonly folder: string; readonly pool: LayerPool },
): Promise<readonly Digest[]> {
  const [host = '', ...path] = name.split('/');
  const source = openRegistry({ host, repository: path.join('/') });
  const node = join(folder, 'node');
  try {
    const { diffIds } = await pull({
      source,
      target: tag,
      platform: hostPlatform(),
      folder: node,
      pool,
      held,
      unpackRatioLimit: 200,
      unpackedBytes: new Map(),
      progress: silentProgress,
      label: tag,
      signal: new AbortController().signal,
    });
    return diffIds;
  } finally {
    await rm(node, { recursive: true, force: true });
    await source.close();
  }
}

const sent = ({ traffic }: RegistryServer): number =>
  [...traffic.sent.values()].reduce((sum, bytes) => sum + bytes, 0);
