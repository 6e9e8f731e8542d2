import { inputError } from '../../content/error.ts';
import type { Descriptor, JsonObject } from '../../content/image/descriptor.ts';
import { type Digest, shortDigest } from '../../content/image/digest.ts';
import {
  type ImageIndex,
  type ImageManifest,
  type Manifest,
  parseManifest,
} from '../../content/image/manifest.ts';
import { mediaTypes } from '../../content/image/media-type.ts';
import { formatPlatform, type Platform } from '../../content/image/platform.ts';
import { sociAnnotations, sociIndexTypes } from '../../content/image/soci.ts';
import { attestedDigest } from './attestations.ts';
import { containerdPlatform, isSameToContainerd } from './containerd-platform.ts';
import { goIndex, goManifest, marshalWhole, parseGoJson } from './go-json.ts';

/** An image of one platform and the v2 index that was made for it, if any. */
export interface ConvertedPlatform {
  readonly manifest: ImageManifest;
  /** As its config says; for an image without an index around it. */
  readonly platform: Platform;
  readonly sociIndex: ImageManifest | undefined;
}

export interface Conversion {
  /** The OCI index that stands for the image now. */
  readonly top: Manifest;
  /** What is new beside it: image manifests and SOCI indexes, children first. */
  readonly manifests: readonly Manifest[];
  /** Digest of the image manifest now, by what it was. */
  readonly converted: ReadonlyMap<Digest, ImageManifest>;
  /** What the user should know: attestations that were dropped, signatures that hold no longer. */
  readonly notices: readonly string[];
}

/** What is known to refer to a manifest, by its digest: signatures, attestations, bills of material. */
export type Referrers = ReadonlyMap<Digest, readonly Descriptor[]>;

/** An image that has got its SOCI index. */
interface IndexedImage {
  readonly before: ImageManifest;
  readonly after: ImageManifest;
  readonly sociIndex: ImageManifest;
  /** As its config says. */
  readonly platform: Platform;
}

/**
 * The SOCI-enabled image: each manifest names its SOCI index, and an OCI index around them holds both. What is not
 * about an indexed platform stays as it is, byte for byte.
 *
 * As `soci convert` 0.15 does it, but: other platforms' manifests and the annotations of descriptors stay; an
 * attestation is dropped, with a notice, where its image has a new digest, for it speaks of the old one (pointing it
 * at the new one would make a false claim), and stays where not; fields that OCI does not name stay.
 * `referrers` of the image's manifests, where they are known, are told of in the notices.
 * @throws PullBudgetError `bad-manifest`, `manifest-too-large`
 */
export function convertImage(
  top: Manifest,
  platforms: readonly ConvertedPlatform[],
  referrers: Referrers = new Map(),
): Conversion {
  const images = new Map<Digest, IndexedImage>();
  for (const { manifest, platform, sociIndex } of platforms) {
    if (sociIndex === undefined) continue;
    const after = annotated(manifest, sociIndex.descriptor.digest);
    images.set(manifest.descriptor.digest, { before: manifest, after, sociIndex, platform });
  }
  if (images.size === 0) return { top, manifests: [], converted: new Map(), notices: [] };
  if (top.kind === 'opaque') {
    throw inputError('bad-manifest', `${top.descriptor.digest} is neither an image nor an index of images`, {
      hint: 'Name an image; artifacts have nothing to index.',
    });
  }
  const notices: string[] = [];
  const newTop = top.kind === 'image' ? wrapped(top, images) : extended(top, images, notices);
  for (const { before, after } of images.values()) notices.push(...aboutReferrers(before, after, referrers));
  if (top.kind === 'index') notices.push(...aboutReferrers(top, newTop, referrers));
  return {
    top: newTop,
    manifests: [...images.values()].flatMap(({ sociIndex, after }) => [sociIndex, after]),
    converted: new Map([...images].map(([digest, { after }]) => [digest, after])),
    notices,
  };
}

/** The image manifest, an OCI one now, with the digest of its SOCI index. */
function annotated(manifest: ImageManifest, sociIndex: Digest): ImageManifest {
  const where = `image ${manifest.descriptor.digest}`;
  const json = parseGoJson(manifest.raw, where);
  const docker = manifest.config.mediaType === mediaTypes.dockerConfig;
  const text = marshalWhole(
    goManifest,
    {
      ...json,
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: docker ? { ...(json.config as JsonObject), mediaType: mediaTypes.ociConfig } : json.config,
      annotations: { ...(json.annotations as JsonObject), [sociAnnotations.indexDigest]: sociIndex },
    },
    where,
  );
  const after = parseManifest(Buffer.from(text), {}, where);
  if (after.kind !== 'image') throw new TypeError(`${where} is no image manifest`);
  return after;
}

/** A single image gets an OCI index around it, and its descriptor the annotations of its manifest, as `soci` has it. */
function wrapped(top: ImageManifest, images: ReadonlyMap<Digest, IndexedImage>): Manifest {
  const image = images.get(top.descriptor.digest);
  if (image === undefined) throw new TypeError(`${top.descriptor.digest} is not among the platforms`);
  const platform = containerdPlatform(image.platform);
  const { digest, size, mediaType } = image.after.descriptor;
  return indexOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      { mediaType, digest, size, annotations: image.after.annotations, platform },
      sociEntry(image, new Map([[image, platform]])),
    ],
  });
}

/** The index that was there, with the images' new digests and their SOCI indexes. */
function extended(top: ImageIndex, images: ReadonlyMap<Digest, IndexedImage>, notices: string[]): Manifest {
  const places = placesIn(top, images);
  const here = new Set(top.manifests.map((entry) => entry.digest));
  const waiting = new Map(places);
  const entries: object[] = [];
  for (const entry of top.manifests) {
    const image = images.get(entry.digest);
    const attested = images.get(attestedDigest(entry) as Digest);
    const lost = attested !== undefined && isChanged(attested);
    const owner = ownerOf(entry, places, here);
    if (image) entries.push(imageEntry(entry, image));
    else if (lost) notices.push(aboutAttestation(entry, attested, places));
    else if (owner === undefined) entries.push(entry);
    else if (waiting.delete(owner)) entries.push(sociEntry(owner, places));
  }
  for (const image of waiting.keys()) entries.push(sociEntry(image, places));
  const json = parseGoJson(top.raw, `index ${top.descriptor.digest}`);
  return indexOf({ ...json, schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries });
}

/** An image that names the same SOCI index as before keeps its digest, and what was said about it holds. */
function isChanged({ before, after }: { readonly before: Manifest; readonly after: Manifest }): boolean {
  return before.descriptor.digest !== after.descriptor.digest;
}

/** The platform of each image, in the order of the index; as the index says, else as the config does. */
type Places = ReadonlyMap<IndexedImage, Platform>;

function placesIn(top: ImageIndex, images: ReadonlyMap<Digest, IndexedImage>): Places {
  const places = new Map<IndexedImage, Platform>();
  for (const entry of top.manifests) {
    const image = images.get(entry.digest);
    if (image && !places.has(image)) places.set(image, entry.platform ?? containerdPlatform(image.platform));
  }
  for (const [digest, image] of images) {
    if (places.has(image)) continue;
    throw inputError('bad-manifest', `${digest} is not an entry of the index ${top.descriptor.digest}`, {
      hint: 'An index within an index cannot be converted; name the inner one.',
    });
  }
  return places;
}

/**
 * The image whose SOCI index the entry was: it says so, or the image does, or it is one for the same platform that
 * does not say whose it is. Some tools lose the artifact type of entries.
 */
function ownerOf(entry: Descriptor, places: Places, here: ReadonlySet<Digest>): IndexedImage | undefined {
  const named = entry.annotations?.[sociAnnotations.imageDigest];
  const images = [...places.keys()];
  const owner = images.find(({ before }) => before.descriptor.digest === named);
  if (owner || here.has(named as Digest)) return owner;
  const namedBy = images.find(
    ({ before }) => before.annotations[sociAnnotations.indexDigest] === entry.digest,
  );
  const { platform } = entry;
  if (namedBy || platform === undefined || entry.artifactType !== sociIndexTypes.v2) return namedBy;
  return images.find((image) => isSameToContainerd(places.get(image) ?? image.platform, platform));
}

function imageEntry(entry: Descriptor, { after, sociIndex }: IndexedImage): object {
  const { mediaType, digest, size } = after.descriptor;
  const annotations = { ...entry.annotations, [sociAnnotations.indexDigest]: sociIndex.descriptor.digest };
  // An embedded copy would be that of the manifest before.
  const { data: _, ...rest } = entry as Descriptor & { data?: unknown };
  return { ...rest, mediaType, digest, size, annotations };
}

function sociEntry(image: IndexedImage, places: Places): object {
  const { after, sociIndex, platform } = image;
  const { mediaType, digest, size } = sociIndex.descriptor;
  return {
    mediaType,
    digest,
    size,
    annotations: { [sociAnnotations.imageDigest]: after.descriptor.digest },
    platform: places.get(image) ?? platform,
    artifactType: sociIndexTypes.v2,
  };
}

function indexOf(json: JsonObject): Manifest {
  const where = 'converted image';
  return parseManifest(Buffer.from(marshalWhole(goIndex, json, where)), {}, where);
}

function aboutAttestation(entry: Descriptor, image: IndexedImage, places: Places): string {
  const { before, after, platform } = image;
  return (
    `${formatPlatform(places.get(image) ?? platform)}: the attestation ${shortDigest(entry.digest)} (provenance or bill of material) ` +
    `was dropped: it speaks of ${shortDigest(before.descriptor.digest)}, and with its SOCI index the image is ` +
    `${shortDigest(after.descriptor.digest)}. Attest the indexed image.`
  );
}

function aboutReferrers(before: Manifest, after: Manifest, referrers: Referrers): string[] {
  if (!isChanged({ before, after })) return [];
  const all = referrers.get(before.descriptor.digest) ?? [];
  const lost = all.filter((entry) => entry.artifactType !== sociIndexTypes.v1);
  if (lost.length === 0) return [];
  const types = [...new Set(lost.map((entry) => entry.artifactType ?? entry.mediaType))].sort();
  return [
    `What refers to ${shortDigest(before.descriptor.digest)} (${types.join(', ')}) does not hold for ` +
      `${shortDigest(after.descriptor.digest)}, which it is with its SOCI index. Sign and attest after indexing.`,
  ];
}
