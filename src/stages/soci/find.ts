import { PullBudgetError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, isDigest } from '../../content/image/digest.ts';
import { type ImageManifest, type Manifest, maxManifestBytes } from '../../content/image/manifest.ts';
import { sociAnnotations, sociIndexTypes } from '../../content/image/soci.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { isSociIndex, parseSociIndex, remarshalled, type SociIndex } from './index-manifest.ts';

/** A SOCI index that a snapshotter would find for an image. */
export interface FoundIndex {
  readonly manifest: ImageManifest;
  readonly index: SociIndex;
}

export interface Found {
  readonly v1: FoundIndex | undefined;
  readonly v2: FoundIndex | undefined;
  /** What looks like an index and is none that a snapshotter takes: sentences. */
  readonly complaints: readonly string[];
}

/**
 * The SOCI indexes of one platform's image: v2 by its manifest's annotation, v1 among its referrers, as the snapshotter
 * looks for them. `top` is the OCI index that it was found in, if any.
 *
 * The snapshotter (fs/fs.go, 0.15) reads the annotation of the manifest alone, not that of its descriptor. Where it
 * names an index that is no good, v1 is not tried. Of the v1 indexes it takes the first that the registry lists.
 * @throws PullBudgetError of the kind `infrastructure`: what the source throws
 */
export async function findSociIndexes(
  source: ImageSource,
  image: ImageManifest,
  top: Manifest | undefined,
): Promise<Found> {
  const complaints: string[] = [];
  const v2 = await findV2(source, image, top, complaints);
  const v1 = await findV1(source, image, complaints);
  return { v1, v2, complaints };
}

const afterwards = 'a snapshotter pulls every layer of the image whole then, and says nothing';

async function findV2(
  source: ImageSource,
  image: ImageManifest,
  top: Manifest | undefined,
  complaints: string[],
): Promise<FoundIndex | undefined> {
  const named = image.annotations[sociAnnotations.indexDigest] ?? '';
  complaints.push(...strayIndexes(image, named, top));
  if (named === '') return undefined;
  const what = `the v2 index that image ${image.descriptor.digest} names, ${named},`;
  if (!isDigest(named)) {
    complaints.push(`${what} is no digest: ${afterwards}.`);
    return undefined;
  }
  const listed = top?.kind === 'index' ? top.manifests.find((entry) => entry.digest === named) : undefined;
  return take(source, listed ?? named, what, complaints);
}

/** What the OCI index says of a SOCI index for this image, where its manifest does not say it. */
function strayIndexes(image: ImageManifest, named: string, top: Manifest | undefined): string[] {
  if (top?.kind !== 'index') return [];
  const { digest } = image.descriptor;
  const strays = new Set<string>();
  for (const entry of top.manifests) {
    const annotations = entry.annotations ?? {};
    if (annotations[sociAnnotations.imageDigest] === digest) strays.add(entry.digest);
    const promised = annotations[sociAnnotations.indexDigest];
    if (entry.digest === digest && promised) strays.add(promised);
  }
  strays.delete(named);
  return [...strays].map(
    (stray) =>
      `the OCI index has the SOCI index ${stray} for image ${digest}, whose manifest ` +
      `${named === '' ? 'names none' : 'names another one'}: no snapshotter finds it.`,
  );
}

async function findV1(
  source: ImageSource,
  image: ImageManifest,
  complaints: string[],
): Promise<FoundIndex | undefined> {
  const { digest } = image.descriptor;
  const [first, ...others] = await source.referrers(digest, sociIndexTypes.v1);
  if (first === undefined) return undefined;
  if (others.length > 0) {
    complaints.push(
      `image ${digest} has ${others.length + 1} v1 indexes: a snapshotter takes the one that the registry lists ` +
        `first, ${first.digest}, and no other.`,
    );
  }
  const what = `the v1 index ${first.digest} of image ${digest}`;
  const found = await take(source, first, what, complaints);
  if (found === undefined || found.index.version === 'v1') return found;
  complaints.push(`${what} says of itself that it is v2: snapshotters before 0.10 do not take it.`);
  return undefined;
}

async function take(
  source: ImageSource,
  index: Descriptor | Digest,
  what: string,
  complaints: string[],
): Promise<FoundIndex | undefined> {
  try {
    const descriptor = typeof index === 'string' ? await source.resolve(index) : index;
    const { manifest, complaint } = await read(source, descriptor);
    if (complaint === undefined) return { manifest, index: parseSociIndex(manifest) };
    complaints.push(`${what} ${complaint}: ${afterwards}.`);
  } catch (error) {
    if (!(error instanceof PullBudgetError) || error.kind !== 'input') throw error;
    complaints.push(`${what} cannot be used (${error.message}): ${afterwards}.`);
  }
  return undefined;
}

type ReadIndex =
  | { readonly manifest: ImageManifest; readonly complaint?: undefined }
  | { readonly manifest?: undefined; readonly complaint: string };

async function read(source: ImageSource, descriptor: Descriptor): Promise<ReadIndex> {
  if (descriptor.size > maxManifestBytes) return { complaint: `has ${descriptor.size} bytes, over 4 MiB` };
  const manifest = await source.readManifest(descriptor);
  if (manifest.kind !== 'image' || !isSociIndex(manifest)) {
    const type = manifest.kind === 'image' ? manifest.config.mediaType : manifest.descriptor.mediaType;
    return { complaint: `is none: its type is ${JSON.stringify(type)}` };
  }
  if (Buffer.compare(remarshalled(manifest), manifest.raw) !== 0) {
    return {
      complaint:
        'is not written as Go writes it (order of fields, white space, fields that are not known), so that it does ' +
        'not have its digest any more when the snapshotter stores it',
    };
  }
  return { manifest };
}
