import type { ImageConfig } from '../../content/image/config.ts';
import type { JsonObject } from '../../content/image/descriptor.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { instruction, plain } from '../../facts/plain.ts';
import type { LayerPlanDocument } from '../../facts/relayer.ts';
import { layerEntries } from './config.ts';
import type { StackLayer } from './plan.ts';

/** A layer that may be carried over as it is: what is known of it, and where its blob is. */
export interface Carried extends StackLayer {
  readonly layer: Layer;
  readonly source: ImageSource;
  /** Empty where nobody says what is in it. */
  readonly title: string;
  /** Its entry in the history of its image. */
  readonly history: JsonObject | undefined;
}

interface CarriedImage {
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
  readonly source: ImageSource;
}

/** @param plan what told of the layers when they were written; else their history says what is in them */
export function carriedLayers(
  { layers, config, source }: CarriedImage,
  tables: readonly FileTable[],
  plan: LayerPlanDocument | undefined,
): Carried[] {
  const titles = new Map<string, string>(plan?.layers.map(({ diffId, title }) => [diffId, title]));
  const entries = layerEntries(config);
  return layers.map((layer, at) => {
    const { diffId, descriptor } = layer;
    const history = entries[at];
    const title = titles.get(diffId) || titleFrom(history);
    const table = tables[at] as FileTable;
    return { table, diffId, bytes: descriptor.size, layer, source, title: shortTitle(title), history };
  });
}

/** One line for people, whoever wrote it. */
export function shortTitle(title: string): string {
  return plain(title, mostTitle);
}

/** Code points; a plan's schema takes several times as many. */
const mostTitle = 120;

function titleFrom(entry: JsonObject | undefined): string {
  const { created_by: createdBy } = entry ?? {};
  return typeof createdBy === 'string' ? instruction(createdBy, mostTitle) : '';
}
