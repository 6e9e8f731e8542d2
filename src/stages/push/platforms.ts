import { type Descriptor, describeBytes } from '../../content/image/descriptor.ts';
import { type ImageIndex, type Manifest, parseJson, parseManifest } from '../../content/image/manifest.ts';
import { type Platform, platformMatches } from '../../content/image/platform.ts';
import { sociAnnotations } from '../../content/image/soci.ts';
import { nameOf, noPlatform, type PlatformEntry, platformEntries } from '../../content/store/platforms.ts';
import type { ImageSource } from '../../content/store/store.ts';

/**
 * The part of an image that is for `platforms`. One platform's manifest stands alone, as skopeo and crane
 * have it, unless it has a SOCI index, which it names and which only an index keeps beside it (`keepsIndexes`: where
 * that can be). Several need an index that names only them, their attestations and SOCI indexes, which is a new one,
 * with another digest: nothing can be taken out of an index without changing it. An image that is for nothing
 * else is returned as it is.
 * @throws PullBudgetError `no-platform`, and what platformEntries throws
 */
export async function selectPlatforms(
  source: ImageSource,
  top: Manifest,
  platforms: readonly Platform[],
  keepsIndexes = true,
): Promise<Manifest> {
  if (top.kind === 'opaque') return top;
  const here = await platformEntries(source, top);
  const chosen = platforms.map((platform) => choose(here, platform, top, source));
  if (top.kind !== 'index') return top;
  const [only] = chosen;
  const isOne = only !== undefined && chosen.every((descriptor) => descriptor.digest === only.digest);
  if (isOne && !(keepsIndexes && top.manifests.some((entry) => isSociIndexOf(entry, only))))
    return source.readManifest(only);
  return cut(top, chosen);
}

const isSociIndexOf = (entry: Descriptor, image: Descriptor): boolean =>
  entry.annotations?.[sociAnnotations.imageDigest] === image.digest;

function choose(
  here: readonly PlatformEntry[],
  platform: Platform,
  top: Manifest,
  source: ImageSource,
): Descriptor {
  const found = here.find((entry) => platformMatches(entry.platform, platform));
  if (found) return found.descriptor;
  const there = here.map((entry) => entry.platform);
  throw noPlatform(platform, there, nameOf(source, top));
}

/** The index with only these images and what its entries say is about them. */
function cut(index: ImageIndex, chosen: readonly Descriptor[]): Manifest {
  const digests = new Set<string>(chosen.map((descriptor) => descriptor.digest));
  const about = index.manifests.filter(({ annotations = {} }) =>
    [annotations['vnd.docker.reference.digest'], annotations[sociAnnotations.imageDigest]].some(
      (image) => image !== undefined && digests.has(image),
    ),
  );
  const kept = index.manifests.filter((entry) => digests.has(entry.digest) || about.includes(entry));
  const nested = chosen.filter((descriptor) => !kept.some((entry) => entry.digest === descriptor.digest));
  if (nested.length === 0 && kept.length === index.manifests.length) return index;
  const json = { ...parseJson(index.raw, index.descriptor.digest), manifests: [...kept, ...nested] };
  const raw = Buffer.from(JSON.stringify(json));
  const descriptor = describeBytes(index.descriptor.mediaType, raw);
  return parseManifest(raw, { descriptor }, `the part of ${index.descriptor.digest}`);
}
