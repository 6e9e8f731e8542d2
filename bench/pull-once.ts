/** One pull by the engine `embedded`, as a process: node bench/pull-once.ts HOST/REPOSITORY:TAG FOLDER */
import { availableParallelism } from 'node:os';
import { hostPlatform } from '../src/content/image/platform.ts';
import { parseReference } from '../src/content/image/reference.ts';
import { LayerPool } from '../src/content/layer/layer-pool.ts';
import { silentProgress } from '../src/content/progress.ts';
import { openRegistry } from '../src/content/registry/registry.ts';
import { pull } from '../src/stages/measure/pull.ts';

const [name = '', folder = ''] = process.argv.slice(2);
const reference = parseReference(name);
const source = openRegistry(reference, { attempts: 1 });
await using pool = new LayerPool(Math.min(availableParallelism(), 4));
const pulled = await pull({
  source,
  target: reference.tag ?? 'latest',
  platform: hostPlatform(),
  folder,
  pool,
  held: [],
  unpackRatioLimit: 200,
  unpackedBytes: new Map(),
  progress: silentProgress,
  label: 'bench',
  signal: new AbortController().signal,
});
await source.close();
const { pullSeconds, fetchSeconds, unpackSeconds, files, bottleneck } = pulled;
console.log(JSON.stringify({ pullSeconds, fetchSeconds, unpackSeconds, files, bottleneck }));
