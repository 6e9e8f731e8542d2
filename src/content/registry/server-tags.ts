import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { isTag } from '../image/reference.ts';
import { imageName, type LayoutIndex, refName } from '../store/layout-index.ts';

/**
 * Which repository a tag was pushed to. A layout knows no repositories: what other tools tagged in it is seen in
 * all of them, and they see this tag by its ref.name as any other. containerd's image name could not say this, for
 * builders write theirs (`docker.io/library/app:1`) beside tags that are meant for any name.
 */
export const repositoryKey = 'dev.pull-budget.repository';

/** Whether an entry bears a tag in a repository, from the strongest claim to the weakest. */
const claims: readonly ((entry: Descriptor, repository: string, tag: string) => boolean)[] = [
  (entry, repository, tag) => isTagged(entry, tag) && entry.annotations?.[repositoryKey] === repository,
  (entry, repository, tag) =>
    isShared(entry) && `/${entry.annotations?.[imageName]}`.endsWith(`/${repository}:${tag}`),
  (entry, _, tag) => isShared(entry) && isTagged(entry, tag),
];

const isTagged = (entry: Descriptor, tag: string) => entry.annotations?.[refName] === tag;
const isShared = (entry: Descriptor) => entry.annotations?.[repositoryKey] === undefined;

/** The manifest that a tag means in a repository. */
export function findTag(index: LayoutIndex, repository: string, tag: string): Descriptor | undefined {
  for (const claim of claims) {
    const found = index.entries.find((entry) => claim(entry, repository, tag));
    if (found) return found;
  }
  return undefined;
}

/** Tags in a repository, in the order of their bytes. */
export function tagsIn(index: LayoutIndex, repository: string): string[] {
  const tags = index.entries
    .filter((entry) => isShared(entry) || entry.annotations?.[repositoryKey] === repository)
    .map((entry) => entry.annotations?.[refName] ?? '');
  return [...new Set(tags.filter(isTag))].sort();
}

/** Gives a tag in a repository to a manifest and takes it from any other there. */
export function withTagIn(
  index: LayoutIndex,
  { mediaType, digest, size }: Descriptor,
  repository: string,
  tag: string,
): LayoutIndex {
  const others = index.entries.filter(
    (entry) => !(isTagged(entry, tag) && entry.annotations?.[repositoryKey] === repository),
  );
  const nameless = others.findIndex((entry) => entry.digest === digest && isNameless(entry));
  const base = others[nameless] ?? { mediaType, digest, size };
  const entry = {
    ...base,
    annotations: { ...base.annotations, [refName]: tag, [repositoryKey]: repository },
  };
  return { ...index, entries: nameless < 0 ? [...others, entry] : others.with(nameless, entry) };
}

const isNameless = (entry: Descriptor) =>
  entry.annotations?.[refName] === undefined && entry.annotations?.[imageName] === undefined;

/** The entry of a manifest, for the media type that its bytes may not tell. */
export function findDigest(index: LayoutIndex, digest: Digest): Descriptor | undefined {
  return index.entries.find((entry) => entry.digest === digest);
}
