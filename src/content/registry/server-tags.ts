import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { isTag } from '../image/reference.ts';
import { imageName, type LayoutIndex, refName, repositoryKey } from '../store/layout-index.ts';

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

/** Gives a tag in a repository to a manifest and takes it from any other there. An entry without a tag stays beside it. */
export function withTagIn(
  index: LayoutIndex,
  { mediaType, digest, size }: Descriptor,
  repository: string,
  tag: string,
): LayoutIndex {
  const others = index.entries.filter(
    (entry) => !(isTagged(entry, tag) && entry.annotations?.[repositoryKey] === repository),
  );
  const annotations = { [refName]: tag, [repositoryKey]: repository };
  return { ...index, entries: [...others, { mediaType, digest, size, annotations }] };
}

/** The entry of a manifest, for the media type that its bytes may not tell. */
export function findDigest(index: LayoutIndex, digest: Digest): Descriptor | undefined {
  return index.entries.find((entry) => entry.digest === digest);
}
