import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { isTag, parseReference } from '../image/reference.ts';
import { fullName, imageName, type LayoutIndex, refName, repositoryKey } from '../store/layout-index.ts';

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

/**
 * What clients can ask for: `repository:tag` in the order of their bytes, then `image@digest` of what has no name.
 * A tag that is no repository's own is shown in `image`, though it is in any.
 */
export function referencesIn({ entries }: LayoutIndex): string[] {
  const named = new Map<string, Digest>();
  for (const entry of entries) {
    const name = nameIn(entry);
    if (name !== undefined) named.set(name, entry.digest);
  }
  const reached = new Set(named.values());
  const others = entries.filter(({ digest }) => !reached.has(digest)).map(({ digest }) => `image@${digest}`);
  return [...[...named.keys()].sort(), ...new Set(others)];
}

/** A name by which findTag finds the entry, unless another has a stronger claim. */
function nameIn({ annotations = {} }: Descriptor): string | undefined {
  const full = annotations[repositoryKey] === undefined ? fullName(annotations[imageName]) : undefined;
  if (full !== undefined) {
    const { repository, tag } = parseReference(full);
    if (tag !== undefined && `/${annotations[imageName]}`.endsWith(`/${repository}:${tag}`)) {
      return `${repository}:${tag}`;
    }
  }
  const name = `${annotations[repositoryKey] ?? 'image'}:${annotations[refName]}`;
  return isTag(annotations[refName] ?? '') && fullName(`localhost/${name}`) !== undefined ? name : undefined;
}
