import { hasCode } from '../content/error.ts';
import { formatImageName, type ImageName } from '../content/image/name.ts';
import type { Reference } from '../content/image/reference.ts';
import type { RegistryOptions } from '../content/registry/registry.ts';
import { type OpenImage, openImageIfThere } from './open.ts';

/** Where the release before may be found. */
export interface BaselineNames {
  /** As somebody set it. */
  readonly named: ImageName | undefined;
  /** Looked for where nobody named one. */
  readonly usual: ImageName | undefined;
}

export interface FoundBaseline {
  readonly image: OpenImage | undefined;
  /** Why there is none, where one was looked for. */
  readonly missing: string | undefined;
}

/**
 * Opens the release before; the caller closes it. One that nobody named may also be kept from us: of what is not there
 * some registries say that it is forbidden.
 * @throws PullBudgetError what openImageIfThere throws, of a usual one `unauthorized` and `denied` excepted
 */
export async function openBaseline(
  { named, usual }: BaselineNames,
  options: RegistryOptions,
): Promise<FoundBaseline> {
  const name = named ?? usual;
  if (name === undefined) return { image: undefined, missing: undefined };
  try {
    const image = await openImageIfThere(name, options);
    return { image, missing: image ? undefined : `${formatImageName(name)} is not there` };
  } catch (error) {
    if (named !== undefined || !(hasCode(error, 'unauthorized') || hasCode(error, 'denied'))) throw error;
    return { image: undefined, missing: `${formatImageName(name)} is not there, or not to be read` };
  }
}

/** What stands under `latest` in the repository that an image goes to. */
export function latestBeside({ host, repository }: Reference): ImageName {
  return { transport: 'docker', reference: { host, repository, tag: 'latest' } };
}
