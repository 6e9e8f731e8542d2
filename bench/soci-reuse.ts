/**
 * Indexing an image of 1 GB of which all but one small layer stand in its baseline's SOCI index:
 * node bench/soci-reuse.ts [RUNS]. The blobs of the layers that are known are not there at all.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentProgress } from '../src/content/progress.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { readConfig } from '../src/content/store/read-config.ts';
import { median } from '../src/facts/median.ts';
import { formatBytes, formatSeconds } from '../src/facts/units.ts';
import { indexImage } from '../src/stages/soci/index-image.ts';
import { benchFolder, benchLayout, type Layer, makeLayer, shapes, writeImage } from './image.ts';

const runs = Number(process.argv[2] ?? 5);
const work = join(benchFolder, 'soci-reuse');
const [baseline, image, scratch] = ['baseline', 'image', 'scratch'].map((name) => join(work, name)) as [
  string,
  string,
  string,
];

const plain = await benchLayout(shapes.five);
await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
// Blobs are never written to again, so links to them do for a copy.
execFileSync('cp', ['-al', plain, baseline]);
const layers = await indexBaseline();
const bytes = layers.reduce((sum, { size }) => sum + size, 0);
const added = await addLayer();

interface Run {
  readonly seconds: number;
  readonly contentBytes: number;
  readonly ztocBytes: number;
  readonly reused: number;
  readonly made: number;
  readonly rssBytes: number;
}

const results = Array.from({ length: runs }, (): Run => {
  const argv = ['bench/soci-reuse-once.ts', image, baseline, scratch];
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8' }));
});
const most = (of: (run: Run) => number): number => Math.max(...results.map(of));
const share = (part: number): string => `${((100 * part) / bytes).toFixed(2)} %`;
const [first] = results;
console.log(`${formatBytes(bytes)} in ${layers.length} layers, one of ${formatBytes(added.size)} is new`);
console.log(`${first?.reused} zTOCs taken over, ${first?.made} made`);
console.log(
  `median ${formatSeconds(median(results.map(({ seconds }) => seconds)) ?? Number.NaN)} of ${runs} runs`,
);
console.log(
  `content read ${formatBytes(most((run) => run.contentBytes))}, ${share(most((run) => run.contentBytes))}`,
);
console.log(
  `zTOCs read ${formatBytes(most((run) => run.ztocBytes))}, ${share(most((run) => run.ztocBytes))}`,
);
console.log(`most memory ${formatBytes(most((run) => run.rssBytes))}`);
await rm(work, { recursive: true, force: true });

/** Writes a v1 index of the baseline beside it. The layers of the baseline. */
async function indexBaseline(): Promise<Layer[]> {
  const layout = await openLayout(baseline);
  const descriptor = await layout.resolve('bench');
  const indexed = await indexImage({
    source: layout,
    descriptor,
    versions: new Set(['v1']),
    platforms: [],
    spanBytes: 4 * 1024 * 1024,
    minLayerBytes: 0,
    prefetch: [],
    onUnindexable: 'fail',
    ratioLimit: 200,
    known: [],
    cache: undefined,
    scratch,
    progress: silentProgress,
    signal: new AbortController().signal,
    notice: (line) => console.error(line),
  });
  for (const referrer of indexed.referrers) {
    const manifest = await indexed.source.readManifest(referrer);
    if (manifest.kind !== 'image') continue;
    for (const blob of [manifest.config, ...manifest.layers]) {
      await layout.writeBlob(blob, () => indexed.source.readBlob(blob), indexed.source);
    }
    await layout.writeManifest(manifest);
  }
  await indexed.close();
  const manifest = await layout.readManifest(descriptor);
  if (manifest.kind !== 'image') throw new Error('the image of the benches is none');
  const { diffIds } = await readConfig(layout, manifest);
  await layout.close();
  return manifest.layers.map(({ digest, size }, at) => ({
    digest,
    diffId: diffIds[at] as Layer['diffId'],
    size,
    unpackedBytes: Number.NaN,
  }));
}

/** Writes an image of the baseline's layers, which stay away, and of a small new one. */
async function addLayer(): Promise<Layer> {
  const layout = await openLayout(image, { create: true });
  const layer = await makeLayer(layout, 'added', ['/etc/passwd', '/etc/group', '/etc/services']);
  await writeImage(layout, 'bench', [...layers, layer]);
  await layout.close();
  return layer;
}
