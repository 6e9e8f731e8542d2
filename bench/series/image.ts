/** An image of the series, with all that figures are worked out from. */
import type { Layer } from '../../src/content/layer/read.ts';
import { readPlatforms } from '../../src/content/store/platforms.ts';
import type { ImageSource } from '../../src/content/store/store.ts';
import { deltaOf, imageBytes } from '../../src/facts/delta.ts';
import type { ImageFacts } from '../../src/facts/image.ts';
import { describeImages } from '../../src/pipeline/describe.ts';
import { deadBytes, type Shipment } from './figures.ts';
import { scanLayer } from './scan.ts';
import { type Entry, liveBytes, mergeEntries, type Tree } from './tree.ts';

export interface SeriesImage {
  readonly facts: ImageFacts;
  readonly layers: readonly Layer[];
  /** Of each layer. */
  readonly entries: readonly (readonly Entry[])[];
  readonly tree: Tree;
}

/** An image that was made of a release. */
export interface MadeImage {
  readonly image: SeriesImage;
  /** What its maker had to say. */
  readonly notes: readonly string[];
}

/** The image of this tag, or the store's only one. Reads every layer that was not read before, each checked against its digest and its diffID. */
export async function readImage(source: ImageSource, tag: string | undefined): Promise<SeriesImage> {
  const descriptor = await source.resolve(tag);
  const { image } = await describeImages({ source, descriptor, name: tag ?? source.location }, undefined, []);
  const { images } = await readPlatforms(source, await source.readManifest(descriptor), []);
  const [[facts], [read]] = [image.platforms, images];
  if (!facts || !read || images.length > 1)
    throw new Error(`${tag ?? source.location} is not the image of one platform`);
  const { manifest, config } = read;
  const layers = manifest.layers.map((layer, at): Layer => {
    return { descriptor: layer, diffId: config.diffIds[at] as Layer['diffId'] };
  });
  const entries: Entry[][] = [];
  for (const layer of layers) entries.push(await scanLayer(source, layer));
  return { facts, layers, entries, tree: mergeEntries(entries) };
}

/** How the image is shipped to a node with the previous one, and to one without anything. */
export function shipmentOf(image: SeriesImage, previous: SeriesImage | undefined): Shipment {
  const { chain, blobs } = deltaOf(image.facts, previous?.facts);
  const uses = liveBytes(image.entries, image.tree);
  return {
    chain: chain.bytes,
    blobs: blobs.bytes,
    fresh: imageBytes(image.facts),
    layers: image.layers.length,
    dead: deadBytes(uses.map((use, at) => ({ ...use, bytes: image.facts.layers[at]?.bytes ?? 0 }))),
  };
}
