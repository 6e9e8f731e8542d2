import { createHash, type Hash } from 'node:crypto';
import { inputError } from '../error.ts';

/**
 * `algorithm:hex` of content, checked on creation.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
export type Digest = `${DigestAlgorithm}:${string}` & { readonly digest: unique symbol };
export type DigestAlgorithm = 'sha256' | 'sha512';

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

export function isDigest(text: string): text is Digest {
  const [algorithm, hex, ...rest] = text.split(':');
  if (rest.length > 0 || hex === undefined || !(algorithm === 'sha256' || algorithm === 'sha512'))
    return false;
  return hex.length === hexLength[algorithm] && /^[0-9a-f]+$/.test(hex);
}

/** @throws PullBudgetError `bad-digest`; `where` names what held the text. */
export function parseDigest(text: unknown, where: string): Digest {
  if (typeof text === 'string' && isDigest(text)) return text;
  throw inputError('bad-digest', `${where}: ${JSON.stringify(text)} is not a digest`, {
    hint: 'A digest is "sha256:" and 64 hex digits in lower case (sha512 with 128 is understood too).',
  });
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex part. Safe as a file name: the digest was checked. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The first 12 hex digits, for people. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return digestFrom(createHash(algorithm).update(bytes), algorithm);
}

/** Ends a running hash as a digest. */
export function digestFrom(hash: Hash, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}
