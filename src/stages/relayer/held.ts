import pLimit from 'p-limit';
import { hasCode, PullBudgetError } from '../../content/error.ts';
import type { Layer } from '../../content/layer/read.ts';
import { mergeLayers } from '../../content/rootfs/merge.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { LayerPlanDocument } from '../../facts/relayer.ts';
import type { Baseline } from './baseline.ts';
import { type Carried, carriedLayers } from './carried.ts';

/** What nodes hold: the baseline's layers, all of which are there, and what containers see of them. */
export interface Held {
  readonly baseline: Baseline;
  readonly layers: readonly Carried[];
  readonly tree: Tree;
}

/**
 * A baseline that is odd, or of which something is gone, must not hold up a release: it is said to `notice`, and done
 * without.
 * @param plan its own, where it has one
 * @throws PullBudgetError of the kind `infrastructure`: what `tablesOf` and the source throw; `bad-file-table` where
 * somebody lies
 */
export async function readHeld(
  baseline: Baseline,
  tablesOf: (layers: readonly Layer[], source: ImageSource) => Promise<FileTable[]>,
  plan: LayerPlanDocument | undefined,
  notice: (line: string) => void,
): Promise<Held | undefined> {
  return orAfresh(async () => {
    const { layers, source } = baseline;
    await touchBlobs(baseline);
    const carried = carriedLayers(baseline, await tablesOf(layers, source), plan);
    const tree = mergeLayers(
      carried.map(({ table }) => table),
      (at) => `the baseline's layer ${layers[at]?.descriptor.digest}`,
    );
    return { baseline, layers: carried, tree };
  }, notice);
}

/** @throws PullBudgetError of the kind `infrastructure`, `bad-file-table` */
export async function orAfresh<T>(
  read: () => Promise<T>,
  notice: (line: string) => void,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isItsFault = error instanceof PullBudgetError && error.kind === 'input';
    if (!isItsFault || hasCode(error, 'bad-file-table')) throw error;
    notice(`The baseline is not used, the platform is re-laid afresh: ${error.message}.`);
    return undefined;
  }
}

/** Requests under way at once. */
const parallel = 4;

/**
 * Reads the first byte of each layer: where there are tables of them nobody would read more, and a registry may have
 * swept what an old tag names. @throws PullBudgetError `not-found`
 */
async function touchBlobs({ layers, source }: Baseline): Promise<void> {
  const turn = pLimit(parallel);
  const touch = async ({ descriptor }: Layer): Promise<void> => {
    if (descriptor.size === 0) return;
    for await (const _ of source.readBlob(descriptor, { start: 0, end: 1 })) return;
  };
  await Promise.all(layers.map((layer) => turn(() => touch(layer))));
}
