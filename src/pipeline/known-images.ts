import { PullBudgetError } from '../content/error.ts';
import { isDigest } from '../content/image/digest.ts';
import { formatImageName, type ImageName } from '../content/image/name.ts';
import { isTag } from '../content/image/reference.ts';
import type { RegistryOptions } from '../content/registry/registry.ts';
import type { Context } from './context.ts';
import { type OpenImage, openImageIfThere } from './open.ts';

/** Names of images that may have SOCI indexes. */
interface KnownNames {
  /** Somebody named it for this. */
  readonly base: ImageName | undefined;
  /** Images of the same name as this one, earlier releases. */
  readonly known: readonly ImageName[];
  /** What stands behind the tags of `known` where the indexed image is published beside the plain one. */
  readonly suffix: string | undefined;
}

/** Where AWS keeps the indexes of its images. */
const usualSuffix = '-soci';

/** Those that are there, under their names and under those with a suffix; `open` closes them. */
export async function openKnown(
  { base, known, suffix = usualSuffix }: KnownNames,
  options: RegistryOptions,
  context: Context,
  open: AsyncDisposableStack,
): Promise<OpenImage[]> {
  const images = new Map<string, OpenImage>();
  const add = async (name: ImageName): Promise<boolean> => {
    const key = formatImageName(name);
    const image = images.get(key) ?? (await openQuietly(name, options, context));
    if (image === undefined) return false;
    if (!images.has(key)) open.defer(() => image.source.close());
    images.set(key, image);
    return true;
  };
  const both = async (name: ImageName, behind: string): Promise<boolean> => {
    const beside = withSuffix(name, behind);
    const isBeside = beside !== undefined && (await add(beside));
    return (await add(name)) || isBeside;
  };
  if (base && !(await both(base, usualSuffix)))
    context.notice(`No layer is known from the base image: ${formatImageName(base)} is not there.`);
  for (const name of known) await both(name, suffix);
  return [...images.values()];
}

/** Reuse saves time; what keeps it from being had is said, and fails nothing. */
async function openQuietly(
  name: ImageName,
  options: RegistryOptions,
  context: Context,
): Promise<OpenImage | undefined> {
  try {
    return await openImageIfThere(name, options);
  } catch (error) {
    if (!(error instanceof PullBudgetError) || context.signal.aborted) throw error;
    context.notice(`No SOCI index is looked for in ${formatImageName(name)}: ${error.message}.`);
    return undefined;
  }
}

/** The name with a suffix behind its tag; undefined where it has none. */
function withSuffix(name: ImageName, suffix: string): ImageName | undefined {
  const suffixed = (tag: string | undefined): string | undefined =>
    tag === undefined || isDigest(tag) || !isTag(tag + suffix) ? undefined : tag + suffix;
  switch (name.transport) {
    case 'docker': {
      const { digest, host, repository } = name.reference;
      const tag = suffixed(name.reference.tag ?? (digest === undefined ? 'latest' : undefined));
      return tag === undefined ? undefined : { transport: 'docker', reference: { host, repository, tag } };
    }
    case 'oci':
    case 'oci-archive': {
      const target = suffixed(name.target);
      return target === undefined ? undefined : { ...name, target };
    }
    default:
      return undefined;
  }
}
