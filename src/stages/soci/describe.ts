import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { SociFacts, SociLayerFacts } from '../../facts/soci.ts';
import { fetchPrefetch, fetchZtoc } from './fetch-ztoc.ts';
import { type FoundIndex, findSociIndexes } from './find.ts';
import { disqualify } from './layers.ts';
import { type PlatformImage, readPlatformImages } from './platform-images.ts';

/** What the SOCI indexes of one platform's image tell. */
export interface SociDescription extends SociFacts {
  /** Spans that are fetched before anybody asks for them, by layer. */
  readonly prefetch: readonly { readonly layer: Digest; readonly spans: number }[];
  /** What looks like an index and is none that a snapshotter takes: sentences. */
  readonly complaints: readonly string[];
}

/**
 * What of an image can be loaded lazily, by platform (all where none is named). Manifests and zTOCs are read, no layer.
 * @throws what readPlatformImages, fetchZtoc and the source throw
 */
export async function describeSoci(
  source: ImageSource,
  descriptor: Descriptor,
  platforms: readonly Platform[],
): Promise<SociDescription[]> {
  const top = await source.readManifest(descriptor);
  const described: SociDescription[] = [];
  for (const image of await readPlatformImages(source, top, platforms)) {
    const { v1, v2, complaints } = await findSociIndexes(source, image.manifest, top);
    const found = [v2, v1].filter((one) => one !== undefined);
    const { layers, prefetch } = await describeLayers(source, image, found[0]);
    described.push({
      platform: formatPlatform(image.platform),
      image: image.manifest.descriptor.digest,
      ...(v1 ? { v1: v1.manifest.descriptor.digest } : {}),
      ...(v2 ? { v2: v2.manifest.descriptor.digest } : {}),
      layers,
      indexBytes: bytesOf(found),
      prefetch,
      complaints,
    });
  }
  return described;
}

/** As the snapshotter sees them: a v2 index goes before a v1 one. */
async function describeLayers(
  source: ImageSource,
  image: PlatformImage,
  found: FoundIndex | undefined,
): Promise<Pick<SociDescription, 'layers' | 'prefetch'>> {
  const layers: SociLayerFacts[] = [];
  const prefetch: SociDescription['prefetch'][number][] = [];
  for (const { descriptor } of image.layers) {
    const { digest, size: bytes } = descriptor;
    const table = found?.index.layers.find(({ layer }) => layer === digest);
    if (table === undefined) {
      const reason = disqualify(descriptor, 0)?.reason;
      layers.push({ digest, bytes, ...(reason ? { reason } : {}) });
      continue;
    }
    const ztoc = await fetchZtoc(source, table.ztoc, descriptor);
    layers.push({
      digest,
      bytes,
      ztoc: {
        digest: table.ztoc.digest,
        bytes: table.ztoc.size,
        spans: ztoc.spans.length,
        ...(ztoc.spanBytes > 0 ? { spanBytes: ztoc.spanBytes } : {}),
        files: ztoc.entryCount,
      },
    });
    const artifact = found?.index.prefetch.find(({ layer }) => layer === digest);
    if (artifact === undefined) continue;
    const wanted = await fetchPrefetch(source, artifact.blob, ztoc.spans.length);
    if (wanted.problem === undefined) prefetch.push({ layer: digest, spans: wanted.spans });
  }
  return { layers, prefetch };
}

/** Of zTOCs, prefetch artifacts and the indexes' own manifests, each counted once. */
function bytesOf(found: readonly FoundIndex[]): number {
  const blobs = found.flatMap(({ manifest }) => [manifest.descriptor, ...manifest.layers]);
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
