import { hasCode, inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { isDigest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';
import {
  isSociIndexType,
  type SociVersion,
  sociAnnotations,
  sociVersionOf,
} from '../../content/image/soci.ts';
import { RegistryFailure } from '../../content/registry/failure.ts';
import type { ImageSink, ImageSource } from '../../content/store/store.ts';

/** Whether an entry of an index is a SOCI index, by its own words. */
export function isSociDescriptor({ artifactType = '', annotations = {} }: Descriptor): boolean {
  return isSociIndexType(artifactType) || annotations[sociAnnotations.imageDigest] !== undefined;
}

/**
 * Refuses an image that names a SOCI index which is neither among what is copied with it nor at its destination:
 * nodes would ask for it at each pull, and load nothing lazily.
 * @throws PullBudgetError `dangling-soci-index`, and what the sink throws
 */
export async function refuseDangling(
  image: ImageManifest,
  copied: ReadonlySet<string>,
  source: ImageSource,
  sink: ImageSink,
): Promise<void> {
  const named = image.annotations[sociAnnotations.indexDigest];
  if (named === undefined || copied.has(named) || (await holds(sink, named))) return;
  throw inputError(
    'dangling-soci-index',
    `${source.location}: ${image.descriptor.digest} names the SOCI index ${named}, which is neither copied with it nor in ${sink.location}`,
    {
      hint: 'Copy the index that holds both (by its tag, with all of its manifests), or make a new SOCI index: pull-budget index.',
    },
  );
}

/** Stores that can be read too tell what they hold; an archive in the making holds only what is copied. */
async function holds(sink: ImageSink & Partial<ImageSource>, digest: string): Promise<boolean> {
  if (sink.resolve === undefined || !isDigest(digest)) return false;
  try {
    await sink.resolve(digest);
    return true;
  } catch (error) {
    if (hasCode(error, 'not-found')) return false;
    throw error;
  }
}

/** What registries answer to a manifest that they do not want, rather than to an account or to a missing blob. */
const refusals: readonly number[] = [400, 405, 406, 415, 422, 501];

/**
 * Writes a manifest; where a registry refuses one that is about SOCI, the error says what to set.
 * Old registries know no config types but Docker's; some (ECR for long) refuse an `artifactType`, in the manifest or
 * in an index.
 * @throws PullBudgetError `soci-refused`, and what `write` throws
 */
export async function explainingRefusal(
  manifest: Manifest,
  sink: ImageSink,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    const version = versionIn(manifest);
    if (version === undefined || !(error instanceof RegistryFailure) || error.transient) throw error;
    if (error.code === 'tag-immutable' || !refusals.includes(error.status ?? 0)) throw error;
    // Registries say with the same status that a layer is gone.
    if (/\b(?:BLOB|MANIFEST_BLOB|MANIFEST)_UNKNOWN\b/.test(error.said)) throw error;
    throw error.as(
      'soci-refused',
      `${sink.location} does not take the SOCI index (${version}) of the image: ${error.said || error.message}`,
      version === 'v2'
        ? 'Set soci to v1, which leaves the image as it is, or to off; soci-tag-suffix pushes the plain image first, whatever becomes of the other.'
        : 'Set soci to v2, which needs no referrers, or to off.',
    );
  }
}

function versionIn(manifest: Manifest): SociVersion | undefined {
  if (manifest.kind === 'opaque') return undefined;
  if (manifest.kind === 'image') return sociVersionOf(manifest.config.mediaType);
  return manifest.manifests.some(isSociDescriptor) ? 'v2' : undefined;
}
