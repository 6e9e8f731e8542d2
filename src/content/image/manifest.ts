import { inputError } from '../error.ts';
import {
  type Descriptor,
  isObject,
  type JsonObject,
  parseAnnotations,
  parseDescriptor,
} from './descriptor.ts';
import { digestAlgorithm, digestOf } from './digest.ts';
import { isImageManifestType, isIndexType, mediaTypes } from './media-type.ts';

/** Registries must take manifests of this size and many take no larger (distribution-spec, "Pushing Manifests"). */
export const maxManifestBytes = 4 * 1024 * 1024;
/** No real manifest nests deeper than ten; a hostile one nests to exhaust a reader's stack. */
const maxDepth = 64;

interface ManifestBase {
  /** The bytes as they came: what is stored, sent and hashed. Everything else here is a view on them. */
  readonly raw: Uint8Array;
  readonly descriptor: Descriptor;
}

export interface ImageManifest extends ManifestBase {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ImageIndex extends ManifestBase {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest of a media type that this program does not know: copied as it is, refused where it must be understood. */
export interface OpaqueManifest extends ManifestBase {
  readonly kind: 'opaque';
}

export type Manifest = ImageManifest | ImageIndex | OpaqueManifest;

/**
 * Parses manifest bytes. `given` is what led here: its digest and size must fit the bytes; its media type
 * counts where the bytes carry none.
 * @throws PullBudgetError `digest-mismatch`, `size-mismatch`, `manifest-too-large`, `bad-manifest`, `bad-descriptor`, `schema1`
 */
export function parseManifest(
  raw: Uint8Array,
  given: { mediaType?: string; descriptor?: Descriptor },
  where: string,
): Manifest {
  if (raw.byteLength > maxManifestBytes) {
    throw inputError('manifest-too-large', `${where}: the manifest is ${raw.byteLength} bytes, over 4 MiB`, {
      hint: 'No registry has to take a manifest over 4 MiB; fewer platforms or shorter annotations make it smaller.',
    });
  }
  const json = parseJson(raw, where);
  const mediaType = mediaTypeOf(json, given.descriptor?.mediaType ?? given.mediaType, where);
  const algorithm = given.descriptor ? digestAlgorithm(given.descriptor.digest) : 'sha256';
  const digest = digestOf(raw, algorithm);
  if (given.descriptor && given.descriptor.digest !== digest) {
    throw inputError(
      'digest-mismatch',
      `${where}: the manifest's bytes are ${digest}, expected ${given.descriptor.digest}`,
      {
        hint: 'The content is damaged or was changed on its way; fetch or push it again.',
      },
    );
  }
  if (given.descriptor && given.descriptor.size !== raw.byteLength) {
    throw inputError(
      'size-mismatch',
      `${where}: the manifest has ${raw.byteLength} bytes, and was described with ${given.descriptor.size}`,
      { hint: 'Container engines refuse such an image; build or push it again.' },
    );
  }
  const descriptor: Descriptor = { ...given.descriptor, mediaType, digest, size: raw.byteLength };
  if (isImageManifestType(mediaType)) return imageManifest(json, { raw, descriptor }, where);
  if (isIndexType(mediaType)) return imageIndex(json, { raw, descriptor }, where);
  if (mediaType === mediaTypes.dockerSchema1 || mediaType === mediaTypes.dockerSchema1Signed) {
    throw inputError('schema1', `${where} is a Docker schema 1 manifest`, {
      hint: 'Schema 1 was retired in 2019; push the image again with a current tool.',
    });
  }
  return { kind: 'opaque', raw, descriptor };
}

function imageManifest(json: JsonObject, base: ManifestBase, where: string): ImageManifest {
  return {
    kind: 'image',
    ...base,
    config: parseDescriptor(json.config, `${where}: config`),
    layers: descriptors(json.layers, `${where}: layers`),
    ...shared(json, where),
  };
}

function imageIndex(json: JsonObject, base: ManifestBase, where: string): ImageIndex {
  return {
    kind: 'index',
    ...base,
    manifests: descriptors(json.manifests, `${where}: manifests`),
    ...shared(json, where),
  };
}

function shared(json: JsonObject, where: string) {
  return {
    ...(json.subject ? { subject: parseDescriptor(json.subject, `${where}: subject`) } : {}),
    ...(typeof json.artifactType === 'string' ? { artifactType: json.artifactType } : {}),
    annotations: json.annotations ? parseAnnotations(json.annotations, where) : {},
  };
}

function descriptors(value: unknown, where: string): Descriptor[] {
  if (!Array.isArray(value)) throw badManifest(where, 'is not a list');
  return value.map((entry, at) => parseDescriptor(entry, `${where}[${at}]`));
}

/** The bytes' own mediaType, else the given one, else what the shape says (OCI lets mediaType be absent). */
function mediaTypeOf(json: JsonObject, given: string | undefined, where: string): string {
  const own = typeof json.mediaType === 'string' ? json.mediaType : undefined;
  const known = (type: string): boolean => isIndexType(type) || isImageManifestType(type);
  if (own !== undefined && given !== undefined && own !== given && known(own) && known(given)) {
    throw badManifest(where, `says it is ${own}, but was described as ${given}`);
  }
  if (own !== undefined) return own;
  if (given?.startsWith('application/vnd.')) return given;
  if (json.schemaVersion === 1) return mediaTypes.dockerSchema1;
  if (Array.isArray(json.manifests)) return mediaTypes.ociIndex;
  if (json.config !== undefined && json.layers !== undefined) return mediaTypes.ociManifest;
  throw badManifest(where, 'has no mediaType and the shape of neither an image nor an index');
}

/**
 * How a list of referrers names a manifest.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function describeReferrer(manifest: ImageManifest | ImageIndex): Descriptor {
  const { mediaType, digest, size } = manifest.descriptor;
  const artifactType =
    manifest.artifactType || (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
  const annotated = Object.keys(manifest.annotations).length > 0;
  return {
    mediaType,
    digest,
    size,
    ...(annotated ? { annotations: manifest.annotations } : {}),
    ...(artifactType ? { artifactType } : {}),
  };
}

/** Parses the bytes of a JSON document that came from outside. @throws PullBudgetError `bad-manifest` */
export function parseJson(raw: Uint8Array, where: string): JsonObject {
  const text = new TextDecoder().decode(raw);
  if (nestsDeeperThan(text, maxDepth)) throw badManifest(where, `nests deeper than ${maxDepth} levels`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badManifest(where, 'is not JSON', cause);
  }
  if (!isObject(value)) throw badManifest(where, 'is not a JSON object');
  return value;
}

function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (inString) {
      if (c === 0x5c) at++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x7b || c === 0x5b) {
      if (++depth > limit) return true;
    } else if (c === 0x7d || c === 0x5d) depth--;
  }
  return false;
}

function badManifest(where: string, what: string, cause?: unknown): Error {
  return inputError('bad-manifest', `${where} ${what}`, {
    hint: 'The manifest does not follow the OCI image specification; build or push the image again.',
    cause,
  });
}
