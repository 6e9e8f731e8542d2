import { PullBudgetError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, isDigest } from '../../content/image/digest.ts';
import type { ImageManifest } from '../../content/image/manifest.ts';
import { formatPlatform, type Platform, platformMatches } from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import { type PlatformImage, readPlatforms } from '../../content/store/platforms.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { plain } from '../../facts/plain.ts';
import { type BaseImage, isBuiltOn } from './base.ts';
import type { Baseline } from './baseline.ts';
import { orAfresh } from './held.ts';
import type { PlatformInput } from './relayer-platform.ts';

export interface NamedImage {
  readonly name: string;
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
}

/** Finds the image that an annotation says an image was built on: `name` is whatever stands there. */
export type FindBase = (name: string, digest: Digest) => Promise<NamedImage>;

/** What one platform's image is looked at with. */
export interface Surroundings {
  readonly source: ImageSource;
  readonly baseline: NamedImage | undefined;
  readonly base: NamedImage | undefined;
  readonly findBase: FindBase | undefined;
  notice(line: string): void;
}

/**
 * One platform's image with the same platform's of baseline and base, as far as they have it. A base that only an
 * annotation names may be gone, or be another, and a baseline may be no image: that is a notice.
 * @throws PullBudgetError what readPlatforms and the sources throw, of the baseline's if of the kind `infrastructure`
 */
export async function platformInput(image: PlatformImage, around: Surroundings): Promise<PlatformInput> {
  const { source, baseline, base, notice } = around;
  const { manifest, config, platform } = image;
  const before = baseline && (await orAfresh(() => heldBefore(baseline, platform, notice), notice));
  return {
    source,
    manifest,
    config,
    platform,
    layers: layersOf(image),
    base: base ? await namedBase(base, platform, notice) : await annotatedBase(image, around),
    baseline: before,
  };
}

/** Undefined where there is none for the platform. */
async function heldBefore(
  baseline: NamedImage,
  platform: Platform,
  notice: (line: string) => void,
): Promise<Baseline | undefined> {
  const { source } = baseline;
  const image = await imageFor(baseline, platform);
  if (image) return { source, manifest: image.manifest, config: image.config, layers: layersOf(image) };
  notice(`${baseline.name} is not for ${formatPlatform(platform)}: that platform is re-laid afresh.`);
  return undefined;
}

async function namedBase(
  base: NamedImage,
  platform: Platform,
  notice: (line: string) => void,
): Promise<BaseImage | undefined> {
  const found = await imageFor(base, platform);
  if (found) return { name: base.name, diffIds: found.config.diffIds };
  notice(`${base.name} is not for ${formatPlatform(platform)}: what that platform's base is, is guessed.`);
  return undefined;
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
const baseAnnotations = {
  name: 'org.opencontainers.image.base.name',
  digest: 'org.opencontainers.image.base.digest',
} as const;

/** What the image's annotations say of its base. They may say anything: it counts where it fits. */
async function annotatedBase(
  { manifest, config, platform }: PlatformImage,
  { findBase, notice }: Surroundings,
): Promise<BaseImage | undefined> {
  const claim = claimedBase(manifest);
  if (claim === undefined || findBase === undefined) return undefined;
  const shown = `${plain(claim.name, 200)}@${claim.digest}`;
  const unused = (why: string): undefined =>
    notice(`The base that the image's annotations name, ${shown}, is not used: ${why}.`) as undefined;
  try {
    const found = await imageFor(await findBase(claim.name, claim.digest), platform);
    if (found === undefined) return unused(`it is not for ${formatPlatform(platform)}`);
    const base = { name: shown, diffIds: found.config.diffIds };
    return isBuiltOn(config.diffIds, base) ? base : unused('the image is not built on it');
  } catch (error) {
    if (!(error instanceof PullBudgetError)) throw error;
    return unused(error.message);
  }
}

function claimedBase({ annotations }: ImageManifest): { name: string; digest: Digest } | undefined {
  const { [baseAnnotations.name]: name = '', [baseAnnotations.digest]: digest = '' } = annotations;
  return name !== '' && isDigest(digest) ? { name, digest } : undefined;
}

async function imageFor(
  { source, descriptor }: NamedImage,
  platform: Platform,
): Promise<PlatformImage | undefined> {
  const top = await source.readManifest(descriptor);
  const { images } = await readPlatforms(source, top, [platform]);
  return images.find((one) => platformMatches(one.platform, platform));
}

function layersOf({ manifest, config }: PlatformImage): Layer[] {
  return manifest.layers.map((descriptor, at) => ({ descriptor, diffId: config.diffIds[at] as Digest }));
}
