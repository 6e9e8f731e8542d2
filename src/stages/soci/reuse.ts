import type { ByteStream } from '../../content/bytes.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import type { Platform } from '../../content/image/platform.ts';
import { imageManifests } from '../../content/store/platforms.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { findSociIndexes } from './find.ts';
import type { SociIndex } from './index-manifest.ts';

/** An image whose SOCI indexes may know layers of another one. */
export interface KnownImage {
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
}

/** A zTOC that was made before and is said to be a layer's; nothing of it has been read. */
export interface KnownZtoc {
  readonly digest: Digest;
  readonly size: number;
  /** For people: which image or folder has it. */
  readonly from: string;
  /** Where registries may mount it from; of a folder there is none. */
  readonly source: ImageSource | undefined;
  /** Its bytes, size and digest verified. */
  readonly read: () => ByteStream;
}

/** What may be taken over for which layers. */
export interface Wanted {
  readonly layers: ReadonlySet<Digest>;
  readonly spanBytes: number;
  /** Those of the image to index; of no other platform is anything read. */
  readonly platforms: readonly Platform[];
  readonly signal: AbortSignal;
  notice(line: string): void;
}

/**
 * The zTOCs that the SOCI indexes of these images name for the layers, those of the first image first. Reads manifests
 * only. An image that cannot be read is a notice: reuse saves time, and is no condition of anything.
 */
export async function findKnownZtocs(
  images: readonly KnownImage[],
  wanted: Wanted,
): Promise<Map<Digest, KnownZtoc[]>> {
  const found = new Map<Digest, KnownZtoc[]>();
  for (const image of images) {
    try {
      for await (const [layer, ztoc] of ztocsOf(image, wanted)) {
        const known = found.get(layer) ?? [];
        if (!known.some(({ digest }) => digest === ztoc.digest)) found.set(layer, [...known, ztoc]);
      }
    } catch (error) {
      wanted.signal.throwIfAborted();
      wanted.notice(`No zTOC is taken over from ${nameOf(image)}: ${(error as Error).message}.`);
    }
  }
  return found;
}

async function* ztocsOf(
  image: KnownImage,
  wanted: Wanted,
): AsyncGenerator<readonly [layer: Digest, ztoc: KnownZtoc]> {
  const top = await image.source.readManifest(image.descriptor);
  for await (const manifest of imageManifests(image.source, top, wanted.platforms)) {
    wanted.signal.throwIfAborted();
    if (!manifest.layers.some(({ digest }) => wanted.layers.has(digest))) continue;
    for (const index of await indexesOf(image.source, manifest, top)) {
      yield* named(index, image, wanted);
    }
  }
}

async function indexesOf(
  source: ImageSource,
  manifest: ImageManifest,
  top: Manifest,
): Promise<readonly SociIndex[]> {
  const { v1, v2 } = await findSociIndexes(source, manifest, top.kind === 'index' ? top : undefined);
  return [v2, v1].filter((one) => one !== undefined).map(({ index }) => index);
}

/** What an index says without its span size is told by the zTOC. */
function* named(
  { layers }: SociIndex,
  image: KnownImage,
  wanted: Wanted,
): Generator<readonly [layer: Digest, ztoc: KnownZtoc]> {
  for (const { layer, ztoc, spanBytes = wanted.spanBytes } of layers) {
    if (!wanted.layers.has(layer) || spanBytes !== wanted.spanBytes) continue;
    const { digest, size } = ztoc;
    const { source } = image;
    yield [layer, { digest, size, from: nameOf(image), source, read: () => source.readBlob(ztoc) }];
  }
}

const nameOf = ({ source, descriptor }: KnownImage): string => `${source.location}@${descriptor.digest}`;
