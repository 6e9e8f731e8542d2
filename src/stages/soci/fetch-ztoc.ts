import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { collect } from '../../content/store/verify.ts';
import { type Prefetch, parsePrefetch } from './check-index.ts';
import { decodeZtoc } from './decode.ts';
import type { SociIndex } from './index-manifest.ts';
import { prefetchMediaType } from './prefetch.ts';
import type { Ztoc } from './ztoc.ts';

/** A layer of 130 GB in spans of 4 MiB, or of five million files. */
const mostZtocBytes = 1024 ** 3;

/**
 * Reads a layer's zTOC, whole, for it is read from both ends.
 * @throws PullBudgetError `too-large`, `bad-ztoc`, and what the source throws
 */
export async function fetchZtoc(
  source: Pick<ImageSource, 'readBlob' | 'location'>,
  ztoc: Descriptor,
  layer: Descriptor,
): Promise<Ztoc> {
  const where = `${source.location}: the zTOC ${ztoc.digest} of layer ${layer.digest}`;
  if (ztoc.size > mostZtocBytes) {
    throw inputError('too-large', `${where} has ${ztoc.size} bytes, over 1 GiB`, {
      hint: 'Index the image again with larger spans.',
    });
  }
  // The source gives no more than the descriptor's size, and throws where it has less.
  const bytes = Buffer.allocUnsafeSlow(ztoc.size);
  let filled = 0;
  for await (const chunk of source.readBlob(ztoc)) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return decodeZtoc(bytes, where);
}

/** Ranges of as many spans as any layer has. */
const mostPrefetchBytes = 4 * 1024 * 1024;

/** Reads the prefetch artifact of a layer with `spans` spans. @throws what parsePrefetch and the source throw */
export async function fetchPrefetch(
  source: Pick<ImageSource, 'readBlob' | 'location'>,
  { digest, size }: SociIndex['prefetch'][number]['blob'],
  spans: number,
): Promise<Prefetch> {
  const where = `${source.location}: prefetch artifact ${digest}`;
  const blob = { mediaType: prefetchMediaType, digest, size };
  return parsePrefetch(await collect(source.readBlob(blob), mostPrefetchBytes, where), spans);
}
