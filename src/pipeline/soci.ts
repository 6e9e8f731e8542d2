import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { Digest } from '../content/image/digest.ts';
import type { ImageName } from '../content/image/name.ts';
import { formatReference, isTag } from '../content/image/reference.ts';
import type { SociVersion } from '../content/image/soci.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import { makeFolders } from '../content/store/folder.ts';
import { onDisk } from '../content/store/io-error.ts';
import type { Report } from '../facts/report.ts';
import type { SociFacts } from '../facts/soci.ts';
import { type IndexedImage, indexImage } from '../stages/soci/index-image.ts';
import type { KnownZtoc } from '../stages/soci/reuse.ts';
import type { Context } from './context.ts';
import { type Delivery, deliverTo } from './delivery.ts';
import { openKnown } from './known-images.ts';
import type { OpenImage } from './open.ts';
import { prefetchPatterns } from './prefetch.ts';
import { type Pushable, pushImage, type References } from './push.ts';

/** What is to be made. */
export interface SociPlan {
  readonly versions: ReadonlySet<SociVersion>;
  /** Stands behind the tags of the image that has the indexes; without it that image has the plain tags. */
  readonly suffix: string | undefined;
}

const versionsOf: Readonly<Record<'v1' | 'v2' | 'both', readonly SociVersion[]>> = {
  v1: ['v1'],
  v2: ['v2'],
  both: ['v1', 'v2'],
};

/** What the settings ask for; undefined for `off`. @throws PullBudgetError `conflicting-settings` */
export function planSoci(
  soci: NonNullable<Settings['soci']>,
  suffix: Settings['sociTagSuffix'],
): SociPlan | undefined {
  if (soci === 'off') return undefined;
  if (soci === 'v1' && suffix !== undefined) {
    throw inputError(
      'conflicting-settings',
      'soci-tag-suffix is set, and soci is v1, which makes no other image to put there',
      {
        hint: 'Leave soci-tag-suffix out: a v1 index stands beside the image as it is. Or set soci to v2 or both.',
      },
    );
  }
  return { versions: new Set(versionsOf[soci]), suffix };
}

/** The tag with the suffix. @throws PullBudgetError `bad-reference` where that is no tag */
export function suffixedTag(tag: string, suffix: string): string {
  if (isTag(tag + suffix)) return tag + suffix;
  throw inputError('bad-reference', `"${tag}${suffix}" is not a tag, which soci-tag-suffix asks for`, {
    hint: 'A tag has at most 128 letters, digits, _, . and -: choose a shorter suffix.',
  });
}

export interface IndexingRequest {
  readonly image: OpenImage;
  readonly plan: SociPlan;
  /** Images that may know layers of this one, beside the base image. */
  readonly known: readonly ImageName[];
  readonly settings: Settings;
  readonly options: RegistryOptions;
  readonly context: Context;
  /** zTOCs of layers of the image that are there already. */
  readonly made?: ReadonlyMap<Digest, KnownZtoc> | undefined;
  /** Adds what goes along with the image, whether it has indexes by then or not. */
  readonly attach?: <T extends Pushable>(image: T) => Promise<T>;
  /** Where the image goes, if its layers are to go there while they are indexed. */
  readonly delivery?: Delivery | undefined;
}

/**
 * Indexes an image and gives it to `use`; nothing that was made for it is left when that has ended.
 * @throws PullBudgetError what indexImage throws, `bad-access-trace`, what `use` throws
 */
export async function withIndexes<T>(
  { image, plan, known, made, settings, options, context, delivery }: IndexingRequest,
  use: (indexed: IndexedImage) => Promise<T>,
): Promise<T> {
  const { base, sociCache: cache } = settings;
  const prefetch = await prefetchPatterns(settings.prefetch);
  if (cache !== undefined) await onDisk(cache, () => makeFolders(cache));
  await using open = new AsyncDisposableStack();
  const indexed = await context.phase(`Index ${image.name}`, async () =>
    indexImage({
      source: image.source,
      descriptor: image.descriptor,
      versions: plan.versions,
      platforms: settings.platforms,
      spanBytes: settings.spanSize,
      minLayerBytes: settings.minLayerSize,
      prefetch,
      onUnindexable: settings.onUnindexable,
      ratioLimit: settings.unpackRatioLimit,
      known: await openKnown({ base, known, suffix: plan.suffix }, options, context, open),
      made,
      cache,
      deliver: delivery?.deliver,
      scratch: settings.scratch,
      progress: context.progress,
      signal: context.signal,
      notice: context.notice,
    }),
  );
  open.defer(() => indexed.close());
  return await use(indexed);
}

/** What a report says of it. */
interface SociReport extends Pick<Report, 'sociImage'> {
  readonly soci: SociFacts[];
}

/** What a push with indexes came to. */
interface IndexedPush extends SociReport {
  /** What the plain tags name. */
  readonly descriptor: Descriptor;
}

/**
 * Indexes the image and pushes it, its layers to the first repository while they are indexed. Where there is a suffix
 * the image as it was comes first: whatever ends a run in between, each tag names something whole, and the next run
 * does what is left.
 * @throws PullBudgetError `conflicting-settings`, what withIndexes and pushImage throw; no manifest is pushed before everything is indexed
 */
export async function pushIndexed(request: IndexingRequest, references: References): Promise<IndexedPush> {
  const { image, plan, settings, options, context, attach } = request;
  const { suffix } = plan;
  const [first, ...rest] = references;
  const suffixed = (one: References[0]): References[0] => ({
    ...one,
    tag: suffix === undefined ? one.tag : suffixedTag(one.tag, suffix),
  });
  const places: References = [suffixed(first), ...rest.map(suffixed)];
  if (suffix !== undefined) refuseOverlap(references, places, suffix);
  await using open = new AsyncDisposableStack();
  const registry = openRegistry(first, options);
  open.defer(() => registry.close());
  const delivery = deliverTo(registry, image.source);
  return withIndexes({ ...request, delivery }, (indexed) =>
    context.phase('Push', async () => {
      const push = async (what: Pushable, where: References) =>
        pushImage(attach ? await attach(what) : what, where, settings.platforms, options, context);
      const { delivered } = delivery;
      const plain = suffix === undefined ? undefined : await push({ ...image, delivered }, references);
      const made = await push({ ...indexed, delivered }, places);
      return { descriptor: plain ?? made, ...sociReport(indexed, made, places.map(formatReference)) };
    }),
  );
}

/** @throws PullBudgetError `conflicting-settings` where a tag is to name the plain image and the one with indexes */
function refuseOverlap(references: References, places: References, suffix: string): void {
  const plain = new Set(references.map(formatReference));
  const both = places.map(formatReference).find((place) => plain.has(place));
  if (both === undefined) return;
  throw inputError(
    'conflicting-settings',
    `${both} is one of the tags, and what soci-tag-suffix (${suffix}) makes of another`,
    { hint: 'Leave it out of the tags: the image with its index gets it.' },
  );
}

/** What was made, for a report; `descriptor`, named by `pushed`, is the image as it is where it was written. */
export function sociReport(
  { facts }: IndexedImage,
  descriptor: Descriptor,
  pushed: readonly string[],
): SociReport {
  const isConverted = facts.some(({ v2 }) => v2 !== undefined);
  return {
    soci: [...facts],
    ...(isConverted ? { sociImage: { digest: descriptor.digest, pushed: [...pushed] } } : {}),
  };
}
