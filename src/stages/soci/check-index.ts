import type { Descriptor } from '../../content/image/descriptor.ts';
import { type ImageManifest, type Manifest, parseJson } from '../../content/image/manifest.ts';
import { sociAnnotations } from '../../content/image/soci.ts';
import type { FoundIndex } from './find.ts';

/**
 * What is wrong with an image's SOCI index as a document, beyond what finding and parsing it complain of. `top` is the
 * OCI index around the image, if any. Sentences without their full stops.
 */
export function indexProblems(
  { manifest, index }: FoundIndex,
  image: ImageManifest,
  top: Manifest,
): string[] {
  const problems = strayLayers({ manifest, index }, image);
  if (index.version === 'v2' && top.kind === 'index') {
    problems.push(...placeProblems(manifest.descriptor, image, top.manifests));
  }
  return problems;
}

/** Layers that the index knows and the image does not have, or has as something else. */
function strayLayers({ index, manifest: { descriptor } }: FoundIndex, image: ImageManifest): string[] {
  const there = new Map(image.layers.map((layer) => [layer.digest, layer]));
  const stray = [...index.layers, ...index.prefetch]
    .filter(({ layer }) => !there.has(layer))
    .map(({ layer }) => `Index ${descriptor.digest} is about layer ${layer}, which the image does not have`);
  const mistaken = index.layers
    .filter(
      ({ layer, layerMediaType }) =>
        layerMediaType !== '' && (there.get(layer)?.mediaType ?? layerMediaType) !== layerMediaType,
    )
    .map(
      ({ layer, layerMediaType }) => `Index ${descriptor.digest} calls layer ${layer} a ${layerMediaType}`,
    );
  const withZtoc = new Set(index.layers.map(({ layer }) => layer));
  const vain = index.prefetch
    .filter(({ layer }) => there.has(layer) && !withZtoc.has(layer))
    .map(
      ({ layer }) =>
        `Index ${descriptor.digest} prefetches spans of layer ${layer}, which it has no zTOC for`,
    );
  return [...stray, ...mistaken, ...vain];
}

/** How image and SOCI index stand in the OCI index: what soci convert writes, and clients and registries go by. */
function placeProblems(soci: Descriptor, image: ImageManifest, manifests: readonly Descriptor[]): string[] {
  const { digest } = image.descriptor;
  const ofImage = manifests.findIndex((entry) => entry.digest === digest);
  const ofSoci = manifests.findIndex((entry) => entry.digest === soci.digest);
  const problems: string[] = [];
  const said = manifests[ofImage]?.annotations?.[sociAnnotations.indexDigest];
  // Of one that names another index finding them complains.
  if (said === undefined) {
    problems.push(`The image's descriptor does not name index ${soci.digest}, as its manifest does`);
  }
  if (ofSoci < 0) {
    return [...problems, `The OCI index does not list index ${soci.digest}: a registry may delete it`];
  }
  if (ofSoci < ofImage) {
    problems.push(
      `Index ${soci.digest} stands before its image: clients take what comes first for the platform`,
    );
  }
  const about = manifests[ofSoci]?.annotations?.[sociAnnotations.imageDigest];
  if (about !== digest) {
    problems.push(`The descriptor of index ${soci.digest} names ${about ?? 'no image'}, not ${digest}`);
  }
  return problems;
}

/** What a prefetch artifact asks for. */
export type Prefetch =
  | { readonly spans: number; readonly problem?: undefined }
  | { readonly problem: string };

/**
 * Reads a prefetch artifact of a layer with `spans` spans (soci/prefetch.go).
 * @throws PullBudgetError `bad-manifest` where it is no JSON object
 */
export function parsePrefetch(bytes: Uint8Array, spans: number): Prefetch {
  const { version, prefetch_spans: ranges } = parseJson(bytes, 'the prefetch artifact');
  if (version !== '1.0') {
    return { problem: `its version is ${JSON.stringify(version)}, and only "1.0" is known` };
  }
  if (!Array.isArray(ranges) || ranges.length === 0) return { problem: 'it names no spans' };
  const isSpan = (id: unknown): id is number =>
    Number.isInteger(id) && (id as number) >= 0 && (id as number) < spans;
  let wanted = 0;
  for (const [at, range] of ranges.entries()) {
    const [first, last]: unknown[] = [range?.start_span, range?.end_span];
    if (!isSpan(first) || !isSpan(last) || first > last) {
      return { problem: `its range ${at + 1} is not one of the layer's ${spans} spans` };
    }
    wanted += last - first + 1;
  }
  return { spans: wanted };
}
