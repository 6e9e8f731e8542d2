import { infrastructureError, inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../image/digest.ts';
import { type Manifest, maxManifestBytes, parseManifest } from '../image/manifest.ts';
import { acceptedManifests } from '../image/media-type.ts';
import { RegistryFailure } from './failure.ts';
import type { Answer } from './http.ts';
import type { Repository } from './repository.ts';

/** What a manifest URL ends in. */
export type ManifestName = Digest | string;

const mediaTypePattern = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;

/**
 * `also` is the type that a descriptor names. The last one is for types that nobody knows yet, as containerd
 * has it; no parameters (`;q=`): ECR rejects them.
 */
function accept(also?: string): string {
  const named = also !== undefined && mediaTypePattern.test(also) ? [also] : [];
  return [...new Set([...named, ...acceptedManifests]), '*/*'].join(', ');
}

const subjectOf = (name: ManifestName): string => `${isDigest(name) ? 'manifest' : 'tag'} ${name}`;

/** How messages name it: `ghcr.io/acme/app:1.4`. */
function fullName(repository: Repository, name: ManifestName): string {
  return `${repository.location}${isDigest(name) ? '@' : ':'}${name}`;
}

function notThere(repository: Repository, name: ManifestName): Error {
  return inputError('not-found', `${fullName(repository, name)} is not there`, {
    hint: 'Check the name and the tag; a repository that this account may not see looks the same.',
  });
}

/** The descriptor of what a name names; undefined where nothing has it. Asked by HEAD, which no pull limit counts. */
export async function findManifest(
  repository: Repository,
  name: ManifestName,
  authorization = repository.pull,
): Promise<Descriptor | undefined> {
  const answer = await repository.http.send({
    method: 'HEAD',
    url: repository.manifest(name),
    subject: subjectOf(name),
    headers: { accept: accept() },
    authorization,
    expects: [200, 404, 405],
  });
  if (answer.status === 404) return undefined;
  const told = describe(answer, name);
  if (told !== undefined) return told;
  return (await getManifest(repository, name))?.descriptor;
}

/** What HEAD tells; undefined where it is not all that a descriptor needs. */
function describe(answer: Answer, name: ManifestName): Descriptor | undefined {
  const digest = answer.header('docker-content-digest') ?? (isDigest(name) ? name : '');
  const mediaType = mediaTypeOf(answer);
  const size = Number(answer.header('content-length') || Number.NaN);
  if (!isDigest(digest) || (isDigest(name) && digest !== name)) return undefined;
  if (answer.status !== 200 || mediaType === undefined || !(size > 0)) return undefined;
  return { mediaType, digest, size };
}

/** The content type where it is that of a manifest: generic ones (`application/json`) tell nothing. */
function mediaTypeOf(answer: Answer): string | undefined {
  const type = answer.header('content-type')?.split(';')[0]?.trim();
  return type?.startsWith('application/vnd.') ? type : undefined;
}

/** @throws PullBudgetError `not-found` naming it as the user would */
export async function resolveManifest(repository: Repository, name: ManifestName): Promise<Descriptor> {
  const descriptor = await findManifest(repository, name);
  if (descriptor === undefined) throw notThere(repository, name);
  return descriptor;
}

/** A manifest by name; undefined where nothing has it. `given` is what led to it, and must fit the bytes. */
export async function getManifest(
  repository: Repository,
  name: ManifestName,
  given?: Descriptor,
): Promise<Manifest | undefined> {
  const where = fullName(repository, name);
  const answer = await repository.http.fetch(
    {
      method: 'GET',
      url: repository.manifest(name),
      subject: subjectOf(name),
      headers: { accept: accept(given?.mediaType) },
      authorization: repository.pull,
      expects: [200, 404],
    },
    maxManifestBytes,
    () =>
      inputError('manifest-too-large', `${where}: the manifest is over 4 MiB`, {
        hint: 'No registry has to take a manifest over 4 MiB; fewer platforms or shorter annotations make it smaller.',
      }),
  );
  if (answer.status === 404) return undefined;
  const digest = given?.digest ?? (isDigest(name) ? name : undefined);
  if (digest !== undefined) checkBytes(answer.bytes, digest, where);
  if (given !== undefined) return parseManifest(answer.bytes, { descriptor: given }, where);
  const mediaType = mediaTypeOf(answer);
  const manifest = parseManifest(answer.bytes, mediaType === undefined ? {} : { mediaType }, where);
  return digest === undefined ? manifest : { ...manifest, descriptor: { ...manifest.descriptor, digest } };
}

/** Parsed bytes that are wrong are the image's fault; these were changed on their way, or a registry mixes them up. */
function checkBytes(bytes: Uint8Array, digest: Digest, where: string): void {
  const got = digestOf(bytes, digestAlgorithm(digest));
  if (got === digest) return;
  throw infrastructureError('digest-mismatch', `${where}: the bytes of ${digest} are ${got}`, {
    hint: 'The manifest was changed on its way; run again, and look at proxies between here and there.',
  });
}

/** @throws PullBudgetError `not-found`, `digest-mismatch`, and what parseManifest throws */
export async function readManifest(repository: Repository, descriptor: Descriptor): Promise<Manifest> {
  const manifest = await getManifest(repository, descriptor.digest, descriptor);
  if (manifest === undefined) throw notThere(repository, descriptor.digest);
  return manifest;
}

/** Puts the manifest's bytes, as they are, under a digest or a tag. */
export async function putManifest(
  repository: Repository,
  name: ManifestName,
  { raw, mediaType }: { raw: Uint8Array; mediaType: string },
): Promise<Answer> {
  return repository.http.send({
    method: 'PUT',
    url: repository.manifest(name),
    subject: subjectOf(name),
    headers: { 'content-type': mediaType, 'content-length': String(raw.byteLength) },
    body: () => raw,
    authorization: repository.push,
    expects: [200, 201, 202, 204],
  });
}

/**
 * Gives a tag to a manifest. Nothing is sent where the tag has it already: an immutable tag would refuse even that.
 * @throws PullBudgetError `tag-immutable`
 */
export async function tagManifest(repository: Repository, manifest: Manifest, tag: string): Promise<void> {
  const { digest, mediaType } = manifest.descriptor;
  const before = await findManifest(repository, tag, repository.push);
  if (before?.digest === digest) return;
  try {
    await putManifest(repository, tag, { raw: manifest.raw, mediaType });
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.transient || error.status === undefined) throw error;
    const now = await findManifest(repository, tag, repository.push);
    // Somebody else has pushed the very same in the meantime.
    if (now?.digest === digest) return;
    if (now === undefined || !saysImmutable(error)) throw error;
    throw error.as(
      'tag-immutable',
      `${fullName(repository, tag)} is immutable and holds ${now.digest}, not ${digest}: ${error.said || error.message}`,
      'Push under a new tag, or make the tag mutable in the settings of the registry.',
    );
  }
}

/** ECR: 400 "… because the repository is immutable"; Harbor: 412 "configured as immutable"; ACR: 405 "write-locked"; others 409. */
function saysImmutable({ status, said }: RegistryFailure): boolean {
  return status === 409 || /immutab|overwrit|write.?locked|already exists/i.test(said);
}
