import { inputError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';

/** What an image was built on. */
export interface BaseImage {
  readonly name: string;
  readonly diffIds: readonly Digest[];
}

export interface BaseInput {
  /** Of the image that is to be re-laid, lowest first. */
  readonly image: readonly Digest[];
  /** Where it is known: named, or told by the image's annotations. */
  readonly base?: BaseImage | undefined;
  /** Of the previous release as it was re-laid. */
  readonly baseline?: readonly Digest[] | undefined;
  /** What the image may have in the end. */
  readonly maxLayers: number;
  /** How many of its lowest layers hold nothing that is to be purged. */
  readonly clean: number;
  /** Nothing is kept: the base is re-laid too. */
  readonly flatten: boolean;
}

/**
 * How many of the image's lowest layers stay as they are, so that other images on a node share them: those of the base
 * image; else those that the baseline begins with too; else the lowest, which is what images are built on. What is a
 * guess leaves room: a baseline that was never re-laid may have all layers but the last. Above it the plan may still
 * carry over what the baseline has. Nor does it reach up to what is to be purged: layers of the base stay as they are.
 * @throws PullBudgetError `base-mismatch` where the image was not built on the named base
 */
export function countBaseLayers({ image, base, baseline, maxLayers, clean, flatten }: BaseInput): number {
  if (flatten) return 0;
  if (base) {
    if (isBuiltOn(image, base)) return base.diffIds.length;
    const shared = commonPrefix(image, base.diffIds);
    throw inputError('base-mismatch', `the image is not built on ${base.name}: layer ${shared + 1} differs`, {
      hint: 'Name the very image that the build began with, by its digest; or leave base out.',
    });
  }
  const shared = Math.min(commonPrefix(image, baseline ?? []), Math.floor(maxLayers * mostGuessed), clean);
  return Math.max(shared, Math.min(1, image.length));
}

/** Of the layers that there may be: base images have some ten at most. */
const mostGuessed = 0.5;

export function isBuiltOn(image: readonly Digest[], { diffIds }: BaseImage): boolean {
  return commonPrefix(image, diffIds) === diffIds.length;
}

export function commonPrefix(a: readonly string[], b: readonly string[]): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) if (a[at] !== b[at]) return at;
  return end;
}
