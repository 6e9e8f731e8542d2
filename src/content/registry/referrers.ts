import { infrastructureError, inputError } from '../error.ts';
import { type Descriptor, parseDescriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../image/digest.ts';
import { describeReferrer, type Manifest, parseJson } from '../image/manifest.ts';
import { mediaTypes } from '../image/media-type.ts';
import type { Answer } from './http.ts';
import { getManifest, putManifest } from './manifests.ts';
import { type List, pagesOf } from './pages.ts';
import type { Repository } from './repository.ts';

/** What registries without the API answer: the spec's 404, and what others were seen to say. */
const withoutApi = [400, 404, 405, 406];
const zeroDigest = `sha256:${'0'.repeat(64)}` as Digest;

/** Manifests whose subject is this one, where the registry keeps the list itself; undefined where it does not. */
async function listByApi(
  repository: Repository,
  subject: Digest,
  artifactType: string | undefined,
): Promise<Descriptor[] | undefined> {
  const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const list: List = {
    url: repository.referrers(subject, query),
    subject: `referrers of ${subject}`,
    headers: { accept: mediaTypes.ociIndex },
    expects: [200, ...withoutApi],
  };
  const found: Descriptor[] = [];
  for await (const page of pagesOf(repository, list)) {
    // Some answer any path with a web page.
    if (page.status !== 200 || !isIndex(page)) return undefined;
    found.push(...entriesOf(page.bytes, `${repository.location}: ${list.subject}`));
  }
  return found;
}

const isIndex = (answer: Answer): boolean =>
  (answer.header('content-type') ?? '').startsWith(mediaTypes.ociIndex);

function entriesOf(bytes: Uint8Array, where: string): Descriptor[] {
  const { manifests } = parseJson(bytes, where);
  if (!Array.isArray(manifests)) return [];
  return manifests.map((entry, at) => parseDescriptor(entry, `${where}: manifests[${at}]`));
}

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function fallbackTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject)}`.slice(0, 71);
}

/** Manifests whose subject is this one. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers */
export async function listReferrers(
  repository: Repository,
  subject: Digest,
  artifactType: string | undefined,
): Promise<Descriptor[]> {
  const listed =
    (await listByApi(repository, subject, artifactType)) ?? (await readFallback(repository, subject)).entries;
  // A registry need not apply the filter, and the tag never does.
  const wanted = listed.filter((entry) => artifactType === undefined || entry.artifactType === artifactType);
  return [...new Map(wanted.map((entry) => [entry.digest, entry])).values()];
}

/** The index under the fallback tag; an empty one where there is none. */
async function readFallback(
  repository: Repository,
  subject: Digest,
): Promise<{ entries: readonly Descriptor[]; json: object }> {
  const tag = fallbackTag(subject);
  const index = await getManifest(repository, tag);
  if (index === undefined) return { entries: [], json: {} };
  const where = `${repository.location}:${tag}`;
  if (index.kind !== 'index') {
    throw inputError('bad-manifest', `${where} should be the list of referrers, and is no index`, {
      hint: 'Something else was pushed under the tag that the referrers tag schema reserves; remove it.',
    });
  }
  return { entries: index.manifests, json: parseJson(index.raw, where) };
}

/**
 * Keeps the lists of referrers of registries that do not keep them themselves.
 * The tag can't be compared and swapped: a list that another job wrote at the same time may win, so it is read back
 * until the entry stands in it.
 */
export class ReferrersFallback {
  readonly #repository: Repository;
  /** Asked once: a registry does not change while an image is pushed. */
  #hasApi: boolean | undefined;
  /** Writers here wait for each other. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** After a manifest with a subject was put. `answer` is the registry's to that, absent where it was there before. */
  async note(manifest: Manifest, answer: Answer | undefined): Promise<void> {
    if (manifest.kind === 'opaque' || manifest.subject === undefined) return;
    if (answer?.header('oci-subject') !== undefined) return;
    // ECR lists them and says nothing of it.
    this.#hasApi ??= (await listByApi(this.#repository, zeroDigest, undefined)) !== undefined;
    if (this.#hasApi) return;
    const { digest } = manifest.subject;
    const written = this.#writing.then(() => this.#write(digest, describeReferrer(manifest)));
    this.#writing = written.catch(() => {});
    await written;
  }

  async #write(subject: Digest, referrer: Descriptor): Promise<void> {
    const { http, location } = this.#repository;
    for (let round = 0; round < maxRounds; round++) {
      const { entries, json } = await readFallback(this.#repository, subject);
      if (entries.some((entry) => entry.digest === referrer.digest)) return;
      if (round > 0) await http.pause(round);
      const manifests = [...entries, referrer];
      const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, ...json, manifests };
      await putManifest(this.#repository, fallbackTag(subject), {
        raw: Buffer.from(JSON.stringify(index)),
        mediaType: mediaTypes.ociIndex,
      });
    }
    throw infrastructureError(
      'referrer-lost',
      `${location}: the list of referrers of ${subject} does not keep ${referrer.digest}`,
      { hint: 'Other jobs write the same list at the same time; run again when they are done.' },
    );
  }
}

const maxRounds = 8;
