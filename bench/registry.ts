/** Distribution v3 on loopback for benches, its blobs on the disk, emptied between runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { benchFolder } from './image.ts';

/** As scripts/engines.sh installs it. */
export const engines =
  process.env.PULL_BUDGET_ENGINES ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pull-budget', 'engines');

export interface BenchRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Removes every blob; the registry keeps nothing in memory. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRegistry(): Promise<BenchRegistry> {
  const folder = join(benchFolder, 'registry');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }
http: { addr: "127.0.0.1:${port}" }
`,
  );
  const child = spawn(join(engines, 'bin', 'registry'), ['serve', config], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const host = `127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    const up = await fetch(`http://${host}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) break;
    await new Promise((again) => setTimeout(again, 50));
  }
  return {
    host,
    empty: () => rm(join(folder, 'data'), { recursive: true, force: true }),
    stop: async () => {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
