import { hasCode } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../content/image/digest.ts';
import type { ImageSource } from '../../content/store/store.ts';
import type { Referrers } from './convert.ts';

/** What cosign, which has no referrers by default, puts behind the digest in a tag. */
const cosignKinds = ['sig', 'att'] as const;

/**
 * What is known to refer to these manifests, and under which tags cosign keeps what it says of them. It is for notices
 * only: where a registry does not answer, `notice` says so, and nothing fails.
 */
export async function findReferrers(
  source: ImageSource,
  subjects: readonly Digest[],
  told: { readonly signal: AbortSignal; notice(line: string): void },
): Promise<Referrers> {
  try {
    const found = subjects.map(async (digest) => [digest, await referrersOf(source, digest)] as const);
    return new Map(await Promise.all(found));
  } catch (error) {
    told.signal.throwIfAborted();
    told.notice(
      `Whether the image is signed or attested is not known: ${(error as Error).message}. With its SOCI index it has another digest: sign and attest after indexing.`,
    );
    return new Map();
  }
}

async function referrersOf(source: ImageSource, subject: Digest): Promise<Descriptor[]> {
  const [listed, ...tagged] = await Promise.all([
    source.referrers(subject),
    ...cosignKinds.map((kind) => cosignTag(source, subject, kind)),
  ]);
  return [...listed, ...tagged.flat()];
}

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery */
async function cosignTag(
  source: ImageSource,
  subject: Digest,
  kind: (typeof cosignKinds)[number],
): Promise<Descriptor[]> {
  const tag = `${digestAlgorithm(subject)}-${digestHex(subject)}.${kind}`;
  try {
    const found = await source.resolve(tag);
    return [{ ...found, artifactType: `application/vnd.dev.cosign.artifact.${kind}.v1+json` }];
  } catch (error) {
    if (hasCode(error, 'not-found')) return [];
    throw error;
  }
}
