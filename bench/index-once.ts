/** The zTOCs of an image's layers, without the rest of the stage: node bench/index-once.ts LAYOUT FOLDER */
import { join } from 'node:path';
import { openLayout } from '../src/content/store/layout.ts';
import { readConfig } from '../src/content/store/read-config.ts';
import { LayerIndexer } from '../src/stages/soci/layer-indexer.ts';

const [path = '', folder = ''] = process.argv.slice(2);
const layout = await openLayout(path);
const manifest = await layout.readManifest(await layout.resolve('bench'));
if (manifest.kind !== 'image') throw new Error(`${path} holds no image`);
const { diffIds } = await readConfig(layout, manifest);
await using indexer = new LayerIndexer();
await Promise.all(
  manifest.layers.map((descriptor, at) =>
    indexer.index(
      {
        layer: { descriptor, diffId: diffIds[at] as (typeof diffIds)[number] },
        spanBytes: 4 * 1024 * 1024,
        ratioLimit: 200,
        open: () => layout.readBlob(descriptor),
        file: join(folder, `${at}.ztoc`),
      },
      new AbortController().signal,
    ),
  ),
);
