/** `copy` of a layout into distribution v3 on loopback, against `crane push` of the same: node bench/copy.ts [RUNS] */
import { join } from 'node:path';
import { openLayout } from '../src/content/store/layout.ts';
import { benchLayout } from './image.ts';
import { race } from './paired.ts';
import { engines, startRegistry } from './registry.ts';

const runs = Number(process.argv[2] ?? 5);
const layout = await benchLayout();
const source = await openLayout(layout);
const manifest = await source.readManifest(await source.resolve('bench'));
const bytes = manifest.kind === 'image' ? manifest.layers.reduce((sum, layer) => sum + layer.size, 0) : 0;
await source.close();

const registry = await startRegistry();
const target = `${registry.host}/bench/copy:run`;
const copy = [process.execPath, 'dist/cli.js', 'copy', '--quiet', `oci:${layout}:bench`, target];
const push = [join(engines, 'bin', 'crane'), 'push', '--insecure', layout, target];
try {
  await race(
    { name: 'pull-budget copy', argv: copy, reset: registry.empty },
    { name: 'crane push', argv: push, reset: registry.empty },
    { runs, bytes },
  );
} finally {
  await registry.stop();
}
