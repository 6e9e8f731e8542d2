import { inputError } from '../error.ts';
import { type Descriptor, type JsonObject, parseDescriptor } from '../image/descriptor.ts';
import { type Digest, isDigest } from '../image/digest.ts';
import { parseJson } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-type.ts';
import { formatReference, parseReference } from '../image/reference.ts';

/**
 * The index.json of an OCI image layout, as pure functions.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file
 */
export interface LayoutIndex {
  /** As parsed: fields that nothing here names survive. */
  readonly json: JsonObject;
  readonly entries: readonly Descriptor[];
}

export const layoutVersion = { imageLayoutVersion: '1.0.0' } as const;
export const refName = 'org.opencontainers.image.ref.name';
/** The full name, as containerd and docker write it beside the tag. */
export const imageName = 'io.containerd.image.name';
/**
 * The repository of the embedded registry that the tag was pushed to. A layout knows no repositories: what other tools
 * tagged in it is seen in all of them, and they see this tag by its ref.name as any other. containerd's image name
 * could not say this, for builders write theirs (`docker.io/library/app:1`) beside tags that are meant for any name.
 */
export const repositoryKey = 'dev.pull-budget.repository';

export const emptyIndex: LayoutIndex = {
  json: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
  entries: [],
};

/** @throws PullBudgetError `unsupported-layout` */
export function checkLayoutVersion(raw: Uint8Array, where: string): void {
  const version = parseJson(raw, `${where}: oci-layout`).imageLayoutVersion;
  if (version === layoutVersion.imageLayoutVersion) return;
  throw inputError(
    'unsupported-layout',
    `${where} is an image layout of version ${JSON.stringify(version)}`,
    {
      hint: `Only version ${layoutVersion.imageLayoutVersion} exists today; write the layout again with a current tool.`,
    },
  );
}

/** @throws PullBudgetError `bad-manifest`, `bad-descriptor`, `bad-digest` */
export function parseLayoutIndex(raw: Uint8Array, where: string): LayoutIndex {
  const json = parseJson(raw, `${where}: index.json`);
  if (!Array.isArray(json.manifests)) {
    throw inputError('bad-manifest', `${where}: index.json has no list of manifests`, {
      hint: 'The layout is damaged; write it again.',
    });
  }
  const entries = json.manifests.map((entry, at) =>
    parseDescriptor(entry, `${where}: index.json: manifests[${at}]`),
  );
  return { json, entries };
}

export function formatLayoutIndex({ json, entries }: LayoutIndex): Uint8Array {
  return Buffer.from(JSON.stringify({ ...json, manifests: entries }));
}

/** Adds an entry without a tag, unless the manifest has one, with a tag or without. */
export function withEntry(index: LayoutIndex, descriptor: Descriptor): LayoutIndex {
  if (index.entries.some((entry) => entry.digest === descriptor.digest)) return index;
  return { ...index, entries: [...index.entries, unnamed(descriptor)] };
}

/** Adds an entry without a tag beside any with one: a referrer has to be found also when its tag moves on. */
export function withUntagged(index: LayoutIndex, descriptor: Descriptor): LayoutIndex {
  const isThere = index.entries.some(
    (entry) => entry.digest === descriptor.digest && nameOf(entry) === undefined,
  );
  return isThere ? index : { ...index, entries: [...index.entries, unnamed(descriptor)] };
}

/** Gives a tag to a manifest and takes it from any other. `name` is the full name where the store keeps those. */
export function withTag(index: LayoutIndex, descriptor: Descriptor, tag: string, name?: string): LayoutIndex {
  const sameName = (entry: Descriptor): boolean =>
    name === undefined ? hasTag(entry, tag) : entry.annotations?.[imageName] === name;
  const base = unnamed(descriptor);
  const names = { [refName]: tag, ...(name === undefined ? {} : { [imageName]: name }) };
  const entry = { ...base, annotations: { ...base.annotations, ...names } };
  return { ...index, entries: [...index.entries.filter((other) => !sameName(other)), entry] };
}

/** Tags that were pushed to one repository of a served layout are that repository's. */
function hasTag(entry: Descriptor, tag: string): boolean {
  return entry.annotations?.[refName] === tag && entry.annotations[repositoryKey] === undefined;
}

/** The descriptor without what it was called in the store that it comes from. */
function unnamed(descriptor: Descriptor): Descriptor {
  const { annotations, ...rest } = descriptor;
  const { [refName]: _tag, [imageName]: _name, [repositoryKey]: _repository, ...kept } = annotations ?? {};
  return Object.keys(kept).length === 0 ? rest : { ...rest, annotations: kept };
}

/** What an entry is called: its tag, else its full name. */
export function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[refName] ?? entry.annotations?.[imageName];
}

/** What an entry is called where several repositories share a store: its full name, else its tag. */
export function nameOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[imageName] ?? entry.annotations?.[refName];
}

/** Entries that `target` (tag, full name or digest) names, by the first of these rules that finds any. */
export function findEntries(entries: readonly Descriptor[], target: string): readonly Descriptor[] {
  const full = fullName(target);
  const rules: readonly ((entry: Descriptor) => boolean)[] = isDigest(target)
    ? [(entry) => entry.digest === (target as Digest)]
    : [
        (entry) => hasTag(entry, target),
        (entry) => entry.annotations?.[refName] === target,
        (entry) => entry.annotations?.[imageName]?.endsWith(`:${target}`) === true,
        (entry) => full !== undefined && fullName(entry.annotations?.[imageName]) === full,
        (entry) => full !== undefined && fullName(entry.annotations?.[refName]) === full,
      ];
  for (const rule of rules) {
    const found = entries.filter(rule);
    if (found.length > 0) return found;
  }
  return [];
}

/** `docker.io/library/alpine:latest` for `alpine`; undefined for what is no image name. */
export function fullName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const reference = parseReference(text);
    const tagged = reference.tag === undefined && reference.digest === undefined;
    return formatReference(tagged ? { ...reference, tag: 'latest' } : reference);
  } catch {
    return undefined;
  }
}

/** Names of several entries, for an error that asks to choose one. */
export function namesOf(
  entries: readonly Descriptor[],
  called: (entry: Descriptor) => string | undefined,
): string {
  return [...new Set(entries.map((entry) => called(entry) ?? entry.digest))].sort().join(', ');
}

/** Digests of several entries of one name, each with what else tells it from the others: `sha256:… (acme/app)`. */
export function placesOf(entries: readonly Descriptor[]): string[] {
  const places = Map.groupBy(entries, (entry) => entry.digest);
  return [...places].map(([digest, same]) => {
    const where = same.flatMap(
      ({ annotations }) => annotations?.[repositoryKey] ?? annotations?.[imageName] ?? [],
    );
    return where.length === 0 ? digest : `${digest} (${[...new Set(where)].join(', ')})`;
  });
}
