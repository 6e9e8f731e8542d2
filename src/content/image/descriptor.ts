import { inputError } from '../error.ts';
import { type Digest, digestOf, parseDigest } from './digest.ts';
import type { Platform } from './platform.ts';

/**
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 * The object is the parsed JSON itself, checked: fields that this type does not name survive.
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly urls?: readonly string[];
}

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks one parsed JSON value as a descriptor. @throws PullBudgetError `bad-descriptor`, `bad-digest` */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw bad(where, 'is not an object');
  if (typeof value.mediaType !== 'string') throw bad(where, 'has no mediaType');
  parseDigest(value.digest, `${where}.digest`);
  if (!Number.isSafeInteger(value.size) || (value.size as number) < 0) {
    throw bad(where, `has size ${JSON.stringify(value.size)}`);
  }
  if (value.annotations !== undefined && value.annotations !== null)
    parseAnnotations(value.annotations, where);
  if (value.platform !== undefined) parsePlatformObject(value.platform, where);
  return value as unknown as Descriptor;
}

/** Checks an annotations object: strings by strings. */
export function parseAnnotations(value: unknown, where: string): Readonly<Record<string, string>> {
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string')) {
    throw bad(where, 'has annotations that are not strings');
  }
  return value as Record<string, string>;
}

function parsePlatformObject(value: unknown, where: string): void {
  if (!isObject(value) || typeof value.os !== 'string' || typeof value.architecture !== 'string') {
    throw bad(where, 'has a platform without os and architecture');
  }
}

function bad(where: string, what: string): Error {
  return inputError('bad-descriptor', `${where} ${what}`, {
    hint: 'The manifest does not follow the OCI image specification; build or push the image again.',
  });
}

/** The descriptor of bytes at hand. */
export function describeBytes(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}
