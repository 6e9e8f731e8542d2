import { inputError } from '../../content/error.ts';
import { type Descriptor, describeBytes } from '../../content/image/descriptor.ts';
import { type ImageIndex, type Manifest, parseJson, parseManifest } from '../../content/image/manifest.ts';
import { isImageConfigType, isImageManifestType, isIndexType } from '../../content/image/media-type.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  type Platform,
  platformMatches,
} from '../../content/image/platform.ts';
import { sociAnnotations } from '../../content/image/soci.ts';
import { readConfig } from '../../content/store/read-config.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { isSociDescriptor } from './soci.ts';

interface Candidate {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
}

/**
 * The part of an image that is for `platforms`. One platform's manifest stands alone, as skopeo and crane
 * have it, unless it has a SOCI index, which it names and which only an index keeps beside it (`keepsIndexes`: where
 * that can be). Several need an index that names only them, their attestations and SOCI indexes, which is a new one,
 * with another digest: nothing can be taken out of an index without changing it. An image that is for nothing
 * else is returned as it is.
 * @throws PullBudgetError `no-platform`
 */
export async function selectPlatforms(
  source: ImageSource,
  top: Manifest,
  platforms: readonly Platform[],
  keepsIndexes = true,
): Promise<Manifest> {
  if (top.kind === 'opaque') return top;
  const here = await candidates(source, top);
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
  here: readonly Candidate[],
  platform: Platform,
  top: Manifest,
  source: ImageSource,
): Descriptor {
  const found = here.find((candidate) => platformMatches(candidate.platform, platform));
  if (found) return found.descriptor;
  const there = here.map((candidate) => formatPlatform(candidate.platform)).join(', ');
  throw inputError(
    'no-platform',
    `${source.location}: ${top.descriptor.digest} is not for ${formatPlatform(platform)}`,
    { hint: there === '' ? 'It says of no platform that it is for it.' : `It is for ${there}.` },
  );
}

/** The images that a manifest leads to, with what each is for. */
async function candidates(source: ImageSource, manifest: Manifest): Promise<Candidate[]> {
  switch (manifest.kind) {
    case 'opaque':
      return [];
    case 'image': {
      if (!isImageConfigType(manifest.config.mediaType)) return [];
      const config = await readConfig(source, manifest);
      return [{ descriptor: manifest.descriptor, platform: config.platform }];
    }
    case 'index': {
      const all: Candidate[] = [];
      for (const child of manifest.manifests) all.push(...(await candidatesOf(source, child)));
      return all;
    }
  }
}

async function candidatesOf(source: ImageSource, child: Descriptor): Promise<Candidate[]> {
  if (isIndexType(child.mediaType)) return candidates(source, await source.readManifest(child));
  if (!isImageManifestType(child.mediaType) || isSociDescriptor(child)) return [];
  if (child.platform === undefined) return candidates(source, await source.readManifest(child));
  return isUnknownPlatform(child.platform) ? [] : [{ descriptor: child, platform: child.platform }];
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
