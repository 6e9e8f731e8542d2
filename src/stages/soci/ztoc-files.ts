import { readFile } from 'node:fs/promises';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { problemsOf } from './check.ts';
import { decodeZtoc } from './decode.ts';
import type { Ztoc } from './ztoc.ts';

/** A zTOC in a file of this run. */
export interface ZtocFile {
  readonly layer: Descriptor;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly path: string;
  readonly spans: number;
  /** Entries of every kind. */
  readonly files: number;
  /** For people: where it was taken over from, if it was made before. */
  readonly reused?: string;
  /** The source that it was taken over from. */
  readonly origin?: ImageSource | undefined;
}

/** Reads a zTOC into memory: 33 KB a span and some 180 bytes an entry. @throws PullBudgetError `bad-ztoc` */
export async function readZtoc(path: string, layer: Descriptor): Promise<Ztoc> {
  const bytes = await onDisk(path, () => readFile(path));
  return decodeZtoc(bytes, `zTOC of layer ${layer.digest}`);
}

/**
 * Why a zTOC must not be used for a layer: it is not one of this layer, or a snapshotter would not take it. Half a
 * sentence. That it tells the truth about the layer's content only a read of the layer could show.
 */
export function whyUnfit(ztoc: Ztoc, layer: Descriptor): string | undefined {
  const algorithm = layerCompression(layer.mediaType) === 'none' ? 'uncompressed' : 'gzip';
  if (ztoc.algorithm !== algorithm)
    return `it is one of a layer that is ${ztoc.algorithm}, this one is ${algorithm}`;
  const what = problemsOf(ztoc, layer.size)[0]?.what;
  return what && what.charAt(0).toLowerCase() + what.slice(1);
}
