import { PullBudgetError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, shortDigest } from '../../content/image/digest.ts';
import { layerPlanTypes } from '../../content/image/layer-plan.ts';
import { isSociIndexType } from '../../content/image/soci.ts';
import type { ImageSource } from '../../content/store/store.ts';

/**
 * Signatures, attestations and the like that refer to an image from outside stay with it when it gets another digest:
 * what the user should know of that. What is made anew for the re-laid image is not worth a word. A store that cannot
 * tell is none either: nothing depends on it.
 */
export async function referrersLeft(source: ImageSource, images: readonly Digest[]): Promise<string[]> {
  const lines: string[] = [];
  for (const image of new Set(images)) {
    const left = (await referrersOf(source, image)).filter(
      ({ artifactType = '' }) => !isMadeAnew(artifactType),
    );
    if (left.length === 0) continue;
    const what = left.length === 1 ? '1 artifact that refers' : `${left.length} artifacts that refer`;
    lines.push(
      `${what} to ${shortDigest(image)} (signatures, attestations, bills of material) ` +
        `${left.length === 1 ? 'stays' : 'stay'} with the image as it was built. Sign and attest the re-laid image.`,
    );
  }
  return lines;
}

function isMadeAnew(artifactType: string): boolean {
  return artifactType === layerPlanTypes.plan || isSociIndexType(artifactType);
}

async function referrersOf(source: ImageSource, image: Digest): Promise<readonly Descriptor[]> {
  try {
    return await source.referrers(image);
  } catch (error) {
    if (error instanceof PullBudgetError) return [];
    throw error;
  }
}
