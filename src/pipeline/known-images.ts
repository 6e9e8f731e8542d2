import { PullBudgetError } from '../content/error.ts';
import { formatImageName, type ImageName, retag } from '../content/image/name.ts';
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
  const found = new Map<string, OpenImage | 'absent' | 'unknown'>();
  const ofBase = base === undefined ? [] : withBeside(base, usualSuffix);
  for (const name of [...ofBase, ...known.flatMap((one) => withBeside(one, suffix))]) {
    const key = formatImageName(name);
    if (found.has(key)) continue;
    const image = await openQuietly(name, options, context);
    if (typeof image !== 'string') open.defer(() => image.source.close());
    found.set(key, image);
  }
  if (base && ofBase.every((name) => found.get(formatImageName(name)) === 'absent')) {
    context.notice(`No layer is known from the base image: ${formatImageName(base)} is not there.`);
  }
  return [...found.values()].filter((image) => typeof image !== 'string');
}

/** The name, after the one with the suffix behind its tag: what is beside an image has an index more often. */
function withBeside(name: ImageName, suffix: string): ImageName[] {
  const beside = retag(name, (tag) => (isTag(tag + suffix) ? tag + suffix : undefined));
  return beside === undefined ? [name] : [beside, name];
}

/** Reuse saves time; what keeps it from being had is said, and fails nothing. */
async function openQuietly(
  name: ImageName,
  options: RegistryOptions,
  context: Context,
): Promise<OpenImage | 'absent' | 'unknown'> {
  try {
    return (await openImageIfThere(name, options)) ?? 'absent';
  } catch (error) {
    if (!(error instanceof PullBudgetError) || context.signal.aborted) throw error;
    context.notice(`No SOCI index is looked for in ${formatImageName(name)}: ${error.message}.`);
    return 'unknown';
  }
}
