import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Platform } from '../../content/image/platform.ts';
import type { Progress } from '../../content/progress.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { SociFacts } from '../../facts/soci.ts';
import type { SociVersion } from './index-manifest.ts';

export interface IndexRequest {
  readonly source: ImageSource;
  /** Of an index or a single image. */
  readonly descriptor: Descriptor;
  readonly versions: ReadonlySet<SociVersion>;
  /** All of the image's where none is named. */
  readonly platforms: readonly Platform[];
  readonly spanBytes: number;
  /** Layers below this get no zTOC. */
  readonly minLayerBytes: number;
  /** Paths and globs. */
  readonly prefetch: readonly string[];
  /** What to do where no layer of a platform gets a zTOC: refuse, or leave the platform as it is. */
  readonly onUnindexable: 'fail' | 'pass';
  readonly ratioLimit: number;
  /** Images whose SOCI indexes may know layers of this one: the baseline, the base image. Their sources stay open. */
  readonly known: readonly { readonly source: ImageSource; readonly descriptor: Descriptor }[];
  /** Folder of zTOCs by layer and span size, kept from run to run. */
  readonly cache: string | undefined;
  /** Folder for what is in the making. */
  readonly scratch: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  notice(line: string): void;
}

/** An image with its indexes, on its way: a source that has what the other has, and what was made. */
export interface IndexedImage {
  readonly source: ImageSource;
  /** The converted image with v2; with v1 alone what it was. */
  readonly descriptor: Descriptor;
  /** v1 index manifests: they go along with the image and are found as its referrers. */
  readonly referrers: readonly Descriptor[];
  /** One a platform. */
  readonly facts: readonly SociFacts[];
  /** Removes what was made; the source that was given stays open. */
  close(): Promise<void>;
}

/** @throws PullBudgetError `nothing-to-index`, what `readLayer` throws of a damaged layer, what the source throws */
export async function indexImage(_request: IndexRequest): Promise<IndexedImage> {
  throw new Error('to be built');
}
