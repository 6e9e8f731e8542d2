import { layerPlanTypes } from '../../content/image/layer-plan.ts';
import type { Manifest } from '../../content/image/manifest.ts';
import { RegistryFailure } from '../../content/registry/failure.ts';

/** Whether it is a cache: layer plans save the next release reading, and it does without. */
export function nothingDependsOn(manifest: Manifest): boolean {
  return manifest.kind === 'image' && manifest.config.mediaType === layerPlanTypes.plan;
}

/** What is said of a registry that does not want it; undefined where it failed for another reason. */
export function refusalOf(error: unknown, location: string): string | undefined {
  if (!(error instanceof RegistryFailure) || error.kind !== 'input') return undefined;
  return `${location} does not take the layer plan of the image, so that the next release may have to read all of its layers: ${error.said || error.message}`;
}
