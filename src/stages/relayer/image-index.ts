import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, shortDigest } from '../../content/image/digest.ts';
import { editJson } from '../../content/image/edit-json.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../content/image/manifest.ts';
import { mediaTypes } from '../../content/image/media-type.ts';
import { isSociIndexType, sociAnnotations } from '../../content/image/soci.ts';

/** BuildKit's: the digest of the image that an attestation is about. */
const attestedAnnotation = 'vnd.docker.reference.digest';

export interface Assembled {
  readonly top: Manifest;
  /** What the user should know: attestations and SOCI indexes that were left out. */
  readonly notices: readonly string[];
}

/**
 * The image with other manifests for some of its platforms. An index keeps its order, its annotations and what is not
 * about them; attestations that name a changed image are dropped, with a notice, for they would speak of something that
 * is not there (provenance is to be made anew), and so are its SOCI indexes.
 * @param relaid by digest of the manifest that it was
 */
export function assemble(top: Manifest, relaid: ReadonlyMap<Digest, ImageManifest>): Assembled {
  if (top.kind === 'image') return { top: relaid.get(top.descriptor.digest) ?? top, notices: [] };
  if (top.kind === 'opaque')
    throw inputError('not-an-image', `${top.descriptor.digest} is neither an image nor an index of images`);
  const notices: string[] = [];
  const changed = new Map([...relaid].filter(([before, after]) => after.descriptor.digest !== before));
  const entries = top.manifests.flatMap((entry) => {
    const after = changed.get(entry.digest);
    if (after) return [imageEntry(entry, after)];
    const attested = changed.get(entry.annotations?.[attestedAnnotation] as Digest);
    if (attested) notices.push(aboutAttestation(entry, attested));
    return attested || isStaleSociIndex(entry, changed) ? [] : [entry];
  });
  const raw = editJson(
    top.raw,
    (json) => ({ ...json, mediaType: mediaTypes.ociIndex, manifests: entries }),
    `index ${top.descriptor.digest}`,
  );
  return { top: parseManifest(raw, {}, 're-laid image'), notices };
}

function imageEntry(entry: Descriptor, { descriptor }: ImageManifest): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const { [sociAnnotations.indexDigest]: _, ...annotations } = entry.annotations ?? {};
  // An embedded copy would be that of the manifest before.
  const { data: __, annotations: ___, ...rest } = entry as Descriptor & { data?: unknown };
  return {
    ...rest,
    mediaType,
    digest,
    size,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

/** It knows the layers that were. Where it does not say whose it is, it is the platform's: all of them are made anew. */
function isStaleSociIndex(entry: Descriptor, changed: ReadonlyMap<Digest, ImageManifest>): boolean {
  if (!isSociIndexType(entry.artifactType ?? '')) return false;
  const about = entry.annotations?.[sociAnnotations.imageDigest];
  return about === undefined || changed.has(about as Digest);
}

function aboutAttestation(entry: Descriptor, image: ImageManifest): string {
  return (
    `The attestation ${shortDigest(entry.digest)} (provenance or bill of material) was dropped: it speaks of ` +
    `${shortDigest(entry.annotations?.[attestedAnnotation] as Digest)}, and re-laid the image is ` +
    `${shortDigest(image.descriptor.digest)}. Attest the re-laid image.`
  );
}
