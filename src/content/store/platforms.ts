import { inputError } from '../error.ts';
import type { ImageConfig } from '../image/config.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { ImageIndex, ImageManifest, Manifest } from '../image/manifest.ts';
import { isImageConfigType, isIndexType, isManifestType } from '../image/media-type.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  type Platform,
  platformMatches,
} from '../image/platform.ts';
import { sociAnnotations } from '../image/soci.ts';
import { readConfig } from './read-config.ts';
import type { ImageSource } from './store.ts';

/** The image of one platform. */
export interface PlatformImage {
  readonly manifest: ImageManifest;
  /** It has a diffID for each layer of the manifest. */
  readonly config: ImageConfig;
  /** As the index around it says, if one does, else as the config does; in the normal form. */
  readonly platform: Platform;
}

/** What an image is or leads to, in the order of its index. */
export interface PlatformImages {
  readonly top: Manifest;
  readonly images: readonly PlatformImage[];
  /** Platforms that nobody asked for. */
  readonly left: readonly Platform[];
  /** Attestations, SOCI indexes and other artifacts. */
  readonly beside: readonly Descriptor[];
}

/**
 * The images that `top` is or leads to, of the platforms in `wanted`, of all where that is empty. Nothing is read of
 * those that their index says are for others: they need not be there. One that stands in the index for two platforms
 * comes twice. `where`: what messages call `top`.
 * @throws PullBudgetError `not-an-image`, `nested-index`, `unknown-media-type`, what readConfig and the source throw
 */
export async function readPlatforms(
  source: ImageSource,
  top: Manifest,
  wanted: readonly Platform[],
  where = nameOf(source, top),
): Promise<PlatformImages> {
  if (top.kind === 'opaque') {
    const { mediaType } = top.descriptor;
    throw inputError('unknown-media-type', `${where} is a ${mediaType}, which is no container image`, {
      hint: 'Only OCI and Docker images are understood; copy passes others through.',
    });
  }
  const [images, left, beside]: [PlatformImage[], Platform[], Descriptor[]] = [[], [], []];
  for await (const part of partsOf(source, top, { wanted, where, depth: 0 })) {
    if (part.kind === 'left') left.push(part.platform);
    else if (part.kind === 'beside') beside.push(part.descriptor);
    else {
      const manifest = await imageOf(source, part);
      const image = manifest && (await withConfig(source, manifest, part.given));
      if (!image) beside.push(part.descriptor);
      else if (isAmong(image.platform, wanted)) images.push(image);
      else left.push(image.platform);
    }
  }
  if (images.length + left.length > 0) return { top, images, left, beside };
  throw inputError('not-an-image', `${where} holds no container image`, {
    hint: 'It is an artifact, or an index of artifacts; name the image itself.',
  });
}

/** The manifests of the images that `readPlatforms` would read, as far as they are known without a config. */
export async function* imageManifests(
  source: ImageSource,
  top: Manifest,
  wanted: readonly Platform[],
): AsyncGenerator<ImageManifest> {
  for await (const part of partsOf(source, top, { wanted, where: nameOf(source, top), depth: 0 })) {
    const manifest = part.kind === 'candidate' ? await imageOf(source, part) : undefined;
    if (manifest) yield manifest;
  }
}

/** An entry of an index, or the image itself, and what it is for. */
export interface PlatformEntry {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
}

/**
 * The images that `top` leads to, through indexes in it too. Nothing is read of those whose index says what they are for.
 * @throws PullBudgetError `nested-index` where they are in each other more than four times, what readConfig and the
 * source throw
 */
export async function platformEntries(source: ImageSource, top: Manifest): Promise<PlatformEntry[]> {
  const entries: PlatformEntry[] = [];
  for await (const part of partsOf(source, top, {
    wanted: [],
    where: nameOf(source, top),
    depth: mostDepth,
  })) {
    if (part.kind !== 'candidate') continue;
    const { descriptor, given } = part;
    const manifest = given === undefined ? await imageOf(source, part) : undefined;
    const platform = given ?? (manifest && (await withConfig(source, manifest, given)).platform);
    if (platform) entries.push({ descriptor, platform });
  }
  return entries;
}

/** @throws PullBudgetError `no-platform` where one of those that are wanted is not there */
export function refuseMissing(
  { images, left }: PlatformImages,
  wanted: readonly Platform[],
  where: string,
): void {
  const there = images.map(({ platform }) => platform);
  const missing = wanted.find((one) => !there.some((platform) => platformMatches(platform, one)));
  if (missing) throw noPlatform(missing, [...there, ...left], where);
}

/** `no-platform`. `there`: what `where` has. */
export function noPlatform(missing: Platform, there: readonly Platform[], where: string): Error {
  const names = [...new Set(there.map((platform) => formatPlatform(normalisePlatform(platform))))];
  const listed = names.length > mostNames ? [...names.slice(0, mostNames), 'and others'] : names;
  return inputError('no-platform', `${where} has no image for ${formatPlatform(missing)}`, {
    hint:
      listed.length === 0
        ? 'It says of no platform that it is for it: leave platforms out.'
        : `Set platforms to what the image has: ${listed.join(', ')}, or leave it out.`,
  });
}

/** For messages: where it is, and its digest. */
export function nameOf(source: ImageSource, { descriptor }: Manifest): string {
  return `${source.location}: ${descriptor.digest}`;
}

const mostNames = 20;
/** Two levels are seen in the wild. */
const mostDepth = 4;

/** Something that a manifest leads to, itself unread but for a `manifest`. */
type Part =
  /** An image by its descriptor, which says of some what they are for (`given`). */
  | {
      readonly kind: 'candidate';
      readonly descriptor: Descriptor;
      readonly given?: Platform;
      readonly manifest?: ImageManifest;
    }
  /** Of a platform that is not wanted. */
  | { readonly kind: 'left'; readonly platform: Platform }
  | { readonly kind: 'beside'; readonly descriptor: Descriptor };

interface Walk {
  readonly wanted: readonly Platform[];
  /** For messages. */
  readonly where: string;
  /** So many levels of indexes in indexes are followed, and none below them. */
  readonly depth: number;
}

async function* partsOf(source: ImageSource, top: Manifest, walk: Walk): AsyncGenerator<Part> {
  const { descriptor } = top;
  if (top.kind === 'image') yield { kind: 'candidate', descriptor, manifest: top };
  else if (top.kind === 'opaque') yield { kind: 'beside', descriptor };
  else for (const child of distinct(top)) yield* partsOfChild(source, child, walk);
}

async function* partsOfChild(source: ImageSource, child: Descriptor, walk: Walk): AsyncGenerator<Part> {
  const given = child.platform && normalisePlatform(child.platform);
  if (isNoImage(child)) yield { kind: 'beside', descriptor: child };
  else if (given && !isAmong(given, walk.wanted)) yield { kind: 'left', platform: given };
  else if (!isIndexType(child.mediaType)) {
    yield { kind: 'candidate', descriptor: child, ...(given && { given }) };
  } else if (walk.depth > 0) {
    yield* partsOf(source, await source.readManifest(child), { ...walk, depth: walk.depth - 1 });
  } else {
    throw inputError('nested-index', `${walk.where} is an index that holds another index, ${child.digest}`, {
      hint: 'Only the images of one index of platforms are looked at: name the inner one, or build one index.',
    });
  }
}

/** Each image once for each platform that it is said to be for. */
function* distinct({ manifests }: ImageIndex): Iterable<Descriptor> {
  const seen = new Set<string>();
  for (const child of manifests) {
    const platform = child.platform ? formatPlatform(normalisePlatform(child.platform)) : '';
    const key = `${child.digest} ${platform}`;
    if (!seen.has(key)) yield child;
    seen.add(key);
  }
}

/** Whether a descriptor says itself that it is no container image. */
function isNoImage({ mediaType, artifactType, annotations = {}, platform }: Descriptor): boolean {
  if (!isManifestType(mediaType)) return true;
  // Lists of referrers name an image's config as its type.
  if (artifactType && !isImageConfigType(artifactType)) return true;
  if (platform && isUnknownPlatform(platform)) return true;
  return ['vnd.docker.reference.type', sociAnnotations.imageDigest].some(
    (name) => annotations[name] !== undefined,
  );
}

/** The manifest of a container image; undefined where it turns out to be another thing's. */
async function imageOf(
  source: ImageSource,
  { manifest, descriptor }: Extract<Part, { kind: 'candidate' }>,
): Promise<ImageManifest | undefined> {
  const read = manifest ?? (await source.readManifest(descriptor));
  return read.kind === 'image' && isImageConfigType(read.config.mediaType) ? read : undefined;
}

async function withConfig(
  source: ImageSource,
  manifest: ImageManifest,
  given: Platform | undefined,
): Promise<PlatformImage> {
  const config = await readConfig(source, manifest);
  return { manifest, config, platform: normalisePlatform(given ?? config.platform) };
}

/** Where no platform is asked for, all are. */
function isAmong(platform: Platform, wanted: readonly Platform[]): boolean {
  return wanted.length === 0 || wanted.some((one) => platformMatches(platform, one));
}
