import type { Digest } from '../../content/image/digest.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import { type ComparePolicy, differences } from '../../content/rootfs/differences.ts';
import { mergeLayers } from '../../content/rootfs/merge.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { treeDigest } from '../../content/rootfs/tree-digest.ts';
import { makeScratchFolder, removeFolder } from '../../content/store/scratch.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { describeDifference, type TreeNames } from './difference-text.ts';
import type { ScanLayer } from './scan.ts';
import { LayerShelf } from './shelf.ts';

/** One platform's image. */
export interface ComparedImage {
  readonly source: ImageSource;
  readonly layers: readonly Layer[];
}

export interface Comparison {
  /** Tree digests. */
  readonly a: Digest;
  readonly b: Digest;
  readonly isSame: boolean;
  /** Of paths that differ: how many, and the first of them in words. */
  readonly count: number;
  readonly lines: readonly string[];
}

export interface CompareRequest {
  readonly a: ComparedImage;
  readonly b: ComparedImage;
  readonly policy: ComparePolicy;
  readonly names: TreeNames;
  /** How many differences are put into words. */
  readonly most: number;
  readonly scan: ScanLayer;
  readonly scratch: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Whether two images are the same to a container. Every layer is read; those that both have are read once.
 * @throws PullBudgetError what `mergeLayers` and reading layers throw; the signal's reason
 */
export async function compareImages(request: CompareRequest): Promise<Comparison> {
  const { a, b, policy, names, most, scan, scratch, progress, signal } = request;
  const folder = await makeScratchFolder(scratch, 'relayer');
  try {
    await using shelf = new LayerShelf({ folder, scan, progress, signal, keepsBlobs: false });
    const [left, right] = await Promise.all([treeOf(a, shelf), treeOf(b, shelf)]);
    const lines: string[] = [];
    let count = 0;
    for (const difference of differences(left, right, policy)) {
      if (count++ < most) lines.push(describeDifference(left, right, difference, names));
    }
    const digests = { a: treeDigest(left, policy), b: treeDigest(right, policy) };
    // Digests with mtimes tell apart what only one of them knows a time of, which is no difference.
    return { ...digests, isSame: count === 0, count, lines };
  } finally {
    await removeFolder(folder);
  }
}

async function treeOf({ source, layers }: ComparedImage, shelf: LayerShelf): Promise<Tree> {
  const shelved = await Promise.all(layers.map((layer) => shelf.take(layer, source)));
  return mergeLayers(
    shelved.map(({ table }) => table),
    (at) => `layer ${layers[at]?.descriptor.digest}`,
  );
}
