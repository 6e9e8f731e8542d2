/**
 * BuildKit's attestations: entries of an image's index for the platform `unknown/unknown` that name the image they are
 * about. https://github.com/moby/buildkit/blob/v0.24.0/docs/attestations/attestation-storage.md
 */
import type { Descriptor } from '../../content/image/descriptor.ts';

const aboutAnnotation = 'vnd.docker.reference.digest';

/** The digest of the image manifest that this entry of an index says something about; undefined for images. */
export function attestedDigest(entry: Descriptor): string | undefined {
  return entry.annotations?.[aboutAnnotation];
}
