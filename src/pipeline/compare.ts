import type { Settings } from '../config/settings.ts';
import { type CompareRequest, type Comparison, compareImages } from '../stages/relayer/compare-images.ts';
import type { ScannedLayer } from '../stages/relayer/scan.ts';
import { LayerIndexer } from '../stages/soci/layer-indexer.ts';
import type { Context } from './context.ts';
import { scanWith } from './relayer.ts';

/** Whether two images are the same to a container. @throws PullBudgetError what compareImages throws */
export async function compare(
  images: Pick<CompareRequest, 'a' | 'b' | 'policy' | 'names' | 'most'>,
  settings: Settings,
  { progress, signal }: Context,
): Promise<Comparison> {
  await using indexer = new LayerIndexer<ScannedLayer>({ module: scanWith });
  return await compareImages({
    ...images,
    scan: async (layer, open, file, until) => {
      const { found } = await indexer.indexAlong(
        { layer, open, file, spanBytes: settings.spanSize, ratioLimit: settings.unpackRatioLimit },
        until,
      );
      return { found, checkpoints: undefined };
    },
    scratch: settings.scratch,
    progress,
    signal,
  });
}
